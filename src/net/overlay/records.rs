//! Which RRsets are proposed or deleted, and which names exist because of them?

use std::collections::{BTreeMap, BTreeSet};

use hickory_proto::rr::Name as WireName;
use hickory_proto::serialize::txt::Parser;

use vigie_checks::kernel::{Name, Record, Rtype};

use super::head::{Head, Lack, directive};
use super::together::{Together, Written};
use super::zone_file::{self, Entry, Line};
use super::{OverlayError, RECORD_LIMIT};
use crate::net::dns::wire;

/// What is shown of a name, at the most.
const LONGEST_NAME: usize = 120;

/// Proposed RRsets by name and type; an empty one is a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    origin: Name,
    sets: BTreeMap<Name, BTreeMap<Rtype, Vec<Record>>>,
    /// Every name that exists because of the overlay, those above its names included.
    names: BTreeSet<Name>,
}

impl Overlay {
    /// Reads a zone file. Relative names and `@` belong to `origin`, until `$ORIGIN` says
    /// otherwise; the TTL may be left out.
    ///
    /// # Errors
    /// It is no zone file, it holds nothing, or too much.
    pub fn parse(text: &str, origin: &Name) -> Result<Self, OverlayError> {
        let mut overlay =
            Self { origin: origin.clone(), sets: BTreeMap::new(), names: BTreeSet::new() };
        let mut entries = Vec::new();
        let mut here = origin.clone();
        let mut owner = None;
        let mut together = Together::default();
        for line in zone_file::read(text)? {
            match line {
                Line::Deletion { line, words } => {
                    let (name, rtype) = overlay.delete(line, &words, &here)?;
                    together.add(line, &name, rtype, Written::Deleted)?;
                }
                Line::Entry(entry) => {
                    let entry = directed(entry, &mut here)?;
                    if let Some((rtype, what)) = written(&entry, &mut owner, &here)? {
                        let owner = owner.as_ref().ok_or_else(|| lacks(&entry, Lack::Owner))?;
                        together.add(entry.line, owner, rtype, what)?;
                    }
                    entries.push(entry);
                }
            }
        }
        overlay.lay(&entries)?;
        if overlay.sets.is_empty() {
            return Err(OverlayError::Empty);
        }
        overlay.name_what_exists();
        Ok(overlay)
    }

    fn delete(
        &mut self,
        line: usize,
        words: &[String],
        here: &Name,
    ) -> Result<(Name, Rtype), OverlayError> {
        let wrong = || OverlayError::Deletion { line };
        let [name, rtype] = words else { return Err(wrong()) };
        let rtype = Rtype::from(rtype.to_ascii_uppercase());
        if rtype == Rtype(0) || (name != "@" && WireName::from_ascii(name).is_err()) {
            return Err(wrong());
        }
        with_its_dot(name, here, line)?;
        let name = absolute(name, here);
        self.sets.entry(name.clone()).or_default().insert(rtype, Vec::new());
        Ok((name, rtype))
    }

    fn lay(&mut self, entries: &[Entry]) -> Result<(), OverlayError> {
        let Some(records) = records(entries, &self.origin) else {
            return Err(first_wrong(entries, &self.origin));
        };
        if records.len() > RECORD_LIMIT {
            return Err(OverlayError::TooLarge);
        }
        let mut laid: BTreeMap<(Name, Rtype), Vec<Record>> = BTreeMap::new();
        for record in records {
            laid.entry((record.name.clone(), record.data.rtype())).or_default().push(record);
        }
        for ((name, rtype), records) in laid {
            self.sets.entry(name).or_default().insert(rtype, records);
        }
        Ok(())
    }

    fn name_what_exists(&mut self) {
        let with_records =
            self.sets.iter().filter(|(_, types)| types.values().any(|records| !records.is_empty()));
        for (name, _) in with_records {
            let mut at = Some(name.clone());
            while let Some(here) = at.filter(|here| !here.is_root()) {
                at = here.parent();
                self.names.insert(here);
            }
        }
    }

    /// The RRset laid over (name, type); an empty one is deleted.
    pub fn set(&self, name: &Name, rtype: Rtype) -> Option<&[Record]> {
        self.sets.get(name)?.get(&rtype).map(Vec::as_slice)
    }

    /// Whether the name, or one below it, has proposed records.
    pub fn exists(&self, name: &Name) -> bool {
        self.names.contains(name)
    }

