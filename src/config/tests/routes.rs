//! `[[routes]]`: what may stand there, and what may not?

use std::time::Duration;

use super::{parse, said};

/// A rule, a file, and what is said of it.
pub(super) const CASES: &[(&str, &str, &[&str])] = &[
    (
        "a route to nowhere",
        "[[channels]]\nname = \"ops\"\nkind = \"webhook\"\nurl = \"https://a.example\"\n[[routes]]\nchannels = [\"opps\"]",
        &["6:13 `channels`: there is no channel `opps` | did you mean `ops`?"],
    ),
    (
        "what a route may not hold",
        "[[routes]]\nchannels = []\nchecks = [\"sfp\"]\nhours = \"9 to 5\"\nrepeat = \"1s\"\nescalate_after = \"30m\"",
        &[
            "3:11 `checks`: `sfp` is not a check | did you mean `spf`?",
            "4:9 `hours` is not a time of the week: `9 to 5` | write it like \"Mon-Fri 08:00-18:00\" or \"22:00-06:00\"",
            "5:10 `repeat` is shorter than 1m",
            "6:1 `escalate_after` needs `escalate_to` beside it",
        ],
    ),
    (
        "a wait that is none, and a digest that never stops",
        "[[routes]]\nchannels = []\ngroup_wait = \"2h\"\ndigest = \"every 5m\"",
        &[
            "3:14 `group_wait` is longer than 1h",
            "4:10 `digest` is due more often than once an hour",
        ],
    ),
    (
        "a digest by the clock, more often than anybody reads",
        "[[routes]]\nchannels = []\ndigest = \"*/5 * * * *\"\n\
             [[routes]]\nchannels = []\ndigest = \"* * * * *\"\n\
             [[routes]]\nchannels = []\ndigest = \"0,30 0 8 * * MON\"",
        &[
            "3:10 `digest` is due more often than once an hour",
            "6:10 `digest` is due more often than once an hour",
            "9:10 `digest` is due more often than once an hour",
        ],
    ),
    (
        "a wait too short, and a digest at no time",
        "[[routes]]\nchannels = []\ngroup_wait = \"5ms\"\ndigest = \"daily 8h\"",
        &[
            "3:14 `group_wait` is shorter than 1s",
            "4:10 `digest`: `daily 8h` is not a schedule | write it like `daily 08:00` or `weekly MON 08:00`",
        ],
    ),
];

#[test]
fn mistakes_in_a_route_are_told_at_their_place() {
    for (rule, text, expected) in CASES {
        let errors = parse(text).expect_err(rule);
        assert_eq!(said(&errors), *expected, "{rule}");
    }
}

#[test]
fn a_route_waits_for_more_and_has_a_digest() {
    let route = |keys: &str| {
        let text = format!("[[routes]]\nchannels = []\n{keys}");
        parse(&text).expect("a sound configuration").routes.remove(0)
    };
    let silent = route("");
    assert_eq!((silent.group_wait, silent.digest), (None, None));
    let both = route("group_wait = \"30s\"\ndigest = \"weekly MON 08:00\"");
    assert_eq!(both.group_wait, Some(Duration::from_secs(30)));
    assert_eq!(both.digest.map(|digest| digest.to_string()).as_deref(), Some("weekly MON 08:00"));
    for digest in ["@daily", "@hourly", "every 1h", "15 30 * * * *", "0 8 * * 1-5", "daily 8:05"] {
        assert!(route(&format!("digest = \"{digest}\"")).digest.is_some(), "{digest}");
    }
}
