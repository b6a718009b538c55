mod presence;
mod reports;
mod restored;
mod rows;
mod stopped;
mod streams;
mod together;

use chrono::{DateTime, TimeDelta, Utc};

use super::walk::{organizational_domain, path};
use super::{Dmarc, DmarcFacts};
use crate::kernel::{
    Answer, Check, Context, Data, Finding, KeptFacts, Mx, Name, Needs, Past, Profile, Rcode,
    Reason, Rtype, Sighting, Stream, Target, Vantage,
};
use crate::records::dmarc::Policy;
use crate::scripted::{
    Scripted, assert_no_loss_accuses, findings, holding, judge, judge_in, observe, rcode, stream,
};

const OWN: &str = "_dmarc.a.example.com";
const ABOVE: &str = "_dmarc.example.com";
const TOP: &str = "_dmarc.com";
const GOOD: &str = "v=DMARC1; p=reject; rua=mailto:r@example.com";

/// A world whose report hosts take mail.
fn mailed() -> Scripted {
    let mx = || vec![Data::Mx(Mx { preference: 10, exchange: Name::new("mx.example.com") })];
    let hosts = ["example.com", "mail.example.com", "example.net", "reports.example.net"];
    hosts
        .into_iter()
        .fold(Scripted::new(), |world, host| world.answer(host, Rtype::MX, holding(host, mx())))
}

fn target(domain: &str) -> Target {
    Target::new(Name::new(domain))
}

fn facts(world: &Scripted, domain: &str) -> DmarcFacts {
    observe::<Dmarc>(world, &target(domain), &Vantage::default())
}

fn said(world: &Scripted, domain: &str) -> Vec<String> {
    judge::<Dmarc>(&facts(world, domain), &target(domain), &Vantage::default())
}

