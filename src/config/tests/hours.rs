//! When is a time of the week, by the clocks of its zone?

use chrono::{DateTime, Utc};

use super::super::Hours;

fn holds(hours: &str, at: &str) -> bool {
    let hours: Hours = hours.parse().unwrap_or_else(|what| panic!("{hours}: {what}"));
    let at: DateTime<Utc> = at.parse().expect("a time");
    hours.hold(at, chrono_tz::Europe::Paris)
}

#[test]
fn a_time_of_the_week_begins_and_ends_by_the_local_clock() {
    // 2026-11-25 is a Wednesday; Paris is at +01:00.
    #[rustfmt::skip]
    let cases = [
        ("its first minute",              "Mon-Fri 08:00-18:00", "2026-11-25T07:00:00Z", true),
        ("a minute before",               "Mon-Fri 08:00-18:00", "2026-11-25T06:59:59Z", false),
        ("its last minute",               "Mon-Fri 08:00-18:00", "2026-11-25T16:59:59Z", true),
        ("its end",                       "Mon-Fri 08:00-18:00", "2026-11-25T17:00:00Z", false),
        ("another day",                   "Mon-Fri 08:00-18:00", "2026-11-28T11:00:00Z", false),
        ("no day is every day",           "8:00-18:00",          "2026-11-28T11:00:00Z", true),
        ("some days",                     "mon,WED 00:00-24:00", "2026-11-25T22:59:00Z", true),
        ("not between them",              "mon,wed 00:00-24:00", "2026-11-24T12:00:00Z", false),
        ("over the week's end",           "Fri-Mon 00:00-24:00", "2026-11-29T12:00:00Z", true),
        ("over midnight, before",         "Wed 22:00-06:00",     "2026-11-25T21:30:00Z", true),
        ("over midnight, after",          "Wed 22:00-06:00",     "2026-11-26T04:59:00Z", true),
        ("over midnight, the day before", "Wed 22:00-06:00",     "2026-11-25T04:00:00Z", false),
        ("Sunday night is Monday's",      "Sun 22:00-06:00",     "2026-11-30T04:00:00Z", true),
        ("in summer an hour earlier",     "08:00-09:00",         "2026-07-01T06:30:00Z", true),
    ];
    for (rule, hours, at, expected) in cases {
        assert_eq!(holds(hours, at), expected, "{rule}: {hours} at {at}");
    }
}

#[test]
fn what_is_no_time_of_the_week_is_refused() {
    for written in [
        "",
        "always",
        "Mon-Fri",
        "Mon 8-18",
        "08:00",
        "25:00-26:00",
        "08:60-09:00",
        "Lun 08:00-18:00",
        "Mon Tue 08:00-18:00",
        "08:00-08:00",
        "24:00-06:00",
        "24:01-06:00",
        "+8:00-18:00",
        "Mon- 08:00-09:00",
    ] {
        assert!(written.parse::<Hours>().is_err(), "{written}");
    }
}
