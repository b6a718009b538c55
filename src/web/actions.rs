//! What people say of incidents: I am on it, and I want to hear nothing of it for a time. Forms of the
//! pages and JSON of scripts are taken alike.

use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ulid::Ulid;
use vigie_checks::kernel::{Name, parse_domain};

use super::WebState;
use super::api::failed;
use super::mishap::Refusal;
use super::visitor::Visitor;
use crate::incidents::{Acknowledged, Silence};
use crate::run::commit::Acknowledgement;

/// How long what somebody said lasts: where nothing else is said, and at the most. It always ends, so
/// that what was forgotten comes back.
struct Lasts {
    usual: TimeDelta,
    longest: TimeDelta,
    too_long: Refusal,
}

const ACKNOWLEDGEMENT: Lasts = Lasts {
    usual: TimeDelta::hours(4),
    longest: TimeDelta::hours(24),
    too_long: Refusal("it would last longer than 24 hours", "cela durerait plus de 24 heures"),
};

const SILENCE: Lasts = Lasts {
    usual: TimeDelta::hours(24),
    longest: TimeDelta::days(30),
    too_long: Refusal("it would last longer than 30 days", "cela durerait plus de 30 jours"),
};

/// The longest name or reason that is kept, in characters.
const LONGEST_TEXT: usize = 300;

/// JSON, or a form of a page.
pub struct Said<T>(pub T);

impl<T: DeserializeOwned> FromRequest<WebState> for Said<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Response> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("application/json")) {
            let json = Json::from_request(request, state).await;
            return json.map(|Json(said)| Self(said)).map_err(IntoResponse::into_response);
        }
        let form = Form::from_request(request, state).await;
        form.map(|Form(said)| Self(said)).map_err(IntoResponse::into_response)
    }
}

/// Who says it, why, and for how long: `hours`, or `until` a moment.
#[derive(Debug, Default, Deserialize)]
pub struct Statement {
    #[serde(default)]
    by: String,
    #[serde(default, alias = "note")]
    why: String,
    hours: Option<f64>,
    until: Option<DateTime<Utc>>,
}

impl Statement {
    fn until(&self, now: DateTime<Utc>, lasts: &Lasts) -> Result<DateTime<Utc>, Refusal> {
        let asked = match (self.until, self.hours) {
            (Some(until), _) => until,
            #[expect(clippy::cast_possible_truncation, reason = "bounded the line before")]
            (None, Some(hours)) if (0.0..=10_000.0).contains(&hours) => {
                now + TimeDelta::seconds((hours * 3600.0) as i64)
            }
            (None, Some(_)) => {
                return Err(Refusal(
                    "`hours` is no number of hours",
                    "« hours » n’est pas un nombre d’heures",
                ));
            }
            (None, None) => now + lasts.usual,
        };
        match asked {
            _ if asked <= now => Err(Refusal("it would end at once", "cela finirait aussitôt")),
            _ if asked > now + lasts.longest => Err(lasts.too_long),
            _ => Ok(asked),
        }
    }

    fn by(&self) -> Result<String, Refusal> {
        let by = tidy(&self.by);
        if by.is_empty() {
            Err(Refusal("`by`: who says so?", "« by » : qui le dit ?"))
        } else {
            Ok(by)
        }
    }
}

/// One line of text, as it is kept.
fn tidy(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(LONGEST_TEXT).collect::<String>().trim().to_owned()
}

