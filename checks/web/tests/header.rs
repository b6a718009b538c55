//! What is said of the header that test sends arrived with.

use super::*;
use crate::kernel::{PastSend, Stream};
use crate::records::unsubscribe::{OneClickHeader, SignatureSeen};
use crate::scripted::{probe, stream};

fn header(covers: bool, verdict: Option<&str>) -> OneClickHeader {
    OneClickHeader {
        stream: "newsletter".to_owned(),
        from: "news@example.com".to_owned(),
        https: true,
        one_click: true,
        signatures: vec![SignatureSeen {
            domain: Name::new("example.com"),
            selector: "s1".to_owned(),
            covers,
            verdict: verdict.map(str::to_owned),
        }],
    }
}

#[test]
#[rustfmt::skip]
fn one_receiver_that_can_tell_is_enough() {
    let broken = &["critical web.one-click-broken news@example.com"][..];
    let cases = [
        ("no message",                   vec![],                                                              &[][..]),
        ("it is signed",                 vec![header(true, Some("pass"))],                                    &[]),
        ("nobody signs it",              vec![header(false, Some("pass"))],                                   broken),
        ("nobody can tell",              vec![header(true, None), header(true, Some("temperror"))],           &["indet. web.one-click-unknown news@example.com"]),
        ("one can tell",                 vec![header(true, None), header(true, Some("pass"))],                &[]),
        ("two streams with one From",    vec![header(false, None), OneClickHeader { stream: "offers".to_owned(), ..header(false, None) }], broken),
        ("at one receiver it is broken", vec![header(true, Some("pass")), header(true, Some("fail"))],        broken),
    ];
    for (rule, headers, expected) in cases {
        let sites = vec![Site { host: Name::new("example.com"), answer: page(200, "example.com") }];
        let facts = WebFacts { sites, headers, ..WebFacts::default() };
        assert_eq!(judge::<Web>(&facts, &target(), &Vantage::default()), expected, "{rule}");
    }
}

#[test]
fn headers_are_read_of_bulk_streams_that_are_still_there() {
    let seed = |header: &OneClickHeader| serde_json::json!({ "address": "a@b.example", "end": "arrived", "one_click": header });
    let facts = serde_json::json!({ "seeds": [
        seed(&header(true, None)), seed(&header(true, None)), { "end": "missing" }, 7,
    ] });
    let past = PastSend { probe: probe(), seen_at: DateTime::UNIX_EPOCH, facts: facts.into() };
    let stream = Stream { bulk: true, ..stream("newsletter", "example.com") };
    let with = |streams| Target { streams, past_sends: vec![past.clone()], ..target() };
    let read = |target: &Target| super::super::header::arrived(target);
    assert_eq!(read(&with(vec![stream.clone()])), [header(true, None)], "each once");
    assert_eq!(read(&with(vec![])), [], "the stream is gone");
    assert_eq!(read(&with(vec![Stream { bulk: false, ..stream }])), [], "it is no bulk mail");
}
