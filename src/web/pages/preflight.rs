//! `/preflight`: may this be sent? A review that is asked for here, its progress, and what it came to.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use vigie_checks::kernel::Name;

use super::{page, watched};
use crate::report::{PreflightReport, ReasonView, Terms};
use crate::run::{Progress, Review, ReviewState};
use crate::store::StoreError;
use crate::web::WebState;
use crate::web::actions::{Fields, Said};
use crate::web::frame::{Frame, Times};
use crate::web::mishap::NOT_WATCHED;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;

/// How long a review holds at the most, as `vigie preflight` has it.
const HOLDS: TimeDelta = TimeDelta::hours(4);

/// The domain whose review is asked for.
#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    domain: String,
}

impl Fields for Chosen {
    const NAMES: &'static [&'static str] = &["domain"];
}

/// A domain that can be reviewed.
struct Choice {
    name: String,
    chosen: bool,
}

/// The last review of another domain.
struct Earlier {
    domain: String,
    class: &'static str,
    word: String,
    at: String,
}

/// A review that is over.
struct Shown {
    report: PreflightReport,
    class: &'static str,
    word: &'static str,
    sentence: &'static str,
    reasons: Vec<ReasonView>,
    /// It rests on what was seen too long ago.
    is_over: bool,
}

impl Shown {
    fn of(review: &Review, frame: &Frame, now: DateTime<Utc>) -> Self {
        let lang = frame.w.0;
        let report = judged(review, frame.times);
        Self {
            class: report.class(),
            word: report.verdict.word(lang),
            sentence: report.sentence(lang),
            reasons: report.views(lang),
            is_over: is_over(&report, now),
            report,
        }
    }
}

fn judged(review: &Review, times: Times) -> PreflightReport {
    let Times { zone, lang } = times;
    PreflightReport::of(review, &Terms { valid_for: HOLDS, accepted: Vec::new(), lang, zone })
}

/// Whether it rests on what was seen too long ago.
fn is_over(report: &PreflightReport, now: DateTime<Utc>) -> bool {
    report.valid_until.parse().is_ok_and(|until: DateTime<Utc>| until <= now)
}

/// How far the review of the chosen domain is.
enum Stage {
    /// None was asked for.
    None,
    Waiting,
    Running(Progress),
    Failed,
    Done(Box<Shown>),
}

#[derive(Template)]
#[template(path = "preflight-page.html")]
struct PreflightPage {
    frame: Frame,
    choices: Vec<Choice>,
    chosen: String,
    stage: Stage,
    earlier: Vec<Earlier>,
}

impl PreflightPage {
    fn t(&self, en: &'static str, fr: &'static str) -> &'static str {
        self.frame.w.t(en, fr)
    }

    fn when(&self, written: &str) -> String {
        let lang = self.frame.w.0;
        match &self.stage {
            Stage::Done(shown) => shown.report.when(written, lang),
            _ => written.to_owned(),
        }
    }

    /// The page asks again until the review is over.
    fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Running(_))
    }
}

/// The review of the domain in the address; without one, what can be reviewed.
pub async fn preflight(
    State(state): State<WebState>,
    Parameters(asked): Parameters<Chosen>,
    visitor: Visitor,
) -> Response {
    let chosen = match asked.domain.as_str() {
        "" => None,
        written => match watched(&state, written) {
            Some(watched) => Some(watched.name.clone()),
            None => return NOT_WATCHED.into_response(),
        },
    };
    page(preflight_page(&state, chosen.as_ref(), &visitor).await)
}

async fn preflight_page(
    state: &WebState,
    chosen: Option<&Name>,
    visitor: &Visitor,
) -> Result<PreflightPage, StoreError> {
    let frame = Frame::of(state, visitor, "preflight").await?;
    let now = Utc::now();
    let choices = state.domains.iter().map(|watched| Choice {
        name: watched.name.to_string(),
        chosen: Some(&watched.name) == chosen,
    });
    let (mut stage, mut earlier) = (Stage::None, Vec::new());
    for (domain, reviewed) in state.reviews.all() {
        if Some(&domain) == chosen {
            stage = match reviewed {
                ReviewState::Waiting => Stage::Waiting,
                ReviewState::Running(progress) => Stage::Running(progress),
                ReviewState::Failed => Stage::Failed,
                ReviewState::Done(review) => Stage::Done(Box::new(Shown::of(&review, &frame, now))),
            };
        } else if state.watched(&domain).is_some() {
            earlier.extend(other(&domain, &reviewed, &frame, now));
        }
    }
    Ok(PreflightPage {
        choices: choices.collect(),
        chosen: chosen.map(ToString::to_string).unwrap_or_default(),
        stage,
        earlier,
        frame,
    })
}

/// A line for the review of another domain; nothing for one that broke off.
fn other(
    domain: &Name,
    reviewed: &ReviewState,
    frame: &Frame,
    now: DateTime<Utc>,
) -> Option<Earlier> {
    let (class, word, at) = match reviewed {
        ReviewState::Waiting | ReviewState::Running(_) => {
            ("info", frame.w.t("under way", "en cours").to_owned(), String::new())
        }
        ReviewState::Done(review) => {
            let report = judged(review, frame.times);
            let at = report.when(&report.started_at, frame.w.0);
            match is_over(&report, now) {
                true => ("skipped", frame.w.t("no longer valid", "plus valable").to_owned(), at),
                false => (report.class(), report.verdict.word(frame.w.0).to_owned(), at),
            }
        }
        ReviewState::Failed => return None,
    };
    Some(Earlier { domain: domain.to_string(), class, word, at })
}

/// Begins a review, unless one of the domain is under way: to its page for people.
pub async fn review(
    State(state): State<WebState>,
    visitor: Visitor,
    Said(asked): Said<Chosen>,
) -> Response {
    let Some(watched) = watched(&state, &asked.domain) else {
        return NOT_WATCHED.into_response();
    };
    state.reviews.begin(&watched.name);
    if visitor.reads_pages {
        return Redirect::to(&format!("/preflight?domain={}", watched.name)).into_response();
    }
    (StatusCode::ACCEPTED, Json(json!({ "domain": watched.name }))).into_response()
}
