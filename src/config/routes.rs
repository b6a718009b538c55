//! `[[routes]]`: which channel hears of what?

use std::collections::BTreeSet;

use serde::Serialize;
use vigie_checks::kernel::Severity;

use super::mistake::BadValue;
use super::reader::{Section, not_empty};
use super::suggest;

/// With no route at all, every channel hears of incidents at `error` and above and of all else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    pub channels: Vec<String>,
    /// Of incidents; other events go to every channel of the route. Default: `error`.
    pub min_severity: Severity,
    /// Domains with one of these. Default: all domains.
    pub tags: BTreeSet<String>,
    /// Also records that changed without breaking a rule. Default: no.
    pub changes: bool,
    /// Also what was wrong already when a domain was first seen. Default: no.
    pub baseline: bool,
}

pub(super) fn read(sections: Vec<Section<'_, '_>>, channels: &[String]) -> Vec<Route> {
    sections.into_iter().map(|section| route(section, channels)).collect()
}

fn route(mut section: Section<'_, '_>, known: &[String]) -> Route {
    let channel = |written: &str| match known.iter().any(|name| name == written) {
        true => Ok(written.to_owned()),
        false => Err(BadValue::new(format!("there is no channel `{written}`"))
            .hint(suggest::did_you_mean(written, known.iter().map(String::as_str)))),
    };
    let channels = section.list("channels", channel);
    let route = Route {
        channels: section.needed("channels", channels).unwrap_or_default(),
        min_severity: section.parsed("min_severity", severity).unwrap_or(Severity::Error),
        tags: section.list("tags", not_empty).unwrap_or_default().into_iter().collect(),
        changes: section.flag("changes").unwrap_or_default(),
        baseline: section.flag("baseline").unwrap_or_default(),
    };
    section.finish();
    route
}

fn severity(written: &str) -> Result<Severity, BadValue> {
    const SEVERITIES: [&str; 4] = ["info", "warning", "error", "critical"];
    written.parse().map_err(|_| {
        let known = suggest::did_you_mean(written, SEVERITIES);
        BadValue::new(format!("is not a severity: `{written}`")).hint(Some(
            known.unwrap_or_else(|| "write critical, error, warning or info".to_owned()),
        ))
    })
}
