//! A record that is gone is proposed again, where it was fine.

use super::*;
use crate::scripted::findings_after;

const GOOD: &str = "v=spf1 ip4:198.41.0.4 -all";

fn with(record: &str, target: &Target) -> Facts {
    observe::<Spf>(&publishing(record), target, &Vantage::default())
}

/// The rule, the domain, what was seen before, and the records proposed.
type Case<'a> = (&'a str, &'a Target, &'a [(&'a Facts, i64)], &'a [&'a str]);

#[test]
fn the_record_of_before_is_proposed_where_it_was_fine() {
    let sends = |ip: &str| Target { sending_ips: vec![ip.parse().unwrap()], ..target() };
    let (nobody, listed, moved) = (target(), sends("198.41.0.4"), sends("198.41.0.9"));
    let (good, other) = (with(GOOD, &nobody), with("v=spf1 mx -all", &nobody));
    let syntax = with("v=spf1 ip4:198.41.0.4 inclde:x.example -all", &nobody);
    let (sent, refused) = (with(GOOD, &listed), with(GOOD, &moved));
    let gone = facts(&Scripted::new());
    #[rustfmt::skip]
    let cases: [Case<'_>; 9] = [
        ("gone",                               &nobody,   &[(&good, 1)],              &[GOOD]),
        ("gone, as was seen before",           &nobody,   &[(&gone, 0), (&good, 3)],  &[GOOD]),
        ("the last of several",                &nobody,   &[(&good, 1), (&other, 9)], &[GOOD]),
        ("gone for long",                      &nobody,   &[(&gone, 0), (&good, 31)], &[]),
        ("never there",                        &nobody,   &[],                        &[]),
        ("it was wrong then",                  &nobody,   &[(&syntax, 1)],            &[]),
        ("it allowed the address that sends",  &listed,   &[(&sent, 1)],              &[GOOD]),
        ("it did not, so a new one is made",   &moved,    &[(&refused, 1)],           &["v=spf1 ip4:198.41.0.9 ~all"]),
        ("another address sends since",        &moved,    &[(&sent, 1)],              &["v=spf1 ip4:198.41.0.9 ~all"]),
    ];
    for (rule, target, seen, expected) in cases {
        let now = observe::<Spf>(&Scripted::new(), target, &Vantage::default());
        let findings = findings_after::<Spf>(&now, seen, target);
        let missing = findings.iter().find(|finding| finding.id == "spf.missing");
        let fix = &missing.unwrap_or_else(|| panic!("{rule}: it is missing")).fix;
        assert!(fix.iter().all(|fix| fix.action == Action::Add && fix.name.as_str() == DOMAIN));
        let values: Vec<&str> = fix.iter().filter_map(|fix| fix.value.as_deref()).collect();
        assert_eq!(values, expected, "{rule}");
    }
}
