//! What people want to hear nothing of for a time: by form or JSON, and what there is to silence at all.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use ulid::Ulid;
use vigie_checks::kernel::{Catalogue, parse_domain};

use super::actions::{Fields, Lasts, Said, Statement, Written, tidy};
use super::api::failed;
use super::filter::tags;
use super::mishap::{NOT_WATCHED, Refusal};
use super::visitor::Visitor;
use super::{Watched, WebState};
use crate::config::nearest;
use crate::incidents::Silence;
use crate::store::StoreError;

const SILENCE: Lasts = Lasts {
    usual: TimeDelta::hours(24),
    longest: TimeDelta::days(30),
    too_long: Refusal::new("it would last longer than 30 days", "cela durerait plus de 30 jours"),
};

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
    hours: Option<Written>,
    until: Option<Written>,
    /// The page to go back to.
    #[serde(default)]
    incident: String,
}

impl Fields for Matcher {
    const NAMES: &'static [&'static str] =
        &["domain", "finding", "subject", "tag", "by", "why", "note", "hours", "until", "incident"];
}

impl Matcher {
    fn statement(&self) -> Statement {
        let (by, why) = (self.by.clone(), self.why.clone());
        Statement { by, why, hours: self.hours.clone(), until: self.until.clone() }
    }
}

fn silence_of(matcher: &Matcher, now: DateTime<Utc>) -> Result<Silence, Refusal> {
    let written = |text: &str| Some(tidy(text)).filter(|text| !text.is_empty());
    let statement = matcher.statement();
    let domain = written(&matcher.domain).map(|name| parse_domain(&name)).transpose();
    let silence = Silence {
        id: Ulid::from_datetime(now.into()).to_string(),
        domain: domain.map_err(|_| {
            Refusal::new("`domain` is no domain", "« domain » n’est pas un domaine")
        })?,
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
        Err(Refusal::new(
            "say what: domain, finding, subject or tag",
            "dites quoi : domain, finding, subject ou tag",
        ))
    } else {
        Ok(silence)
    }
}

/// Whether a finding id, or `check.*`, can fit anything that a check or one of these plugins finds.
fn is_found(pattern: &str, plugins: &[String]) -> Result<(), Refusal> {
    let (prefix, is_whole) = match pattern.strip_suffix('*') {
        Some(prefix) => (prefix, false),
        None => (pattern, true),
    };
    // What a plugin may find is its own affair.
    let of_plugin = |plugin: &String| {
        let rest = prefix.strip_prefix(plugin.as_str()).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| !is_whole || !rest.is_empty())
    };
    let known = ids();
    let fits = |id: &String| if is_whole { id == prefix } else { id.starts_with(prefix) };
    if known.iter().any(fits) || plugins.iter().any(of_plugin) {
        return Ok(());
    }
    let every = |check: &str| format!("{check}.*");
    let checks: Vec<String> = Catalogue::all()
        .map(|catalogue| every(catalogue.check()))
        .chain(plugins.iter().map(|plugin| every(plugin)))
        .collect();
    let likely = if is_whole { &known } else { &checks };
    let said = (
        format!("no check finds `{pattern}`"),
        format!("aucun contrôle ne constate « {pattern} »"),
    );
    let near = nearest(pattern, likely.iter().map(String::as_str));
    let all =
        ("; `vigie checks list` names the checks", " ; `vigie checks list` nomme les contrôles");
    Err(Refusal::unknown(said, near, all))
}

/// Whether a domain that is watched bears this tag.
fn is_borne(tag: &str, domains: &[Arc<Watched>]) -> Result<(), Refusal> {
    let known = tags(domains);
    if known.contains(tag) {
        return Ok(());
    }
    let said = (
        format!("no domain bears the tag `{tag}`"),
        format!("aucun domaine ne porte l’étiquette « {tag} »"),
    );
    Err(Refusal::unknown(said, nearest(tag, known), ("", "")))
}

/// Whether the incident on whose page it is silenced came from this finding: the plugin that found it may
/// be gone.
async fn was_found(
    state: &WebState,
    incident: &str,
    silence: &Silence,
) -> Result<bool, StoreError> {
    let incident = state.store.incident(incident).await?;
    let cause = incident.as_ref().map(|incident| incident.cause.id.as_str());
    Ok(cause.is_some() && cause == silence.finding.as_deref())
}

/// Every finding id of the catalogue.
fn ids() -> Vec<String> {
    let of_check = |catalogue: &'static Catalogue| {
        let check = catalogue.check();
        catalogue.entries().keys().map(move |condition| format!("{check}.{condition}"))
    };
    Catalogue::all().flat_map(of_check).collect()
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
    if let Some(Err(why)) = silence.finding.as_ref().map(|id| is_found(id, &state.plugins)) {
        match was_found(&state, &matcher.incident, &silence).await {
            Ok(true) => {}
            Ok(false) => return why.into_response(),
            Err(error) => return failed(&error),
        }
    }
    if silence.domain.as_ref().is_some_and(|name| state.watched(name).is_none()) {
        return NOT_WATCHED.into_response();
    }
    if let Some(Err(why)) = silence.tag.as_ref().map(|tag| is_borne(tag, &state.domains)) {
        return why.into_response();
    }
    if let Err(error) = state.committer.silence(&silence).await {
        return failed(&error);
    }
    if visitor.reads_pages {
        let incident = matcher.incident.as_str();
        let is_id = !incident.is_empty() && incident.chars().all(|c| c.is_ascii_alphanumeric());
        let to = if is_id { format!("/incidents/{incident}") } else { "/silences".to_owned() };
        return Redirect::to(&to).into_response();
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
        // The list shows it no longer, whoever ended it.
        Ok(_) if visitor.reads_pages => Redirect::to("/silences").into_response(),
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => Refusal::absent(
            "No silence of this id holds; it may have ended.",
            "Aucune mise en sourdine de cet identifiant n’est en cours ; elle a pu prendre fin.",
        )
        .into_response(),
        Err(error) => failed(&error),
    }
}

fn silence_json(silence: &Silence) -> Value {
    json!({ "silence": silence.id, "domain": silence.domain, "finding": silence.finding,
        "subject": silence.subject, "tag": silence.tag, "by": silence.by, "why": silence.why,
        "created_at": silence.created_at, "until": silence.until })
}
