//! `/badge/{name}.svg`: the grade of a domain, small enough for a wiki or a wall.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use vigie_checks::kernel::Lang;

use super::{watched, written};
use crate::report::{Grade, say};
use crate::web::WebState;
use crate::web::api::failed;
use crate::web::view::grade_of;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "badge.svg")]
struct Badge {
    title: String,
    label: &'static str,
    grade: Grade,
    colour: &'static str,
    /// Pixels, as is the rest.
    label_width: u32,
    grade_width: u32,
    width: u32,
}

/// The badge of a watched domain. It is never kept, so it is never older than the last look.
pub async fn badge(
    State(state): State<WebState>,
    Path(file): Path<String>,
    visitor: Visitor,
) -> Response {
    let name = file.strip_suffix(".svg").and_then(|name| watched(&state, name));
    let Some(watched) = name else { return StatusCode::NOT_FOUND.into_response() };
    let known = match state.store.glance().await {
        Ok(known) => known,
        Err(error) => return failed(&error),
    };
    let checks = known.get(&watched.name).map_or(&[][..], |known| &known.checks);
    let badge = Badge::of(watched.name.as_str(), grade_of(checks), visitor.lang);
    written(&badge).map(|image| ([(CONTENT_TYPE, "image/svg+xml")], image)).into_response()
}

impl Badge {
    fn of(domain: &str, grade: Grade, lang: Lang) -> Self {
        let (label, label_width) = match lang {
            Lang::En => ("mail", 36),
            Lang::Fr => ("courriel", 58),
        };
        let meaning = match grade {
            Grade::Unknown => say(lang, "could not tell", "impossible à dire").to_owned(),
            known => format!("{} {known}", say(lang, "grade", "note")),
        };
        let grade_width = 22;
        Self {
            title: format!("{domain}{} {meaning}", say(lang, ":", " :")),
            label,
            grade,
            colour: colour(grade),
            label_width,
            grade_width,
            width: label_width + grade_width,
        }
    }
}

/// Those of the pages in light, on which white can be read.
fn colour(grade: Grade) -> &'static str {
    match grade {
        Grade::A => "#176637",
        Grade::B => "#854800",
        Grade::D => "#b3261e",
        Grade::F => "#8a0f2b",
        Grade::Unknown => "#5b3f99",
    }
}
