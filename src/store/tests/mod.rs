mod cluster;
mod copies;
mod figures;
mod glance;
mod incident;
mod look;
mod opening;
mod outbox;
mod reports;
mod retention;
mod stores;
mod together;

use chrono::{DateTime, Utc};
use serde_json::json;
use vigie_checks::kernel::{ALL_PARTS, CheckStatus, Finding, Name, Outcome, Severity, Status};

use super::*;

pub(crate) use cluster::Cluster;
pub(crate) use stores::{Rule, Shelf, Stores, on_both};

on_both!(
    an_equal_outcome_moves_the_end_and_nothing_else,
    what_begins_another_span,
    what_could_not_be_told_leaves_the_last_definite_verdict,
    a_status_lasts_over_changes_of_facts,
    opening_again_finds_everything,
    a_transaction_that_is_dropped_leaves_nothing,
    the_rate_counts_what_is_known_of_the_last_round,
);

/// The rules of all files.
pub(crate) fn every_rule() -> Vec<Rule> {
    [
        rules(),
        figures::rules(),
        glance::rules(),
        incident::rules(),
        look::rules(),
        opening::rules(),
        outbox::rules(),
        reports::rules(),
        retention::rules(),
        together::rules(),
    ]
    .concat()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn example() -> Name {
    Name::new("example.com")
}

fn key() -> SpanKey {
    SpanKey { domain: example(), check: "spf".to_owned(), instance: String::new() }
}

fn finding(severity: Severity) -> Finding {
    Finding {
        id: "spf.missing".to_owned(),
        severity,
        status: Status::Fail,
        subject: "example.com".to_owned(),
        params: Default::default(),
        evidence: json!({}),
        fix: Vec::new(),
        withheld: None,
    }
}

fn outcome(status: CheckStatus, record: &str, findings: Vec<Finding>) -> Outcome {
    Outcome {
        check: "spf".to_owned(),
        status,
        because: None,
        findings,
        facts: json!({ "record": record }).into(),
        facts_version: 1,
        started_at: at(0),
        duration_ms: 1,
        dns_queries: 1,
    }
}

async fn put(store: &Store, outcome: &Outcome, seen_at: DateTime<Utc>) -> bool {
    let mut write = store.write().await.unwrap();
    let new = NewSpan { key: &key(), outcome, seen_at };
    let put = write.put_spans(&example(), &[new]).await.unwrap();
    write.commit().await.unwrap();
    put[0].began
}

async fn an_equal_outcome_moves_the_end_and_nothing_else(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let pass = outcome(CheckStatus::Pass, "a", vec![]);
    let mut slower = pass.clone();
    slower.duration_ms = 900;
    slower.started_at = at(60);

    assert!(put(&store, &pass, at(0)).await);
    assert!(!put(&store, &slower, at(60)).await);

    let history = store.history(&example(), 10).await.unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].first_seen, history[0].last_seen, history[0].runs), (at(0), at(60), 2));
}

async fn what_begins_another_span(stores: Stores) {
    use CheckStatus::{Fail, Indeterminate, Pass};
    let base = outcome(Fail, "a", vec![finding(Severity::Error)]);
    let mut other_evidence = finding(Severity::Error);
    other_evidence.evidence = json!({"asked": 3});
    let mut raised_facts = base.clone();
    raised_facts.facts_version = 2;
    let cases = [
        ("other evidence is no change", outcome(Fail, "a", vec![other_evidence]), false),
        ("another fact", outcome(Fail, "b", vec![finding(Severity::Error)]), true),
        ("another severity", outcome(Fail, "a", vec![finding(Severity::Critical)]), true),
        ("one finding less", outcome(Pass, "a", vec![]), true),
        ("another status", outcome(Indeterminate, "a", vec![]), true),
        ("another form of the facts", raised_facts, true),
    ];
    for (rule, next, begins) in cases {
        let shelf = stores.shelf().await;
        let store = shelf.open().await;
        put(&store, &base, at(0)).await;
        assert_eq!(put(&store, &next, at(60)).await, begins, "{rule}");
    }
}

