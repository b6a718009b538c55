//! What if these records were published? Proposed RRsets laid over the live ones.
//!
//! An RRset of the overlay replaces the live one whole; `;- NAME TYPE` deletes one. Names above a
//! laid-over name exist; a laid-over CNAME hides other types; wildcards work as in a zone
//! (RFC 4592).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use hickory_proto::rr::{Name as WireName, RecordSet};
use hickory_proto::serialize::txt::Parser;

use vigie_checks::kernel::{
    Answer, Data, Message, Name, Net, Question, Rcode, Reason, Record, Request, Response, Rtype,
    Soa,
};

use super::dns::wire;

/// Aliases followed within one answer.
const CHAIN_LIMIT: usize = 8;

/// Records that an overlay may hold.
const RECORD_LIMIT: usize = 10_000;

/// Why a zone file cannot be laid over.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    #[error("overlay: {message}")]
    Malformed { message: String },
    #[error("overlay, line {line}: write `;- NAME TYPE` to delete an RRset")]
    Deletion { line: usize },
    #[error("overlay: more than {RECORD_LIMIT} records")]
    TooLarge,
    #[error("overlay: it holds no record and no deletion")]
    Empty,
}

/// Proposed RRsets by name and type; an empty one is a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    sets: BTreeMap<Name, BTreeMap<Rtype, Vec<Record>>>,
    /// Every name that exists because of the overlay, those above its names included.
    names: BTreeSet<Name>,
}

impl Overlay {
    /// Reads a zone file. Relative names and `@` belong to `origin`; the TTL may be left out.
    ///
    /// # Errors
    /// It is no zone file, it holds nothing, or too much.
    pub fn parse(text: &str, origin: &Name) -> Result<Self, OverlayError> {
        let mut overlay = Self::default();
        for (line, deletion) in text
            .lines()
            .enumerate()
            .filter_map(|(at, line)| Some((at + 1, line.trim().strip_prefix(";-")?)))
        {
            let mut words = deletion.split_whitespace();
            let (Some(name), Some(rtype), None) = (words.next(), words.next(), words.next()) else {
                return Err(OverlayError::Deletion { line });
            };
            let rtype = Rtype::from(rtype.to_ascii_uppercase());
            if rtype == Rtype(0) {
                return Err(OverlayError::Deletion { line });
            }
            overlay.sets.entry(absolute(name, origin)).or_default().insert(rtype, Vec::new());
        }
        overlay.read_records(text, origin)?;
        if overlay.sets.is_empty() {
            return Err(OverlayError::Empty);
        }
        overlay.name_what_exists();
        Ok(overlay)
    }

    fn read_records(&mut self, text: &str, origin: &Name) -> Result<(), OverlayError> {
        let malformed =
            |error: &dyn std::fmt::Display| OverlayError::Malformed { message: error.to_string() };
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with(';')) {
            return Ok(());
        }
        let wire_origin =
            WireName::from_ascii(origin.as_str()).map_err(|error| malformed(&error))?;
        let with_ttl = format!("$TTL 300\n{text}\n");
        let (_, sets) = Parser::new(with_ttl, None, Some(wire_origin))
            .parse()
            .map_err(|error| malformed(&error))?;
        if sets.values().map(|set| set.records_without_rrsigs().count()).sum::<usize>()
            > RECORD_LIMIT
        {
            return Err(OverlayError::TooLarge);
        }
        for set in sets.values() {
            let records = records_of(set);
            let Some(first) = records.first() else { continue };
            let rtype = first.data.rtype();
            self.sets.entry(first.name.clone()).or_default().insert(rtype, records);
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

    /// The RRset laid over (name, type), through a wildcard where the name does not exist otherwise.
    fn set(&self, name: &Name, rtype: Rtype) -> Option<&[Record]> {
        self.sets.get(name)?.get(&rtype).map(Vec::as_slice)
    }

    fn exists(&self, name: &Name) -> bool {
        self.names.contains(name)
    }

    /// The wildcard that covers a name which exists nowhere: the one at its closest encloser here.
    fn wildcard(&self, name: &Name) -> Option<&BTreeMap<Rtype, Vec<Record>>> {
        let mut above = name.parent();
        while let Some(encloser) = above.filter(|encloser| !encloser.is_root()) {
            if let Some(types) = self.sets.get(&encloser.child("*")) {
                return Some(types);
            }
            if self.exists(&encloser) {
                return None;
            }
            above = encloser.parent();
        }
        None
    }
}

fn absolute(name: &str, origin: &Name) -> Name {
    match name {
        "@" => origin.clone(),
        _ if name.ends_with('.') => Name::new(name),
        _ => origin_child(origin, name),
    }
}

fn origin_child(origin: &Name, label: &str) -> Name {
    if origin.is_root() { Name::new(label) } else { origin.child(label) }
}

fn records_of(set: &RecordSet) -> Vec<Record> {
    set.records_without_rrsigs().filter_map(wire::record_of).collect()
}

/// Lays the overlay over what is below.
pub struct OverlayLayer {
    below: Arc<dyn Net>,
    overlay: Overlay,
}

impl OverlayLayer {
    pub fn new(below: Arc<dyn Net>, overlay: Overlay) -> Self {
        Self { below, overlay }
    }