#[test]
fn the_record_of_a_domain() {
    let at = |text: &str| mailed().txt(ABOVE, &[text]);
    let wrong = &["error dmarc.policy-invalid example.com"][..];
    let silent = &["warning dmarc.rua-missing example.com"][..];
    let useless = &["info dmarc.option-useless example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("a policy and an address",        at(GOOD),                                               &[]),
        ("nothing anywhere",               mailed(),                                        &["error dmarc.missing example.com"]),
        ("other texts are no record",      at("v=spf1 -all"),                                      &["warning dmarc.unrelated-txt example.com", "error dmarc.missing example.com"]),
        ("where it does not count",        mailed().txt("example.com", &[GOOD]), &["error dmarc.missing example.com"]),
        ("other texts do not disturb",     mailed().txt(ABOVE, &[GOOD, "v=spf1 -all"]),     &["warning dmarc.unrelated-txt example.com"]),
        ("two records are none",           mailed().txt(ABOVE, &[GOOD, "v=DMARC1; p=none"]), &["error dmarc.multiple-records example.com"]),
        ("two records, one for all above", mailed().txt(ABOVE, &[GOOD, "v=DMARC1"]).txt(TOP, &["v=DMARC1; p=reject"]), &["error dmarc.multiple-records example.com", "warning dmarc.rua-missing com", "warning dmarc.inherited example.com", "warning dmarc.org-domain-ambiguous example.com"]),
        ("watching only",                  at("v=DMARC1; p=none; rua=mailto:r@example.com"),       &["warning dmarc.p-none example.com"]),
        ("testing comes to watching",      at("v=DMARC1; p=quarantine; t=y; rua=mailto:r@example.com"), &["warning dmarc.p-none example.com", "warning dmarc.testing example.com"]),
        ("testing reject still acts",      at("v=DMARC1; p=reject; t=y; rua=mailto:r@example.com"), &["warning dmarc.testing example.com"]),
        ("nobody reports",                 at("v=DMARC1; p=reject"),                               silent),
        ("an address without mailto",      at("v=DMARC1; p=reject; rua=r@example.com"),            &["error dmarc.rua-invalid example.com"]),
        ("slashes are no address",         at("v=DMARC1; p=reject; rua=mailto://r@example.com"),   &["error dmarc.rua-invalid example.com"]),
        ("nor are brackets",               at("v=DMARC1; p=reject; rua=mailto:<r@example.com>"),   &["error dmarc.rua-invalid example.com"]),
        ("encoded it is one",              at("v=DMARC1; p=reject; rua=mailto:a%2Fr@example.com"), &[]),
        ("kinds of failure",               at("v=DMARC1; p=reject; fo=1:d; ruf=mailto:r@example.com; rua=mailto:r@example.com"), &[]),
        ("kinds that nobody is told of",   at("v=DMARC1; p=reject; fo=1; rua=mailto:r@example.com"), useless),
        ("kinds that exclude each other",  at("v=DMARC1; p=reject; fo=0:1; ruf=mailto:r@example.com; rua=mailto:r@example.com"), useless),
        ("a failure that does not exist",  at("v=DMARC1; p=reject; fo=x; ruf=mailto:r@example.com; rua=mailto:r@example.com"), useless),
        ("a mode that does not exist",     at("v=DMARC1; p=reject; t=yes; rua=mailto:r@example.com"), useless),
        ("a mode in capitals",             at("v=DMARC1; p=reject; adkim=S; rua=mailto:r@example.com"), &[]),
        ("a kind that does not exist",     at("v=DMARC1; p=reject; psd=no; rua=mailto:r@example.com"), useless),
        ("the kind by default",            at("v=DMARC1; p=reject; psd=u; t=n; rua=mailto:r@example.com"), &[]),
        ("another scheme is no mail",      at("v=DMARC1; p=reject; rua=https://example.com/r"),    silent),
        ("no policy, but an address",      at("v=DMARC1; rua=mailto:r@example.com"),               &["warning dmarc.policy-invalid example.com"]),
        ("a wrong policy, an address",     at("v=DMARC1; p=rejet; rua=mailto:r@example.com"),      wrong),
        ("a wrong sp, an address",         at("v=DMARC1; p=reject; sp=all; rua=mailto:r@example.com"), wrong),
        ("no policy and no address",       at("v=DMARC1"),                                         &["error dmarc.policy-invalid example.com", "warning dmarc.rua-missing example.com"]),
        ("its own name is silent",         mailed().fails(ABOVE, Rtype::TXT, Reason::Timeout), &["indet. dmarc.lookup-failed example.com"]),
        ("the name above is silent",       mailed().fails(TOP, Rtype::TXT, Reason::Timeout), &["indet. dmarc.lookup-failed com"]),
        ("its own record ends the walk",   at(GOOD).fails(TOP, Rtype::TXT, Reason::Timeout),       &[]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, "example.com"), expected, "{rule}");
    }
}

#[test]
fn the_record_of_a_name_below() {
    let both = |own: &str, above: &str| mailed().txt(OWN, &[own]).txt(ABOVE, &[above]);
    let watching = "v=DMARC1; p=none; rua=mailto:r@example.com";
    let weak_below = "v=DMARC1; p=reject; sp=none; rua=mailto:r@example.com";
    let suffix = "v=DMARC1; p=reject; psd=y; rua=mailto:r@example.com";
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &str, Option<&str>)> = vec![
        ("its own comes first",             both(watching, GOOD),                              "none",   Some(OWN)),
        ("else that above, with its p",     mailed().txt(ABOVE, &[GOOD]),               "reject", Some(ABOVE)),
        ("with its sp if it has one",       mailed().txt(ABOVE, &[weak_below]),         "none",   Some(ABOVE)),
        ("the fewest labels win",           mailed().txt(ABOVE, &[watching]).txt(TOP, &[GOOD]), "reject", Some(TOP)),
        ("a public suffix speaks last",     mailed().txt(ABOVE, &[watching]).txt(TOP, &[suffix]), "none", Some(ABOVE)),
        ("if nobody below it does",         mailed().txt(TOP, &[suffix]),               "reject", Some(TOP)),
        ("psd=n ends the walk",             mailed().txt(ABOVE, &["v=DMARC1; p=none; psd=n"]).txt(TOP, &[GOOD]), "none", Some(ABOVE)),
        ("two above are none",              mailed().txt(ABOVE, &[GOOD, watching]).txt(TOP, &[GOOD]), "reject", Some(TOP)),
        ("an answer above does not stand in", mailed().fails(OWN, Rtype::TXT, Reason::Servfail).txt(ABOVE, &[GOOD]), "", None),
    ];
    for (rule, world, policy, found_at) in cases {
        let facts = facts(&world, "a.example.com");
        let seen = facts.policy.map(|policy| policy.to_string()).unwrap_or_default();
        assert_eq!(seen, policy, "{rule}");
        assert_eq!(facts.found_at, found_at.map(Name::new), "{rule}");
    }
}

