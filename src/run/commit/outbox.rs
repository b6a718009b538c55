//! Which channels hear of an event, and as what? One row of the outbox for each.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use vigie_checks::kernel::{Lang, Name};

use super::{Settings, body};
use crate::incidents::{
    Belief, CHANGES_READ, EXPLAINED_WITHIN, Event, EventKind, Incident, Matter, hearing,
    may_explain,
};
use crate::store::{Change, OutboxRow, StoreError, Write};

/// Changes that an incident lists at most, newest first.
const LISTED: usize = 20;

/// Puts an event of an incident into the outbox, for those who hear of it; the number of rows is the
/// answer. What is held back is noted at the incident.
pub(super) async fn put_incident(
    write: &mut Write,
    event: &Event,
    is_quiet: bool,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let incident = &event.incident;
    let believed = write.beliefs(&incident.id).await?;
    let believes: BTreeMap<&str, Belief> = believed
        .iter()
        .map(|(channel, belief)| (channel.as_str(), *belief))
        .filter(|(channel, _)| settings.routes.has(channel))
        .collect();
    let tags = settings.tags_of(&incident.domains);
    let concerned = settings.routes.of_incident(&Matter::of(incident, tags), now);
    let hearing = hearing(event, &concerned, &believes, is_quiet);
    if hearing.held != incident.held {
        write.put_incident(&Incident { held: hearing.held, ..incident.clone() }).await?;
    }
    put_told(write, incident, hearing.messages, settings, now).await
}

/// Tells channels of an incident as it is now; the number of rows is the answer.
pub(super) async fn put_told(
    write: &mut Write,
    incident: &Incident,
    told: Vec<(EventKind, BTreeSet<&str>)>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    if told.is_empty() {
        return Ok(0);
    }
    let changed = changes_behind(write, incident).await?;
    let data = |lang| body::incident(incident, &changed, &settings.url, lang);
    let matter = Matter::of(incident, settings.tags_of(&incident.domains));
    let mut rows = 0;
    for (kind, channels) in told {
        let event_type = kind.to_string();
        let bodies = Bodies::of(&event_type, data, &channels, settings, now);
        for channel in &channels {
            let place = Some((incident.id.as_str(), incident.sequence));
            let body = bodies.for_channel(channel, settings);
            let row = OutboxRow::new(channel, &event_type, place, body, now);
            let row = match settings.wait_of(channel, kind, &matter) {
                Some(wait) => row.waiting(wait),
                None => row,
            };
            write.put_outbox(&row).await?;
            rows += 1;
        }
    }
    Ok(rows)
}

impl Settings {
    /// How long a message waits for others; that somebody took an incident on is told at once.
    fn wait_of(&self, channel: &str, kind: EventKind, matter: &Matter<'_>) -> Option<TimeDelta> {
        let may_wait = self.people.contains(channel) && kind != EventKind::Acknowledged;
        may_wait.then(|| self.routes.group_wait(channel, matter)).flatten()
    }
}

/// The octets of an event, in each language that is needed.
struct Bodies(HashMap<Lang, String>);

impl Bodies {
    fn of(
        event_type: &str,
        data: impl Fn(Lang) -> Value,
        channels: &BTreeSet<&str>,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Self {
        let mut bodies = HashMap::new();
        for lang in channels.iter().map(|channel| settings.lang_of(channel)) {
            bodies.entry(lang).or_insert_with(|| body::event(event_type, data(lang), now));
        }
        Self(bodies)
    }

    fn for_channel(&self, channel: &str, settings: &Settings) -> String {
        self.0[&settings.lang_of(channel)].clone()
    }
}

/// Puts an event that belongs to no incident into the outbox.
pub(super) async fn put(
    write: &mut Write,
    event_type: &str,
    data: impl Fn(Lang) -> Value,
    channels: &BTreeSet<&str>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    put_placed(write, event_type, None, data, channels, settings, now).await
}

/// As [`put`], of an event that has a place in an order: what it belongs to, and its number there.
pub(super) async fn put_placed(
    write: &mut Write,
    event_type: &str,
    place: Option<(&str, i64)>,
    data: impl Fn(Lang) -> Value,
    channels: &BTreeSet<&str>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let bodies = Bodies::of(event_type, data, channels, settings, now);
    for channel in channels {
        let body = bodies.for_channel(channel, settings);
        let row = OutboxRow::new(channel, event_type, place, body, now);
        write.put_outbox(&row).await?;
    }
    Ok(channels.len())
}

/// What changed for the domains of an incident, shortly before it or since, and may explain it.
async fn changes_behind(write: &mut Write, incident: &Incident) -> Result<Vec<Change>, StoreError> {
    let domain: &Name = &incident.domain;
    let since = incident.since - EXPLAINED_WITHIN;
    let changed = write.changes_since(domain, since, CHANGES_READ).await?;
    let explains = |change: &Change| may_explain(&change.check, &change.what, &incident.cause);
    Ok(changed.into_iter().filter(explains).take(LISTED).collect())
}
