mod places;
mod providers;
mod records;

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::Wildcard;
use super::observe::LIMIT;
use super::{Dkim, DkimFacts};
use crate::kernel::{
    Answer, Check, Context, Data, Finding, KeptFacts, Lookup, Name, Needs, Past, Profile, Reason,
    Rtype, Sighting, Stream, Target, Vantage,
};
use crate::records::provider::by_id;
use crate::records::selectors::{catalogue, commonest, guesses, owner};
use crate::records::tests::keys::{RSA_512, RSA_1024, RSA_1536, RSA_2048};
use crate::scripted::{
    self, Scripted, assert_no_loss_accuses, findings, holding, judge, nodata, nxdomain, observe,
};

const NAME: &str = "s1._domainkey.example.com";

fn target() -> Target {
    Target { selectors: vec!["s1".to_owned()], ..Target::new(Name::new("example.com")) }
}

fn facts(world: &Scripted, target: &Target) -> DkimFacts {
    observe::<Dkim>(world, target, &Vantage::default())
}

fn said(world: &Scripted, target: &Target) -> Vec<String> {
    judge::<Dkim>(&facts(world, target), target, &Vantage::default())
}

fn alias(name: &str, target: &str) -> Answer {
    holding(name, vec![Data::Cname(Name::new(target))])
}

