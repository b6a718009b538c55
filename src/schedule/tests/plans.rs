//! Which schedule has each check?

use std::path::Path;

use super::super::plan;
use crate::config::{ProcessEnvironment, Settings};

fn planned(text: &str, checks: &[&str]) -> Vec<String> {
    let settings = Settings::parse(&ProcessEnvironment, Path::new("vigie.toml"), text.to_owned());
    let settings = settings.unwrap_or_else(|errors| panic!("{errors}"));
    let planned = plan(&settings, checks);
    planned.iter().map(|planned| format!("{}: {}", planned.key, planned.rhythm.schedule)).collect()
}

const PROBE: &str = "[[probes]]\nname = \"p\"\ndomain = \"example.com\"\nfrom = \"a@example.com\"\n\
                     to = \"b@example.net\"\nsubmit = { url = \"smtp://h.example\" }\n\
                     mailbox = { url = \"imap://h.example\" }\n";

#[test]
fn the_nearest_schedule_counts() {
    let domain = "[[domains]]\nname = \"example.com\"\n";
    let checks = ["spf", "tls", "registration", "arc", "probe"];
    let cases: &[(&str, String, &[&str])] = &[
        (
            "each check's own",
            domain.to_owned(),
            &[
                "example.com spf: every 1h",
                "example.com tls: every 6h",
                "example.com registration: every 1d",
            ],
        ),
        (
            "one for all, one for a check",
            format!(
                "[schedule]\ndefault = \"every 15m\"\nchecks = {{ tls = \"@daily\" }}\n{domain}"
            ),
            &[
                "example.com spf: every 15m",
                "example.com tls: @daily",
                "example.com registration: every 15m",
            ],
        ),
        (
            "a probe's own",
            PROBE.replace("from", "schedule = \"@hourly\"\nfrom"),
            &["example.com probe p: @hourly"],
        ),
        ("a probe without one", PROBE.to_owned(), &["example.com probe p: every 30m"]),
        (
            "probes by [schedule]",
            format!("[schedule]\nchecks = {{ probe = \"every 2h\" }}\n{PROBE}"),
            &["example.com probe p: every 2h"],
        ),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(planned(text, &checks), *expected, "{rule}");
    }
}

#[test]
fn at_most_so_many_messages_an_hour() {
    let text = PROBE.replace("from", "max_per_hour = 4\nfrom");
    let settings = Settings::parse(&ProcessEnvironment, Path::new("vigie.toml"), text);
    let planned = plan(&settings.unwrap_or_else(|errors| panic!("{errors}")), &["probe"]);
    assert_eq!(planned[0].rhythm.gap.as_secs(), 15 * 60);
}
