//! `/silences`: of what is nobody told for now, who said so, and until when?

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::Utc;

use super::page;
use crate::incidents::Silence;
use crate::store::StoreError;
use crate::web::WebState;
use crate::web::frame::{Frame, Moment};
use crate::web::visitor::Visitor;

/// A silence: it fits what fits everything that is written in it.
struct SilenceView {
    id: String,
    domain: Option<String>,
    /// Whether the domain has a page.
    is_watched: bool,
    finding: Option<String>,
    subject: Option<String>,
    tag: Option<String>,
    by: String,
    why: String,
    since: Moment,
    until: Moment,
}

impl SilenceView {
    fn of(silence: Silence, state: &WebState, frame: &Frame) -> Self {
        Self {
            id: silence.id,
            is_watched: silence.domain.as_ref().is_some_and(|name| state.watched(name).is_some()),
            domain: silence.domain.map(|name| name.to_string()),
            finding: silence.finding,
            subject: silence.subject,
            tag: silence.tag,
            by: silence.by,
            why: silence.why,
            since: frame.times.moment(silence.created_at),
            until: frame.times.ahead(silence.until),
        }
    }

    /// For who hears the button and does not see its row.
    fn what(&self) -> String {
        let parts = [&self.finding, &self.subject, &self.domain, &self.tag];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(", ")
    }
}

#[derive(Template)]
#[template(path = "silences.html")]
struct SilencesPage {
    frame: Frame,
    rows: Vec<SilenceView>,
}

/// The silences that hold, those that end first at the front.
pub async fn silences(State(state): State<WebState>, visitor: Visitor) -> Response {
    page(silences_page(&state, &visitor).await)
}

async fn silences_page(state: &WebState, visitor: &Visitor) -> Result<SilencesPage, StoreError> {
    let frame = Frame::of(state, visitor, "incidents").await?;
    let all = state.store.silences(Utc::now()).await?;
    let rows = all.into_iter().map(|silence| SilenceView::of(silence, state, &frame)).collect();
    Ok(SilencesPage { frame, rows })
}