#[test]
fn what_is_said_of_names_below_counts_at_the_organization_alone() {
    let own = |text: &str| mailed().txt(OWN, &[text]);
    let weak = "v=DMARC1; p=reject; sp=none; rua=mailto:r@example.com";
    let ignored = &["info dmarc.sp-ignored a.example.com"][..];
    let weaker = ["warning dmarc.np-weaker a.example.com", "warning dmarc.sp-weaker a.example.com"];
    let alone = [&["warning dmarc.org-domain-ambiguous a.example.com"], &weaker[..]].concat();
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("the organization is above",       own(weak).txt(ABOVE, &[GOOD]),                                ignored),
        ("it may be, by the list",          own(weak).fails(ABOVE, Rtype::TXT, Reason::Timeout),          &[]),
        ("nobody above has a record",       own(weak),                                                    &alone),
        ("it has none of its own",          mailed().txt(ABOVE, &[weak]),                                 &["warning dmarc.p-none a.example.com", "info dmarc.inherited a.example.com"]),
        ("it says that it is one",          own(&format!("{weak}; psd=n")).txt(ABOVE, &[GOOD]),           &alone),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, "a.example.com"), expected, "{rule}");
    }
    let weaker = ["warning dmarc.np-weaker example.com", "warning dmarc.sp-weaker example.com"];
    let world = mailed().txt(ABOVE, &[weak]).fails(TOP, Rtype::TXT, Reason::Timeout);
    assert_eq!(said(&world, "example.com"), weaker, "the list knows nobody above");
}

#[test]
fn who_the_domain_is_changes_the_weight() {
    let world = mailed();
    let seen = facts(&world, "example.com");
    let mut bulk = target("example.com");
    bulk.streams = vec![Stream { bulk: true, ..stream("newsletter", "example.com") }];
    assert_eq!(
        judge::<Dmarc>(&seen, &bulk, &Vantage::default()),
        ["critical dmarc.missing example.com", "critical dmarc.bulk-rules-unmet newsletter"]
    );

    let parked = Target { profile: Profile::Parked, ..target("example.com") };
    let fix = findings::<Dmarc>(&seen, &parked, &Vantage::default())[0].fix[0].value.clone();
    let after = mailed().txt(ABOVE, &[&fix.expect("a record is proposed")]);
    let seen = facts(&after, "example.com");
    assert_eq!(
        judge::<Dmarc>(&seen, &parked, &Vantage::default()),
        ["info dmarc.rua-missing example.com"]
    );
}

#[test]
fn a_part_that_is_told_is_shown_as_written_and_cut_at_forty_characters() {
    let rua = "rua=mailto:r@example.com";
    let (forty, longer) = ("x".repeat(40), "x".repeat(41));
    let cut = format!("{forty}…");
    #[rustfmt::skip]
    let cases: [(String, &str, &str, &str); 6] = [
        (format!("v=DMARC1; p=reject; nonsense; {rua}"), "dmarc.syntax",        "text", "nonsense"),
        (format!("v=DMARC1; p=reject; {forty}; {rua}"),  "dmarc.syntax",        "text", &forty),
        (format!("v=DMARC1; p=reject; {longer}; {rua}"), "dmarc.syntax",        "text", &cut),
        (format!("v=DMARC1; p=reject; pct=50; {rua}"),   "dmarc.removed-tags",  "tags", "pct=50"),
        (format!("v=DMARC1; p=reject; rau=x; {rua}"),    "dmarc.unknown-tag",   "tag",  "rau"),
        (format!("v=dmarc1; {rua}"),                     "dmarc.lookalike",     "text", "v=dmarc1; rua=mailto:r@example.com"),
    ];
    for (record, id, name, expected) in cases {
        let seen = facts(&mailed().txt(ABOVE, &[&record]), "example.com");
        let said = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
        assert_eq!(said.len(), 1, "{record}");
        assert_eq!((said[0].id.as_str(), said[0].params[name].as_str()), (id, expected));
    }
}

