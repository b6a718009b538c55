use chrono::{DateTime, TimeDelta, Utc};

use super::{Registered, Registration, RegistrationFacts, Vendor};
use crate::dns::Dns;
use crate::kernel::{
    Because, Check, CheckEntry, Context, Data, Finding, HttpsReply, KeptFacts, Link, Mx, Name,
    Needs, Past, Reason, Rtype, Sighting, Stream, Target, Trust, Vantage,
};
use crate::records::rdap;
use crate::scripted::{Scripted, holding, observe_after, served, stream};

fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

fn target() -> Target {
    Target::new(Name::new("www.example.com"))
}

/// A registration with `left` days to go, locked, of these further states.
fn ends_in(left: i64, statuses: &[&str]) -> rdap::Registration {
    let all = ["client transfer prohibited"].iter().chain(statuses);
    rdap::Registration {
        registrar: Some("A Registrar".to_owned()),
        expires: Some(now() + TimeDelta::days(left)),
        statuses: all.map(|status| (*status).to_owned()).collect(),
        ..rdap::Registration::default()
    }
}

fn facts(found: rdap::Registration) -> RegistrationFacts {
    let registered = Registered::Found(Box::new(found));
    RegistrationFacts { domain: Name::new("example.com"), registered, vendors: Vec::new() }
}

fn judged(
    facts: &RegistrationFacts,
    target: &Target,
    past: &Past,
) -> (Vec<Finding>, Option<Because>) {
    let (vantage, needs, now) = (Vantage::default(), Needs::default(), now());
    let context = Context { target, vantage: &vantage, needs: &needs, past, now };
    let facts = serde_json::to_value(facts).unwrap();
    let entry = CheckEntry::of::<Registration>();
    entry.judge(&entry.read(&facts.into()).unwrap(), &context)
}

fn said(facts: &RegistrationFacts, target: &Target, past: &Past) -> (Vec<String>, Option<Because>) {
    let (findings, because) = judged(facts, target, past);
    let line = |f: &Finding| format!("{} {} {}", f.severity, f.id, f.subject);
    (findings.iter().map(line).collect(), because)
}

fn say(found: rdap::Registration) -> Vec<String> {
    said(&facts(found), &target(), &Past::default()).0
}

#[test]
fn an_end_weighs_more_the_nearer_it_is() {
    let of = |status: &str| rdap::Registration {
        statuses: ["active".to_owned(), status.to_owned()].into(),
        ..ends_in(90, &[])
    };
    let unlocked = of("active");
    let no_states = rdap::Registration { statuses: [].into(), ..ends_in(90, &[]) };
    let untold = rdap::Registration { expires: None, ..ends_in(0, &[]) };
    #[rustfmt::skip]
    let cases = [
        ("30 days",                       ends_in(30, &[]),                       &[][..]),
        ("29 days",                       ends_in(29, &[]),                       &["warning registration.expiring example.com"]),
        ("14 days",                       ends_in(14, &[]),                       &["warning registration.expiring example.com"]),
        ("13 days",                       ends_in(13, &[]),                       &["error registration.expiring example.com"]),
        ("5 days",                        ends_in(5, &[]),                        &["error registration.expiring example.com"]),
        ("4 days",                        ends_in(4, &[]),                        &["critical registration.expiring example.com"]),
        ("this moment",                   ends_in(0, &[]),                        &["critical registration.expiring example.com"]),
        ("passed",                        ends_in(-1, &[]),                       &["critical registration.expired example.com"]),
        ("passed, and being renewed",     ends_in(-1, &["auto renew period"]),    &[]),
        ("near, and being renewed",       ends_in(4, &["auto renew period"]),     &[]),
        ("in redemption",                 ends_in(90, &["redemption period"]),    &["critical registration.expired example.com"]),
        ("about to be deleted",           ends_in(90, &["pending delete"]),       &["critical registration.expired example.com"]),
        ("on hold by the registrar",      ends_in(90, &["client hold"]),          &["critical registration.hold example.com"]),
        ("on hold by the registry",       ends_in(90, &["serverhold"]),           &["critical registration.hold example.com"]),
        ("without a lock",                unlocked,                               &["info registration.unlocked example.com"]),
        ("locked against transfers",      of("transfer prohibited"),              &[]),
        ("locked against all",            of("locked"),                           &[]),
        ("locked against other changes",  of("client update prohibited"),         &["info registration.unlocked example.com"]),
        ("being transferred",             of("pending transfer"),                 &["error registration.unlocked example.com"]),
        ("that beside a lock",            ends_in(90, &["pendingtransfer"]),      &["error registration.unlocked example.com"]),
        ("no state is told",              no_states,                              &[]),
        ("no end is told",                untold,                                 &["info registration.unknown example.com"]),
    ];
    for (rule, found, expected) in cases {
        assert_eq!(say(found), expected, "{rule}");
    }
}

