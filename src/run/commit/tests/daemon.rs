//! A daemon's memory that can be begun again, and outcomes as tests write them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use vigie_checks::kernel::{Finding, Lang, Name, Outcome, Severity, Status};

use crate::incidents::{Look, Routes};
use crate::run::commit::{Committed, Committer, Digest, Observed, Settings};
use crate::store::tests::{Shelf, Stores};
use crate::store::{OutboxRow, Send, SendOutcome, Store, Wanted};

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

pub(super) fn first(seconds: i64) -> Look {
    Look { now: at(seconds), second: false }
}

pub(super) fn second(seconds: i64) -> Look {
    Look { now: at(seconds), second: true }
}

pub(super) fn example() -> Name {
    Name::new("example.com")
}

pub(super) fn channels() -> Vec<String> {
    vec!["ops".to_owned(), "team".to_owned()]
}

/// A daemon's store and committer, which can be begun again.
pub(super) struct Daemon {
    shelf: Shelf,
    routes: Routes,
    tags: HashMap<Name, Vec<String>>,
    pub(super) digests: Vec<Digest>,
    pub(super) committer: Committer,
}

impl Daemon {
    pub(super) async fn new(stores: &Stores, routes: Routes) -> Self {
        Self::with_digests(stores, routes, Vec::new()).await
    }

    pub(super) async fn with_digests(
        stores: &Stores,
        routes: Routes,
        digests: Vec<Digest>,
    ) -> Self {
        let shelf = stores.shelf().await;
        let tags = HashMap::from([(example(), vec!["prod".to_owned()])]);
        let committer = Self::begin(&shelf, &routes, &tags, &digests, at(-10)).await;
        Self { shelf, routes, tags, digests, committer }
    }

    pub(super) async fn begin(
        shelf: &Shelf,
        routes: &Routes,
        tags: &HashMap<Name, Vec<String>>,
        digests: &[Digest],
        now: DateTime<Utc>,
    ) -> Committer {
        let settings = Settings {
            channel_langs: HashMap::from([("french".to_owned(), Lang::Fr)]),
            lang: Lang::En,
            people: HashSet::from(["team".to_owned()]),
            url: "https://vigie.example.net/".to_owned(),
            routes: routes.clone(),
            tags: tags.clone(),
            confirm_after: TimeDelta::seconds(45),
            maintenance: Vec::new(),
            domains: vec![example(), Name::new("new.example")],
            digests: digests.to_vec(),
        };
        Committer::start(shelf.open().await, settings, now).await.unwrap()
    }

    pub(super) async fn restart(&mut self, now: DateTime<Utc>) {
        self.store().close().await;
        self.committer =
            Self::begin(&self.shelf, &self.routes, &self.tags, &self.digests, now).await;
    }

    pub(super) fn store(&self) -> &Store {
        &self.committer.store
    }

    pub(super) async fn run(&self, look: Look, seen: &[Observed]) -> Committed {
        self.committer.commit(&example(), seen, look).await.unwrap()
    }

    /// The messages in the order of their writing: channel, type, sequence.
    pub(super) async fn messages(&self) -> Vec<String> {
        let mut rows = self.store().outbox(Wanted::default(), 100).await.unwrap();
        rows.sort_by_key(|row| (row.created_at, row.sequence, row.channel.clone()));
        let told = |row: &OutboxRow| format!("{} {} {}", row.channel, row.event_type, row.sequence);
        rows.iter().map(told).collect()
    }

    pub(super) async fn bodies(&self, event_type: &str) -> Vec<Value> {
        let rows = self.store().outbox(Wanted::default(), 100).await.unwrap();
        let of_type = rows.iter().filter(|row| row.event_type == event_type);
        of_type.map(|row| serde_json::from_str(&row.body).unwrap()).collect()
    }
}

pub(super) fn outcome(check: &str, findings: Vec<Finding>, facts: Value) -> Outcome {
    Outcome {
        check: check.to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: facts.into(),
        facts_version: 1,
        started_at: at(0),
        duration_ms: 7,
        dns_queries: 2,
    }
}

pub(super) fn finding(id: &str, severity: Severity, status: Status) -> Finding {
    Finding {
        id: id.to_owned(),
        severity,
        status,
        subject: "example.com".to_owned(),
        params: Default::default(),
        evidence: json!({"reason": "timeout"}),
        fix: Vec::new(),
        withheld: None,
    }
}

/// An SPF outcome with a record and the ids that fail.
pub(super) fn spf(record: &str, failing: &[&str]) -> Observed {
    let failing = failing.iter().map(|id| finding(id, Severity::Error, Status::Fail)).collect();
    let node = json!({"domain": "example.com", "records": {"found": [record]}});
    Observed::of(outcome("spf", failing, json!({"record": record, "tree": node})))
}

pub(super) fn blind() -> Observed {
    let untold = finding("spf.temperror", Severity::Info, Status::Indeterminate);
    Observed::of(outcome("spf", vec![untold], json!({})))
}

pub(super) fn probe(ip: &str, failing: &[&str]) -> Observed {
    let failing = failing.iter().map(|id| finding(id, Severity::Critical, Status::Fail)).collect();
    let sent = |address: &str, outcome| Send {
        probe: "newsletter".to_owned(),
        domain: example(),
        round: ip.to_owned(),
        address: address.to_owned(),
        submitted_at: at(0),
        outcome,
        delay_ms: None,
        detail: "550 5.7.26".to_owned(),
    };
    Observed {
        instance: "newsletter".to_owned(),
        outcome: outcome("probe", failing, json!({"sending_ips": [ip]})),
        sends: vec![
            sent("a@example.net", SendOutcome::Arrived),
            sent("b@example.net", SendOutcome::Refused),
        ],
    }
}

pub(super) fn everyone() -> Routes {
    Routes::new(Vec::new(), channels())
}
