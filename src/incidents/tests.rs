mod causes;
mod lasting;
pub(crate) mod reference;
mod routing;
pub(super) mod watch;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Name;

use super::*;
use watch::{A, B, Watch, at, first, second};

/// `opened I1 spf.missing error (symptoms)`.
fn told(step: &Step) -> Vec<String> {
    let tell = |event: &Event| {
        let incident = &event.incident;
        let kind = event.kind.to_string();
        let (_, kind) = kind.split_once('.').unwrap();
        let symptoms = match incident.symptoms.is_empty() {
            true => String::new(),
            false => format!(" ({})", incident.symptoms.join(" ")),
        };
        format!("{kind} {} {} {}{symptoms}", incident.id, incident.cause.id, incident.severity)
    };
    step.events.iter().map(tell).collect()
}

type Run = (Look, &'static [(&'static str, &'static str)]);

/// The events of runs over one domain, the first of which is its baseline.
fn events(runs: &[Run]) -> Vec<String> {
    let mut watch = Watch::new();
    runs.iter().flat_map(|(look, checks)| told(&watch.run(A, *look, checks))).collect()
}

const OPENED: &str = "opened I1 spf.missing error";
const RESOLVED: &str = "resolved I1 spf.missing error";

#[test]
#[rustfmt::skip]
fn when_an_incident_opens_and_resolves() {
    let fine:   &[(&str, &str)] = &[("spf", "")];
    let broken: &[(&str, &str)] = &[("spf", "spf.missing")];
    let blind:  &[(&str, &str)] = &[("spf", "spf.temperror?")];
    let info:   &[(&str, &str)] = &[("spf", "spf.missing=info")];
    let cases: [(&str, &[Run], &[&str]); 16] = [
        ("one look is not enough",
            &[(first(0), fine), (first(60), broken)], &[]),
        ("a second look opens",
            &[(first(0), fine), (first(60), broken), (second(105), broken)], &[OPENED]),
        ("a second look that comes too soon does not",
            &[(first(0), fine), (first(60), broken), (second(104), broken)], &[]),
        ("nor does another run of the schedule",
            &[(first(0), fine), (first(60), broken), (first(900), broken)], &[]),
        ("a suspicion that a look does not share is dropped",
            &[(first(0), fine), (first(60), broken), (second(105), fine), (second(150), broken)], &[]),
        ("what could not be told confirms nothing",
            &[(first(0), fine), (first(60), broken), (second(105), blind)], &[]),
        ("and drops nothing",
            &[(first(0), fine), (first(60), broken), (second(105), blind), (second(150), broken)], &[OPENED]),
        ("info opens nothing",
            &[(first(0), fine), (first(60), info), (second(105), info)], &[]),
        ("the first definite outcome is the baseline",
            &[(first(0), blind), (first(60), broken), (second(105), broken)], &[]),
        ("a baseline that healed and came back is a regression",
            &[(first(0), broken), (first(60), fine), (second(105), fine), (first(900), broken), (second(945), broken)], &[OPENED]),
        ("one look does not heal a baseline",
            &[(first(0), broken), (first(60), fine), (first(900), broken), (second(945), broken)], &[]),
        ("a second look resolves",
            &[(first(0), fine), (first(60), broken), (second(105), broken), (first(900), fine), (second(945), fine)], &[OPENED, RESOLVED]),
        ("one look does not resolve",
            &[(first(0), fine), (first(60), broken), (second(105), broken), (first(900), fine), (second(945), broken)], &[OPENED]),
        ("what could not be told does not resolve",
            &[(first(0), fine), (first(60), broken), (second(105), broken), (first(900), blind), (second(945), blind)], &[OPENED]),
        ("a clock that is set back keeps no second look waiting",
            &[(first(9000), fine), (first(9060), broken), (second(100), broken), (second(145), broken)], &[OPENED]),
        ("info is healed",
            &[(first(0), fine), (first(60), broken), (second(105), broken), (first(900), info), (second(945), info)], &[OPENED, RESOLVED]),
    ];
    for (rule, runs, expected) in cases {
        assert_eq!(events(runs), expected, "{rule}");
    }
}

#[test]
#[rustfmt::skip]
fn what_happens_while_it_is_open() {
    let runs = |rest: &[Run]| -> Vec<Run> {
        let fine:   &[(&str, &str)] = &[("spf", "")];
        let broken: &[(&str, &str)] = &[("spf", "spf.missing")];
        [&[(first(0), fine), (first(60), broken), (second(105), broken)], rest].concat()
    };
    let cases: [(&str, &[Run], &[&str]); 7] = [
        ("severity that two looks see grown is worse",
            &[(first(900), &[("spf", "spf.missing=critical")]), (second(945), &[("spf", "spf.missing=critical")])],
            &[OPENED, "worsened I1 spf.missing critical"]),
        ("severity that one look sees grown is not",
            &[(first(900), &[("spf", "spf.missing=critical")]), (second(945), &[("spf", "spf.missing")])],
            &[OPENED]),
        ("less severe is an update",
            &[(first(900), &[("spf", "spf.missing=warning")]), (second(945), &[("spf", "spf.missing=warning")])],
            &[OPENED, "updated I1 spf.missing warning"]),
        ("what cannot be told beside it holds it open",
            &[(first(900), &[("spf", "spf.syntax spf.temperror?")]), (second(945), &[("spf", "spf.syntax spf.temperror?")])],
            &[OPENED, "opened I2 spf.syntax error"]),
        ("another finding is another incident",
            &[(first(900), &[("spf", "spf.missing spf.syntax")]), (second(945), &[("spf", "spf.missing spf.syntax")])],
            &[OPENED, "opened I2 spf.syntax error"]),
        ("soon back is reopened",
            &[(first(900), &[("spf", "")]), (second(945), &[("spf", "")]), (first(1800), &[("spf", "spf.missing")]), (second(1845), &[("spf", "spf.missing")])],
            &[OPENED, RESOLVED, "reopened I1 spf.missing error"]),
        ("back much later is a new one",
            &[(first(900), &[("spf", "")]), (second(945), &[("spf", "")]), (first(9000), &[("spf", "spf.missing")]), (second(9045), &[("spf", "spf.missing")])],
            &[OPENED, RESOLVED, "opened I2 spf.missing error"]),
    ];
    for (rule, rest, expected) in cases {
        assert_eq!(events(&runs(rest)), expected, "{rule}");
    }
}

#[test]
#[rustfmt::skip]
fn one_incident_per_cause() {
    let fine: Run = (first(0), &[("spf", ""), ("mx", ""), ("smtp", ""), ("dmarc", ""), ("probe", "")]);
    let cases: [(&str, &[Run], &[&str]); 11] = [
        ("a policy that was weakened is one with what it is now",
            &[fine, (first(60), &[("dmarc", "dmarc.p-none=warning dmarc.weakened=critical")]),
              (second(105), &[("dmarc", "dmarc.p-none=warning dmarc.weakened=critical")])],
            &["opened I1 dmarc.weakened critical (dmarc.p-none)"]),
        ("it stays one while the policy is weak",
            &[fine, (first(60), &[("dmarc", "dmarc.p-none=warning dmarc.weakened=critical")]),
              (second(105), &[("dmarc", "dmarc.p-none=warning dmarc.weakened=critical")]),
              (first(900), &[("dmarc", "dmarc.p-none=warning")]), (second(945), &[("dmarc", "dmarc.p-none=warning")]),
              (first(1800), &[("dmarc", "")]), (second(1845), &[("dmarc", "")])],
            &["opened I1 dmarc.weakened critical (dmarc.p-none)", "resolved I1 dmarc.weakened warning (dmarc.p-none)"]),
        ("what makes the record void is why it is weakened",
            &[fine, (first(60), &[("dmarc", "dmarc.multiple-records dmarc.weakened=critical")]),
              (second(105), &[("dmarc", "dmarc.multiple-records dmarc.weakened=critical")])],
            &["opened I1 dmarc.multiple-records critical (dmarc.weakened)"]),
        ("seen together, the cause opens and names its symptom",
            &[fine, (first(60), &[("spf", "spf.missing"), ("probe", "probe.refused=critical")]),
              (second(105), &[("spf", "spf.missing"), ("probe", "probe.refused=critical")])],
            &["opened I1 spf.missing critical (probe.refused)"]),
        ("a symptom waits for a suspected cause to be decided",
            &[fine, (first(60), &[("probe", "probe.refused=critical")]), (second(62), &[("spf", "spf.missing")]),
              (second(105), &[("probe", "probe.refused=critical")]), (second(107), &[("spf", "spf.missing")])],
            &["opened I1 spf.missing critical (probe.refused)"]),
        ("and opens by itself when it was nothing",
            &[fine, (first(60), &[("probe", "probe.refused=critical")]), (second(62), &[("spf", "spf.missing")]),
              (second(105), &[("probe", "probe.refused=critical")]), (second(107), &[("spf", "")])],
            &["opened I1 probe.refused critical"]),
        ("a cause found later takes over",
            &[fine, (first(60), &[("probe", "probe.refused=critical")]), (second(105), &[("probe", "probe.refused=critical")]),
              (first(300), &[("spf", "spf.missing")]), (second(345), &[("spf", "spf.missing")])],
            &["opened I1 probe.refused critical", "updated I1 spf.missing critical (probe.refused)"]),
        ("a symptom found later joins",
            &[fine, (first(60), &[("spf", "spf.missing")]), (second(105), &[("spf", "spf.missing")]),
              (first(300), &[("probe", "probe.in-spam")]), (second(345), &[("probe", "probe.in-spam")])],
            &[OPENED, "updated I1 spf.missing error (probe.in-spam)"]),
        ("it resolves when cause and symptom have healed",
            &[fine, (first(60), &[("spf", "spf.missing"), ("probe", "probe.in-spam")]), (second(105), &[("spf", "spf.missing"), ("probe", "probe.in-spam")]),
              (first(300), &[("spf", "")]), (second(345), &[("spf", "")]), (first(600), &[("probe", "")]), (second(645), &[("probe", "")])],
            &["opened I1 spf.missing error (probe.in-spam)", "resolved I1 spf.missing error (probe.in-spam)"]),
        ("where reports go explains no refusal",
            &[fine, (first(60), &[("dmarc", "dmarc.rua-unauthorised"), ("probe", "probe.refused")]),
              (second(105), &[("dmarc", "dmarc.rua-unauthorised"), ("probe", "probe.refused")])],
            &["opened I1 dmarc.rua-unauthorised error", "opened I2 probe.refused error"]),
        ("a cause takes the incidents of all its symptoms",
            &[fine, (first(60), &[("smtp", "smtp.no-starttls@mx1 smtp.no-starttls@mx2")]), (second(105), &[("smtp", "smtp.no-starttls@mx1 smtp.no-starttls@mx2")]),
              (first(300), &[("mx", "mx.unexpected")]), (second(345), &[("mx", "mx.unexpected")])],
            &["opened I1 smtp.no-starttls error", "opened I2 smtp.no-starttls error",
              "updated I1 mx.unexpected error (smtp.no-starttls)", "resolved I2 smtp.no-starttls error"]),
    ];
    for (rule, runs, expected) in cases {
        assert_eq!(events(runs), expected, "{rule}");
    }
}

#[test]
fn what_was_wrong_at_the_start_explains_nothing_new() {
    let runs: &[Run] = &[
        (first(0), &[("spf", "spf.missing"), ("probe", "")]),
        (first(60), &[("probe", "probe.refused")]),
        (second(105), &[("probe", "probe.refused")]),
    ];
    assert_eq!(events(runs), ["opened I1 probe.refused error"]);
}

/// A test send takes long, and its look is of when it began.
#[test]
fn what_began_before_a_suspicion_makes_no_second_look_come_sooner() {
    let mut watch = Watch::new();
    let (fine, broken) = (&[("spf", "")], &[("spf", "spf.missing")]);
    watch.run(A, first(0), &[fine[0], ("probe", "")]);
    watch.run(A, first(100), broken);
    watch.run(A, first(60), &[("probe", "")]);
    assert_eq!(told(&watch.run(A, second(105), broken)), Vec::<String>::new());
    assert_eq!(told(&watch.run(A, second(145), broken)), [OPENED]);
}

#[test]
fn a_baseline_that_grows_is_a_regression() {
    let runs: &[Run] = &[
        (first(0), &[("spf", "spf.missing=warning")]),
        (first(60), &[("spf", "spf.missing")]),
        (second(105), &[("spf", "spf.missing")]),
    ];
    assert_eq!(events(runs), [OPENED]);
}

#[test]
fn a_route_may_want_what_was_wrong_at_the_start() {
    let mut watch = Watch::new();
    watch.policy.baseline_opens = true;
    watch.run(A, first(0), &[("spf", "spf.missing")]);
    let step = watch.run(A, second(45), &[("spf", "spf.missing")]);
    assert_eq!(told(&step), [OPENED]);
    assert!(step.events[0].incident.baseline);
}

#[test]
fn domains_share_the_incident_of_a_cause() {
    let mut watch = Watch::new();
    let broken = &[("mx", "mx.all-unreachable@192.0.2.1=critical")];
    for (domain, start) in [(A, 0), (B, 10)] {
        watch.run(domain, first(start), &[("mx", "")]);
        watch.run(domain, first(start + 60), broken);
    }
    let opened = watch.run(A, second(110), broken);
    assert_eq!(told(&opened), ["opened I1 mx.all-unreachable critical"]);
    let joined = watch.run(B, second(120), broken);
    assert_eq!(joined.events[0].kind, EventKind::Joined);
    assert_eq!(joined.events[0].incident.domains, [Name::new(A), Name::new(B)]);

    watch.run(A, first(300), &[("mx", "")]);
    assert_eq!(watch.run(A, second(345), &[("mx", "")]).events, [], "B is still hit");
    watch.run(B, first(400), &[("mx", "")]);
    let resolved = watch.run(B, second(445), &[("mx", "")]);
    assert_eq!(told(&resolved), ["resolved I1 mx.all-unreachable critical"]);
}

#[test]
fn a_release_pages_nobody() {
    let new = HashSet::from(["spf.missing".to_owned()]);
    let none = HashSet::new();
    let cases = [
        ("facts of another form", Some(Footing::OtherForm), &none),
        ("an id that is new", None, &new),
    ];
    for (rule, footing, new_ids) in cases {
        let mut watch = Watch::new();
        watch.run(A, first(0), &[("spf", "")]);
        watch.run_as(A, first(60), &[("spf", "spf.missing")], footing, new_ids);
        let later = watch.run(A, second(105), &[("spf", "spf.missing")]);
        assert_eq!(later, Step::default(), "{rule}");
        assert!(watch.situation.cases[0].baseline, "{rule}");
    }
}

#[test]
fn what_could_not_be_told_then_as_now_does_not_hold_it_open() {
    let runs: &[Run] = &[
        (first(0), &[("blocklist", "")]),
        (
            first(60),
            &[("blocklist", "blocklist.ip-listed blocklist.domain-listed blocklist.refused?")],
        ),
        (
            second(105),
            &[("blocklist", "blocklist.ip-listed blocklist.domain-listed blocklist.refused?")],
        ),
        (first(300), &[("blocklist", "blocklist.domain-listed blocklist.refused?")]),
        (second(345), &[("blocklist", "blocklist.domain-listed blocklist.refused?")]),
    ];
    let events = events(runs);
    assert_eq!(events.last().unwrap(), "resolved I2 blocklist.ip-listed error");
}

#[test]
#[rustfmt::skip]
fn a_list_that_refuses_for_ever_keeps_nobody_from_being_heard() {
    const LISTED: &str = "blocklist.ip-listed@house/192.0.2.1 blocklist.refused@other?";
    let quiet:  &[(&str, &str)] = &[("blocklist", "blocklist.refused@other?")];
    let listed: &[(&str, &str)] = &[("blocklist", LISTED)];
    let hidden: &[(&str, &str)] = &[("blocklist", "blocklist.refused@house? blocklist.refused@other?")];
    let blind:  &[(&str, &str)] = &[("blocklist", "blocklist.refused@resolver?")];
    let opened = "opened I1 blocklist.ip-listed error";
    let resolved = "resolved I1 blocklist.ip-listed error";
    let cases: [(&str, &[Run], &[&str]); 5] = [
        ("another list is heard beside it",
            &[(first(0), quiet), (first(60), listed), (second(105), listed)], &[opened]),
        ("also when its entry is gone",
            &[(first(0), quiet), (first(60), listed), (second(105), listed), (first(900), quiet), (second(945), quiet)], &[opened, resolved]),
        ("the list itself has to say so",
            &[(first(0), quiet), (first(60), listed), (second(105), listed), (first(900), hidden), (second(945), hidden)], &[opened]),
        ("when no list answers nothing is believed",
            &[(first(0), quiet), (first(60), listed), (second(105), listed), (first(900), blind), (second(945), blind)], &[opened]),
        ("nor is that a first look",
            &[(first(0), blind), (first(60), listed), (second(105), listed)], &[]),
    ];
    for (rule, runs, expected) in cases {
        assert_eq!(events(runs), expected, "{rule}");
    }
}

fn again(step: &Step) -> Vec<(i64, Vec<&str>)> {
    let seconds = |at: DateTime<Utc>| (at - self::at(0)).num_seconds();
    let checks = |look: &super::LookAgain| -> Vec<String> {
        look.checks.iter().map(|(check, _)| check.clone()).collect()
    };
    let known = ["blocklist", "dkim", "dmarc", "dns", "mx", "probe", "smtp", "spf", "tls"];
    let named = |check: String| *known.iter().find(|name| **name == check).unwrap();
    step.look_again
        .iter()
        .map(|look| (seconds(look.at), checks(look).into_iter().map(named).collect()))
        .collect()
}

#[test]
fn what_is_looked_at_again_and_when() {
    let mut watch = Watch::new();
    let fine = watch.run(A, first(0), &[("spf", ""), ("probe", "")]);
    assert_eq!(again(&fine), []);

    let symptom = watch.run(A, first(60), &[("probe", "probe.refused")]);
    let explaining = vec!["blocklist", "dkim", "dmarc", "dns", "spf"];
    let all = vec!["blocklist", "dkim", "dmarc", "dns", "probe", "spf"];
    assert_eq!(again(&symptom), [(60, explaining), (105, all.clone())], "causes at once");

    let blind = watch.run(A, second(105), &[("probe", "probe.mailbox-unreachable?")]);
    assert_eq!(again(&blind), [(150, all)], "what could not be told is asked again");
    let blind = watch.run(A, second(600), &[("probe", "probe.mailbox-unreachable?")]);
    assert_eq!(again(&blind), [], "but not for ever");

    let cause = [("spf", "spf.missing"), ("probe", "probe.refused")];
    watch.run(A, first(900), &cause);
    assert_eq!(told(&watch.run(A, second(945), &cause)).len(), 1);
    let healing = watch.run(A, first(1200), &[("spf", "")]);
    assert_eq!(again(&healing), [(1245, vec!["probe", "spf"])], "with what it explained");
}

/// What lasted for less than a look, twice with hours between them, has not lasted.
#[test]
fn what_is_met_again_long_after_is_looked_at_again_after_a_time() {
    let mut watch = Watch::new();
    watch.run(A, first(0), &[("spf", "")]);
    watch.run(A, first(60), &[("spf", "spf.missing")]);
    let blind = watch.run(A, second(600), &[("spf", "spf.temperror?")]);
    assert_eq!(again(&blind), []);
    let late = watch.run(A, first(3600), &[("spf", "spf.missing")]);
    assert_eq!(again(&late).into_iter().map(|(at, _)| at).collect::<Vec<_>>(), [3645]);
}
