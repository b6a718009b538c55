use chrono_tz::Tz;
use vigie_checks::kernel::Lang;

use super::text::{Measure, cut, escaped, fenced_html, html, markdown};
use super::{Kind, Notice, Part};

#[test]
fn a_text_is_cut_at_whole_characters_and_escapes() {
    #[rustfmt::skip]
    let cases = [
        ("it fits",                       cut("abc", 3, Measure::Characters),                         "abc"),
        ("too long by one",               cut("abcd", 3, Measure::Characters),                        "ab…"),
        ("no character is halved",        cut("ééé", 5, Measure::Octets),                             "é…"),
        ("two units outside the plane",   cut("😀😀", 3, Measure::Units),                             "😀…"),
        ("no room at all",                cut("abc", 0, Measure::Octets),                             "…"),
        ("an escape is whole or absent",  escaped("a&b", 4, Measure::Characters, html),               "a…"),
        ("markup means nothing",          escaped("**[a](b)**", 99, Measure::Units, markdown),        r"\*\*\[a\]\(b\)\*\*"),
        ("nobody is called",              escaped("@here", 99, Measure::Units, markdown),             "@\u{2060}here"),
        ("a fence stays shut",            escaped("```<", 99, Measure::Characters, fenced_html),      "ˋˋˋ&lt;"),
    ];
    for (rule, found, expected) in cases {
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn what_is_no_event_is_refused() {
    for (body, said) in [
        ("{", "the event is no JSON"),
        ("[]", "the event has no type"),
        (r#"{"type":"test"}"#, "the event has no timestamp"),
        (r#"{"type":"test","timestamp":"yesterday"}"#, "the event has no timestamp"),
    ] {
        let refused = Notice::read(body, Lang::En, Tz::UTC).expect_err(body).to_string();
        assert!(refused.starts_with(said), "{body}: {refused}");
    }
}

#[test]
fn a_page_is_linked_only_where_it_is_one() {
    let event = |url: &str| {
        let data = serde_json::json!({ "url": url });
        let event = serde_json::json!({
            "type": "incident.opened", "timestamp": "2026-11-25T12:00:00Z", "data": data,
        });
        Notice::read(&event.to_string(), Lang::En, Tz::UTC).expect("an event").link
    };
    assert_eq!(event("https://vigie.example/i").as_deref(), Some("https://vigie.example/i"));
    for url in ["javascript:alert(1)", "https://a b", "ftp://a", "/incidents/1", "https://\u{e9}"] {
        assert_eq!(event(url), None, "{url}");
    }
}

#[test]
fn what_is_over_needs_no_remedy() {
    let event = |kind: &str| {
        let data = serde_json::json!({ "title": "t", "remedy": "r" });
        let event = serde_json::json!({
            "type": kind, "timestamp": "2026-11-25T12:00:00Z", "data": data,
        });
        Notice::read(&event.to_string(), Lang::En, Tz::UTC).expect("an event")
    };
    let remedy = |notice: &Notice| notice.parts.iter().any(|p| matches!(p, Part::Titled { .. }));
    assert!(remedy(&event("incident.opened")));
    let over = event("incident.resolved");
    assert!(over.kind == Kind::Resolved && !remedy(&over));
}

#[test]
fn a_headline_names_whom_it_hits_once() {
    #[rustfmt::skip]
    let cases = [
        ("nobody",                  &[][..],                         "SPF is broken",       "Opened: SPF is broken"),
        ("one",                     &["a.example"][..],              "SPF is broken",       "Opened: SPF is broken (a.example)"),
        ("several",                 &["a.example", "b.example"][..], "SPF is broken",       "Opened: SPF is broken (a.example and 1 more)"),
        ("one, named by the title", &["a.example"][..],              "SPF of a.example",    "Opened: SPF of a.example"),
        ("several, one named",      &["a.example", "b.example"][..], "SPF of a.example",    "Opened: SPF of a.example (and 1 more)"),
    ];
    for (rule, domains, title, expected) in cases {
        let data = serde_json::json!({ "title": title, "domains": domains });
        let event = serde_json::json!({
            "type": "incident.opened", "timestamp": "2026-11-25T12:00:00Z", "data": data,
        });
        let notice = Notice::read(&event.to_string(), Lang::En, Tz::UTC).expect("an event");
        assert_eq!(notice.headline, expected, "{rule}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_is_longer_than_its_limit(text in "\\PC{0,80}", most in 3..60usize) {
        for measure in [Measure::Characters, Measure::Units, Measure::Octets] {
            for escape in [html, markdown, fenced_html] {
                let written = escaped(&text, most, measure, escape);
                proptest::prop_assert!(measure.length(&written) <= most, "{written}");
            }
            proptest::prop_assert!(measure.length(&text) > most || cut(&text, most, measure) == text);
        }
    }

    #[test]
    fn whatever_an_event_holds_it_is_told_on_lines_that_hide_nothing(text in "\\PC{0,20}[\\x00-\\x1f\u{202e}\u{200b}]\\PC{0,20}") {
        let data = serde_json::json!({
            "title": text, "remedy": text, "domains": [text], "symptoms": [text],
            "changed": [{ "what": text, "before": text, "after": text }],
            "fix": [{ "name": text, "type": text, "value": text }], "cause": { "detail": text },
        });
        for kind in ["incident.opened", "change.detected", "monitor.blind", "monitor.recovered", "report.ready", "other"] {
            let event = serde_json::json!({
                "type": kind, "timestamp": "2026-11-25T12:00:00Z", "data": data,
            });
            let notice = Notice::read(&event.to_string(), Lang::Fr, Tz::UTC).expect("an event");
            let hidden = |c: char| c != '\n' && vigie_checks::records::display::is_unsafe(c);
            proptest::prop_assert!(!notice.headline.contains(hidden) && !notice.headline.contains('\n'));
            proptest::prop_assert!(!notice.plain().contains(hidden), "{}", notice.plain());
        }
    }
}

#[test]
fn a_digest_says_no_more_than_is_known_and_whose_an_end_is() {
    let digest = |lighter: u32, name: &str| {
        let data = serde_json::json!({ "domains": ["example.com"], "findings": [], "total": 0,
            "digest": { "min_severity": "error", "lighter": lighter,
                "domains": { "total": 1, "well": 0, "wrong": 0, "unknown": 1 },
                "ends": [{ "title": format!("certificate of {name}"), "name": name,
                    "ends_at": "2026-12-14T00:00:00Z", "domains": ["example.com"] }] } });
        let event = serde_json::json!({ "type": "report.ready", "data": data,
            "timestamp": "2026-11-26T08:00:00Z" });
        let notice = Notice::read(&event.to_string(), Lang::En, Tz::UTC).unwrap();
        let items: Vec<String> = notice.lists.into_iter().flat_map(|list| list.items).collect();
        (notice.headline, items.concat())
    };
    #[rustfmt::skip]
    let cases = [
        ("nothing lighter either",  0, "mx.example.com",   "no problem is known", "mx.example.com"),
        ("something lighter",       2, "example.com",      "no serious problem",  "of example.com"),
        ("a name that ends alike",  0, "mx.myexample.com", "no problem is known", "mx.myexample.com (example.com)"),
    ];
    for (rule, lighter, name, headline, end) in cases {
        let (said, line) = digest(lighter, name);
        assert!(said.contains(headline), "{rule}: {said}");
        assert!(line.ends_with(end), "{rule}: {line}");
    }
}

#[test]
fn times_are_told_in_the_zone_of_the_daemon() {
    let data = serde_json::json!({ "title": "SPF is missing", "since": "2026-07-25T22:30:00Z",
        "acknowledged": { "by": "Ada", "until": "2026-12-25T12:00:00Z" } });
    let event = serde_json::json!({
        "type": "incident.opened", "timestamp": "2026-07-25T22:31:00Z", "data": data,
    });
    let zones = [
        (Tz::UTC, "2026-07-25 22:30 UTC", "Ada, until 2026-12-25 12:00 UTC"),
        (Tz::Europe__Paris, "2026-07-26 00:30 CEST", "Ada, until 2026-12-25 13:00 CET"),
    ];
    for (zone, since, taken_on) in zones {
        let notice = Notice::read(&event.to_string(), Lang::En, zone).expect("an event");
        let values: Vec<&str> = notice.facts.iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!(values, [since, taken_on]);
    }
}

#[test]
fn the_mistakes_of_a_configuration_are_shown_as_they_were_written() {
    let event = serde_json::json!({
        "type": "config.rejected", "timestamp": "2026-11-25T12:00:00Z",
        "data": { "file": "vigie.toml", "errors": [
            { "line": 3, "column": 8, "message": "`buk` n’est pas une clé de [[streams]]" },
            // An event that an earlier version kept.
            { "line": 4, "column": 1, "message": "`x` is not a key of [web]" },
        ] },
    });
    let told = Notice::read(&event.to_string(), Lang::Fr, Tz::UTC).expect("an event");
    let lines = ["3:8 `buk` n’est pas une clé de [[streams]]", "4:1 `x` is not a key of [web]"];
    let listed = Part::Listed { label: "Erreurs", lines: lines.map(str::to_owned).to_vec() };
    assert_eq!(told.parts.last(), Some(&listed));
}
