//! What people say of incidents: I am on it. Forms of the pages and JSON of scripts are taken alike.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use super::WebState;
use super::api::failed;
use super::mishap::{NO_INCIDENT, Refusal};
use super::visitor::Visitor;
use crate::config::nearest;
use crate::incidents::Acknowledged;
use crate::run::commit::Acknowledgement;

/// How long what somebody said lasts: where nothing else is said, and at the most. It always ends, so
/// that what was forgotten comes back.
pub(super) struct Lasts {
    pub usual: TimeDelta,
    pub longest: TimeDelta,
    pub too_long: Refusal,
}

const ACKNOWLEDGEMENT: Lasts = Lasts {
    usual: TimeDelta::hours(4),
    longest: TimeDelta::hours(24),
    too_long: Refusal::new("it would last longer than 24 hours", "cela durerait plus de 24 heures"),
};

const NO_HOURS: Refusal = Refusal::new(
    "`hours` is no number of hours, such as 4 or 0.5",
    "« hours » n’est pas un nombre d’heures, tel que 4 ou 0.5",
);

const NO_MOMENT: Refusal = Refusal::new(
    "`until` is no time as RFC 3339 writes it, such as 2026-12-24T18:00:00Z",
    "« until » n’est pas une heure au format RFC 3339, telle que 2026-12-24T18:00:00Z",
);

/// What is wrong with the JSON, in the words of who reads it.
fn unread(error: &serde_json::Error) -> Refusal {
    let refusal = Refusal::of(
        format!("the body: {error}"),
        format!("le corps n’est pas comme attendu : « {error} »"),
    );
    if error.is_data() { refusal } else { refusal.unread() }
}

/// What a body may say: the names of its fields.
pub(super) trait Fields {
    const NAMES: &'static [&'static str];
}

/// A field that nobody reads would be taken for said.
fn is_known<'a>(names: impl IntoIterator<Item = &'a str>, known: &[&str]) -> Result<(), Refusal> {
    let Some(unknown) = names.into_iter().find(|name| !known.contains(name)) else { return Ok(()) };
    let shown = tidy(unknown);
    let said =
        (format!("`{shown}` is no field here"), format!("« {shown} » n’est pas un champ connu"));
    let all = known.join(", ");
    let all = (format!("; known are {all}"), format!(" ; ceux qui le sont : {all}"));
    let near = nearest(unknown, known.iter().copied());
    Err(Refusal::unknown(said, near, (&all.0, &all.1)))
}

/// What a script sent as JSON.
fn of_json<T: DeserializeOwned + Fields>(body: &[u8]) -> Result<T, Refusal> {
    let value: Value = serde_json::from_slice(body).map_err(|error| unread(&error))?;
    let Some(fields) = value.as_object() else {
        return Err(Refusal::new(
            "the body: an object is expected, such as {\"by\": \"ana\"}",
            "le corps : un objet est attendu, par exemple {\"by\": \"ana\"}",
        ));
    };
    is_known(fields.keys().map(String::as_str), T::NAMES)?;
    serde_json::from_slice(body).map_err(|error| unread(&error))
}

/// The longest name or reason that is kept, in characters.
const LONGEST_TEXT: usize = 300;

/// JSON, or a form of a page.
pub struct Said<T>(pub T);

impl<T: DeserializeOwned + Fields> FromRequest<WebState> for Said<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Response> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
        let (parts, body) = request.into_parts();
        let whole = Request::from_parts(parts.clone(), body);
        let body = Bytes::from_request(whole, state).await.map_err(IntoResponse::into_response)?;
        // What begins so is no form, whatever type a script forgot to give it.
        if is_json || matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) {
            return of_json(&body).map(Self).map_err(IntoResponse::into_response);
        }
        let names: Vec<String> =
            form_urlencoded::parse(&body).map(|(name, _)| name.into_owned()).collect();
        is_known(names.iter().map(String::as_str), T::NAMES)
            .map_err(IntoResponse::into_response)?;
        let request = Request::from_parts(parts, Body::from(body));
        let form = Form::from_request(request, state).await;
        form.map(|Form(said)| Self(said)).map_err(IntoResponse::into_response)
    }
}

/// A value of a form or of JSON as it was written, until it is known what it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Number(f64),
    Text(String),
    Other(IgnoredAny),
}

/// Who says it, why, and for how long: `hours`, or `until` a moment.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Statement {
    #[serde(default)]
    pub(super) by: String,
    #[serde(default, alias = "note")]
    pub(super) why: String,
    pub(super) hours: Option<Written>,
    pub(super) until: Option<Written>,
}

impl Fields for Statement {
    const NAMES: &'static [&'static str] = &["by", "why", "note", "hours", "until"];
}

impl Statement {
    pub(super) fn until(
        &self,
        now: DateTime<Utc>,
        lasts: &Lasts,
    ) -> Result<DateTime<Utc>, Refusal> {
        let asked = match (moment(self.until.as_ref())?, hours(self.hours.as_ref())?) {
            (Some(until), _) => until,
            (None, Some(hours)) => now + hours,
            (None, None) => now + lasts.usual,
        };
        match asked {
            _ if asked <= now => {
                Err(Refusal::new("it would end at once", "cela finirait aussitôt"))
            }
            _ if asked > now + lasts.longest => Err(lasts.too_long.clone()),
            _ => Ok(asked),
        }
    }

    pub(super) fn by(&self) -> Result<String, Refusal> {
        let by = tidy(&self.by);
        if by.is_empty() {
            Err(Refusal::new("`by`: who says so?", "« by » : qui le dit ?"))
        } else {
            Ok(by)
        }
    }
}

/// A field of a form that was left empty says nothing.
fn is_said(written: &Written) -> bool {
    !matches!(written, Written::Text(text) if text.trim().is_empty())
}

fn moment(written: Option<&Written>) -> Result<Option<DateTime<Utc>>, Refusal> {
    let moment = |written: &Written| match written {
        Written::Text(text) => text.trim().parse().ok(),
        Written::Number(_) | Written::Other(_) => None,
    };
    let said = written.filter(|written| is_said(written));
    said.map(|written| moment(written).ok_or(NO_MOMENT)).transpose()
}

fn hours(written: Option<&Written>) -> Result<Option<TimeDelta>, Refusal> {
    let number = |written: &Written| match written {
        Written::Number(number) => Some(*number),
        Written::Text(text) => text.trim().parse().ok(),
        Written::Other(_) => None,
    };
    let said = written.filter(|written| is_said(written));
    let number = said.map(|written| {
        let number = number(written).filter(|number| *number >= 0.0);
        // Longer than anything may last, and short enough to be reckoned with.
        number.map(|number| number.min(10_000.0)).ok_or(NO_HOURS)
    });
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let delta = |hours: f64| TimeDelta::seconds((hours * 3600.0) as i64);
    Ok(number.transpose()?.map(delta))
}

/// One line of text, as it is kept.
pub(super) fn tidy(text: &str) -> String {
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
            Refusal::new("the incident is over", "l’incident est terminé").into_response()
        }
        Ok(Acknowledgement::NoSuchIncident) => NO_INCIDENT.into_response(),
        Err(error) => failed(&error),
    }
}

/// What an API tells of an acknowledgement.
pub fn acknowledged_json(seen: &Acknowledged) -> Value {
    json!({ "by": seen.by, "why": seen.why, "at": seen.at, "until": seen.until })
}
