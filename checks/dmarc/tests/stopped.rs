//! When have reports stopped, and when is nothing known of it?

use super::*;
use crate::kernel::{GivenReport, GivenReports, KeptFacts};

/// What a judge takes for now in these tests.
const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn ago(hours: i64) -> DateTime<Utc> {
    NOW - TimeDelta::hours(hours)
}

/// A report on each of the days that ended so many days ago, given an hour later.
fn daily(reporter: &str, days: impl IntoIterator<Item = i64>) -> Vec<GivenReport> {
    let report = |days: i64| GivenReport {
        reporter: reporter.to_owned(),
        end: ago(days * 24),
        first_given: ago(days * 24 - 1),
        last_given: ago(days * 24 - 1),
    };
    days.into_iter().map(report).collect()
}

/// The same, all given at once.
fn together(reports: Vec<GivenReport>, hours: i64) -> Vec<GivenReport> {
    let at = ago(hours);
    let given = |report| GivenReport { first_given: at, last_given: at, ..report };
    reports.into_iter().map(given).collect()
}

/// The same, read again.
fn again(mut reports: Vec<GivenReport>, hours: i64) -> Vec<GivenReport> {
    reports[0].last_given = ago(hours);
    reports
}

fn told(record: &str, domain: &str, reports: &[GivenReport]) -> Vec<Finding> {
    let world = mailed().txt(ABOVE, &[record]);
    let target = Target { reports: GivenReports::of(reports), ..target(domain) };
    let seen = observe::<Dmarc>(&world, &target, &Vantage::default());
    let mut found = findings::<Dmarc>(&seen, &target, &Vantage::default());
    found.retain(|finding| finding.id == "dmarc.reports-stopped");
    found
}

#[test]
fn what_was_regular_and_is_gone() {
    let weekdays = |ends: i64| (ends..40).filter(move |day| (day - ends) % 7 < 5);
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<GivenReport>, bool)> = vec![
        ("no report was ever given",       vec![],                                                     false),
        ("a report of each day",           daily("a", 0..30),                                          false),
        ("one day late",                   daily("a", 2..30),                                          false),
        ("three days of silence",          daily("a", 3..30),                                          true),
        ("a month of silence",             daily("a", 30..60),                                         true),
        ("seven of ten days",              daily("a", [5, 6, 7, 8, 9, 10, 11]),                        true),
        ("six of ten days",                daily("a", [5, 6, 7, 8, 9, 10]),                            false),
        ("seven of ten days with a gap",   daily("a", [7, 9, 10, 11, 12, 13, 16]),                     true),
        ("seven of eleven days",           daily("a", [7, 9, 10, 11, 12, 13, 17]),                     false),
        ("two that make ten together",     [daily("a", 5..10), daily("b", 10..15)].concat(),           false),
        ("another one still reports",      [daily("a", 5..30), daily("b", [1])].concat(),              false),
        ("not after a weekend",            daily("a", weekdays(4)),                                    false),
        ("but after a whole week",         daily("a", weekdays(7)),                                    true),
        ("silences are part of the habit", daily("a", [4, 5, 6, 7, 8, 11, 12, 13]),                    false),
        ("until they are longer",          daily("a", [5, 6, 7, 8, 9, 12, 13, 14]),                    true),
        ("a folder that is read today",    together(daily("a", 4..30), 1),                             true),
        ("a folder that was read then",    together(daily("a", 4..30), 4 * 24 - 1),                    false),
        ("and is read again today",        again(together(daily("a", 4..30), 4 * 24 - 1), 2),          true),
        ("read again the day after",       again(together(daily("a", 4..30), 4 * 24 - 1), 3 * 24 - 2), false),
    ];
    for (rule, reports, stopped) in cases {
        assert_eq!(!told(GOOD, "example.com", &reports).is_empty(), stopped, "{rule}");
    }
}

#[test]
fn who_asks_for_no_reports_misses_none() {
    let reports = daily("a", 5..30);
    let silent = "v=DMARC1; p=reject";
    assert!(told(silent, "example.com", &reports).is_empty(), "no address");
    assert!(told("v=spf1 -all", "example.com", &reports).is_empty(), "no record");
    assert!(told(GOOD, "a.example.com", &reports).is_empty(), "they go by the record above");
}

