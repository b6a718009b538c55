//! Who hears of what, when, and who hears it again?

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::{Name, Severity};

use crate::incidents::{Due, Escalation, Hours, Matter, Route, Routes, Told};

/// Awake from one second to another.
#[derive(Debug)]
struct Span(i64, i64);

impl Hours for Span {
    fn hold(&self, now: DateTime<Utc>) -> bool {
        at(self.0) <= now && now < at(self.1)
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

fn matter<'a>(severity: Severity, domains: &'a [Name], tags: &[&'a str]) -> Matter<'a> {
    let tags = tags.iter().copied().collect();
    Matter { severity, baseline: false, check: "spf", domains, tags }
}

fn listed(channels: BTreeSet<&str>) -> Vec<&str> {
    channels.into_iter().collect()
}

#[test]
fn a_message_waits_the_shortest_time_of_its_routes() {
    let route = |channel: &str, severity, wait: Option<i64>| Route {
        min_severity: severity,
        group_wait: wait.map(TimeDelta::seconds),
        ..Route::to(names(&[channel]))
    };
    use Severity::{Critical, Error, Warning};
    let routes = Routes::new(
        vec![
            route("ops", Error, Some(30)),
            route("ops", Warning, Some(60)),
            route("ops", Critical, None),
            route("team", Critical, Some(20)),
        ],
        names(&["ops", "team", "boss"]),
    );
    let cases = [
        ("the only route that wants it", "ops", Warning, Some(60)),
        ("the shorter of two", "ops", Error, Some(30)),
        ("one without a wait has none", "ops", Critical, None),
        ("it heard of it before, no route wants it now", "team", Warning, Some(20)),
        ("no route names it: an escalation", "boss", Critical, None),
    ];
    for (rule, channel, severity, seconds) in cases {
        let matter = matter(severity, &[], &[]);
        let found = routes.group_wait(channel, &matter);
        assert_eq!(found, seconds.map(TimeDelta::seconds), "{rule}");
    }
}

#[test]
#[rustfmt::skip]
fn who_hears_of_what() {
    use Severity::{Critical, Error, Warning};
    let to = |channel: &str| Route::to(names(&[channel]));
    let channels = names(&["dns", "log", "mine", "ops", "team"]);
    let routes = Routes::new(
        vec![
            Route { min_severity: Critical, ..to("ops") },
            Route { min_severity: Warning, tags: names(&["prod"]), ..to("team") },
            Route { min_severity: Warning, changes: true, baseline: true, ..to("log") },
            Route { min_severity: Warning, changes: true, baseline: true, ..to("gone") },
            Route { checks: names(&["dns", "dnssec"]), changes: true, ..to("dns") },
            Route { domains: vec![Name::new("mine.example")], ..to("mine") },
        ],
        channels.clone(),
    );
    let (theirs, mine) = (vec![Name::new("a.example")], vec![Name::new("a.example"), Name::new("mine.example")]);
    let cases = [
        ("critical of a tagged domain",  matter(Critical, &theirs, &["prod"]), &["log", "ops", "team"][..]),
        ("warning of a tagged domain",   matter(Warning, &theirs, &["prod"]),  &["log", "team"]),
        ("critical of another domain",   matter(Critical, &theirs, &[]),       &["log", "ops"]),
        ("what was wrong at the start",  Matter { baseline: true, ..matter(Critical, &theirs, &["prod"]) }, &["log"]),
        ("what one check finds",         Matter { check: "dnssec", ..matter(Error, &theirs, &[]) },         &["dns", "log"]),
        ("one of several domains",       matter(Error, &mine, &[]),            &["log", "mine"]),
    ];
    for (rule, matter, expected) in cases {
        assert_eq!(listed(routes.of_incident(&matter, at(0))), expected, "{rule}");
    }
    let change = |check: &'static str| {
        listed(routes.of_change(&theirs[0], &BTreeSet::from([check]), &BTreeSet::new()))
    };
    assert_eq!((change("spf"), change("dns")), (vec!["log"], vec!["dns", "log"]));
    assert_eq!(listed(routes.of_rest()), ["dns", "log", "mine", "ops", "team"]);
    assert!(routes.baseline_opens() && !routes.wait());

    let none = Routes::new(vec![], channels);
    assert_eq!(none.of_incident(&matter(Error, &theirs, &[]), at(0)).len(), 5);
    assert_eq!(none.of_incident(&matter(Warning, &theirs, &[]), at(0)).len(), 0);
    assert_eq!(none.of_rest().len(), 5);
    assert!(!none.baseline_opens());
}

fn told(channel: &str, first: i64, last: i64) -> Told {
    let first_at = Some(at(first));
    Told { channel: channel.to_owned(), first_at, last_at: at(last), waits: false }
}

/// What is due at a second: `+channel` hears of it first, `channel` again.
fn due(routes: &Routes, told: &[Told], seconds: i64) -> Vec<String> {
    let domains = [Name::new("a.example")];
    let matter = matter(Severity::Error, &domains, &[]);
    let Due { openings, reminders } = routes.due(&matter, told, at(seconds));
    let openings = openings.into_iter().map(|channel| format!("+{channel}"));
    openings.chain(reminders.into_iter().map(str::to_owned)).collect()
}

#[test]
fn the_hours_of_a_route_hold_back_and_let_go() {
    let day = Route { hours: Some(Arc::new(Span(100, 200))), ..Route::to(names(&["day"])) };
    let any = Route::to(names(&["any"]));
    let routes = Routes::new(vec![day, any], names(&["day", "any"]));
    assert!(routes.wait());
    let domains = [Name::new("a.example")];
    let of =
        |seconds| listed(routes.of_incident(&matter(Severity::Error, &domains, &[]), at(seconds)));
    assert_eq!((of(99), of(100), of(200)), (vec!["any"], vec!["any", "day"], vec!["any"]));

    let at_night = [told("any", 50, 50)];
    assert_eq!(due(&routes, &at_night, 99), Vec::<String>::new());
    assert_eq!(due(&routes, &at_night, 100), ["+day"], "what still stands is told");
    let both = [told("any", 50, 50), told("day", 100, 100)];
    assert_eq!(due(&routes, &both, 101), Vec::<String>::new(), "and told once");
}

#[test]
fn what_nobody_takes_on_is_told_again() {
    let repeat = |seconds| Some(TimeDelta::seconds(seconds));
    let hourly = Route { repeat: repeat(3600), ..Route::to(names(&["ops", "team"])) };
    let sooner = Route { repeat: repeat(600), ..Route::to(names(&["ops"])) };
    let routes = Routes::new(vec![hourly, sooner], names(&["ops", "team"]));
    let both = [told("ops", 0, 1000), told("team", 0, 0)];
    assert_eq!(due(&routes, &both, 1599), Vec::<String>::new());
    assert_eq!(due(&routes, &both, 1600), ["ops"]);
    assert_eq!(due(&routes, &both, 3600), ["ops", "team"]);
    let waits = [Told { waits: true, ..told("ops", 0, 0) }];
    assert_eq!(due(&routes, &waits, 9999), Vec::<String>::new(), "not behind one on its way");
    assert_eq!(due(&routes, &[], 9999), Vec::<String>::new(), "who never heard is not reminded");
}

#[test]
fn what_nobody_takes_on_climbs() {
    let escalation = Escalation { after: TimeDelta::seconds(900), to: names(&["boss", "gone"]) };
    let first = Route { escalation: Some(escalation), ..Route::to(names(&["ops"])) };
    let routes = Routes::new(vec![first], names(&["ops", "boss"]));
    assert_eq!(due(&routes, &[told("ops", 100, 800)], 999), Vec::<String>::new());
    assert_eq!(due(&routes, &[told("ops", 100, 800)], 1000), ["+boss"]);
    let both = [told("ops", 100, 800), told("boss", 1000, 1000)];
    assert_eq!(due(&routes, &both, 5000), Vec::<String>::new());
    let before = [Told { first_at: None, ..told("ops", 0, 800) }];
    assert_eq!(due(&routes, &before, 5000), Vec::<String>::new(), "not told since it is back");
    assert_eq!(due(&routes, &[], 5000), Vec::<String>::new(), "nobody was told, nobody was silent");
    assert_eq!(listed(routes.of_rest()), ["ops"], "whom it climbs to hears of nothing else");
}