#[test]
fn a_lock_is_missed_where_its_registry_would_tell_of_it() {
    let missed = |domain: &str, status: &str| {
        let statuses = ["active".to_owned(), status.to_owned()].into();
        let found = rdap::Registration { statuses, ..ends_in(90, &[]) };
        let facts = RegistrationFacts { domain: Name::new(domain), ..facts(found) };
        !said(&facts, &target(), &Past::default()).0.is_empty()
    };
    #[rustfmt::skip]
    let cases = [
        ("a generic domain",              "example.com",        "ok",                       true),
        ("a newer one",                   "example.shop",       "ok",                       true),
        ("a country",                     "example.de",         "ok",                       false),
        ("below a level of it",           "example.co.uk",      "ok",                       false),
        ("one in its own letters",        "example.xn--p1ai",   "ok",                       false),
        ("a country that knows such",     "example.fr",         "client update prohibited", true),
        ("the same in one word",          "example.fr",         "serverupdateprohibited",   true),
        ("locked there",                  "example.fr",         "server transfer prohibited", false),
        ("leaving there",                 "example.de",         "pending transfer",         true),
    ];
    for (rule, domain, status, expected) in cases {
        assert_eq!(missed(domain, status), expected, "{rule}");
    }
}

#[test]
fn the_day_of_the_end_is_named() {
    let (findings, _) = judged(&facts(ends_in(10, &[])), &target(), &Past::default());
    let day = (now() + TimeDelta::days(10)).format("%Y-%m-%d").to_string();
    assert_eq!(findings[0].params.get("expires"), Some(&day));
}

#[test]
fn one_that_renews_itself_is_silent_until_it_is_over() {
    let renews = Target { auto_renew: true, ..target() };
    let say = |found| said(&facts(found), &renews, &Past::default()).0;
    assert_eq!(say(ends_in(4, &[])), Vec::<String>::new());
    assert_eq!(say(ends_in(-1, &[])), ["critical registration.expired example.com"]);
    assert_eq!(say(ends_in(4, &["client hold"])), ["critical registration.hold example.com"]);

    let past = |ends: &[i64]| {
        let sightings = ends.iter().map(|left| sighting(ends_in(*left, &[]), 400, 100));
        Past { sightings: sightings.collect() }
    };
    let after = |ends: &[i64]| said(&facts(ends_in(4, &[])), &target(), &past(ends)).0;
    let expiring = ["critical registration.expiring example.com"];
    assert_eq!(after(&[-361]), expiring, "one renewal was seen");
    assert_eq!(after(&[-361, -726]), Vec::<String>::new(), "two were");
    assert_eq!(after(&[-361, -361]), expiring, "the same end is no renewal");
}

fn sighting(found: rdap::Registration, first: i64, last: i64) -> Sighting {
    Sighting {
        facts: KeptFacts::of(&facts(found)),
        facts_version: Registration::FACTS,
        first_seen: now() - TimeDelta::days(first),
        last_seen: now() - TimeDelta::days(last),
    }
}

