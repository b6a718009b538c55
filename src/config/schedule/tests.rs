use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Schedule;

fn at(written: &str) -> DateTime<Utc> {
    written.parse().expect("test times are RFC 3339")
}

/// The next runs in Paris, as wall-clock time with its offset.
fn in_paris(schedule: &str, from: &str, runs: usize) -> Vec<String> {
    let schedule = Schedule::parse(schedule).expect("test schedules are sound");
    let mut time = at(from);
    let mut next = || {
        time = schedule.next_after(time, Tz::Europe__Paris, "key")?;
        Some(time.with_timezone(&Tz::Europe__Paris).format("%d %H:%M:%S %Z").to_string())
    };
    (0..runs).map_while(|_| next()).collect()
}

#[test]
fn fields_mean_what_crontab_says() {
    // From Monday 2 March 2026, 00:00 in Paris.
    let from = "2026-03-01T23:00:00Z";
    let cases: &[(&str, &str, &[&str])] = &[
        ("0 is Sunday", "0 2 * * 0", &["08 02:00:00 CET", "15 02:00:00 CET"]),
        ("7 is Sunday", "0 2 * * 7", &["08 02:00:00 CET", "15 02:00:00 CET"]),
        ("SUN is Sunday", "0 2 * * sun", &["08 02:00:00 CET", "15 02:00:00 CET"]),
        ("1 is Monday, six fields", "30 0 2 * * 1", &["02 02:00:30 CET", "09 02:00:30 CET"]),
        ("7 is Sunday, seven fields", "0 0 2 * * 7 2026", &["08 02:00:00 CET", "15 02:00:00 CET"]),
        (
            "a range that ends on Sunday",
            "0 2 * * SAT-SUN",
            &["07 02:00:00 CET", "08 02:00:00 CET", "14 02:00:00 CET"],
        ),
        (
            "5-7 is Friday to Sunday",
            "0 2 * * 5-7",
            &["06 02:00:00 CET", "07 02:00:00 CET", "08 02:00:00 CET", "13 02:00:00 CET"],
        ),
        (
            "either day when both are set",
            "0 2 4 * MON",
            &["02 02:00:00 CET", "04 02:00:00 CET", "09 02:00:00 CET"],
        ),
        ("both days where one has a star", "0 2 */3 * MON", &["16 02:00:00 CET"]),
        (
            "a step",
            "*/20 8 * * *",
            &["02 08:00:00 CET", "02 08:20:00 CET", "02 08:40:00 CET", "03 08:00:00 CET"],
        ),
        (
            "a step from a number",
            "50/5 8 * * *",
            &["02 08:50:00 CET", "02 08:55:00 CET", "03 08:50:00 CET"],
        ),
        ("every day at a time", "daily 08:30", &["02 08:30:00 CET", "03 08:30:00 CET"]),
        ("every week at a time", "weekly WED 8:00", &["04 08:00:00 CET", "11 08:00:00 CET"]),
        ("a list", "0 8,20 * * *", &["02 08:00:00 CET", "02 20:00:00 CET"]),
        ("a month by name", "0 0 10 MAR *", &["10 00:00:00 CET"]),
        ("a year that ends", "0 0 0 31 12 * 2026", &["31 00:00:00 CET"]),
        ("named", "@weekly", &["08 00:00:00 CET", "15 00:00:00 CET"]),
    ];
    for (rule, schedule, expected) in cases {
        assert_eq!(in_paris(schedule, from, expected.len()), *expected, "{rule}");
    }
}

#[test]
fn a_schedule_may_end() {
    assert_eq!(in_paris("0 0 0 31 12 * 2026", "2026-12-31T12:00:00Z", 1), [""; 0]);
}

#[test]
fn the_spring_night_runs_at_the_next_valid_minute_and_once() {
    // 29 March 2026: 02:00 to 03:00 do not exist.
    let from = "2026-03-29T00:00:00Z";
    assert_eq!(in_paris("30 2 * * *", from, 2), ["29 03:00:00 CEST", "30 02:30:00 CEST"]);
    assert_eq!(in_paris("15 30 2 * * *", from, 1), ["29 03:00:00 CEST"]);
    assert_eq!(
        in_paris("*/30 * * * *", from, 4),
        ["29 01:30:00 CET", "29 03:00:00 CEST", "29 03:30:00 CEST", "29 04:00:00 CEST"]
    );
}

#[test]
fn the_autumn_night_runs_once() {
    // 25 October 2026: 02:00 to 03:00 come twice.
    let from = "2026-10-24T23:00:00Z";
    assert_eq!(in_paris("30 2 * * *", from, 2), ["25 02:30:00 CEST", "26 02:30:00 CET"]);
    assert_eq!(
        in_paris("*/30 * * * *", from, 5),
        [
            "25 01:30:00 CEST",
            "25 02:00:00 CEST",
            "25 02:30:00 CEST",
            "25 03:00:00 CET",
            "25 03:30:00 CET"
        ]
    );
    // A start inside the second 02:30 does not go back to the first.
    assert_eq!(in_paris("45 2 * * *", "2026-10-25T01:30:00Z", 1), ["26 02:45:00 CET"]);
}

#[test]
fn what_is_no_schedule_is_refused() {
    let cases = [
        ("too few fields", "* * * *"),
        ("too many fields", "* * * * * * * *"),
        ("empty", ""),
        ("a minute too many", "60 * * * *"),
        ("a day 0", "0 0 0 * *"),
        ("a weekday 8", "0 0 * * 8"),
        ("a step of nothing", "*/0 * * * *"),
        ("a range backwards", "0 20-8 * * *"),
        ("a sign", "+5 * * * *"),
        ("an empty item", "0,,5 * * * *"),
        ("a day that never comes", "0 0 30 2 *"),
        ("a period of nothing", "every 0s"),
        ("an unknown name", "@dayly"),
        ("words", "now and then"),
        ("a week without a day", "weekly * 08:00"),
        ("a week of hours", "weekly 08:00"),
    ];
    for (rule, written) in cases {
        assert!(Schedule::parse(written).is_err(), "{rule}");
    }
}

#[test]
fn a_phase_is_kept_and_spread() {
    let schedule = Schedule::parse("every 15m").expect("a sound schedule");
    let next = |after: &str, key: &str| schedule.next_after(at(after), Tz::UTC, key);
    let first = next("2026-03-01T00:00:00Z", "example.com/spf").expect("always comes again");
    let second = schedule.next_after(first, Tz::UTC, "example.com/spf").expect("comes again");
    assert_eq!(second - first, chrono::Duration::minutes(15));
    // A restart in the middle of the period comes back to the same time.
    let restarted = first + chrono::Duration::minutes(7);
    assert_eq!(schedule.next_after(restarted, Tz::UTC, "example.com/spf"), Some(second));
    let minutes: BTreeSet<i64> = (0..200)
        .filter_map(|n| next("2026-03-01T00:00:00Z", &format!("{n}.example/spf")))
        .map(|time| time.timestamp().rem_euclid(900) / 60)
        .collect();
    assert_eq!(minutes.len(), 15, "every minute of the period is used");
    assert_eq!(Schedule::every(Duration::from_secs(5400)).to_string(), "every 1h30m");
}