#[test]
fn the_key_at_a_selector() {
    let at = |text: &str| Scripted::new().txt(NAME, &[text]);
    let whole = format!("v=DKIM1; k=rsa; p={RSA_2048}");
    let short = format!("v=DKIM1; p={RSA_512}");
    let provider = "s1.example.net";
    let aliased = |world: Scripted| world.answer(NAME, Rtype::TXT, alias(NAME, provider));
    let missing = &["critical dkim.selector-missing s1._domainkey.example.com"][..];
    let weak = &["warning dkim.key-1024 s1._domainkey.example.com"][..];
    let unreadable = &["error dkim.key-undecodable s1._domainkey.example.com"][..];
    let unknown = &["indet. dkim.lookup-failed s1._domainkey.example.com"][..];
    let tested = &["warning dkim.testing s1._domainkey.example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("a good key",                      at(&whole),                                              &[]),
        ("no such name",                    Scripted::new(),                                         missing),
        ("no such type",                    Scripted::new().answer(NAME, Rtype::TXT, nodata()),      missing),
        ("silence is no absence",           Scripted::new().fails(NAME, Rtype::TXT, Reason::Timeout), unknown),
        ("a key kept elsewhere",            aliased(Scripted::new().txt(provider, &[&whole])),       &[]),
        ("an alias to nowhere",             aliased(Scripted::new()),                                &["critical dkim.cname-dangling s1._domainkey.example.com"]),
        ("an alias to another type",        aliased(Scripted::new().answer(provider, Rtype::TXT, nodata())), missing),
        ("an alias into silence",           aliased(Scripted::new().fails(provider, Rtype::TXT, Reason::Servfail)), unknown),
        ("an empty key",                    at("v=DKIM1; t=y; p="),                                  &["error dkim.revoked s1._domainkey.example.com"]),
        ("something else",                  at("v=spf1 -all"),                                       missing),
        ("another version",                 at(&whole.replace("DKIM1", "DKIM2")),                    &["error dkim.version-bad s1._domainkey.example.com"]),
        ("a host that an alias leads to",   aliased(Scripted::new().txt(provider, &["v=spf1 -all", "ms=ms123"])), missing),
        ("half a key",                      at(&whole[..200]),                                       unreadable),
        ("below what verifiers accept",     at(&short),                                              &["error dkim.key-too-short s1._domainkey.example.com"]),
        ("1024 bits are accepted",          at(&format!("p={RSA_1024}")),                            weak),
        ("and so is all below 2048",        at(&format!("p={RSA_1536}")),                            weak),
        ("marked as a test",                at(&format!("{whole}; t=y")),                            tested),
        ("another flag is none",            at(&format!("{whole}; t=s")),                            &["info dkim.strict-identity s1._domainkey.example.com"]),
        ("of two keys the stronger counts", Scripted::new().txt(NAME, &[&short, &whole]),            &["error dkim.multiple-records s1._domainkey.example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, &target()), expected, "{rule}");
    }
}

fn told(world: &Scripted) -> Vec<Finding> {
    findings::<Dkim>(&facts(world, &target()), &target(), &Vantage::default())
}

fn case_of(finding: &Finding) -> Option<&str> {
    finding.params.get("case").map(String::as_str)
}

/// A raw public key (RFC 8463 §4).
const ED25519: &str = "FCJKPWe8AiQ7yIwBEwqcuaegtjeAu+taoxPQp0grj+U=";

#[test]
fn a_sound_key_can_still_be_of_no_use() {
    let at = |text: &str| facts(&Scripted::new().txt(NAME, &[text]), &target());
    let good = || at(&format!("p={RSA_2048}"));
    let of_bits = |bits| {
        let mut facts = good();
        let Lookup::Found(seen) = &mut facts.selectors[0].key else { panic!("it was written") };
        seen.key.bits = Some(bits);
        facts
    };
    let brings = |wildcard| DkimFacts { wildcard: Some(wildcard), ..good() };
    let mut beside = at(&format!("k=ed25519; p={ED25519}"));
    beside.selectors.extend(good().selectors);
    let mut lost = at(&format!("k=ed25519; p={ED25519}"));
    lost.selectors.extend(good().selectors);
    lost.selectors[1].key = Lookup::Unknown { reason: Reason::Timeout };
    let unknown = &["indet. dkim.lookup-failed s1._domainkey.example.com"][..];
    let too_long = &["info dkim.key-too-long s1._domainkey.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("as long as is accepted",       of_bits(4096),                                   &[][..]),
        ("longer",                       of_bits(4097),                                   too_long),
        ("a key at every name",          brings(Wildcard::Other),                         &["warning dkim.wildcard *._domainkey.example.com"]),
        ("no key at every name",         brings(Wildcard::Revoked),                       &["info dkim.wildcard *._domainkey.example.com"]),
        ("Ed25519 alone",                at(&format!("k=ed25519; p={ED25519}")),          &["warning dkim.ed25519-only example.com"]),
        ("Ed25519 beside RSA",           beside,                                          &[]),
        ("Ed25519 beside what is untold", lost,                                           unknown),
        ("nothing that is in use",       at("k=ed25519; p="),                             &["error dkim.revoked s1._domainkey.example.com"]),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(judge::<Dkim>(&facts, &target(), &Vantage::default()), expected, "{rule}");
    }
}

#[test]
fn what_a_key_is_for_is_shown_as_written() {
    #[rustfmt::skip]
    let cases = [
        (format!("k=future; p={RSA_2048}"),  "dkim.key-type-unknown", "type",    "future"),
        (format!("k=; p={RSA_2048}"),        "dkim.key-type-unknown", "type",    "–"),
        (format!("s=tlsrpt; p={RSA_2048}"),  "dkim.service-type",     "service", "tlsrpt"),
    ];
    for (record, id, name, expected) in cases {
        let seen = facts(&Scripted::new().txt(NAME, &[&record]), &target());
        let said = findings::<Dkim>(&seen, &target(), &Vantage::default());
        assert_eq!(said.len(), 1, "{record}");
        assert_eq!((said[0].id.as_str(), said[0].params[name].as_str()), (id, expected));
    }
}

#[test]
fn the_key_that_stands_there_is_the_one_that_was_approved() {
    let world = Scripted::new().txt(NAME, &[&format!("p={RSA_2048}")]);
    let expecting = |selector: &str, key: &str| {
        let mut target = target();
        target.expect.dkim_keys.insert(selector.to_owned(), key.to_owned());
        target
    };
    let mismatch = &["critical dkim.key-mismatch s1._domainkey.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("it",                       expecting("s1", RSA_2048),   &[][..]),
        ("another",                  expecting("s1", RSA_1536),   mismatch),
        ("one that cannot be read",  expecting("s1", "nonsense"), mismatch),
        ("that of another selector", expecting("s2", RSA_1536),   &[]),
    ];
    for (rule, target, expected) in cases {
        assert_eq!(said(&world, &target), expected, "{rule}");
    }
}

fn stream(from: &str, selector: &str) -> Stream {
    Stream { dkim: Some(selector.to_owned()), ..scripted::stream("newsletter", from) }
}

#[test]
fn selectors_come_from_the_domain_and_its_streams() {
    let good = format!("p={RSA_2048}");
    let target = Target {
        streams: vec![stream("news.example.com", "s2"), stream("example.com", "S1")],
        ..target()
    };
    let below = "s2._domainkey.news.example.com";
    let own = "s2._domainkey.example.com";
    let first = || Scripted::new().txt(NAME, &[&good]);
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("at the domain",             first().txt(own, &[&good]),   &[]),
        ("or at the stream's own",    first().txt(below, &[&good]), &[]),
        ("or nowhere",                first(),                      &["critical dkim.selector-missing s2._domainkey.example.com"]),
        ("silence ends the search",   first().txt(below, &["p="]).fails(own, Rtype::TXT, Reason::Timeout), &["indet. dkim.lookup-failed s2._domainkey.example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, &target), expected, "{rule}");
    }
    let many: Vec<String> = (0..200).map(|number| format!("s{number}")).collect();
    let crowd = Target { selectors: many, ..target };
    assert_eq!(facts(&Scripted::new(), &crowd).selectors.len(), LIMIT);
}

#[test]
fn without_a_selector_nothing_is_missing() {
    let bare = Target::new(Name::new("example.com"));
    let above = "_domainkey.example.com";
    let exists = || Scripted::new().answer(above, Rtype::TXT, nodata());
    let good = format!("p={RSA_2048}");
    let unknown = &["info dkim.selectors-unknown example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("nothing can exist",      Scripted::new(),                                            &["warning dkim.none-published example.com"]),
        ("something does",         exists(),                                                   unknown),
        ("silence proves nothing", Scripted::new().fails(above, Rtype::TXT, Reason::Timeout),  &["indet. dkim.lookup-failed _domainkey.example.com"]),
        ("a denial that a key proves wrong", Scripted::new().txt("google._domainkey.example.com", &[&good]), unknown),
        ("what is no key proves nothing", Scripted::new().txt("google._domainkey.example.com", &["ms=1"]), &["warning dkim.none-published example.com"]),
        ("nor does silence below it", Scripted::new().fails("google._domainkey.example.com", Rtype::TXT, Reason::Timeout), &["indet. dkim.lookup-failed _domainkey.example.com"]),
        ("a guess proves a key",   exists().txt("google._domainkey.example.com", &[&good]),    unknown),
        ("and never judges it",    exists().txt("k1._domainkey.example.com", &["p="]),         unknown),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, &bare), expected, "{rule}");
    }
    let world = exists().txt("google._domainkey.example.com", &[&good]);
    let found = findings::<Dkim>(&facts(&world, &bare), &bare, &Vantage::default());
    assert_eq!(found[0].params["guessed"], "google (Google Workspace / Gmail)");
    let seen = facts(&exists(), &bare);
    let (vantage, needs, past) = (Vantage::default(), Needs::default(), Past::default());
    let now = DateTime::UNIX_EPOCH;
    let context = Context { target: &bare, vantage: &vantage, needs: &needs, past: &past, now };
    assert_eq!(super::judge::judge(&seen, &context).nothing_to_ask, Some("no-selectors"));

    let parked = Target { profile: Profile::Parked, ..bare };
    let nothing = Scripted::new();
    assert_eq!(said(&nothing, &parked), Vec::<String>::new());
    assert_eq!(nothing.asked.lock().expect("nobody panicked").len(), 0);
}

#[test]
fn a_private_key_is_kept_nowhere() {
    let secret = "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi";
    let good = format!("v=DKIM1; p={RSA_2048}");
    let cases = [
        vec![format!("v=DKIM1; p={secret}")],
        vec![format!("-----BEGIN PRIVATE KEY-----{secret}")],
        // Whatever else is wrong.
        vec![format!("k=rsa; p={secret}; v=DKIM1")],
        vec![format!("v=DKIM1; p={RSA_2048}; p={secret}")],
        vec![secret.to_owned()],
        // Beside a good key too.
        vec![good.clone(), format!("-----BEGIN PRIVATE KEY-----{secret}")],
        vec![format!("p={secret}"), good],
    ];
    for texts in cases {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let seen = facts(&Scripted::new().txt(NAME, &texts), &target());
        let found = findings::<Dkim>(&seen, &target(), &Vantage::default());
        let told = found.iter().any(|finding| finding.id == "dkim.private-key-published");
        assert!(told, "{texts:?}");
        let kept = serde_json::to_string(&(seen, found)).expect("plain data");
        assert!(!kept.contains(&secret[..20]), "{kept}");
    }
}

#[test]
fn a_key_is_told_with_the_provider_that_keeps_it() {
    let kept = "s1.domainkey.u12.wl3.sendgrid.net";
    let world = |key: Answer| {
        Scripted::new().answer(NAME, Rtype::TXT, alias(NAME, kept)).answer(kept, Rtype::TXT, key)
    };
    let said = |world: &Scripted| {
        let facts = facts(world, &target());
        let found = findings::<Dkim>(&facts, &target(), &Vantage::default()).remove(0);
        (found.id, found.params["selector"].clone(), found.params.get("target").cloned())
    };
    let (id, selector, target) = said(&world(nxdomain()));
    assert_eq!((id.as_str(), selector.as_str()), ("dkim.cname-dangling", "s1 (Twilio SendGrid)"));
    assert_eq!(target.as_deref(), Some("s1.domainkey.u12.wl3.sendgrid.net (Twilio SendGrid)"));
    assert_eq!(said(&Scripted::new()).1, "s1", "the name alone says nothing");
}

#[test]
fn every_selector_of_the_catalogue_has_its_provider() {
    let all: Vec<(&str, &str)> = catalogue().collect();
    assert!(all.len() >= 150, "{}", all.len());
    for (selector, provider) in all {
        assert!(by_id(provider).is_some(), "{selector}: {provider} is not in the catalogue");
        let is_label = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
        };
        assert!(selector.split('.').all(is_label), "{selector}");
    }
    assert_eq!(owner("google").map(|provider| provider.id.as_str()), Some("google"));
    assert!(owner("s1").is_none(), "a name that several use names nobody");
    assert!(guesses().len() <= 30, "a domain without selectors is asked for a few names only");
}

