//! Who hears of what? Routes from events to channels, by severity and tags.

use std::collections::BTreeSet;

use vigie_checks::kernel::Severity;

/// Which channels hear of which incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub channels: Vec<String>,
    /// Of incidents; other event types go to every channel of the route.
    pub min_severity: Severity,
    /// Domains with one of these; empty: every domain.
    pub tags: Vec<String>,
    /// `change.detected` too.
    pub changes: bool,
    /// Incidents of what was wrong at the start too.
    pub baseline: bool,
}

/// All routes, with the channels there are. Without a route every channel gets incidents at error
/// and above, and all other event types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    routes: Vec<Route>,
    channels: Vec<String>,
}

impl Routes {
    pub fn new(routes: Vec<Route>, channels: Vec<String>) -> Self {
        if !routes.is_empty() {
            return Self { routes, channels };
        }
        let every = Route {
            channels: channels.clone(),
            min_severity: Severity::Error,
            tags: Vec::new(),
            changes: true,
            baseline: false,
        };
        Self { routes: vec![every], channels }
    }

    /// Whether there is a channel of this name.
    pub fn has(&self, channel: &str) -> bool {
        self.channels.iter().any(|name| name == channel)
    }

    /// Whether any route wants incidents of what was wrong at the start.
    pub fn baseline_opens(&self) -> bool {
        self.routes.iter().any(|route| route.baseline)
    }

    /// Who hears of an incident; `tags` are those of all domains that it hits.
    pub fn of_incident(
        &self,
        severity: Severity,
        baseline: bool,
        tags: &BTreeSet<&str>,
    ) -> BTreeSet<&str> {
        self.channels_of(|route| {
            severity >= route.min_severity && (route.baseline || !baseline) && route.concerns(tags)
        })
    }

    /// Who hears of records that changed without breaking a rule.
    pub fn of_change(&self, tags: &BTreeSet<&str>) -> BTreeSet<&str> {
        self.channels_of(|route| route.changes && route.concerns(tags))
    }

    /// Who hears of every other event type.
    pub fn of_rest(&self) -> BTreeSet<&str> {
        self.channels_of(|_| true)
    }

    fn channels_of(&self, wants: impl Fn(&Route) -> bool) -> BTreeSet<&str> {
        let routes = self.routes.iter().filter(|route| wants(route));
        let names = routes.flat_map(|route| &route.channels);
        names.filter(|name| self.has(name)).map(String::as_str).collect()
    }
}

impl Route {
    fn concerns(&self, tags: &BTreeSet<&str>) -> bool {
        self.tags.is_empty() || self.tags.iter().any(|tag| tags.contains(tag.as_str()))
    }
}
