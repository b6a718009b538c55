use chrono::{DateTime, Utc};
use vigie_checks::kernel::Severity;

use super::{Stores, at, example, finding, on_both};
use crate::incidents::{Acknowledged, Incident, State};
use crate::store::IncidentEvent;

on_both!(who_took_an_incident_on_is_kept_each_time, incidents_are_found_by_their_ids,);

fn incident(id: &str, subject: &str, opened_at: DateTime<Utc>) -> Incident {
    let mut cause = finding(Severity::Error);
    cause.subject = subject.to_owned();
    Incident {
        id: id.to_owned(),
        state: State::Open,
        severity: Severity::Error,
        baseline: false,
        domain: example(),
        domains: vec![example()],
        symptoms: Vec::new(),
        cause,
        merged_into: None,
        since: opened_at,
        opened_at,
        acknowledged: None,
        resolved_at: None,
        unwatched: false,
        reopenings: 0,
        held: false,
        sequence: 1,
    }
}

async fn who_took_an_incident_on_is_kept_each_time(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let said = |by: &str, why: &str, until| Acknowledged {
        by: by.to_owned(),
        why: why.to_owned(),
        at: at(10),
        until: at(until),
    };
    let told = [None, Some(said("Ana", "on it", 60)), Some(said("Bo", "", 90))];
    let mut write = store.write().await.unwrap();
    write.put_incident(&incident("01J", "a", at(0))).await.unwrap();
    for (sequence, acknowledged) in (1..).zip(told.clone()) {
        let event = IncidentEvent {
            sequence,
            event_type: "incident.acknowledged".to_owned(),
            severity: Severity::Error,
            domains: vec![example()],
            cause: finding(Severity::Error),
            acknowledged,
            at: at(10),
        };
        write.put_incident_event("01J", &event).await.unwrap();
    }
    write.commit().await.unwrap();
    let events = store.incident_events("01J").await.unwrap();
    let kept: Vec<_> = events.into_iter().map(|event| event.acknowledged).collect();
    assert_eq!(kept, told);
}

async fn incidents_are_found_by_their_ids(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let mut write = store.write().await.unwrap();
    for (id, at) in [("01JB", at(2)), ("01JA", at(1)), ("01JC", at(3))] {
        write.put_incident(&incident(id, id, at)).await.unwrap();
    }
    write.commit().await.unwrap();
    let many: Vec<String> = (0..1200).map(|n| format!("none{n}")).collect();
    let wanted = many.iter().map(String::as_str).chain(["01JB", "01JA", "01JA"]);
    let found = store.incidents_called(&wanted.collect::<Vec<_>>()).await.unwrap();
    let found: Vec<&str> = found.iter().map(|incident| incident.id.as_str()).collect();
    assert_eq!(found, ["01JA", "01JB"]);
    assert_eq!(store.incidents_called(&[]).await.unwrap(), []);
}
