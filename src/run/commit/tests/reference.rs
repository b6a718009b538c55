//! What is written into the outbox is what the reference model of the incidents says, over random
//! histories and restarts.

use serde_json::Value;
use vigie_checks::kernel::Name;

use super::daemon::Daemon;
use crate::incidents::State;
use crate::incidents::tests::reference::history::{Chance, DOMAINS, Happening, random};
use crate::incidents::tests::reference::machine::{acknowledged, at, outcome, routes, silence};
use crate::incidents::tests::reference::telling::{self, CHANNELS, Message};
use crate::run::commit::{Committer, Observed};
use crate::store::tests::Stores;
use crate::store::{Store, Wanted};

/// Histories; `HISTORIES_KEPT` asks for more.
const HISTORIES: u64 = 60;

#[tokio::test]
async fn the_outbox_holds_what_the_reference_model_tells() {
    let number = |name: &str| std::env::var(name).ok()?.parse().ok();
    let seed: u64 = number("SEED").unwrap_or_else(rand::random);
    let histories = number("HISTORIES_KEPT").unwrap_or(HISTORIES);
    println!("seed {seed}");
    for number in 0..histories {
        let history = random(&mut Chance(seed.wrapping_add(number)));
        let mut daemon = Daemon::new(&Stores::Files, routes()).await;
        for (now, happening) in &history {
            if matches!(happening, Happening::Wake) {
                daemon.restart(at(*now)).await;
            }
            pass(&daemon.committer, *now, happening).await;
        }
        let (told, expected) = (messages(daemon.store()).await, telling::of_history(&history));
        assert_eq!(told, expected, "SEED={} {history:#?}", seed.wrapping_add(number));
    }
}

/// Tells a committer what happened.
pub(crate) async fn pass(committer: &Committer, now: i64, happening: &Happening) {
    match happening {
        Happening::Look { domain, second, seen } => {
            let seen: Vec<Observed> =
                seen.iter().map(|seen| Observed::of(outcome(seen, *domain, now))).collect();
            let look = crate::incidents::Look { now: at(now), second: *second };
            let name = Name::new(DOMAINS[*domain]);
            committer.commit(&name, &seen, look).await.unwrap();
        }
        Happening::Acknowledge { fault, domain, until } => {
            let incidents = committer.store.incidents(100).await.unwrap();
            let of_it = incidents.iter().find(|incident| {
                incident.state != State::Resolved
                    && incident.cause.id == fault.id()
                    && incident.cause.subject == fault.subject(*domain)
            });
            let Some(incident) = of_it else { return };
            let seen = acknowledged(now, *until);
            committer.acknowledge(&incident.id, seen).await.unwrap();
        }
        Happening::Silence { of, until } => {
            committer.silence(&silence(now, *of, *until)).await.unwrap();
        }
        Happening::Wake => {
            committer.announce(at(now)).await.unwrap();
        }
    }
}

/// The messages about incidents that wait in the outbox, sorted.
pub(crate) async fn messages(store: &Store) -> Vec<Message> {
    let mut messages = Vec::new();
    for row in store.outbox(Wanted::default(), 1000).await.unwrap() {
        let Some(kind) = row.event_type.strip_prefix("incident.") else { continue };
        let body: Value = serde_json::from_str(&row.body).unwrap();
        let data = &body["data"];
        let events = store.incident_events(row.incident.as_ref().unwrap()).await.unwrap();
        let named = |id: &str, subject: &str| format!("{id}@{subject}");
        let words = |list: &Value| {
            let mut words: Vec<String> = serde_json::from_value(list.clone()).unwrap();
            words.sort();
            words
        };
        let seconds = |time: chrono::DateTime<chrono::Utc>| (time - at(0)).num_seconds();
        let (channel, _) = CHANNELS.into_iter().find(|(name, _)| *name == row.channel).unwrap();
        messages.push(Message {
            at: seconds(row.created_at),
            channel,
            kind: kind.to_owned(),
            opened: (named(&events[0].cause.id, &events[0].cause.subject), seconds(events[0].at)),
            cause: named(
                data["cause"]["id"].as_str().unwrap(),
                data["cause"]["subject"].as_str().unwrap(),
            ),
            severity: data["severity"].as_str().unwrap().parse().unwrap(),
            domains: words(&data["domains"]),
            symptoms: words(&data["symptoms"]),
            acknowledged: !data["acknowledged"].is_null(),
        });
    }
    messages.sort();
    messages
}