#[test]
fn a_denial_of_all_keys_costs_few_questions() {
    let bare = Target::new(Name::new("example.com"));
    let nothing = Scripted::new();
    facts(&nothing, &bare);
    assert_eq!(nothing.asked.lock().expect("nobody panicked").len(), 1 + commonest().len());
}

#[test]
fn without_a_selector_losing_any_one_answer_never_adds_a_failing_finding() {
    let worlds: [fn() -> Scripted; 2] = [Scripted::new, || {
        Scripted::new().txt("google._domainkey.example.com", &[&format!("p={RSA_2048}")])
    }];
    for world in worlds {
        let bare = Target::new(Name::new("example.com"));
        assert_no_loss_accuses::<Dkim>(world, &bare, &Vantage::default());
    }
}

#[test]
fn losing_any_one_answer_never_adds_a_failing_finding() {
    let worlds: [fn() -> Scripted; 4] = [
        Scripted::new,
        || Scripted::new().txt(NAME, &["p="]),
        || Scripted::new().txt(NAME, &[&format!("t=y; p={RSA_2048}")]),
        || {
            Scripted::new()
                .answer(NAME, Rtype::TXT, alias(NAME, "s1.example.net"))
                .txt("s1.example.net", &["p="])
        },
    ];
    let both = Target { streams: vec![stream("news.example.com", "s2")], ..target() };
    for world in worlds {
        assert_no_loss_accuses::<Dkim>(world, &both, &Vantage::default());
    }
}

