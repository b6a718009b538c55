//! Pages of one sentence: not here, not from here, who is there.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::page;
use crate::web::WebState;
use crate::web::frame::Frame;

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    frame: Frame,
    title: &'static str,
    line: &'static str,
    asks_token: bool,
}

/// What is not here.
pub async fn missing(State(state): State<WebState>, headers: HeaderMap) -> Response {
    let words = |frame: &Frame| {
        (
            frame.w.t("Nothing here", "Rien ici"),
            frame.w.t("This address has no page. The overview lists every domain that is watched.", "Cette adresse n’a pas de page. La vue d’ensemble nomme tous les domaines surveillés."),
        )
    };
    message(&state, &headers, StatusCode::NOT_FOUND, false, words).await
}

/// A change that does not come from our own pages.
pub async fn refused(state: &WebState, headers: &HeaderMap) -> Response {
    let words = |frame: &Frame| {
        (
            frame.w.t("Not from here", "Pas d’ici"),
            frame.w.t(
                "Changes are taken from these pages alone, or with the token.",
                "Les changements viennent de ces pages seulement, ou avec le jeton.",
            ),
        )
    };
    message(state, headers, StatusCode::FORBIDDEN, false, words).await
}

/// The page that asks for the token.
pub async fn asking_for_token(state: &WebState, headers: &HeaderMap) -> Response {
    let words = |frame: &Frame| {
        (
            frame.w.t("Who is there?", "Qui est là ?"),
            frame.w.t(
                "These pages need the token of the configuration.",
                "Ces pages demandent le jeton de la configuration.",
            ),
        )
    };
    message(state, headers, StatusCode::UNAUTHORIZED, true, words).await
}

async fn message(
    state: &WebState,
    headers: &HeaderMap,
    status: StatusCode,
    asks_token: bool,
    words: impl Fn(&Frame) -> (&'static str, &'static str),
) -> Response {
    let made = Frame::of(state, headers, None, "").await.map(|frame| {
        let (title, line) = words(&frame);
        MessagePage { title, line, asks_token, frame }
    });
    page(made, status)
}
