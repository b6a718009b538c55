//! Domains from a list: `file = "domains.csv"`, header `name,profile,selectors,sending_ips,tags`.

use std::collections::BTreeSet;

use vigie_checks::kernel::Name;

use super::cells::{self, Row};
use super::domains::{self, Domain};
use super::mistake::BadValue;
use super::network::Network;
use super::reader::{Reading, Section, not_empty};
use super::secret::beside;

const COLUMNS: [&str; 5] = ["name", "profile", "selectors", "sending_ips", "tags"];

/// The domains of the list that the table's `file` names.
pub(super) fn read(
    section: &mut Section<'_, '_>,
    seen: &mut BTreeSet<Name>,
    network: &Network,
) -> Vec<Domain> {
    let Some(written) = section.text("file") else { return Vec::new() };
    let path = beside(&section.reading.source.file, &written);
    let source = match cells::open(section.reading.environment, &path) {
        Ok(source) => source,
        Err(what) => {
            section.refuse(section.value_span("file"), what);
            return Vec::new();
        }
    };
    let reading = Reading::new(&source, section.reading.environment);
    let rows = cells::rows(&reading, COLUMNS);
    let domains = rows.iter().filter_map(|row| domain(&reading, row, seen, network)).collect();
    section.reading.mistakes_elsewhere(reading.into_mistakes());
    domains
}

fn domain(
    reading: &Reading<'_>,
    row: &Row<'_>,
    seen: &mut BTreeSet<Name>,
    network: &Network,
) -> Option<Domain> {
    let (name, span) = row.cell(0);
    let name = reading.accept(span.clone(), domains::domain_name(name))?;
    if !seen.insert(name.clone()) {
        reading.mistake(span, domains::named_twice(&name));
        return None;
    }
    let mut domain = Domain::new(name);
    let (profile, span) = row.cell(1);
    if !profile.is_empty() {
        let read = domains::profile(profile).map_err(|what| what.named("`profile`"));
        domain.profile = reading.accept(span, read)?;
    }
    domain.selectors = list(reading, row, 2, domains::selector);
    domain.sending_ips =
        list(reading, row, 3, |written| domains::sending_address(written, network));
    domain.tags = list(reading, row, 4, not_empty).into_iter().collect();
    Some(domain)
}

/// The items of a cell, parted by blanks.
fn list<T>(
    reading: &Reading<'_>,
    row: &Row<'_>,
    column: usize,
    parse: impl Fn(&str) -> Result<T, BadValue>,
) -> Vec<T> {
    let (cell, span) = row.cell(column);
    let items = cell.split_whitespace();
    items
        .filter_map(|item| {
            reading.accept(
                span.clone(),
                parse(item).map_err(|what| what.named(&format!("`{}`", COLUMNS[column]))),
            )
        })
        .collect()
}
