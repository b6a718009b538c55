//! How do the domains of a route stand? Pure: from what is known to what a digest says.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vigie_checks::kernel::{Catalogue, Finding, Lang, Name, Severity};

use super::Known;
use crate::incidents::{Incident, Route, State};
use crate::run::commit::body;
use crate::run::ends::End;
use crate::store::{CaseRow, ProbeRate};

/// Entries of each list at most; the pages have them all.
const LISTED: usize = 200;

/// What a digest says of one route.
pub(super) struct Standing<'a> {
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    min_severity: Severity,
    domains: Vec<&'a Name>,
    /// The heaviest first.
    open: Vec<&'a Incident>,
    /// Wrong from the start.
    standing: Vec<&'a CaseRow>,
    resolved: Vec<&'a Incident>,
    /// What is wrong below the severity of the route.
    lighter: usize,
    /// What cannot be told, by domain.
    unknown: BTreeMap<&'a Name, Unknown<'a>>,
    /// Soonest first; each thing once, with all domains that rest on it.
    ends: Vec<(&'a End, BTreeSet<&'a Name>)>,
    rates: Vec<&'a ProbeRate>,
}

/// Something that is wrong.
struct Found<'a> {
    severity: Severity,
    finding: &'a Finding,
    domain: &'a Name,
    since: DateTime<Utc>,
    incident: Option<&'a String>,
}

/// Why it cannot be told how a domain stands.
#[derive(Default)]
struct Unknown<'a> {
    /// None: it was not looked at yet.
    checks: BTreeSet<&'a str>,
    reasons: BTreeSet<&'a str>,
    since: Option<DateTime<Utc>>,
}

impl<'a> Standing<'a> {
    pub fn of(
        route: &Route,
        domains: Vec<&'a Name>,
        known: &'a Known,
        rates: &'a [ProbeRate],
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let told: BTreeSet<&Name> = domains.iter().copied().collect();
        let is_told = |incident: &&Incident| {
            route.is_about(incident.cause.check())
                && incident.domains.iter().any(|domain| told.contains(domain))
        };
        let stands = |incident: &&Incident| incident.state != State::Resolved;
        let all = || known.incidents.iter().filter(is_told);
        let cases = known
            .cases
            .iter()
            .filter(|case| route.is_about(&case.key.check) && told.contains(&case.key.domain));
        let (standing, light): (Vec<_>, Vec<_>) =
            cases.partition(|case| case.severity >= route.min_severity);
        let (mut open, light_open): (Vec<_>, Vec<_>) =
            all().filter(stands).partition(|incident| incident.severity >= route.min_severity);
        open.sort_by_key(|incident| (Reverse(incident.severity), incident.since));
        let resolved = all().filter(|incident| {
            incident.severity >= route.min_severity
                && incident.merged_into.is_none()
                // What nobody looks at any more did not heal, and whoever took it out knows.
                && !incident.unwatched
                && incident.resolved_at.is_some_and(|at| at >= since)
        });
        Self {
            since,
            now,
            min_severity: route.min_severity,
            open,
            standing,
            resolved: resolved.collect(),
            lighter: light.len() + light_open.len(),
            unknown: unknown(route, known, &told),
            ends: ends(route, known, &told, now),
            rates: rates
                .iter()
                .filter(|rate| route.is_about("probe") && told.contains(&rate.domain))
                .collect(),
            domains,
        }
    }

    /// The `data` of the event.
    pub fn data(&self, url: &str, lang: Lang) -> Value {
        let base = url.trim_end_matches('/');
        let wrong = self.wrong();
        let unknown = self.unknown.keys().filter(|domain| !wrong.contains(**domain)).count();
        let told = |incident: &&Incident| incident_data(incident, base, lang);
        let opened = self.open.iter().filter(|incident| incident.opened_at >= self.since);
        json!({
            "domains": self.domains,
            "findings": self.findings(lang),
            "total": self.open.len() + self.standing.len(),
            "url": format!("{base}/"),
            "digest": {
                "since": body::time(self.since),
                "until": body::time(self.now),
                "min_severity": self.min_severity,
                "domains": {
                    "total": self.domains.len(),
                    "well": self.domains.len() - wrong.len() - unknown,
                    "wrong": wrong.len(),
                    "unknown": unknown,
                },
                "lighter": self.lighter,
                "open": self.open.iter().take(LISTED).map(told).collect::<Vec<_>>(),
                "opened": opened.clone().take(LISTED).map(told).collect::<Vec<_>>(),
                "resolved": self.resolved.iter().take(LISTED).map(told).collect::<Vec<_>>(),
                "unknown": self.unknown.iter().take(LISTED).map(unknown_data).collect::<Vec<_>>(),
                "ends": self.ends.iter().take(LISTED).map(|end| end_data(end, lang)).collect::<Vec<_>>(),
                "sends": self.rates.iter().take(LISTED).map(|rate| rate_data(rate)).collect::<Vec<_>>(),
                "totals": {
                    "open": self.open.len(),
                    "opened": opened.count(),
                    "resolved": self.resolved.len(),
                    "unknown": self.unknown.len(),
                    "ends": self.ends.len(),
                    "sends": self.rates.len(),
                },
            },
        })
    }