#[test]
fn a_record_that_asks_again_is_given_time() {
    let at = |record: &str| facts(&mailed().txt(ABOVE, &[record]), "example.com");
    let (asks, silent) = (at(GOOD), at("v=DMARC1; p=reject"));
    let (gone, untold) = (
        facts(&mailed(), "example.com"),
        facts(&mailed().fails(ABOVE, Rtype::TXT, Reason::Timeout), "example.com"),
    );
    let reports = GivenReports::of(&daily("a", 10..30));
    let target = Target { reports, ..target("example.com") };
    let (vantage, needs) = (Vantage::default(), Needs::default());
    #[rustfmt::skip]
    let cases: [(&str, &[Before<'_>], bool); 6] = [
        ("it always did",              &[(&asks, 0)],                 true),
        ("since three days",           &[(&asks, 0), (&silent, 72)],  true),
        ("since two days",             &[(&asks, 0), (&silent, 48)],  false),
        ("it was gone until then",     &[(&asks, 0), (&gone, 48)],    false),
        ("it could not be told",       &[(&asks, 0), (&untold, 48)],  true),
        ("the last report is younger", &[(&asks, 0), (&silent, 500)], true),
    ];
    for (rule, before, stopped) in cases {
        let sighting = |(facts, hours): &Before<'_>| Sighting {
            facts: KeptFacts::of(&facts),
            facts_version: Dmarc::FACTS,
            first_seen: ago(hours + 24),
            last_seen: ago(*hours),
        };
        let past = Past { sightings: before.iter().map(sighting).collect() };
        let context =
            Context { target: &target, vantage: &vantage, needs: &needs, past: &past, now: NOW };
        let raised = super::super::judge::judge(&asks, &context);
        let told =
            raised.iter().any(|raised| raised.is_of(super::super::DmarcCode::ReportsStopped));
        assert_eq!(told, stopped, "{rule}");
    }
}

#[test]
fn it_says_until_when_and_who() {
    let hostile = format!("\u{1b}[31m{}", "x".repeat(200));
    let mut reports = daily(&hostile, 4..14);
    for reporter in ["b", "c", "d"] {
        reports.extend(daily(reporter, 4..12));
    }
    reports.extend(daily("seldom", [4, 9]));
    let found = told(GOOD, "example.com", &reports);
    let params = &found[0].params;
    assert_eq!(params["date"], "1969-12-27", "the day that the newest one tells of");
    let reporters = &params["reporters"];
    assert!(reporters.ends_with("x…, b, c, …") && !reporters.contains('\u{1b}'), "{reporters}");
    assert_eq!(params["rua"], "mailto:r@example.com");
    assert_eq!(found[0].evidence["last_end"], "1969-12-28T00:00:00Z");
    assert_eq!(found[0].evidence["expected_by"], "1969-12-31T00:00:00Z");
    let days = found[0].evidence["days_of_ten"].as_object().unwrap();
    assert_eq!(days.values().collect::<Vec<_>>(), [10, 8, 8, 8]);
}

#[test]
fn three_reporters_are_named_and_that_there_are_more() {
    let named = |names: &[&str]| {
        let reports: Vec<GivenReport> = names.iter().flat_map(|name| daily(name, 4..14)).collect();
        told(GOOD, "example.com", &reports)[0].params["reporters"].clone()
    };
    assert_eq!(named(&["a"]), "a");
    assert_eq!(named(&["a", "b", "c"]), "a, b, c");
    assert_eq!(named(&["a", "b", "c", "d"]), "a, b, c, …");
}

#[test]
fn of_many_reporters_those_of_the_most_days_are_handed_over() {
    let mut reports = Vec::new();
    for number in 0..60 {
        reports.extend(daily(&format!("r{number}"), 4..5 + number % 30));
    }
    reports.extend(daily("long ago", 40..60));
    let given = GivenReports::of(&reports).unwrap();
    assert_eq!(given.days.len(), 20);
    assert!(given.days.values().all(|days| (20..=29).contains(&days.len())), "{given:?}");
    assert!(!given.days.contains_key("long ago"), "only the last weeks are told");
}