#[test]
fn a_change_at_the_registry_is_told_for_a_week() {
    let with = |registrar: &str, ns: &str, ds: &str| rdap::Registration {
        registrar: Some(registrar.to_owned()),
        name_servers: [Name::new(ns)].into(),
        ds: [ds.to_owned()].into(),
        ..ends_in(90, &[])
    };
    let ours = || with("A Registrar", "ns1.example.net", "1 13 2 aa");
    let changed = &["error registration.changed example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<Sighting>, &[&str])> = vec![
        ("never seen before",        vec![],                                                            &[]),
        ("as ever",                  vec![sighting(ours(), 90, 1)],                                     &[]),
        ("another registrar",        vec![sighting(with("Another", "ns1.example.net", "1 13 2 aa"), 90, 1)], changed),
        ("other servers",            vec![sighting(with("A Registrar", "ns1.else.test", "1 13 2 aa"), 90, 1)], changed),
        ("another key",              vec![sighting(with("A Registrar", "ns1.example.net", "2 13 2 bb"), 90, 1)], changed),
        ("another end",              vec![sighting(rdap::Registration { expires: None, ..ours() }, 90, 1)], &[]),
        ("no registrar was told",    vec![sighting(rdap::Registration { registrar: None, ..ours() }, 90, 1)], &[]),
        ("no servers were told",     vec![sighting(rdap::Registration { name_servers: [].into(), ..ours() }, 90, 1)], &[]),
        ("no key was there",         vec![sighting(rdap::Registration { ds: [].into(), ..ours() }, 90, 1)], changed),
        ("another, before none was told", vec![sighting(rdap::Registration { registrar: None, ..ours() }, 2, 1), sighting(with("Another", "ns1.example.net", "1 13 2 aa"), 90, 2)], changed),
        ("another, after none was told", vec![sighting(with("Another", "ns1.example.net", "1 13 2 aa"), 2, 1), sighting(rdap::Registration { registrar: None, ..ours() }, 90, 2)], changed),
        ("still at the next look",   vec![sighting(ours(), 1, 0), sighting(with("Another", "ns1.example.net", "1 13 2 aa"), 90, 2)], changed),
        ("a week later",             vec![sighting(ours(), 8, 0), sighting(with("Another", "ns1.example.net", "1 13 2 aa"), 90, 8)], &[]),
    ];
    for (rule, sightings, expected) in cases {
        let seen = said(&facts(ours()), &target(), &Past { sightings }).0;
        assert_eq!(seen, expected, "{rule}");
    }
    let sightings = vec![sighting(ours(), 90, 1)];
    let untold = rdap::Registration { registrar: None, name_servers: [].into(), ..ours() };
    let seen = said(&facts(untold), &target(), &Past { sightings }).0;
    assert_eq!(seen, Vec::<String>::new(), "what is no longer told is not known to have changed");
}

#[test]
fn a_vendor_is_told_when_it_is_about_to_hurt() {
    let vendor = |registered| RegistrationFacts {
        vendors: vec![Vendor {
            domain: Name::new("esp.example"),
            through: vec!["SPF".to_owned()],
            registered,
        }],
        ..facts(ends_in(90, &[]))
    };
    let found = |left, statuses: &[&str]| Registered::Found(Box::new(ends_in(left, statuses)));
    let told = &["error registration.vendor-expiring esp.example"][..];
    #[rustfmt::skip]
    let cases = [
        ("14 days",                 found(14, &[]),                               &[][..]),
        ("13 days",                 found(13, &[]),                               told),
        ("passed",                  found(-1, &[]),                               told),
        ("being renewed",           found(3, &["auto renew period"]),             &[]),
        ("in redemption",           found(90, &["redemption period"]),            told),
        ("on hold",                 found(90, &["client hold"]),                  told),
        ("locked",                  found(90, &["client update prohibited"]),     &[]),
        ("not told",                Registered::Unknown { reason: Reason::Timeout }, &[]),
        ("no service",              Registered::NoService,                        &[]),
    ];
    for (rule, registered, expected) in cases {
        assert_eq!(said(&vendor(registered), &target(), &Past::default()).0, expected, "{rule}");
    }
}

#[test]
fn what_is_told_depends_on_what_can_still_be_done() {
    let case = |facts: &RegistrationFacts| {
        let (found, _) = judged(facts, &target(), &Past::default());
        found[0].params.get("case").cloned()
    };
    let own = |statuses: &[&str]| case(&facts(ends_in(-40, statuses)));
    assert_eq!(own(&["pending delete"]).as_deref(), Some("to-be-deleted"));
    assert_eq!(own(&["pending delete", "redemption period"]), None, "it can be restored");
    assert_eq!(own(&["pending delete", "pending restore"]), None, "it is being restored");

    let vendor = |left, statuses: &[&str]| {
        let registered = Registered::Found(Box::new(ends_in(left, statuses)));
        let through = vec!["DKIM".to_owned()];
        let vendor = Vendor { domain: Name::new("esp.example"), through, registered };
        case(&RegistrationFacts { vendors: vec![vendor], ..facts(ends_in(90, &[])) })
    };
    assert_eq!(vendor(90, &["server hold"]).as_deref(), Some("hold"));
    assert_eq!(vendor(-1, &["server hold"]), None, "that it is over is told first");
}

#[test]
fn a_registry_without_service_leaves_nothing_to_ask() {
    let facts = RegistrationFacts { registered: Registered::NoService, ..facts(ends_in(1, &[])) };
    let what = "no-rdap".to_owned();
    let unknown = vec!["info registration.unknown example.com".to_owned()];
    let expected = (unknown, Some(Because::NothingToAsk { what }));
    assert_eq!(said(&facts, &target(), &Past::default()), expected);
}

const HOST: &str = "rdap.verisign.com";
const FOUND: &str = r#"{"objectClassName": "domain", "status": ["active"]}"#;

