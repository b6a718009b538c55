//! `/`: how does every domain stand?

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use vigie_checks::kernel::{Catalogue, Lang};

use super::maintenance::{MaintenanceView, maintenance};
use super::page;
use crate::report::{State as Seen, check_label};
use crate::store::StoreError;
use crate::web::filter::{Candidate, Filter, NO_STANDING, PAGE, Standing, candidates, tags};
use crate::web::frame::{Frame, Moment, PageWords, Times};
use crate::web::parameters::Parameters;
use crate::web::view::{Row, columns};
use crate::web::visitor::Visitor;
use crate::web::{Refused, WebState};

/// Mistakes of a configuration that are shown.
const FAULTS: usize = 5;

/// A configuration that was refused while the one before goes on.
struct RefusedView {
    file: String,
    since: Moment,
    /// Where it is wrong, and how.
    faults: Vec<String>,
    /// How many more there are.
    more: usize,
}

impl RefusedView {
    fn of(refused: Refused, times: Times) -> Self {
        let Refused { file, faults, since } = refused;
        let told = faults.iter().take(FAULTS).map(|fault| {
            let message = fault.message.get(times.lang);
            format!("{}:{}:{}: {message}", fault.file, fault.line, fault.column)
        });
        Self {
            since: times.moment(since),
            more: faults.len().saturating_sub(FAULTS),
            faults: told.collect(),
            file,
        }
    }
}

struct Verdict {
    class: &'static str,
    title: String,
    line: String,
    link: Option<String>,
}

/// A filter that can be chosen, and how many domains it leaves.
struct Choice {
    class: &'static str,
    word: &'static str,
    count: usize,
    address: String,
    chosen: bool,
}

/// Where one is among the pages.
struct Paging {
    first: usize,
    last: usize,
    of: usize,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    verdict: Verdict,
    refused: Option<RefusedView>,
    /// How many silences hold.
    silences: usize,
    maintenance: Vec<MaintenanceView>,
    /// Nothing is configured.
    empty: bool,
    filter: Filter,
    tags: Vec<String>,
    choices: Vec<Choice>,
    columns: Vec<String>,
    rows: Vec<Row>,
    paging: Paging,
}

/// `/`: every domain at a glance.
pub async fn overview(
    State(state): State<WebState>,
    Parameters(filter): Parameters<Filter>,
    visitor: Visitor,
) -> Response {
    if !filter.is_of_a_state() {
        return NO_STANDING.unread().into_response();
    }
    page(overview_page(&state, filter, &visitor).await)
}

async fn overview_page(
    state: &WebState,
    filter: Filter,
    visitor: &Visitor,
) -> Result<OverviewPage, StoreError> {
    let frame = Frame::of(state, visitor, "overview").await?;
    let now = Utc::now();
    let all = candidates(&state.domains, &state.store.glance().await?);
    let rates = state.store.delivery_rates_by_domain().await?;
    let verdict = verdict(&all, &frame);
    let named: Vec<&Candidate> = all.iter().filter(|each| filter.names(each)).collect();
    let choices = choices(&named, &filter, frame.w);
    let admitted: Vec<&&Candidate> = named.iter().filter(|each| filter.admits(each)).collect();
    let at = filter.page_of(admitted.len());
    let checks = columns(all.iter().flat_map(Candidate::checks));
    let rows = admitted.iter().skip(at * PAGE).take(PAGE).map(|each| {
        let rate = rates.get(&each.watched.name).copied().unwrap_or_default();
        Row::of(&each.watched, each.checks(), rate, &checks, frame.times)
    });
    Ok(OverviewPage {
        rows: rows.collect(),
        paging: paging(&filter, at, admitted.len()),
        columns: checks.iter().map(|check| check_label(check, frame.w.0)).collect(),
        tags: tags(&state.domains).into_iter().map(str::to_owned).collect(),
        silences: state.store.silences(now).await?.len(),
        maintenance: maintenance(state, &frame, now),
        refused: (state.refusals)().map(|refused| RefusedView::of(refused, frame.times)),
        empty: state.domains.is_empty(),
        verdict,
        choices,
        filter,
        frame,
    })
}

/// Every state that a domain is in, and all of them.
fn choices(named: &[&Candidate], filter: &Filter, w: PageWords) -> Vec<Choice> {
    let all = Choice {
        class: "",
        word: w.t("All", "Tous"),
        count: named.len(),
        address: filter.address("", 0),
        chosen: filter.state.is_empty(),
    };
    let each = Standing::ALL.into_iter().map(|standing| Choice {
        class: standing.state().class(),
        word: match standing {
            Standing::Broken => w.t("Broken", "En erreur"),
            Standing::Warning => w.t("At risk", "Fragiles"),
            Standing::Unknown => w.t("Could not tell", "Indéterminés"),
            Standing::Fine => w.t("Fine", "En ordre"),
            Standing::New => w.t("First look", "Premier regard"),
        },
        count: named.iter().filter(|candidate| candidate.standing() == standing).count(),
        address: filter.address(&standing.to_string(), 0),
        chosen: filter.state == standing.to_string(),
    });
    let told = |choice: &Choice| choice.count > 0 || choice.chosen;
    std::iter::once(all).chain(each.filter(told)).collect()
}

fn paging(filter: &Filter, at: usize, of: usize) -> Paging {
    let last = ((at + 1) * PAGE).min(of);
    Paging {
        first: (at * PAGE + 1).min(of),
        last,
        of,
        before: (at > 0).then(|| filter.address(&filter.state, at - 1)),
        after: (last < of).then(|| filter.address(&filter.state, at + 1)),
    }
}

/// One sentence of all that is watched that answers "is anything wrong?".
fn verdict(rows: &[Candidate], frame: &Frame) -> Verdict {
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
                "{domains}\u{a0}domain{}: {bad}\u{a0}with errors, {unknown}\u{a0}not told, {open}\u{a0}open incident{}.",
                plural(domains),
                plural(open)
            )
        }
        (Lang::Fr, (domains, bad, unknown, open)) => {
            let plural = |count: usize| if count < 2 { "" } else { "s" };
            format!(
                "{domains}\u{a0}domaine{}\u{a0}: {bad}\u{a0}en erreur, {unknown}\u{a0}indéterminé{}, {open}\u{a0}incident{} en cours.",
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
            class: state.class(),
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
    Verdict { class: worst.class(), title: title.to_owned(), line, link: None }
}
