//! Mailboxes from a list: `seeds = "seeds.csv"`, header `address,mailbox,password`.

use std::collections::BTreeSet;

use super::super::cells::{self, Row};
use super::super::mail_url::MailUrl;
use super::super::mistake::BadValue;
use super::super::reader::{Reading, Section};
use super::super::secret::{beside, from_cell};
use super::{MailAccount, SeedMailbox, mail_address};

const COLUMNS: [&str; 3] = ["address", "mailbox", "password"];

/// The mailboxes of the list that the table's `seeds` names.
pub(super) fn read(section: &mut Section<'_, '_>) -> Vec<SeedMailbox> {
    let Some(written) = section.text("seeds") else { return Vec::new() };
    let path = beside(&section.reading.source.file, &written);
    let source = match cells::open(section.reading.environment, &path) {
        Ok(source) => source,
        Err(what) => {
            section.refuse(section.value_span("seeds"), what);
            return Vec::new();
        }
    };
    let reading = Reading::new(&source, section.reading.environment);
    let rows = cells::rows(&reading, COLUMNS);
    // A password may be written in any cell of a row with a mistake.
    source.lines().skip(1).for_each(|(line, _)| reading.hide_after_first_cell(line));
    let mut seen = BTreeSet::new();
    let seeds: Vec<_> = rows.iter().filter_map(|row| seed(&reading, row, &mut seen)).collect();
    if rows.is_empty() {
        let what =
            BadValue::sentence("no mailbox is in the list", "la liste ne contient aucune boîte");
        section.refuse(section.value_span("seeds"), what.named(&path.display().to_string()));
    }
    section.reading.mistakes_elsewhere(reading.into_mistakes());
    seeds
}

fn seed(reading: &Reading<'_>, row: &Row<'_>, seen: &mut BTreeSet<String>) -> Option<SeedMailbox> {
    let (address, address_span) = row.cell(0);
    let named = |column: usize| move |what: BadValue| what.named(&format!("`{}`", COLUMNS[column]));
    let address = reading.accept(address_span.clone(), mail_address(address).map_err(named(0)));
    let (mailbox, span) = row.cell(1);
    let url = mailbox.parse().and_then(|url: MailUrl| url.is_mailbox().map(|()| url));
    let url = reading.accept(span, url.map_err(named(1)));
    let (password, span) = row.cell(2);
    let password = from_cell(reading.environment, &reading.source.file, password);
    let password = reading.accept(span, password.map_err(named(2)));
    let address = address?;
    if !seen.insert(address.clone()) {
        let what = BadValue::sentence(
            format!("{address} is named twice"),
            format!("{address} figure deux fois"),
        );
        reading.mistake(address_span, what);
        return None;
    }
    Some(SeedMailbox { address, mailbox: MailAccount { url: url?, password: Some(password?) } })
}