#[test]
fn a_walk_asks_at_most_eight_names() {
    let cases = [
        ("example.com", vec!["example.com", "com"]),
        ("a.example.com", vec!["a.example.com", "example.com", "com"]),
        (
            "a.b.c.d.e.f.g.h.example.com",
            vec![
                "a.b.c.d.e.f.g.h.example.com",
                "d.e.f.g.h.example.com",
                "e.f.g.h.example.com",
                "f.g.h.example.com",
                "g.h.example.com",
                "h.example.com",
                "example.com",
                "com",
            ],
        ),
    ];
    for (domain, expected) in cases {
        let expected: Vec<Name> = expected.into_iter().map(Name::new).collect();
        assert_eq!(path(&Name::new(domain)), expected);
    }
}

/// RFC 9989 §4.10.2: the organization lies one label below a suffix, also where the walk leaves that name
/// out on its way to seven labels.
#[test]
fn the_organization_below_a_suffix_need_not_have_been_asked() {
    let world = mailed().txt("_dmarc.c.d.e.f.g.example.com", &["v=DMARC1; p=reject; psd=y"]);
    let cases = [
        ("a.b.c.d.e.f.g.example.com", "b.c.d.e.f.g.example.com"),
        ("b.c.d.e.f.g.example.com", "b.c.d.e.f.g.example.com"),
    ];
    for (domain, expected) in cases {
        let steps = facts(&world, domain).steps();
        assert_eq!(organizational_domain(&steps), Some(Name::new(expected)), "{domain}");
    }
}

#[test]
fn losing_any_one_answer_never_adds_a_failing_finding() {
    let worlds: [fn() -> Scripted; 9] = [
        mailed,
        || mailed().txt(ABOVE, &[GOOD, "v=DMARC1; p=none"]),
        || mailed().txt(ABOVE, &["v=DMARC1; p=none"]).txt(TOP, &[GOOD]),
        || mailed().txt(OWN, &[GOOD]).txt(ABOVE, &["v=DMARC1"]),
        || mailed().txt(OWN, &["v=DMARC1; p=reject; rua=mailto:x@example.net"]),
        || mailed().txt(OWN, &["v=DMARC1; p=reject; rua=mailto:x@dead.example.net"]),
        || mailed().txt("dmarc.a.example.com", &[GOOD]),
        || mailed().txt("a.example.com", &[GOOD]).txt(ABOVE, &[GOOD]),
        || presence::undotted("_dmarc.example.net.a.example.com"),
    ];
    for world in worlds {
        assert_no_loss_accuses::<Dmarc>(world, &target("a.example.com"), &Vantage::default());
    }
}

#[test]
fn hostile_texts_are_shown_short_and_harmless() {
    let hostile = format!("v=DMARC1; p=\u{1b}[31m{}", "x".repeat(500));
    let world = mailed().txt(ABOVE, &[&hostile]);
    let found = findings::<Dmarc>(
        &facts(&world, "example.com"),
        &target("example.com"),
        &Vantage::default(),
    );
    let tags = &found[0].params["tags"];
    assert!(tags.is_ascii() || tags.ends_with('…'), "{tags}");
    assert!(tags.chars().count() < 50 && !tags.contains('\u{1b}'), "{tags}");
    let refused = mailed().otherwise(rcode(Rcode::REFUSED));
    assert_eq!(said(&refused, "example.com"), ["indet. dmarc.lookup-failed example.com"]);
    let silent = mailed().otherwise(Answer::failed(Reason::Timeout));
    assert_eq!(facts(&silent, "example.com").policy, None::<Policy>);
}

/// Facts, and how long ago they were seen last.
type Before<'a> = (&'a DmarcFacts, i64);

