//! Which maintenance keeps alerts back now? Told where people look for what is wrong.

use chrono::{DateTime, Utc};

use crate::run::commit::Window;
use crate::web::WebState;
use crate::web::frame::{Frame, Moment};

/// A time of maintenance that holds.
pub struct MaintenanceView {
    /// The domains and tags that it is of; empty if it is of every domain.
    pub of: String,
    pub until: Moment,
}

impl MaintenanceView {
    fn of(window: &Window, until: DateTime<Utc>, frame: &Frame) -> Self {
        let tag = frame.w.t("tag", "étiquette");
        let domains = window.domains.iter().map(ToString::to_string);
        let tags = window.tags.iter().map(|name| format!("{tag} {name}"));
        let of: Vec<String> = domains.chain(tags).collect();
        Self { of: of.join(", "), until: frame.times.ahead(until) }
    }
}

/// What holds now of anything that is watched.
pub fn maintenance(state: &WebState, frame: &Frame, now: DateTime<Utc>) -> Vec<MaintenanceView> {
    let is_watched = |window: &&Window| {
        state.domains.iter().any(|watched| window.concerns(&watched.name, &watched.tags))
    };
    let windows = state.committer.maintenance().iter().filter(is_watched);
    let holding = windows.filter_map(|window| Some((window, window.when.until(now)?)));
    holding.map(|(window, until)| MaintenanceView::of(window, until, frame)).collect()
}
