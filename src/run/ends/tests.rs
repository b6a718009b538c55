use serde_json::json;
use vigie_checks::kernel::{CheckStatus, Finding, Outcome, Severity, Status};

use super::*;
use crate::store::{NewSpan, SpanKey};

fn at(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + day * 86_400, 0).unwrap()
}

fn example() -> Name {
    Name::new("example.com")
}

/// A certificate of 90 days that ends on a day.
fn leaf(name: &str, ends: i64) -> Value {
    json!({ "sha256": format!("{name}{ends}"), "subject": name, "issuer": "CA", "self_issued": false,
        "names": [name], "not_before": at(ends - 90), "not_after": at(ends),
        "key": { "kind": "EC", "bits": 256 }, "signature": "ECDSA with SHA-256" })
}

fn chain(digest: &str) -> Value {
    json!({ "certificate": digest, "trust": "trusted" })
}

fn tls(first: i64, second: i64, service: i64) -> Value {
    let encrypted = |digest: &str| {
        json!({ "encrypted":
            { "version": "TLSv1.3", "cipher": "x", "certificate": digest, "trust": "trusted" } })
    };
    let mut shown = chain("c");
    shown["host"] = "smtp.example.com".into();
    json!({
        "egress_blocked": false,
        "hosts": [{ "name": "mx.example.com", "addresses": {
            "192.0.2.1": encrypted("a"), "192.0.2.2": encrypted("b"), "192.0.2.3": "unreachable",
        } }],
        "services": { "smtps://smtp.example.com": { "shown": shown } },
        "certificates": { "a": leaf("mx.example.com", first), "b": leaf("mx.example.com", second),
            "c": leaf("smtp.example.com", service) },
    })
}

fn registration(own: i64, vendor: i64) -> Value {
    let found = |ends: i64| {
        json!({ "found": { "statuses": [], "name_servers": [], "ds": [],
        "expires": at(ends) } })
    };
    json!({ "domain": "example.com", "registered": found(own), "vendors": [
        { "domain": "mailer.example", "through": ["MX", "SPF"], "registered": found(vendor) },
        { "domain": "other.example", "through": ["NS"], "registered": "no-service" },
    ] })
}

/// Puts what a check saw on a day into history.
async fn look(store: &Store, day: i64, check: &str, facts: Value, status: CheckStatus) {
    let untold = Finding {
        id: format!("{check}.unknown"),
        severity: Severity::Info,
        status: Status::Indeterminate,
        subject: "example.com".to_owned(),
        params: Default::default(),
        evidence: json!({ "reason": "timeout" }),
        fix: Vec::new(),
        withheld: None,
    };
    let outcome = Outcome {
        check: check.to_owned(),
        status,
        because: None,
        findings: (status == CheckStatus::Indeterminate).then_some(untold).into_iter().collect(),
        facts: facts.into(),
        facts_version: 1,
        started_at: at(day),
        duration_ms: 1,
        dns_queries: 1,
    };
    let key = SpanKey { domain: example(), check: check.to_owned(), instance: String::new() };
    let mut write = store.write().await.unwrap();
    let new = NewSpan { key: &key, outcome: &outcome, seen_at: at(day) };
    write.put_spans(&example(), &[new]).await.unwrap();
    write.commit().await.unwrap();
}

async fn told(store: &Store) -> Vec<(String, i64)> {
    let day = |at: DateTime<Utc>| (at.timestamp() - 1_800_000_000) / 86_400;
    let all = ends(store, &example()).await.unwrap();
    all.iter().map(|end| (end.words(Lang::En), day(end.at))).collect()
}

fn expected(all: &[(&str, i64)]) -> Vec<(String, i64)> {
    all.iter().map(|(what, day)| ((*what).to_owned(), *day)).collect()
}

#[tokio::test]
async fn what_ends_is_told_soonest_first_without_any_finding() {
    let store = Store::open("sqlite://:memory:").await.unwrap();
    look(&store, 0, "tls", tls(50, 40, 70), CheckStatus::Pass).await;
    look(&store, 0, "registration", registration(200, 60), CheckStatus::Pass).await;
    assert_eq!(
        told(&store).await,
        expected(&[
            ("certificate of mx.example.com", 40),
            ("registration of mailer.example, used through MX, SPF", 60),
            ("certificate of smtps://smtp.example.com", 70),
            ("registration of example.com", 200),
        ])
    );
}

#[tokio::test]
async fn a_look_that_could_not_tell_takes_nothing_away_and_a_renewal_counts() {
    let store = Store::open("sqlite://:memory:").await.unwrap();
    let mut all = Vec::new();
    for (day, facts, status) in [
        (0, registration(200, 60), CheckStatus::Pass),
        (1, json!({}), CheckStatus::Indeterminate),
        (2, json!({}), CheckStatus::Skipped),
    ] {
        look(&store, day, "registration", facts, status).await;
        all.push(told(&store).await);
    }
    assert_eq!(all[0].len(), 2);
    assert!(all.iter().all(|told| *told == all[0]), "{all:?}");
    look(&store, 3, "registration", registration(565, 60), CheckStatus::Pass).await;
    assert_eq!(told(&store).await[1], ("registration of example.com".to_owned(), 565));

    let mut write = store.write().await.unwrap();
    let of_all = ends_of_all(&mut write).await.unwrap();
    let words: Vec<String> = of_all[&example()].iter().map(|end| end.words(Lang::Fr)).collect();
    assert_eq!(
        words,
        [
            "enregistrement du nom mailer.example, qui intervient par MX, SPF",
            "enregistrement du nom example.com",
        ]
    );
}

#[tokio::test]
async fn what_is_near_is_told_to_those_who_did_not_ask() {
    let store = Store::open("sqlite://:memory:").await.unwrap();
    look(&store, 0, "tls", tls(50, 90, 90), CheckStatus::Pass).await;
    look(&store, 0, "registration", registration(100, 500), CheckStatus::Pass).await;
    let signature = json!({ "name": "example.com", "type": "MX", "server": "192.0.2.53",
        "inception": at(-14), "expiration": at(1) });
    let dnssec = json!({ "zone": "example.com", "validation": "works", "ds": { "found": [] },
        "keys": [], "is_partial": false, "verdict": "secure", "ending": signature });
    look(&store, 0, "dnssec", dnssec, CheckStatus::Fail).await;
    let all = ends(&store, &example()).await.unwrap();
    let near = |day: i64| -> Vec<String> {
        let near = all.iter().filter(|end| end.is_soon(at(day)));
        near.map(|end| end.words(Lang::En)).collect()
    };
    let signature = "signature of MX at example.com";
    let certificate = "certificate of mx.example.com";
    assert_eq!(near(-1), Vec::<String>::new());
    assert_eq!(near(20), [signature], "what is past is told too");
    assert_eq!(near(21), [signature, certificate], "30 days before its end");
    assert_eq!(near(41), [signature, certificate, "registration of example.com"]);
}
