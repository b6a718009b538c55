//! `/`: how does every domain stand?

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use vigie_checks::kernel::{Catalogue, Lang};

use super::{Asked, page};
use crate::report::{State as Seen, check_label};
use crate::store::{DomainState, Of, StoreError};
use crate::web::WebState;
use crate::web::frame::Frame;
use crate::web::view::{Row, class, columns};

struct Verdict {
    class: &'static str,
    title: String,
    line: String,
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    verdict: Verdict,
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// `/`: every domain at a glance.
pub async fn overview(
    State(state): State<WebState>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let made = async {
        let frame = Frame::of(&state, &headers, asked.lang.as_deref(), "overview").await?;
        let lang = frame.w.0;
        let mut rows = Vec::new();
        for domain in every_domain(&state).await? {
            let rate = state.store.delivery_rate(Of::Domain(&domain.domain)).await?;
            rows.push(Row::of(&domain, rate, lang));
        }
        rows.sort_by(|a, b| b.worst.cmp(&a.worst).then_with(|| a.domain.cmp(&b.domain)));
        let verdict = verdict(&rows, &frame);
        let columns = columns().into_iter().map(|check| check_label(check, lang)).collect();
        Ok(OverviewPage { frame, verdict, columns, rows })
    };
    page(made.await, StatusCode::OK)
}

/// What has history, and what is configured and has none yet.
async fn every_domain(state: &WebState) -> Result<Vec<DomainState>, StoreError> {
    let mut all = state.store.overview().await?;
    for name in &state.domains {
        if !all.iter().any(|known| known.domain == *name) {
            all.push(DomainState { domain: name.clone(), checks: Vec::new() });
        }
    }
    Ok(all)
}

/// One sentence that answers "is anything wrong?".
fn verdict(rows: &[Row], frame: &Frame) -> Verdict {
    let (en_or_fr, lang) = (&frame.w, frame.w.0);
    let open = &frame.unresolved;
    let worst = open.iter().max_by_key(|incident| incident.severity);
    let bad = rows.iter().filter(|row| row.worst >= Seen::Error).count();
    let unknown = rows.iter().filter(|row| row.worst == Seen::Unknown).count();
    let counts = (rows.len(), bad, unknown, open.len());
    let line = match (lang, counts) {
        (Lang::En, (domains, bad, unknown, open)) => {
            let plural = |count: usize| if count == 1 { "" } else { "s" };
            format!(
                "{domains} domain{}: {bad} with errors, {unknown} not told, {open} open incident{}.",
                plural(domains),
                plural(open)
            )
        }
        (Lang::Fr, (domains, bad, unknown, open)) => {
            let plural = |count: usize| if count < 2 { "" } else { "s" };
            format!(
                "{domains} domaine{} : {bad} en erreur, {unknown} indéterminé{}, {open} incident{} en cours.",
                plural(domains),
                plural(unknown),
                plural(open)
            )
        }
    };
    if let Some(worst) = worst {
        let state = Seen::of_finding(&worst.cause);
        let title = Catalogue::words(&worst.cause, lang).title;
        return Verdict {
            class: class(state),
            title,
            line,
            link: Some(format!("/incidents/{}", worst.id)),
        };
    }
    let worst = rows.iter().map(|row| row.worst).max().unwrap_or(Seen::Skipped);
    let title = match worst {
        Seen::Critical | Seen::Error => {
            en_or_fr.t("Some domains need you", "Des domaines ont besoin de vous")
        }
        Seen::Unknown => {
            en_or_fr.t("Some domains could not be told", "Des domaines sont indéterminés")
        }
        Seen::Skipped => en_or_fr.t("First look in progress", "Premier regard en cours"),
        Seen::Warning => en_or_fr
            .t("Mail arrives; something is at risk", "Le courrier arrive ; un point est fragile"),
        Seen::Ok | Seen::Info => {
            en_or_fr.t("All quiet: mail arrives", "Calme : le courrier arrive")
        }
    };
    Verdict { class: class(worst), title: title.to_owned(), line, link: None }
}
