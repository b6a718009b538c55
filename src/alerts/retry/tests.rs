use chrono::{DateTime, TimeDelta, Utc};

use super::{RetryAfter, next_attempt};

fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().expect("a time")
}

#[test]
fn the_pauses_grow_from_seconds_to_a_day_and_then_end() {
    let pauses: Vec<Option<i64>> = (1..=11)
        .map(|made| next_attempt(made, now(), None).map(|due| (due - now()).num_seconds()))
        .collect();
    let hours = |count: i64| Some(count * 3600);
    let expected = [
        Some(5),
        Some(300),
        Some(1800),
        hours(2),
        hours(5),
        hours(10),
        hours(14),
        hours(20),
        hours(24),
        None,
        None,
    ];
    assert_eq!(pauses, expected);
}

#[test]
fn a_receiver_may_put_the_next_attempt_off() {
    let week = 7 * 86_400;
    #[rustfmt::skip]
    let cases = [
        ("nothing asked",                     "",                              5),
        ("later in seconds",                  "120",                           120),
        ("sooner in seconds changes nothing", "1",                             5),
        ("blanks around are no matter",       " 120 ",                         120),
        ("later as a date",                   "Wed, 25 Nov 2026 12:10:00 GMT", 600),
        ("a date of RFC 850",                 "Wednesday, 25-Nov-26 12:10:00 GMT", 600),
        ("a date of asctime",                 "Wed Nov 25 12:10:00 2026",      600),
        ("a date gone by",                    "Wed, 25 Nov 2020 12:10:00 GMT", 5),
        ("a sign is no number",               "-120",                          5),
        ("a fraction is no number",           "1.5",                           5),
        ("words ask for nothing",             "soon",                          5),
        ("a week is the longest",             "864000",                        week),
        ("no number is too large",            "99999999999999999999999",       week),
        ("no date is too far",                "Fri, 25 Nov 2044 12:10:00 GMT", week),
    ];
    for (rule, value, expected) in cases {
        let due = next_attempt(1, now(), RetryAfter::parse(value));
        assert_eq!(due, Some(now() + TimeDelta::seconds(expected)), "{rule}");
    }
}

#[test]
fn what_a_receiver_asks_adds_no_attempt() {
    assert_eq!(next_attempt(10, now(), RetryAfter::parse("120")), None);
}