fn observed(world: Scripted, reply: HttpsReply) -> RegistrationFacts {
    observed_of(&target(), world, reply)
}

fn observed_of(target: &Target, world: Scripted, reply: HttpsReply) -> RegistrationFacts {
    let world = world.a(HOST, &["192.0.2.251"]);
    let world = world.page("192.0.2.251", "/com/v1/domain/example.com", reply);
    observe_after::<Dns, Registration>(&world, target, &Vantage::default())
}

#[test]
fn only_a_trusted_registry_is_believed() {
    let ok = |name, trust| served(name, 200, None, FOUND, trust);
    let status = |status, body| served(HOST, status, None, body, Trust::Trusted);
    let redirect = |to| served(HOST, 302, Some(to), "", Trust::Trusted);
    let own = "https://rdap.verisign.com/com/v1/domain/example.com";
    let unknown = |reason| Registered::Unknown { reason };
    let found = || {
        let statuses = ["active".to_owned()].into();
        Registered::Found(Box::new(rdap::Registration { statuses, ..Default::default() }))
    };
    #[rustfmt::skip]
    let cases = [
        ("an answer",                  ok(HOST, Trust::Trusted),        found()),
        ("no roots to hold it to",     ok(HOST, Trust::NotJudged),      found()),
        ("nobody vouches for it",      ok(HOST, Trust::SelfSigned),     unknown(Reason::NotOffered)),
        ("another host",               ok("else.test", Trust::Trusted), unknown(Reason::NotOffered)),
        ("too often",                  status(429, ""),                 unknown(Reason::RateLimited)),
        ("it fails",                   status(503, ""),                 unknown(Reason::NotOffered)),
        ("not registered, yet in DNS", status(404, ""),                 unknown(Reason::NotOffered)),
        ("no answer of RDAP",          status(200, "<html>"),           unknown(Reason::Malformed)),
        ("round in circles",           redirect(own),                   unknown(Reason::Referral)),
        ("to no URL",                  redirect("/elsewhere"),          unknown(Reason::Malformed)),
        ("no reply",                   HttpsReply::failed(Reason::Timeout), unknown(Reason::Timeout)),
    ];
    for (rule, reply, expected) in cases {
        assert_eq!(observed(Scripted::new(), reply).registered, expected, "{rule}");
    }
}

#[test]
fn vendors_are_the_domains_that_records_lead_to() {
    let mx = Data::Mx(Mx { preference: 1, exchange: Name::new("mx.mail.example.net") });
    let ours = Data::Mx(Mx { preference: 2, exchange: Name::new("mx.example.com") });
    let spf = "v=spf1 include:_spf.esp.example include:%{i}.x.example a:a.example ?include:mail.example.net redirect=_r.example.org";
    let world = Scripted::new()
        .answer("www.example.com", Rtype::MX, holding("www.example.com", vec![mx, ours]))
        .txt("www.example.com", &[spf, "verification=esp"]);
    let facts = observed(world, served(HOST, 200, None, FOUND, Trust::Trusted));
    let seen: Vec<String> = facts
        .vendors
        .iter()
        .map(|vendor| format!("{} {}", vendor.domain, vendor.through.join("+")))
        .collect();
    assert_eq!(seen, ["esp.example SPF", "example.net MX+SPF", "example.org SPF"]);
}

#[test]
fn keys_and_links_lead_to_vendors_by_their_aliases() {
    let alias = |name: &str, to: &str| holding(name, vec![Data::Cname(Name::new(to))]);
    let (key, of_stream) = ("s1._domainkey.www.example.com", "s2._domainkey.news.example.com");
    let click = "click.example.com";
    let world = Scripted::new()
        .answer(key, Rtype::TXT, alias(key, "s1.keys.esp.example"))
        .answer(of_stream, Rtype::TXT, alias(of_stream, "s2.keys.sender.test"))
        .txt("own._domainkey.www.example.com", &["v=DKIM1; p=AAAA"])
        .answer(click, Rtype::A, alias(click, "t.esp.example"));
    let stream = Stream {
        dkim: Some("s2".to_owned()),
        links: vec![Link::Host(Name::new(click))],
        ..stream("news", "news.example.com")
    };
    let selectors = vec!["s1".to_owned(), "own".to_owned()];
    let target = Target { selectors, streams: vec![stream], ..target() };
    let facts = observed_of(&target, world, served(HOST, 200, None, FOUND, Trust::Trusted));
    let seen = facts.vendors.iter().map(|one| format!("{} {}", one.domain, one.through.join("+")));
    assert_eq!(seen.collect::<Vec<_>>(), ["esp.example CNAME+DKIM", "sender.test DKIM"]);
}