    async fn answer(&self, question: Question) -> Answer {
        let mut collected = Vec::new();
        let mut owner = question.name.clone();
        for _ in 0..CHAIN_LIMIT {
            match self.laid_over(&owner, question.rtype) {
                Laid::Records(records) => {
                    collected.extend(records.iter().cloned());
                    return positive(collected);
                }
                Laid::Nothing => return nodata(&owner, collected),
                Laid::Alias(alias, target) => {
                    collected.push(alias);
                    owner = target;
                }
                Laid::Live => {
                    let asked = Question { name: owner.clone(), ..question.clone() };
                    match self.live(asked, &mut collected).await {
                        Step::End(answer) => return answer,
                        Step::Follow(target) => owner = target,
                    }
                }
            }
        }
        Answer::failed(Reason::Malformed)
    }

    fn laid_over(&self, name: &Name, rtype: Rtype) -> Laid<'_> {
        if let Some(records) = self.overlay.set(name, rtype) {
            return if records.is_empty() { Laid::Nothing } else { Laid::Records(records) };
        }
        alias_of(self.overlay.set(name, Rtype::CNAME).unwrap_or_default(), rtype)
            .unwrap_or(Laid::Live)
    }

    /// The live answer, changed where the overlay says that its names exist.
    async fn live(&self, question: Question, collected: &mut Vec<Record>) -> Step {
        let message = match self.below.dns(question.clone()).await {
            Answer::Message(message) => message,
            failed @ Answer::Failed { .. } => return Step::End(failed),
        };
        let mut owner = question.name.clone();
        for _ in 0..CHAIN_LIMIT {
            let alias = message
                .answers
                .iter()
                .find(|record| record.name == owner && record.data.rtype() == Rtype::CNAME);
            let Some(Record { data: Data::Cname(target), .. }) =
                alias.filter(|_| question.rtype != Rtype::CNAME)
            else {
                break;
            };
            collected.extend(alias.cloned());
            owner = target.clone();
            if !matches!(self.laid_over(&owner, question.rtype), Laid::Live) {
                return Step::Follow(owner);
            }
        }
        if message.rcode == Rcode::NXDOMAIN {
            return self.beyond_live(&owner, &question, std::mem::take(collected), message);
        }
        let answers = message.answers.iter().filter(|record| record.name == owner).cloned();
        collected.extend(answers);
        Step::End(Answer::Message(Message { answers: std::mem::take(collected), ..message }))
    }

    /// A name that the live world denies may exist in the overlay, or be covered by its wildcard.
    fn beyond_live(
        &self,
        owner: &Name,
        question: &Question,
        collected: Vec<Record>,
        message: Message,
    ) -> Step {
        if self.overlay.exists(owner) {
            return Step::End(nodata(owner, collected));
        }
        let Some(types) = self.overlay.wildcard(owner) else {
            return Step::End(Answer::Message(Message { answers: collected, ..message }));
        };
        let expand = |record: &Record| Record { name: owner.clone(), ..record.clone() };
        match types.get(&question.rtype) {
            Some(records) if !records.is_empty() => Step::End(positive(
                collected.into_iter().chain(records.iter().map(expand)).collect(),
            )),
            _ => Step::End(nodata(owner, collected)),
        }
    }
}

enum Laid<'a> {
    Records(&'a [Record]),
    Nothing,
    Alias(Record, Name),
    Live,
}

enum Step {
    End(Answer),
    Follow(Name),
}

fn alias_of(records: &[Record], rtype: Rtype) -> Option<Laid<'_>> {
    let first = records.first().filter(|_| rtype != Rtype::CNAME)?;
    match &first.data {
        Data::Cname(target) => Some(Laid::Alias(first.clone(), target.clone())),
        _ => None,
    }
}

fn positive(answers: Vec<Record>) -> Answer {
    Answer::Message(Message { answers, recursion_available: true, ..Message::default() })
}

/// NODATA with the SOA that makes it definite.
fn nodata(name: &Name, answers: Vec<Record>) -> Answer {
    let soa = Soa {
        mname: name.clone(),
        rname: name.clone(),
        serial: 1,
        refresh: 3600,
        retry: 600,
        expire: 86_400,
        minimum: 300,
    };
    let authority = vec![Record { name: name.clone(), ttl: 300, data: Data::Soa(soa) }];
    Answer::Message(Message { answers, authority, recursion_available: true, ..Message::default() })
}

#[async_trait]
impl Net for OverlayLayer {
    async fn exchange(&self, request: Request) -> Response {
        match request {
            Request::Dns(question) => Response::Dns(self.answer(question).await),
            other => self.below.exchange(other).await,
        }
    }
}