/// Somebody has seen an incident: back to its page for people, what is kept for scripts.
pub async fn acknowledge(
    State(state): State<WebState>,
    Path(id): Path<String>,
    visitor: Visitor,
    Said(statement): Said<Statement>,
) -> Response {
    let at = Utc::now();
    let (by, until) = match (statement.by(), statement.until(at, &ACKNOWLEDGEMENT)) {
        (Ok(by), Ok(until)) => (by, until),
        (Err(why), _) | (_, Err(why)) => return why.into_response(),
    };
    let acknowledged = Acknowledged { by, why: tidy(&statement.why), at, until };
    let told = acknowledged_json(&acknowledged);
    match state.committer.acknowledge(&id, acknowledged).await {
        Ok(Acknowledgement::Done) if visitor.reads_pages => {
            Redirect::to(&format!("/incidents/{id}")).into_response()
        }
        Ok(Acknowledgement::Done) => Json(told).into_response(),
        Ok(Acknowledgement::Resolved) => {
            Refusal("the incident is resolved", "l’incident est résolu").into_response()
        }
        Ok(Acknowledgement::NoSuchIncident) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

/// What an API tells of an acknowledgement.
pub fn acknowledged_json(seen: &Acknowledged) -> Value {
    json!({ "by": seen.by, "why": seen.why, "at": seen.at, "until": seen.until })
}

/// What is to be silenced: an incident is silenced when it fits everything that is written.
#[derive(Debug, Deserialize)]
pub struct Matcher {
    #[serde(default)]
    domain: String,
    /// A finding id, or `check.*`.
    #[serde(default)]
    finding: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    tag: String,
    /// As in a [`Statement`], field by field: flattened, a form's numbers would stay texts.
    #[serde(default)]
    by: String,
    #[serde(default, alias = "note")]
    why: String,
    hours: Option<f64>,
    until: Option<DateTime<Utc>>,
    /// The page to go back to.
    #[serde(default)]
    incident: String,
}

impl Matcher {
    fn statement(&self) -> Statement {
        let (by, why) = (self.by.clone(), self.why.clone());
        Statement { by, why, hours: self.hours, until: self.until }
    }
}

fn silence_of(matcher: &Matcher, now: DateTime<Utc>) -> Result<Silence, Refusal> {
    let written = |text: &str| Some(tidy(text)).filter(|text| !text.is_empty());
    let statement = matcher.statement();
    let domain = written(&matcher.domain).map(|name| parse_domain(&name)).transpose();
    let silence = Silence {
        id: Ulid::from_datetime(now.into()).to_string(),
        domain: domain
            .map_err(|_| Refusal("`domain` is no domain", "« domain » n’est pas un domaine"))?,
        finding: written(&matcher.finding),
        subject: written(&matcher.subject),
        tag: written(&matcher.tag),
        by: statement.by()?,
        why: tidy(&statement.why),
        created_at: now,
        until: statement.until(now, &SILENCE)?,
    };
    let says_nothing = silence.domain.is_none()
        && silence.finding.is_none()
        && silence.subject.is_none()
        && silence.tag.is_none();
    if says_nothing {
        Err(Refusal(
            "say what: domain, finding, subject or tag",
            "dites quoi : domain, finding, subject ou tag",
        ))
    } else {
        Ok(silence)
    }
}

/// Keeps alerts back for a time.
pub async fn silence(
    State(state): State<WebState>,
    visitor: Visitor,
    Said(matcher): Said<Matcher>,
) -> Response {
    let silence = match silence_of(&matcher, Utc::now()) {
        Ok(silence) => silence,
        Err(why) => return why.into_response(),
    };
    let is_watched = |name: &Name| state.domains.iter().any(|watched| watched.name == *name);
    if !silence.domain.as_ref().is_none_or(is_watched) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Err(error) = state.committer.silence(&silence).await {
        return failed(&error);
    }
    if visitor.reads_pages {
        let of_it = matcher.incident.chars().all(|c| c.is_ascii_alphanumeric());
        let to = if of_it { matcher.incident.as_str() } else { "" };
        return Redirect::to(&format!("/incidents/{to}")).into_response();
    }
    (StatusCode::CREATED, Json(silence_json(&silence))).into_response()
}

/// The silences that hold.
pub async fn silences(State(state): State<WebState>) -> Response {
    match state.store.silences(Utc::now()).await {
        Ok(all) => {
            let told: Vec<Value> = all.iter().map(silence_json).collect();
            Json(json!({ "silences": told })).into_response()
        }
        Err(error) => failed(&error),
    }
}

/// Ends a silence before its time.
pub async fn end_silence(
    State(state): State<WebState>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Response {
    match state.committer.end_silence(&id, Utc::now()).await {
        Ok(true) if visitor.reads_pages => Redirect::to("/incidents").into_response(),
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

fn silence_json(silence: &Silence) -> Value {
    json!({ "silence": silence.id, "domain": silence.domain, "finding": silence.finding,
        "subject": silence.subject, "tag": silence.tag, "by": silence.by, "why": silence.why,
        "created_at": silence.created_at, "until": silence.until })
}
