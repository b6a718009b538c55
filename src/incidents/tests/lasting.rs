//! Incidents that last: taken on by somebody, or coming and going.

use super::super::*;
use super::watch::{A, B, Watch, at, first, second};

#[test]
fn an_incident_is_acknowledged_until_it_ends_or_grows() {
    let mut watch = Watch::new();
    watch.run(A, first(0), &[("spf", "")]);
    watch.run(A, first(60), &[("spf", "spf.missing")]);
    let mut incident =
        watch.run(A, second(105), &[("spf", "spf.missing")]).events.remove(0).incident;
    let seen = |until| Acknowledged {
        by: "ana".to_owned(),
        why: String::new(),
        at: at(200),
        until: at(until),
    };
    let event = acknowledge(&mut incident, seen(300)).unwrap();
    assert_eq!((event.kind, event.incident.sequence), (EventKind::Acknowledged, 2));
    assert_eq!(incident.acknowledged, Some(seen(300)));
    assert!(acknowledge(&mut incident, seen(400)).is_some(), "with another end");
    assert_eq!(wake(&mut incident, false, at(399)), None);
    let event = wake(&mut incident, false, at(400)).unwrap();
    assert_eq!((event.kind, incident.state), (EventKind::Updated, State::Open));
    assert_eq!(incident.acknowledged, None);

    acknowledge(&mut incident, seen(9000));
    watch.situation.incidents[0] = incident;
    watch.run(A, first(500), &[("spf", "spf.missing=critical")]);
    let grown = watch.run(A, second(545), &[("spf", "spf.missing=critical")]);
    let incident = &grown.events[0].incident;
    assert_eq!((grown.events[0].kind, incident.state), (EventKind::Worsened, State::Open));
    assert_eq!(incident.acknowledged, None, "it was taken on for less");
}

#[test]
fn what_comes_and_goes_must_stay_away_longer_each_time() {
    let mut watch = Watch::new();
    watch.run(A, first(0), &[("spf", "")]);
    let mut now = 60;
    let mut calms = Vec::new();
    for _ in 0..8 {
        watch.run(A, first(now), &[("spf", "spf.missing")]);
        watch.run(A, second(now + 45), &[("spf", "spf.missing")]);
        now += 60;
        let gone = now;
        let mut step = watch.run(A, first(now), &[("spf", "")]);
        while step.events.is_empty() {
            let look = step.look_again.first().expect("it is looked at again until it is decided");
            now = (look.at - at(0)).num_seconds();
            step = watch.run(A, second(now), &[("spf", "")]);
        }
        assert_eq!(step.events[0].kind, EventKind::Resolved);
        calms.push(now - gone);
        now += 60;
    }
    assert_eq!(calms, [45, 45, 45, 90, 180, 360, 720, 1440]);
    assert_eq!(watch.situation.incidents.len(), 1);
}

#[test]
fn an_incident_tells_its_cause_as_it_was_seen_last_where_it_stands() {
    let mut watch = Watch::new();
    let told = |watch: &Watch| {
        let incident = &watch.situation.incidents[0];
        (incident.domain.to_string(), incident.cause.evidence.as_str().unwrap().to_owned())
    };
    let of = |domain: &str, evidence: &str| (domain.to_owned(), evidence.to_owned());
    for domain in [A, B] {
        watch.run(domain, first(0), &[("spf", "")]);
    }
    watch.run(A, first(60), &[("spf", "spf.missing@shared#1")]);
    watch.run(A, second(105), &[("spf", "spf.missing@shared#2")]);
    assert_eq!(told(&watch), of(A, "2"));
    assert_eq!(watch.run(A, first(900), &[("spf", "spf.missing@shared#3")]).events, []);
    assert_eq!(told(&watch), of(A, "3"));
    // A severity that one look alone saw changes nothing that is told.
    watch.run(A, first(1000), &[("spf", "spf.missing@shared=critical#4")]);
    assert_eq!(told(&watch), of(A, "3"));
    watch.run(A, first(1100), &[("spf", "spf.missing@shared#5")]);

    watch.run(B, first(1200), &[("spf", "spf.missing@shared#b")]);
    watch.run(B, second(1245), &[("spf", "spf.missing@shared#b")]);
    assert_eq!(told(&watch), of(A, "5"), "it stands where it was first seen");
    watch.run(A, first(1300), &[("spf", "")]);
    watch.run(A, second(1345), &[("spf", "")]);
    assert_eq!(told(&watch), of(B, "b"), "it stands there alone");

    watch.run(B, first(1400), &[("spf", "")]);
    let over = watch.run(B, second(1445), &[("spf", "")]);
    assert_eq!(over.events[0].kind, EventKind::Resolved);
    watch.run(A, first(1500), &[("spf", "spf.missing@shared#6")]);
    let back = watch.run(A, second(1545), &[("spf", "spf.missing@shared#7")]);
    assert_eq!(back.events[0].kind, EventKind::Reopened);
    assert_eq!(back.events[0].incident.cause.evidence, "7", "not that of the time before");
}