#[test]
fn a_test_flag_is_taken_out_where_the_record_is_ones_own() {
    let tested = format!("v=DKIM1; t=Y; p={RSA_2048}");
    let world = Scripted::new().txt(NAME, &[&tested]);
    let found = findings::<Dkim>(&facts(&world, &target()), &target(), &Vantage::default());
    let healed = found[0].fix[0].value.clone().expect("a record is proposed");
    assert_eq!(said(&Scripted::new().txt(NAME, &[&healed]), &target()), Vec::<String>::new());

    let elsewhere = Scripted::new()
        .answer(NAME, Rtype::TXT, alias(NAME, "s1.example.net"))
        .txt("s1.example.net", &[&tested]);
    let found = findings::<Dkim>(&facts(&elsewhere, &target()), &target(), &Vantage::default());
    assert_eq!((found[0].id.as_str(), found[0].fix.len()), ("dkim.testing", 0));
}

/// Facts, and the days ago from which to which they were seen.
type Before<'a> = (&'a DkimFacts, i64, i64);

#[test]
fn a_key_is_as_old_as_the_history_says_without_a_gap() {
    let at = |text: &str| facts(&Scripted::new().txt(NAME, &[text]), &target());
    let ours = at(&format!("p={RSA_2048}"));
    let other = at(&format!("p={RSA_1536}"));
    let mut untold = ours.clone();
    untold.selectors[0].key = Lookup::Unknown { reason: Reason::Timeout };
    let not_named = facts(&Scripted::new(), &Target::new(Name::new("example.com")));
    let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1000);
    let sighting = |(facts, first, last): &Before<'_>| Sighting {
        facts: KeptFacts::of(&facts),
        facts_version: Dkim::FACTS,
        first_seen: now - TimeDelta::days(*first),
        last_seen: now - TimeDelta::days(*last),
    };
    #[rustfmt::skip]
    let cases: [(&str, &[Before<'_>], bool); 8] = [
        ("never seen before",            &[],                                                        false),
        ("180 days",                     &[(&ours, 180, 0)],                                         false),
        ("181 days",                     &[(&ours, 181, 0)],                                         true),
        ("another in between",           &[(&ours, 50, 0), (&other, 90, 50), (&ours, 300, 90)],      false),
        ("what was not told is no other", &[(&ours, 50, 0), (&untold, 90, 50), (&ours, 300, 90)],    true),
        ("nor is it the same",           &[(&ours, 50, 0), (&untold, 300, 50)],                      false),
        ("not looked at before",         &[(&ours, 50, 0), (&not_named, 300, 50)],                   false),
        ("it was another once",          &[(&ours, 200, 0), (&other, 300, 200)],                     true),
    ];
    let (target, vantage, needs) = (target(), Vantage::default(), Needs::default());
    for (rule, seen, stale) in cases {
        let past = Past { sightings: seen.iter().map(sighting).collect() };
        let context =
            Context { target: &target, vantage: &vantage, needs: &needs, past: &past, now };
        assert_eq!(super::past::stale_keys(&ours, &context).len() == 1, stale, "{rule}");
    }
}
