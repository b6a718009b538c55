//! May this be sent? The review before a campaign: GO, CAUTION or NO-GO, why, what could not be
//! checked, and until when it holds.

mod html;
mod lately;
mod not_checked;
mod roles;
mod rules;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::Value;
use vigie_checks::kernel::{Lang, Name};

pub use rules::{RULES, Rule, VERSION};

use super::FindingReport;
use super::text::moment_in;
use super::words::say;
use crate::run::{DomainAudit, Review};
use lately::changes;
use roles::{Role, Roles};
use rules::{CHANGED_LATELY, DECLARED_SILENT, Owner};

pub use html::ReasonView;
pub use lately::ChangeReport;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Verdict {
    #[serde(rename = "GO")]
    Go,
    #[serde(rename = "CAUTION")]
    Caution,
    #[serde(rename = "NO-GO")]
    NoGo,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Go => "GO",
            Self::Caution => "CAUTION",
            Self::NoGo => "NO-GO",
        })
    }
}

impl Verdict {
    /// The word that people read; JSON has the English one.
    pub fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Go => say(lang, "GO", "FEU VERT"),
            Self::Caution => say(lang, "CAUTION", "PRUDENCE"),
            Self::NoGo => say(lang, "NO-GO", "STOP"),
        }
    }
}

/// Somebody takes a rule's findings upon themselves.
#[derive(Clone, Debug, Serialize)]
pub struct Acceptance {
    pub rule: String,
    pub by: String,
    pub reason: String,
}

/// What a review is asked to do.
pub struct Terms {
    /// How long it holds at the most.
    pub valid_for: TimeDelta,
    pub accepted: Vec<Acceptance>,
    pub lang: Lang,
    /// Where its times are told to people.
    pub zone: Tz,
}

/// A review, as it is printed.
#[derive(Clone, Debug, Serialize)]
pub struct PreflightReport {
    pub schema: &'static str,
    pub version: &'static str,
    /// The version of the rules.
    pub rules: &'static str,
    pub domain: Name,
    /// Everything that was audited: the domains of the streams too.
    pub audited: Vec<Name>,
    pub verdict: Verdict,
    /// A check that weighs could tell, everywhere.
    pub provable: bool,
    pub started_at: String,
    pub valid_until: String,
    pub reasons: Vec<Reason>,
    pub not_checked: Vec<NotChecked>,
    /// Where its times are told to people.
    #[serde(skip)]
    zone: Tz,
}

/// A rule with the findings and changes that fall under it.
#[derive(Clone, Debug, Serialize)]
pub struct Reason {
    pub rule: &'static str,
    pub verdict: Verdict,
    pub title: &'static str,
    pub owner: &'static str,
    pub findings: Vec<FindingReport>,
    pub changes: Vec<ChangeReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
}

#[derive(Clone, Debug, Serialize)]
pub struct NotChecked {
    pub what: String,
    pub why: String,
    /// Whether the verdict is not provable without it.
    pub weighs: bool,
    /// Whether it asks for caution all the same.
    #[serde(skip)]
    pub cautions: bool,
}

impl PreflightReport {
    /// Judges what was seen of the domain and of its streams' domains.
    pub fn of(review: &Review, terms: &Terms) -> Self {
        let (audits, lang) = (&review.audits, terms.lang);
        let roles = Roles::of(review);
        let mut reasons: BTreeMap<usize, Vec<FindingReport>> = BTreeMap::new();
        for audit in audits {
            let domain = &audit.target.domain;
            let role = roles.role(domain);
            for outcome in &audit.outcomes {
                let failing = outcome.findings.iter().filter(|finding| finding.is_failing());
                for finding in failing.filter(|finding| role.minds(finding)) {
                    let place = Rule::place(finding);
                    let told = FindingReport::of(finding, domain, lang);
                    if let Some(place) = place {
                        let all = reasons.entry(place).or_default();
                        // An MX host of two streams is one reason.
                        let known = |other: &FindingReport| {
                            other.id == told.id && other.subject == told.subject
                        };
                        if !all.iter().any(known) {
                            all.push(told);
                        }
                    }
                }
            }
        }
        let mut changes = changes(review, &roles);
        let lately = RULES.iter().position(|rule| rule.id == CHANGED_LATELY);
        if let Some(place) = lately.filter(|_| !changes.is_empty()) {
            reasons.entry(place).or_default();
        }
        let silent = RULES.iter().position(|rule| rule.id == DECLARED_SILENT);
        if let Some(place) = silent.filter(|_| audits.first().is_some_and(is_declared_silent)) {
            reasons.entry(place).or_default();
        }
        let reasons = reasons.into_iter().map(|(place, findings)| {
            let of_rule = Some(place) == lately;
            let changes = if of_rule { std::mem::take(&mut changes) } else { vec![] };
            reason(place, findings, changes, terms)
        });
        let reasons: Vec<Reason> = reasons.collect();
        let standing = reasons.iter().filter(|reason| reason.accepted.is_none());
        let worst = standing.map(|reason| reason.verdict).max().unwrap_or(Verdict::Go);
        let accepted = if reasons.iter().any(|reason| reason.accepted.is_some()) {
            Verdict::Caution
        } else {
            Verdict::Go
        };
        let mut not_checked = not_checked::untold(review, &roles, lang);
        let provable = !not_checked.iter().any(|what| what.weighs);
        let cautions = not_checked.iter().any(|what| what.weighs || what.cautions);
        let unknown = if cautions { Verdict::Caution } else { Verdict::Go };
        not_checked.extend(lately::not_known(review, terms.zone, lang));
        let authors = audits.iter().map(|audit| &audit.target);
        let authors = authors.filter(|target| roles.role(&target.domain) == Role::Author);
        not_checked.extend(authors.flat_map(|target| not_checked::unnamed(target, lang)));
        not_checked.extend(not_checked::beyond(review.has_sends, lang));
        Self {
            schema: "vigie.preflight/1",
            version: env!("CARGO_PKG_VERSION"),
            rules: VERSION,
            domain: audits.first().map_or_else(|| Name::new("."), |a| a.target.domain.clone()),
            audited: audits.iter().map(|audit| audit.target.domain.clone()).collect(),
            verdict: worst.max(accepted).max(unknown),
            provable,
            started_at: time(review.at),
            valid_until: time(valid_until(review, terms)),
            reasons,
            not_checked,
            zone: terms.zone,
        }
    }

