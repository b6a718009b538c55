use chrono::TimeDelta;
use serde_json::json;
use vigie_checks::kernel::{CheckStatus, Name, Outcome};

use super::page::Place;
use super::results::Results;
use crate::metrics::{Format, Text};
use crate::run::commit::Observed;
use crate::run::first_end;

fn observed(check: &str, status: CheckStatus) -> Observed {
    Observed::of(Outcome {
        check: check.to_owned(),
        status,
        because: None,
        findings: Vec::new(),
        facts: json!({}).into(),
        facts_version: 1,
        started_at: "2026-11-23T00:00:00Z".parse().unwrap(),
        duration_ms: 1,
        dns_queries: 1,
    })
}

fn written(results: Results) -> Vec<String> {
    Place::first(results.into(), Text::new(Format::Prometheus)).collect()
}

#[test]
fn what_cannot_be_told_keeps_the_time_of_the_last_definite_look() {
    let results = Results::default();
    let (domain, begun) = (Name::new("example.com"), "2026-11-23T00:00:00Z".parse().unwrap());
    results.take(&domain, &[observed("spf", CheckStatus::Pass)], begun);
    let later = begun + TimeDelta::hours(1);
    results.take(&domain, &[observed("spf", CheckStatus::Indeterminate)], later);
    let text = written(results).concat();
    let of_spf = "{domain=\"example.com\",check=\"spf\"}";
    assert!(text.contains(&format!("vigie_check_status{of_spf} 2\n")), "{text}");
    let definite = format!("definite_timestamp_seconds{of_spf} {}\n", begun.timestamp());
    assert!(text.contains(&definite), "{text}");
}

#[test]
fn what_is_no_longer_watched_is_no_longer_told() {
    let results = Results::default();
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    for domain in ["a.example", "b.example"] {
        results.take(&Name::new(domain), &[observed("spf", CheckStatus::Pass)], now);
    }
    results.keep(|key| key.domain.as_str() == "b.example");
    let text = written(results).concat();
    assert!(!text.contains("a.example") && text.contains("b.example"), "{text}");
}

#[test]
fn ten_thousand_domains_come_in_chunks_each_family_whole() {
    let results = Results::default();
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let checks: Vec<Observed> = vigie_checks::registry::CHECKS
        .iter()
        .map(|entry| observed(entry.name, CheckStatus::Pass))
        .collect();
    for number in 0..10_000 {
        results.take(&Name::new(&format!("d{number}.example")), &checks, now);
    }
    let chunks = written(results);
    assert!(chunks.iter().all(|chunk| chunk.len() < 512 << 10), "a chunk is large");
    let text = chunks.concat();
    let mut families: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert_eq!(families.len(), 6, "{families:?}");
    families.dedup();
    assert_eq!(families.len(), 6, "each once");
    let statuses = text.lines().filter(|line| line.starts_with("vigie_check_status{"));
    assert_eq!(statuses.count(), 10_000 * checks.len());
}

#[test]
fn the_end_is_that_of_the_leaf_that_ends_first() {
    let reading = |end: &str| {
        json!({ "sha256": "", "subject": "", "issuer": "", "self_issued": false, "names": [],
            "not_before": "2026-01-01T00:00:00Z", "not_after": end,
            "key": { "kind": "ECDSA", "bits": 256 }, "signature": "ecdsa-with-SHA256" })
    };
    let session = |leaf: &str, above: &str| {
        json!({ "encrypted": { "version": "TLSv1.3", "cipher": "x", "certificate": leaf,
            "above": [above], "trust": "trusted" } })
    };
    let facts = json!({ "egress_blocked": false,
        "hosts": [{ "name": "mx.example.com", "addresses": {
            "192.0.2.1": session("late", "above"), "192.0.2.2": session("soon", "above") } }],
        "certificates": { "late": reading("2027-03-01T00:00:00Z"),
            "soon": reading("2027-02-01T00:00:00Z"), "above": reading("2027-01-01T00:00:00Z") } });
    let end = |check, facts: &serde_json::Value| {
        first_end(check, &Name::new("example.com"), &facts.clone().into())
    };
    assert_eq!(end("tls", &facts), Some("2027-02-01T00:00:00Z".parse().unwrap()));
    assert_eq!(end("spf", &facts), None);
    let found = json!({ "domain": "example.com", "vendors": [], "registered": { "found": {
        "expires": "2027-04-01T00:00:00Z", "statuses": [], "name_servers": [], "ds": [] } } });
    assert_eq!(end("registration", &found), Some("2027-04-01T00:00:00Z".parse().unwrap()));
}
