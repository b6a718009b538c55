//! What does a channel hear of an event? That depends on what it was told of the incident before.

use std::collections::{BTreeMap, BTreeSet};

use super::{Event, EventKind};

/// What a channel believes of an incident, by the last that it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    ItStands,
    ItIsOver,
}

/// What is told of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearing<'a> {
    /// Who hears it, and as what.
    pub messages: Vec<(EventKind, BTreeSet<&'a str>)>,
    /// Whether something of the incident is held back from now on.
    pub held: bool,
}

/// Who hears of an event: `concerned` are the channels of its routes, `believes` those that were told
/// of the incident before.
///
/// The first that a channel hears of an incident is that it opened, whatever happened before; one that
/// heard of its end hears that it is back, and of its end only after its beginning. In a quiet time it
/// is held back, but for its end and that somebody took it on.
pub fn hearing<'a>(
    event: &Event,
    concerned: &BTreeSet<&'a str>,
    believes: &BTreeMap<&'a str, Belief>,
    is_quiet: bool,
) -> Hearing<'a> {
    let mut messages: Vec<(EventKind, BTreeSet<&str>)> = Vec::new();
    let everyone: BTreeSet<&str> = concerned.iter().chain(believes.keys()).copied().collect();
    for channel in everyone {
        let Some(kind) = heard_as(event.kind, believes.get(channel).copied()) else { continue };
        match messages.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, channels)) => drop(channels.insert(channel)),
            None => messages.push((kind, BTreeSet::from([channel]))),
        }
    }
    let is_told_at_any_time = matches!(event.kind, EventKind::Resolved | EventKind::Acknowledged);
    if messages.is_empty() || is_told_at_any_time {
        return Hearing { messages, held: event.incident.held };
    }
    if is_quiet {
        return Hearing { messages: Vec::new(), held: true };
    }
    // A message tells the incident as it is now, with whatever was held back.
    Hearing { messages, held: false }
}

fn heard_as(kind: EventKind, belief: Option<Belief>) -> Option<EventKind> {
    let goes_on = !matches!(kind, EventKind::Resolved | EventKind::Acknowledged);
    match belief {
        None => goes_on.then_some(EventKind::Opened),
        Some(Belief::ItIsOver) => goes_on.then_some(EventKind::Reopened),
        Some(Belief::ItStands) => (kind != EventKind::Joined).then_some(kind),
    }
}
