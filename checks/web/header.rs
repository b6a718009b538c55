//! The header that test sends of bulk streams arrived with: can a mailbox offer to unsubscribe?

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::WebCode;
use crate::kernel::{Code, Raised, Severity, Target};
use crate::records::unsubscribe::{Fitness, OneClickHeader};

/// Headers of a domain that are looked at.
const MOST_HEADERS: usize = 32;

/// What the last test sends of the target's bulk streams arrived with, each header once.
pub fn arrived(target: &Target) -> Vec<OneClickHeader> {
    let facts = target.past_sends.iter().map(|past| past.facts.value());
    let seeds: Vec<Value> =
        facts.filter_map(|mut facts| facts.get_mut("seeds").map(Value::take)).collect();
    let seeds = seeds.iter().filter_map(Value::as_array);
    let read = |seed: &Value| {
        let header = seed.get("one_click").filter(|_| seed["end"] == "arrived")?;
        OneClickHeader::deserialize(header).ok()
    };
    let is_sent_in_bulk = |header: &OneClickHeader| {
        target.streams.iter().any(|stream| stream.bulk && stream.name == header.stream)
    };
    let mut headers: Vec<OneClickHeader> = Vec::new();
    for header in seeds.flatten().filter_map(read).filter(is_sent_in_bulk) {
        if headers.len() < MOST_HEADERS && !headers.contains(&header) {
            headers.push(header);
        }
    }
    headers
}

/// What is wrong with a stream at one receiver is wrong, and what one can tell is known. Streams with one
/// From address are one subject.
pub fn judge(headers: &[OneClickHeader]) -> Vec<Raised> {
    let mut streams: BTreeMap<&str, Vec<&OneClickHeader>> = BTreeMap::new();
    for header in headers {
        streams.entry(&header.stream).or_default().push(header);
    }
    let mut raised = Vec::new();
    for finding in streams.into_values().filter_map(|of_stream| of_one(&of_stream)) {
        Raised::push_new(&mut raised, finding);
    }
    raised
}

fn of_one(headers: &[&OneClickHeader]) -> Option<Raised> {
    let unfit = headers.iter().find_map(|header| match header.fitness() {
        Fitness::Unfit(cause) => Some((header, cause)),
        Fitness::Fit | Fitness::Untold => None,
    });
    if let Some((header, cause)) = unfit {
        let raised = WebCode::OneClickBroken.on(&header.from).with("stream", &header.stream);
        let raised = raised.with("reason", cause).evidence("cause", cause);
        // The large receivers ask it of bulk senders, and no other stream is looked at here.
        return Some(raised.evidence("header", header).severity(Severity::Critical));
    }
    if headers.iter().any(|header| header.fitness() == Fitness::Fit) {
        return None;
    }
    let header = headers.first()?;
    let raised = WebCode::OneClickUnknown.on(&header.from).with("stream", &header.stream);
    Some(raised.with("reason", "no-verdict").evidence("reason", "no-verdict"))
}