#[test]
fn a_policy_that_was_stricter_is_told_for_a_week() {
    let at = |text: &str| facts(&mailed().txt(ABOVE, &[text]), "example.com");
    let [reject, quarantine, none] =
        ["reject", "quarantine", "none"].map(|p| at(&format!("v=DMARC1; p={p}; rua=mailto:r@x.y")));
    let (sampled, testing) = (
        at("v=DMARC1; p=reject; pct=0; rua=mailto:r@x.y"),
        at("v=DMARC1; p=reject; t=y; rua=mailto:r@x.y"),
    );
    let gone = facts(&mailed(), "example.com");
    let untold = facts(&mailed().fails(ABOVE, Rtype::TXT, Reason::Timeout), "example.com");
    let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1000);
    let sighting = |(facts, last): &Before<'_>| Sighting {
        facts: KeptFacts::of(&facts),
        facts_version: Dmarc::FACTS,
        first_seen: now - TimeDelta::days(last + 30),
        last_seen: now - TimeDelta::days(*last),
    };
    #[rustfmt::skip]
    let cases: [(&str, &DmarcFacts, &[Before<'_>], bool); 14] = [
        ("never seen before",            &none,       &[],                                false),
        ("as ever",                      &reject,     &[(&reject, 0)],                    false),
        ("stricter",                     &reject,     &[(&none, 1)],                      false),
        ("one step down",                &quarantine, &[(&reject, 1)],                    true),
        ("down to none",                 &none,       &[(&quarantine, 1)],                true),
        ("no record at all",             &gone,       &[(&none, 1)],                      true),
        ("silence is no weaker policy",  &untold,     &[(&reject, 1)],                    false),
        ("nor was it a stricter one",    &none,       &[(&untold, 1)],                    false),
        ("seen since in the new form",   &none,       &[(&none, 0), (&reject, 3)],        true),
        ("told for a week",              &none,       &[(&none, 0), (&reject, 7)],        false),
        ("back again",                   &reject,     &[(&none, 0), (&reject, 3)],        false),
        ("a test, in its new spelling",  &testing,    &[(&sampled, 1)],                   false),
        ("a test where there was none",  &testing,    &[(&reject, 1)],                    true),
        ("no test any more, but none",   &none,       &[(&sampled, 1)],                   true),
    ];
    let (target, vantage, needs) = (target("example.com"), Vantage::default(), Needs::default());
    for (rule, facts, seen, weaker) in cases {
        let past = Past { sightings: seen.iter().map(sighting).collect() };
        let context =
            Context { target: &target, vantage: &vantage, needs: &needs, past: &past, now };
        assert_eq!(super::past::weakened(facts, &context).is_some(), weaker, "{rule}");
    }
}

#[test]
fn another_organization_stands_while_the_walk_cannot_tell() {
    let own = || mailed().txt(ABOVE, &[GOOD]);
    let seen = |world: Scripted| facts(&world, "example.com");
    let other = || seen(own().txt(TOP, &["v=DMARC1; p=reject; psd=n"]));
    let same = || seen(own());
    let lost = || seen(own().fails(TOP, Rtype::TXT, Reason::Timeout));
    let ambiguous = &["warning dmarc.org-domain-ambiguous example.com"][..];
    let untold = &["indet. dmarc.organization-unknown example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("another organization",                other(), vec![],                 ambiguous),
        ("not told, and never was",             lost(),  vec![],                 &[][..]),
        ("not told, the same before",           lost(),  vec![same()],           &[]),
        ("not told, another before",            lost(),  vec![other()],          untold),
        ("not told twice, another before",      lost(),  vec![lost(), other()],  untold),
        ("not told, the same since",            lost(),  vec![same(), other()],  &[]),
        ("told to be the same",                 same(),  vec![other()],          &[]),
    ];
    let (target, vantage, needs) = (target("example.com"), Vantage::default(), Needs::default());
    let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1000);
    for (rule, facts, before, expected) in cases {
        let sighting = |facts: &DmarcFacts| Sighting {
            facts: KeptFacts::of(&facts),
            facts_version: Dmarc::FACTS,
            first_seen: now - TimeDelta::days(1),
            last_seen: now - TimeDelta::days(1),
        };
        let past = Past { sightings: before.iter().map(sighting).collect() };
        let context =
            Context { target: &target, vantage: &vantage, needs: &needs, past: &past, now };
        assert_eq!(judge_in::<Dmarc>(&facts, &context), expected, "{rule}");
    }
}
