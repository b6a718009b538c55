//! What is said when a request is not answered: a page to people, JSON to scripts.
//!
//! Routes give a bare status; the words stand here. Reads nothing from the store, so that it can be said
//! when the store is gone and to whom nothing else may be told.

use std::borrow::Cow;

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{Extensions, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use vigie_checks::kernel::Lang;

use super::WebState;
use super::access::WrongToken;
use super::frame::{Frame, PageWords};
use super::visitor::Visitor;

/// Why a request that was understood is refused, in English and French; a route puts it among the
/// extensions of its answer.
#[derive(Clone, Debug)]
pub struct Refusal {
    en: Cow<'static, str>,
    fr: Cow<'static, str>,
    status: StatusCode,
}

impl Refusal {
    /// Of what can be read, and does not hold.
    pub const fn new(en: &'static str, fr: &'static str) -> Self {
        let (en, fr) = (Cow::Borrowed(en), Cow::Borrowed(fr));
        Self { en, fr, status: StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// The same, with what was written in it.
    pub fn of(en: String, fr: String) -> Self {
        Self { en: en.into(), fr: fr.into(), status: StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// Of a word that names nothing: the known one that was probably meant, else where all of them stand.
    pub fn unknown(said: (String, String), near: Option<&str>, all: (&str, &str)) -> Self {
        let (en, fr) = said;
        match near {
            Some(near) => Self::of(
                format!("{en}; did you mean `{near}`?"),
                format!("{fr} ; vouliez-vous dire « {near} » ?"),
            ),
            None => Self::of(format!("{en}{}", all.0), format!("{fr}{}", all.1)),
        }
    }

    /// Of what there is not.
    pub const fn absent(en: &'static str, fr: &'static str) -> Self {
        let mut refusal = Self::new(en, fr);
        refusal.status = StatusCode::NOT_FOUND;
        refusal
    }

    /// Of what cannot be read.
    #[must_use]
    pub const fn unread(mut self) -> Self {
        self.status = StatusCode::BAD_REQUEST;
        self
    }
}

/// The domain of an address is of no configuration.
pub const NOT_WATCHED: Refusal = Refusal::absent(
    "This domain is not watched. The overview lists every domain that is.",
    "Ce domaine n’est pas surveillé. L’accueil nomme tous ceux qui le sont.",
);

/// The id of an address is that of no incident, or of one that is past its time.
pub const NO_INCIDENT: Refusal = Refusal::absent(
    "There is no incident of this id, or it is older than what is kept.",
    "Aucun incident ne porte cet identifiant, ou il est plus ancien que ce qui est conservé.",
);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut refused = self.status.into_response();
        refused.extensions_mut().insert(self);
        refused
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    frame: Frame,
    title: &'static str,
    line: String,
    /// The page to go on to once the token is shown.
    asks_token: Option<String>,
    wrong: bool,
}

/// Puts words to what went wrong. A wrong host is told in plain text: these pages are not its own.
pub async fn tell(
    State(state): State<WebState>,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Response {
    // A form of ours asks the API too, and a person waits for the answer.
    let from_a_form = request.method() == Method::POST && visitor.reads_pages;
    let scripted = request.uri().path().starts_with("/api/") && !from_a_form;
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if status == StatusCode::MISDIRECTED_REQUEST {
        return (status, "This host serves its own name only; set web.url.\n").into_response();
    }
    let (mut before, _) = response.into_parts();
    let told = if scripted {
        let (_, line) = said(status, before.extensions.get(), &PageWords(visitor.lang));
        (status, Json(json!({ "error": line }))).into_response()
    } else {
        page(&state, &visitor, status, &before.extensions)
    };
    let (mut parts, body) = told.into_parts();
    for named in [CONTENT_TYPE, CONTENT_LENGTH] {
        before.headers.remove(named);
    }
    parts.headers.extend(before.headers);
    if status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    Response::from_parts(parts, body)
}

fn page(
    state: &WebState,
    visitor: &Visitor,
    status: StatusCode,
    extensions: &Extensions,
) -> Response {
    let frame = Frame::bare(state, visitor);
    let wrong: Option<&WrongToken> = extensions.get();
    let (title, line) = said(status, extensions.get(), &frame.w);
    let to = wrong.map_or_else(|| visitor.address.clone(), |wrong| wrong.to.clone());
    let asks_token = (status == StatusCode::UNAUTHORIZED).then_some(to);
    let page = MessagePage { title, line, asks_token, wrong: wrong.is_some(), frame };
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            status.into_response()
        }
    }
}

/// What a route says, else what its status says.
fn said(status: StatusCode, refusal: Option<&Refusal>, w: &PageWords) -> (&'static str, String) {
    match refusal {
        Some(Refusal { en, fr, .. }) => {
            let line = if w.0 == Lang::Fr { fr } else { en };
            let title = match status {
                StatusCode::NOT_FOUND => words(status, w).0,
                _ => w.t("Not like this", "Pas ainsi"),
            };
            (title, line.clone().into_owned())
        }
        None => {
            let (title, line) = words(status, w);
            (title, line.to_owned())
        }
    }
}

fn words(status: StatusCode, w: &PageWords) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => (
            w.t("Who is there?", "Qui est là ?"),
            w.t(
                "These pages need the token of the configuration.",
                "Ces pages demandent le jeton de la configuration.",
            ),
        ),
        StatusCode::FORBIDDEN => (
            w.t("Not from here", "Pas d’ici"),
            w.t(
                "Changes are taken from these pages alone, or with the token.",
                "Les changements viennent de ces pages seulement, ou avec le jeton.",
            ),
        ),
        StatusCode::NOT_FOUND => (
            w.t("Nothing here", "Rien ici"),
            w.t(
                "There is nothing at this address. The overview lists every domain that is watched.",
                "Il n’y a rien à cette adresse. L’accueil nomme tous les domaines surveillés.",
            ),
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            w.t("Not in this way", "Pas de cette façon"),
            w.t("This address does not take this method.", "Cette adresse n’accepte pas cette méthode."),
        ),
        StatusCode::REQUEST_TIMEOUT => (
            w.t("It took too long", "C’était trop long"),
            w.t(
                "The request did not end in time. Ask again.",
                "La requête n’a pas abouti à temps. Recommencez.",
            ),
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            w.t("Too many tries", "Trop d’essais"),
            w.t(
                "Too many wrong tokens came from this address. Wait a minute, then try again.",
                "Trop de jetons erronés sont venus de cette adresse. Attendez une minute, puis réessayez.",
            ),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            w.t("Too large", "Trop volumineux"),
            w.t("A request may hold 64 KiB.", "Une requête contient 64 Kio au plus."),
        ),
        status if status.is_client_error() => (
            w.t("This request cannot be read", "Requête illisible"),
            w.t(
                "Its address or form is not as these pages write it.",
                "Son adresse ou son formulaire n’est pas tel que ces pages l’écrivent.",
            ),
        ),
        _ => (
            w.t("Not now", "Pas maintenant"),
            w.t(
                "The store cannot be read now; the log says why.",
                "Le stockage est illisible pour l’instant ; le journal dit pourquoi.",
            ),
        ),
    }
}