    /// The domains that something is wrong with.
    fn wrong(&self) -> BTreeSet<&Name> {
        let hit = self.open.iter().flat_map(|incident| &incident.domains);
        let hit: BTreeSet<&Name> =
            hit.chain(self.standing.iter().map(|case| &case.key.domain)).collect();
        self.domains.iter().copied().filter(|domain| hit.contains(domain)).collect()
    }

    /// What stands, the heaviest first, with since when.
    fn findings(&self, lang: Lang) -> Vec<Value> {
        let open = self.open.iter().map(|incident| Found {
            severity: incident.severity,
            finding: &incident.cause,
            domain: &incident.domain,
            since: incident.since,
            incident: Some(&incident.id),
        });
        let standing = self.standing.iter().map(|case| Found {
            severity: case.severity,
            finding: &case.finding,
            domain: &case.key.domain,
            since: case.first_seen,
            incident: None,
        });
        let mut all: Vec<Found<'_>> = open.chain(standing).collect();
        all.sort_by_key(|found| (Reverse(found.severity), found.since));
        let told = all.into_iter().take(LISTED).map(|found| {
            let mut told = body::finding(found.finding, found.domain, lang);
            told["severity"] = json!(found.severity);
            told["domain"] = json!(found.domain);
            told["since"] = json!(body::time(found.since));
            told["incident"] = json!(found.incident);
            told
        });
        told.collect()
    }
}

fn ends<'a>(
    route: &Route,
    known: &'a Known,
    told: &BTreeSet<&'a Name>,
    now: DateTime<Utc>,
) -> Vec<(&'a End, BTreeSet<&'a Name>)> {
    // What was seen last counts: another look at the same host may be older.
    let mut things: BTreeMap<_, (&End, BTreeSet<&Name>)> = BTreeMap::new();
    for (domain, ends) in known.ends.iter().filter(|(domain, _)| told.contains(domain)) {
        for end in ends.iter().filter(|end| route.is_about(&end.check)) {
            let thing = things.entry((end.kind(), end.name.as_str()));
            let (last, domains) = thing.or_insert((end, BTreeSet::new()));
            if end.seen_at > last.seen_at {
                *last = end;
            }
            domains.insert(domain);
        }
    }
    let mut soon: Vec<_> = things.into_values().filter(|(end, _)| end.is_soon(now)).collect();
    soon.sort_by_key(|(end, _)| (end.at, &end.name));
    soon
}

fn unknown<'a>(
    route: &Route,
    known: &'a Known,
    told: &BTreeSet<&'a Name>,
) -> BTreeMap<&'a Name, Unknown<'a>> {
    let mut unknown: BTreeMap<&Name, Unknown<'_>> = told
        .iter()
        .filter(|domain| !known.looked_at.contains(**domain))
        .map(|domain| (*domain, Unknown::default()))
        .collect();
    for blind in known.blind.iter().filter(|blind| route.is_about(&blind.key.check)) {
        let Some(domain) = told.get(&blind.key.domain) else { continue };
        let of_domain = unknown.entry(domain).or_default();
        of_domain.checks.insert(&blind.key.check);
        of_domain.reasons.insert(&blind.reason);
        of_domain.since = of_domain.since.into_iter().chain([blind.since]).min();
    }
    unknown
}

fn incident_data(incident: &Incident, base: &str, lang: Lang) -> Value {
    json!({
        "incident": incident.id,
        "severity": incident.severity,
        "title": Catalogue::words(&incident.cause, lang).title,
        "domain": incident.domain,
        "domains": incident.domains,
        "since": body::time(incident.since),
        "opened_at": body::time(incident.opened_at),
        "resolved_at": incident.resolved_at.map(body::time),
        "taken_on_by": incident.acknowledged.as_ref().map(|seen| &seen.by),
        "url": format!("{base}/incidents/{}", incident.id),
    })
}

fn unknown_data((domain, unknown): (&&Name, &Unknown<'_>)) -> Value {
    json!({
        "domain": domain,
        "checks": unknown.checks,
        "reasons": unknown.reasons,
        "since": unknown.since.map(body::time),
    })
}

fn end_data((end, domains): &(&End, BTreeSet<&Name>), lang: Lang) -> Value {
    let mut told = end.json(lang);
    told["domains"] = json!(domains);
    told
}

fn rate_data(rate: &ProbeRate) -> Value {
    json!({
        "probe": rate.probe,
        "domain": rate.domain,
        "sent": rate.rate.sent,
        "arrived": rate.rate.arrived,
        "rate": rate.rate.rate,
    })
}
