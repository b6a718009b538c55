//! The question that a receiver asks, and its answer (RFC 7208 §2.6, §4).

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::evaluation::Evaluation;
use crate::kernel::{Name, Net, Reason};
use crate::records::spf::parse;

/// The words of RFC 7208 §2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum SpfResult {
    None,
    Neutral,
    Pass,
    Fail,
    Softfail,
    Temperror,
    Permerror,
}

/// A message at a receiver's door, as far as SPF looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    pub ip: IpAddr,
    pub helo: &'a str,
    /// The address in MAIL FROM; empty for the null sender, whose domain is the HELO name.
    pub mail_from: &'a str,
    /// The receiver's own name and time, which explanations may quote (RFC 7208 §7.2).
    pub receiver: &'a str,
    pub now: DateTime<Utc>,
}

/// A result with what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorisation {
    pub result: SpfResult,
    /// The domain that was evaluated.
    pub domain: Name,
    /// The term that decided, as written, in the record that holds it.
    pub matched: Option<String>,
    /// What the domain says of a fail, macros expanded; printable ASCII (RFC 7208 §6.2).
    pub explanation: Option<String>,
    pub lookups: usize,
    pub void_lookups: usize,
    /// The first look-up without a definite answer. Where `ptr` or the macro `p` goes by it, it matches
    /// nothing for a receiver (RFC 7208 §5.5); of the domain it tells nothing.
    pub unanswered: Option<Unanswered>,
    /// Every term that was evaluated, in order, each before those of the record that it leads to.
    pub steps: Vec<Step>,
}

impl Authorisation {
    /// The result as far as it tells something of the domain: what is no pass only because a name could
    /// not be looked up is `temperror`.
    pub fn proven(&self) -> SpfResult {
        match self.result {
            SpfResult::Pass => SpfResult::Pass,
            _ if self.unanswered.is_some() => SpfResult::Temperror,
            other => other,
        }
    }

    /// The term in which the evaluation ended with an error, after those that led to its record.
    pub fn stopped_at(&self) -> Vec<String> {
        let ended = self.steps.iter().filter(|step| matches!(step.came_to, CameTo::Error(_)));
        ended.map(|step| step.term.clone()).collect()
    }
}

/// A look-up without a definite answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    pub asked: Name,
    pub reason: Reason,
}

/// A term that was evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many records lie above the one that holds the term.
    pub depth: usize,
    pub term: String,
    pub came_to: CameTo,
}

/// What a term came to for this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameTo {
    NoMatch,
    Match,
    /// The evaluation ended in it, with `temperror` or `permerror`.
    Error(SpfResult),
}

/// RFC 7208 §4.1: evaluates the domain of MAIL FROM, or that of HELO for the null sender.
pub async fn check_host(net: &dyn Net, session: &Session<'_>) -> Authorisation {
    let session = &Session { ip: unmapped(session.ip), ..*session };
    let (local_part, sender_domain) = identity(session);
    let domain = Name::new(sender_domain);
    let mut evaluation = Evaluation::of(net, session, local_part, sender_domain);
    // RFC 7208 §4.3: a malformed name, or one of a single label, has no policy.
    let ended = if domain.is_askable() && domain.labels().len() > 1 {
        evaluation.record_of(domain.clone(), 0).await
    } else {
        Err(SpfResult::None)
    };
    // What the explanation names decides nothing.
    let unanswered = evaluation.unanswered.take();
    let (result, matched, explanation) = match ended {
        Ok(ended) => (ended.result, ended.matched, ended.explanation),
        Err(stop) => (stop, None, None),
    };
    let explanation = match explanation {
        Some((target, holder)) if result == SpfResult::Fail => {
            evaluation.explanation(&target, &holder).await
        }
        _ => None,
    };
    Authorisation {
        result,
        domain,
        matched,
        explanation,
        lookups: evaluation.lookups,
        void_lookups: evaluation.void_lookups,
        unanswered,
        steps: evaluation.steps,
    }
}

/// The result, and the term that decided, if the domain of MAIL FROM published this record instead of its own.
pub async fn check_record(
    net: &dyn Net,
    session: &Session<'_>,
    record: &str,
) -> (SpfResult, Option<String>) {
    let session = &Session { ip: unmapped(session.ip), ..*session };
    let (local_part, sender_domain) = identity(session);
    let record = parse(record.as_bytes());
    if !record.faults.is_empty() {
        return (SpfResult::Permerror, None);
    }
    let mut evaluation = Evaluation::of(net, session, local_part, sender_domain);
    let ended = evaluation.terms(&record, &Name::new(sender_domain), 0).await;
    match ended {
        Ok(ended) => (ended.result, ended.matched),
        Err(stop) => (stop, None),
    }
}

/// RFC 7208 §2.4, §4.3: the null sender is `postmaster` at the HELO name, and so is a sender without
/// a local part at its domain.
fn identity<'a>(session: &Session<'a>) -> (&'a str, &'a str) {
    match session.mail_from.rsplit_once('@') {
        Some(("", host)) => ("postmaster", host),
        Some((local_part, host)) => (local_part, host),
        None if session.mail_from.is_empty() => ("postmaster", session.helo),
        None => ("postmaster", session.mail_from),
    }
}

/// RFC 7208 §5: an IPv4-mapped IPv6 address is its IPv4 address.
fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}