    /// The name that negative answers about a name come from.
    pub fn authority(&self, name: &Name) -> Name {
        if name.is_at_or_below(&self.origin) { self.origin.clone() } else { name.clone() }
    }
}

/// An entry with `$ORIGIN` made absolute and followed, and without `$INCLUDE`: an overlay is one
/// file.
fn directed(entry: Entry, here: &mut Name) -> Result<Entry, OverlayError> {
    let mut words = entry.text.split_whitespace();
    match (words.next().map(str::to_ascii_uppercase).as_deref(), words.next()) {
        (Some("$INCLUDE"), _) => Err(OverlayError::Include { line: entry.line }),
        (Some("$ORIGIN"), Some(name)) => {
            *here = absolute(name, here);
            let text = format!("$ORIGIN {}.", here.as_str().trim_end_matches('.'));
            Ok(Entry { text, ..entry })
        }
        (Some(_), _) if !entry.text.starts_with(char::is_whitespace) => {
            let owner = entry.text.split_whitespace().next().unwrap_or_default();
            with_its_dot(owner, here, entry.line).map(|()| entry)
        }
        _ => Ok(entry),
    }
}

/// A name that ends like the origin and without a dot means the origin twice, which nobody does (RFC 1035
/// §5.1); written with its final dot, it may be meant.
fn with_its_dot(name: &str, here: &Name, line: usize) -> Result<(), OverlayError> {
    let written = name.to_ascii_lowercase();
    let ends_like = written.strip_suffix(here.as_str());
    let is_doubled = ends_like.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    match is_doubled && !here.is_root() {
        true => {
            Err(OverlayError::Doubled { line, name: printable(name), origin: here.to_string() })
        }
        false => Ok(()),
    }
}

fn absolute(name: &str, origin: &Name) -> Name {
    match name {
        "@" => origin.clone(),
        _ if name.ends_with('.') || origin.is_root() => Name::new(name),
        _ => origin.child(name),
    }
}

/// What an entry writes, of its owner or the one before; nothing if it is a directive.
fn written(
    entry: &Entry,
    owner: &mut Option<Name>,
    here: &Name,
) -> Result<Option<(Rtype, Written)>, OverlayError> {
    if entry.text.starts_with('$') {
        return directive(&entry.text).map(|()| None).map_err(|lack| lacks(entry, lack));
    }
    let head = Head::of(&entry.text).map_err(|lack| lacks(entry, lack))?;
    if let Some(name) = head.owner {
        *owner = Some(absolute(name, here));
    }
    let rtype = Rtype(head.rtype.into());
    let what = match rtype {
        Rtype::CNAME => Written::Alias(absolute(head.value, here)),
        _ => Written::Record,
    };
    Ok(Some((rtype, what)))
}

fn lacks(entry: &Entry, lack: Lack) -> OverlayError {
    OverlayError::Malformed { line: entry.line, lack }
}

/// The records of entries, if they can be read.
fn records(entries: &[Entry], origin: &Name) -> Option<Vec<Record>> {
    let origin = format!("{}.", origin.as_str().trim_end_matches('.'));
    let origin = WireName::from_ascii(origin).ok()?;
    let mut text = "$TTL 300\n".to_owned();
    for entry in entries {
        text.push_str(&entry.text);
        text.push('\n');
    }
    if entries.is_empty() {
        return Some(Vec::new());
    }
    let (_, sets) = Parser::new(text, None, Some(origin)).parse().ok()?;
    let records = sets.values().flat_map(|set| set.records_without_rrsigs());
    Some(records.filter_map(wire::record_of).collect())
}

/// The entry at which the entries stop to parse, which the parser does not tell. What stands before its
/// value can be read, so it is the value that cannot.
fn first_wrong(entries: &[Entry], origin: &Name) -> OverlayError {
    let (mut right, mut wrong) = (0, entries.len());
    while wrong - right > 1 {
        let middle = right.midpoint(wrong);
        if records(&entries[..middle], origin).is_some() {
            right = middle;
        } else {
            wrong = middle;
        }
    }
    let wrong = entries.get(right);
    let rtype = wrong.and_then(|entry| Some(Head::of(&entry.text).ok()?.rtype));
    OverlayError::Malformed {
        line: wrong.map_or(1, |entry| entry.line),
        lack: rtype.map_or(Lack::Type, |rtype| Lack::Value { rtype }),
    }
}

fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_NAME).collect()
}
