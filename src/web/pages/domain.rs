//! `/domains/{name}`: what is known of one domain?

use std::cmp::Reverse;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use vigie_checks::kernel::{Catalogue, Lang, parse_domain, worst};

use super::{SHOWN, page};
use crate::report::{State as Weight, badge, change_in_words, counted, groups, say};
use crate::run::{Asked, DomainHistory, End, Spell, Thing, ends};
use crate::store::{Change, Of, Span, StoreError};
use crate::web::frame::{Frame, Moment, Times};
use crate::web::mishap::NOT_WATCHED;
use crate::web::view::{CheckView, FindingView, GradeView, grade, percent};
use crate::web::visitor::Visitor;
use crate::web::{Watched, WebState};

/// A change with both its sides.
pub struct ChangeView {
    pub at: Moment,
    pub what: String,
    pub before: String,
    pub after: String,
}

/// What stands there; a word where nothing does.
fn shown(value: Option<String>, lang: Lang) -> String {
    let none = say(lang, "(none)", "(aucun)");
    value.filter(|value| !value.trim().is_empty()).unwrap_or_else(|| none.to_owned())
}

impl ChangeView {
    pub fn of(change: Change, times: Times) -> Self {
        let shown = |side: Option<String>| shown(side, times.lang);
        Self {
            at: times.moment(change.seen_at),
            what: change_in_words(&change.what, times.lang),
            before: shown(change.before),
            after: shown(change.after),
        }
    }
}

/// How a record, host or certificate looks now, and since when.
struct ThingView {
    what: String,
    value: String,
    since: Moment,
}

impl ThingView {
    /// Nothing of what the last look no longer saw.
    fn of(thing: &Thing, times: Times) -> Option<Self> {
        let period = thing.periods.first().filter(|period| period.stands)?;
        Some(Self {
            what: change_in_words(&thing.what, times.lang),
            value: shown(period.value.clone(), times.lang),
            since: times.moment(period.first_seen),
        })
    }
}

/// A finding that stands no longer.
struct PastView {
    id: String,
    class: &'static str,
    word: &'static str,
    title: String,
    first: Moment,
    last: Moment,
}

impl PastView {
    fn of(spell: &Spell, times: Times) -> Self {
        let state = Weight::of_finding(&spell.finding);
        Self {
            id: spell.finding.id.clone(),
            class: state.class(),
            word: badge(state, times.lang),
            title: Catalogue::words(&spell.finding, times.lang).title,
            first: times.moment(spell.first_seen),
            last: times.moment(spell.last_seen),
        }
    }
}

/// What ends, and on which day.
struct EndView {
    what: String,
    /// That it is near, or past.
    word: Option<&'static str>,
    day: Moment,
    seen: Moment,
}

impl EndView {
    fn of(end: &End, times: Times) -> Self {
        let now = chrono::Utc::now();
        let word = match (times.lang, end.at < now) {
            (Lang::En, true) => "ended",
            (Lang::En, false) => "soon",
            (Lang::Fr, true) => "échu",
            (Lang::Fr, false) => "bientôt",
        };
        Self {
            what: end.words(times.lang),
            word: end.is_soon(now).then_some(word),
            day: times.day(end.at),
            seen: times.moment(end.seen_at),
        }
    }
}

struct RoundView {
    at: Moment,
    sent: u64,
    arrived: u64,
    rate: String,
}

#[derive(Template)]
#[template(path = "domain.html")]
struct DomainPage {
    frame: Frame,
    domain: String,
    tags: Vec<String>,
    grade: GradeView,
    line: String,
    quiet: &'static str,
    findings: Vec<FindingView>,
    checks: Vec<CheckView>,
    rounds: Vec<RoundView>,
    ends: Vec<EndView>,
    things: Vec<ThingView>,
    past: Vec<PastView>,
    changes: Vec<ChangeView>,
}

/// The domain of that name, if it is watched.
pub fn watched<'a>(state: &'a WebState, written: &str) -> Option<&'a Watched> {
    let name = parse_domain(written).ok()?;
    state.watched(&name)
}

/// `/domains/{name}`: one domain with all that is known of it.
pub async fn domain(
    State(state): State<WebState>,
    Path(name): Path<String>,
    visitor: Visitor,
) -> Response {
    match watched(&state, &name) {
        Some(watched) => page(domain_page(&state, watched, &visitor).await),
        None => NOT_WATCHED.into_response(),
    }
}