    /// A moment of the report as people read it.
    pub fn when(&self, written: &str, lang: Lang) -> String {
        when(written, self.zone, lang)
    }

    /// GO and CAUTION are 0, CAUTION is 1 if `strict`; NO-GO is 1; what cannot be proven is 3.
    pub fn exit_code(&self, strict: bool) -> u8 {
        match self.verdict {
            Verdict::NoGo => 1,
            _ if !self.provable => 3,
            Verdict::Caution if strict => 1,
            Verdict::Caution | Verdict::Go => 0,
        }
    }
}

/// Its profile or its SPF record says that it sends nothing, and nothing that was named of it says otherwise. What
/// is published for such a domain tells receivers to refuse its mail.
fn is_declared_silent(audit: &DomainAudit) -> bool {
    let target = &audit.target;
    let is_unnamed = target.selectors.is_empty() && target.sending_ips.is_empty();
    let says_so = !target.profile.sends() || is_unnamed && allows_nobody(audit);
    says_so && !target.is_from_of_a_stream()
}

/// RFC 7208 §10.1.2: a record of nothing but `-all`.
fn allows_nobody(audit: &DomainAudit) -> bool {
    let spf = audit.outcomes.iter().find(|outcome| outcome.check == "spf");
    spf.is_some_and(|outcome| {
        let facts = outcome.facts.value();
        let words = facts["record"].as_str().unwrap_or_default().split_ascii_whitespace();
        words.map(str::to_ascii_lowercase).eq(["v=spf1", "-all"])
    })
}

fn reason(
    place: usize,
    mut findings: Vec<FindingReport>,
    changes: Vec<ChangeReport>,
    terms: &Terms,
) -> Reason {
    let rule = &RULES[place];
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    Reason {
        rule: rule.id,
        verdict: rule.verdict,
        title: say(terms.lang, rule.words.0, rule.words.1),
        owner: match rule.owner {
            Owner::DnsAdmin => say(terms.lang, "DNS admin", "admin DNS"),
            Owner::Postmaster => say(terms.lang, "postmaster", "postmaster"),
            Owner::Writer => say(terms.lang, "writer", "rédaction"),
        },
        findings,
        changes,
        accepted: terms.accepted.iter().find(|accepted| accepted.rule == rule.id).cloned(),
    }
}

/// The end of the review: that of its own time, or sooner when something it rests on ends.
fn valid_until(review: &Review, terms: &Terms) -> DateTime<Utc> {
    let outcomes = review.audits.iter().flat_map(|audit| &audit.outcomes);
    let mut ends = Vec::new();
    outcomes.for_each(|outcome| gather_ends(&outcome.facts.value(), &mut ends));
    let own = review.at + terms.valid_for;
    ends.into_iter().filter(|end| *end > review.at).fold(own, DateTime::min)
}

/// The moments at which certificates and registrations end, wherever they stand in the facts.
fn gather_ends(facts: &Value, ends: &mut Vec<DateTime<Utc>>) {
    match facts {
        Value::Object(fields) => {
            for (key, value) in fields {
                let is_end = matches!(key.as_str(), "not_after" | "expires" | "expires_at");
                match value.as_str().filter(|_| is_end).map(DateTime::parse_from_rfc3339) {
                    Some(Ok(end)) => ends.push(end.with_timezone(&Utc)),
                    _ => gather_ends(value, ends),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| gather_ends(value, ends)),
        _ => {}
    }
}

/// A moment of the report as people read it.
fn when(written: &str, zone: Tz, lang: Lang) -> String {
    let read = DateTime::parse_from_rfc3339(written);
    read.map_or_else(|_| written.to_owned(), |at| moment_in(at.with_timezone(&Utc), zone, lang))
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
