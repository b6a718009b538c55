//! The live world's answers, changed by the overlay.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use vigie_checks::kernel::{
    Answer, Data, Message, Name, Net, Question, Rcode, Reason, Record, Request, Response, Rtype,
    Soa, To,
};

use super::Overlay;

/// Aliases followed within one answer.
const CHAIN_LIMIT: usize = 8;

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
            let asked = Question { name: owner.clone(), ..question.clone() };
            let step = match self.laid_over(&owner, question.rtype) {
                Laid::Records(records) => {
                    collected.extend(records.iter().cloned());
                    Ok(Step::Positive)
                }
                Laid::Nothing => Ok(Step::Negative(Rcode::NOERROR, owner)),
                Laid::Alias(alias, target) => {
                    collected.push(alias);
                    Ok(Step::Follow(target))
                }
                Laid::Live => self.live(asked, &mut collected).await,
            };
            match step {
                Err(reason) => return Answer::failed(reason),
                Ok(Step::Follow(target)) => owner = target,
                Ok(Step::Live(message)) => {
                    let message = Message { answers: collected, ..Message::clone(&message) };
                    return Answer::from(message);
                }
                Ok(Step::Positive) => return Answer::from(positive(&question, collected)),
                Ok(Step::Negative(rcode, name)) => {
                    let authority = vec![self.soa(&name)];
                    let message = positive(&question, collected);
                    return Answer::from(Message { rcode, authority, ..message });
                }
            }
        }
        Answer::failed(Reason::Malformed)
    }

    /// An alias hides what is there of other types, and so it does that they are deleted.
    fn laid_over(&self, name: &Name, rtype: Rtype) -> Laid<'_> {
        let aliases = self.overlay.set(name, Rtype::CNAME).unwrap_or_default();
        if let Some(alias) = alias_of(aliases, rtype) {
            return alias;
        }
        match self.overlay.set(name, rtype) {
            Some([]) => Laid::Nothing,
            Some(records) => Laid::Records(records),
            None => Laid::Live,
        }
    }

    /// The live answer, changed where the overlay says that its names exist.
    async fn live(&self, question: Question, collected: &mut Vec<Record>) -> Result<Step, Reason> {
        let message = self.ask(question.clone()).await?;
        let mut owner = question.name.clone();
        for _ in 0..CHAIN_LIMIT {
            let Some((alias, target)) = live_alias(&message, &owner, question.rtype) else { break };
            if self.overlay.set(&owner, Rtype::CNAME).is_some() {
                // Deleted; beside an alias there was nothing else (RFC 1034 §3.6.2).
                return Ok(Step::Negative(Rcode::NOERROR, owner));
            }
            collected.push(alias.clone());
            owner = target;
            if !matches!(self.laid_over(&owner, question.rtype), Laid::Live) {
                return Ok(Step::Follow(owner));
            }
        }
        let question = Question { name: owner, ..question };
        let answers = message.answers.iter().filter(|record| record.name == question.name);
        let answers: Vec<Record> = answers.cloned().collect();
        let denied = message.rcode == Rcode::NXDOMAIN;
        if !denied && !self.is_expanded(&question, &answers).await? {
            collected.extend(answers);
            return Ok(Step::Live(message));
        }
        if self.overlay.exists(&question.name) {
            return Ok(Step::Negative(Rcode::NOERROR, question.name));
        }
        match self.wildcard(&question).await? {
            Some(wildcard) => Ok(self.expand(&wildcard, question, collected)),
            None if denied => Ok(Step::Live(message)),
            // The wildcard that the live answer came from is deleted.
            None => Ok(Step::Negative(Rcode::NXDOMAIN, question.name)),
        }
    }

    /// Whether the live answer comes from a wildcard whose RRset the overlay replaces.
    async fn is_expanded(&self, question: &Question, answers: &[Record]) -> Result<bool, Reason> {
        let replaced = enclosers(&question.name).map(|encloser| encloser.child("*"));
        let mut replaced =
            replaced.filter(|wildcard| self.overlay.set(wildcard, question.rtype).is_some());
        let Some(wildcard) = replaced.next().filter(|_| !answers.is_empty()) else {
            return Ok(false);
        };
        let live = self.ask(Question { name: wildcard, ..question.clone() }).await?;
        Ok(data(answers, question.rtype) == data(&live.answers, question.rtype))
    }

    /// The laid-over wildcard at the closest encloser of a name that is not there (RFC 4592 §3.3.1).
    async fn wildcard(&self, question: &Question) -> Result<Option<Name>, Reason> {
        let is_laid_over = |encloser: &Name| self.overlay.exists(&encloser.child("*"));
        if !enclosers(&question.name).any(|encloser| is_laid_over(&encloser)) {
            return Ok(None);
        }
        for encloser in enclosers(&question.name) {
            if is_laid_over(&encloser) {
                return Ok(Some(encloser.child("*")));
            }
            if self.overlay.exists(&encloser) {
                return Ok(None);
            }
            let live = self.ask(Question { name: encloser, ..question.clone() }).await?;
            if live.rcode != Rcode::NXDOMAIN {
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn expand(&self, wildcard: &Name, question: Question, collected: &mut Vec<Record>) -> Step {
        let expanded = |record: &Record| Record { name: question.name.clone(), ..record.clone() };
        match self.laid_over(wildcard, question.rtype) {
            Laid::Records(records) => {
                collected.extend(records.iter().map(expanded));
                Step::Positive
            }
            Laid::Alias(alias, target) => {
                collected.push(expanded(&alias));
                Step::Follow(target)
            }
            Laid::Nothing | Laid::Live => Step::Negative(Rcode::NOERROR, question.name),
        }
    }

    async fn ask(&self, question: Question) -> Result<Arc<Message>, Reason> {
        match self.below.dns(question).await {
            Answer::Message(message) => Ok(message),
            Answer::Failed { reason } => Err(reason),
        }
    }

    /// The SOA that makes a negative answer definite (RFC 2308 §2).
    fn soa(&self, name: &Name) -> Record {
        let zone = self.overlay.authority(name);
        let soa = Soa {
            mname: zone.clone(),
            rname: zone.clone(),
            serial: 1,
            refresh: 3600,
            retry: 600,
            expire: 86_400,
            minimum: 300,
        };
        Record { name: zone, ttl: 300, data: Data::Soa(soa) }
    }
}

enum Laid<'a> {
    Records(&'a [Record]),
    Nothing,
    Alias(Record, Name),
    Live,
}

/// How an answer goes on, or ends with the records collected.
enum Step {
    Follow(Name),
    /// With everything else as it is live.
    Live(Arc<Message>),
    Positive,
    /// There is nothing of the type at that name.
    Negative(Rcode, Name),
}

fn alias_of(records: &[Record], rtype: Rtype) -> Option<Laid<'_>> {
    let first = records.first().filter(|_| rtype != Rtype::CNAME)?;
    match &first.data {
        Data::Cname(target) => Some(Laid::Alias(first.clone(), target.clone())),
        _ => None,
    }
}

/// The alias that a live answer has for a name, and its target.
fn live_alias<'a>(message: &'a Message, owner: &Name, rtype: Rtype) -> Option<(&'a Record, Name)> {
    let aliases = message.answers.iter().filter(|_| rtype != Rtype::CNAME);
    let mut aliases = aliases.filter(|record| record.name == *owner);
    aliases.find_map(|record| match &record.data {
        Data::Cname(target) => Some((record, target.clone())),
        _ => None,
    })
}

/// The names above a name, the closest first, without the root.
fn enclosers(name: &Name) -> impl Iterator<Item = Name> {
    let above = std::iter::successors(name.parent(), Name::parent);
    above.take_while(|encloser| !encloser.is_root())
}

/// Of this type alone: signatures that are made as one asks differ from question to question.
fn data(records: &[Record], rtype: Rtype) -> BTreeSet<&Data> {
    records.iter().map(|record| &record.data).filter(|data| data.rtype() == rtype).collect()
}

fn positive(question: &Question, answers: Vec<Record>) -> Message {
    let direct = matches!(question.to, To::Server(_));
    Message { answers, authoritative: direct, recursion_available: !direct, ..Message::default() }
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