async fn domain_page(
    state: &WebState,
    watched: &Watched,
    visitor: &Visitor,
) -> Result<DomainPage, StoreError> {
    let frame = Frame::of(state, visitor, "overview").await?;
    let (lang, times, name) = (frame.w.0, frame.times, &watched.name);
    let spans = state.store.latest(name).await?;
    let cases = state.store.cases(name).await?;
    let mut found: Vec<_> = spans.iter().flat_map(|span| &span.findings).collect();
    found.sort_by_key(|finding| std::cmp::Reverse((finding.is_failing(), finding.severity)));
    let since = |finding: &vigie_checks::kernel::Finding| {
        let case = cases
            .iter()
            .find(|case| case.finding.id == finding.id && case.finding.subject == finding.subject);
        case.map(|case| times.moment(case.first_seen))
    };
    let findings = found
        .into_iter()
        .enumerate()
        .map(|(place, finding)| FindingView::of(finding, place, since(finding), lang))
        .collect();
    let weights =
        spans.iter().map(|span| (span.key.check.as_str(), span.status, worst(&span.findings)));
    let grade = GradeView::of(grade(weights));
    let ends = ends(&state.store, name).await?;
    let day = chrono::Utc::now() - chrono::TimeDelta::days(7);
    let rates = state.store.delivery_rates(Of::Domain(name), day, 20_000).await?;
    let rounds = rates.iter().rev().take(12).map(|(at, rate)| RoundView {
        at: times.moment(*at),
        sent: rate.sent,
        arrived: rate.arrived,
        rate: percent(*rate),
    });
    let history = DomainHistory::of(&state.store, name, Asked::default()).await?;
    let things = history.things.iter().filter_map(|thing| ThingView::of(thing, times));
    let past = history.findings.iter().filter(|spell| !spell.stands);
    let past = past.take(SHOWN as usize).map(|spell| PastView::of(spell, times));
    let changes = history.changes.into_iter().take(SHOWN as usize);
    let changes = changes.map(|change| ChangeView::of(change, times));
    let seen = spans.iter().map(|span| span.last_seen).max();
    let looked = counted(spans.len(), lang, ("check", "checks"), ("contrôle", "contrôles"));
    let line = match (seen, lang) {
        (None, Lang::En) => "First look in progress.".to_owned(),
        (None, Lang::Fr) => "Premier regard en cours.".to_owned(),
        (Some(at), Lang::En) => {
            format!("{looked} · looked at {}", times.moment(at).text)
        }
        (Some(at), Lang::Fr) => {
            format!("{looked} · dernier regard {}", times.moment(at).text)
        }
    };
    Ok(DomainPage {
        domain: name.to_string(),
        grade,
        quiet: match spans.is_empty() {
            true => frame.w.t("Nothing is known of it yet.", "Rien n’en est encore connu."),
            false => frame
                .w
                .t("Nothing stands in the way of its mail.", "Rien ne s’oppose à son courrier."),
        },
        line,
        findings,
        checks: checks(&spans, times),
        tags: watched.tags.clone(),
        rounds: rounds.collect(),
        ends: ends.iter().map(|end| EndView::of(end, times)).collect(),
        things: things.collect(),
        past: past.collect(),
        changes: changes.collect(),
        frame,
    })
}

/// Every check with its place among the instances of the same check: first what is wrong, the worst at
/// the front, then in the reader's order.
fn checks(spans: &[Span], times: Times) -> Vec<CheckView> {
    let weight = |span: &Span| Weight::of_status(span.status, worst(&span.findings));
    let order: Vec<&str> =
        groups(times.lang).into_iter().flat_map(|(_, checks)| checks.iter().copied()).collect();
    let place = |span: &Span| order.iter().position(|check| *check == span.key.check);
    let mut spans: Vec<&Span> = spans.iter().collect();
    spans.sort_by_key(|span| {
        let wrong = Some(weight(span)).filter(|weight| *weight > Weight::Info);
        // Plugins stand in no group.
        (Reverse(wrong), place(span).unwrap_or(order.len()), &span.key.check, &span.key.instance)
    });
    let earlier = |at: usize| {
        spans[..at].iter().filter(|other| other.key.check == spans[at].key.check).count()
    };
    let views = spans.iter().enumerate();
    views.map(|(at, span)| CheckView::of(span, earlier(at), times)).collect()
}