async fn what_could_not_be_told_leaves_the_last_definite_verdict(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    put(&store, &outcome(CheckStatus::Indeterminate, "?", vec![]), at(60)).await;

    assert_eq!(
        store.last_definite(&key()).await.unwrap().unwrap().facts.value(),
        json!({"record": "a"})
    );
    assert_eq!(store.latest(&example()).await.unwrap()[0].status, CheckStatus::Indeterminate);

    let refused = Finding {
        id: "blocklist.refused".to_owned(),
        subject: "house".to_owned(),
        status: Status::Indeterminate,
        ..finding(Severity::Info)
    };
    let in_part = outcome(CheckStatus::Indeterminate, "b", vec![refused.clone()]);
    put(&store, &in_part, at(120)).await;
    let whole = Finding { subject: ALL_PARTS.to_owned(), ..refused };
    put(&store, &outcome(CheckStatus::Indeterminate, "c", vec![whole]), at(180)).await;
    assert_eq!(
        store.last_definite(&key()).await.unwrap().unwrap().facts.value(),
        json!({"record": "b"})
    );
}

async fn a_status_lasts_over_changes_of_facts(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    put(&store, &outcome(CheckStatus::Fail, "b", vec![finding(Severity::Error)]), at(60)).await;
    put(&store, &outcome(CheckStatus::Fail, "c", vec![finding(Severity::Error)]), at(120)).await;

    let overview = store.overview().await.unwrap();
    assert_eq!(overview.len(), 1);
    let spf = &overview[0].checks[0];
    assert_eq!(
        (spf.status, spf.since, spf.worst),
        (CheckStatus::Fail, at(60), Some(Severity::Error))
    );
}

async fn opening_again_finds_everything(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    let mut write = store.write().await.unwrap();
    let change = Change {
        check: "spf".to_owned(),
        what: "TXT example.com".to_owned(),
        before: Some("v=spf1 -all".to_owned()),
        after: None,
        seen_at: at(5),
    };
    write.put_change(&example(), &change).await.unwrap();
    write.put_last_runs(&["example.com spf"], at(5)).await.unwrap();
    let row = OutboxRow::new("ops", "test", None, "{}".to_owned(), at(5));
    write.put_outbox(&row).await.unwrap();
    write.commit().await.unwrap();
    store.close().await;

    let store = shelf.open().await;
    assert_eq!(store.latest(&example()).await.unwrap().len(), 1);
    assert_eq!(store.changes(&example(), 10).await.unwrap(), [change]);
    assert_eq!(store.last_runs().await.unwrap()["example.com spf"], at(5));
    let of = |state| Wanted { state: Some(state), ..Wanted::default() };
    assert_eq!(store.outbox(of(OutboxState::Pending), 10).await.unwrap(), [row]);
    assert_eq!(store.outbox(of(OutboxState::Dead), 10).await.unwrap(), []);
}

async fn a_transaction_that_is_dropped_leaves_nothing(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let mut write = store.write().await.unwrap();
    write.put_last_runs(&["gone"], at(0)).await.unwrap();
    drop(write);
    assert!(store.last_runs().await.unwrap().is_empty());
}

async fn the_rate_counts_what_is_known_of_the_last_round(stores: Stores) {
    use SendOutcome::{Arrived, Deferred, Junk, Missing, Refused, Unknown};
    let rounds: [(&str, &[SendOutcome], Option<f64>); 5] = [
        ("nothing known is no rate", &[Unknown], None),
        ("all arrived", &[Arrived, Arrived], Some(1.0)),
        ("what is unknown does not count", &[Arrived, Unknown], Some(1.0)),
        ("junk has not arrived", &[Arrived, Junk], Some(0.5)),
        ("nor has anything else", &[Arrived, Refused, Deferred, Missing], Some(0.25)),
    ];
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    assert_eq!(store.delivery_rate(Of::Probe("news")).await.unwrap(), DeliveryRate::default());
    let mut start = 0;
    for (rule, outcomes, rate) in rounds {
        start += 100;
        let mut write = store.write().await.unwrap();
        for (outcome, address) in outcomes.iter().zip(0..) {
            let send = Send {
                probe: "news".to_owned(),
                domain: example(),
                round: format!("R{start}"),
                address: format!("{address}@example.net"),
                submitted_at: at(start + address),
                outcome: *outcome,
                delay_ms: Some(5),
                detail: String::new(),
            };
            write.put_send(&send).await.unwrap();
        }
        write.commit().await.unwrap();
        assert_eq!(store.delivery_rate(Of::Probe("news")).await.unwrap().rate, rate, "{rule}");
        let of_domain = store.delivery_rate(Of::Domain(&example())).await.unwrap();
        assert_eq!(of_domain.rate, rate, "{rule}");
        let every = store.delivery_rates_by_domain().await.unwrap();
        assert_eq!(every, [(example(), of_domain)].into(), "{rule}");
    }
    let curve = store.delivery_rates(Of::Domain(&example()), at(0), 100).await.unwrap();
    assert_eq!(curve.iter().map(|(_, of)| of.rate).collect::<Vec<_>>(), rounds.map(|(.., r)| r));
}
