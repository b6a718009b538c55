mod domain;
mod named;
mod silence;
mod unanswered;

use std::net::IpAddr;

use proptest::prelude::*;

use super::observe::LIMIT;
use super::{BlocklistCheck, CodeError, Meaning, catalogue, check_codes, judge::judge, meaning};
use crate::kernel::{
    Answer, Blocklist, Data, HttpsUrl, Link, ListKind, Lookup, Mx, Name, Rcode, Reason, Rtype,
    Severity, Stream, Target, Vantage,
};
use crate::records::reverse::reversed;
use crate::scripted::{
    Scripted, assert_no_loss_accuses, findings, holding, judge as lines, observe, rcode, stream,
};

fn list(id: &str, kind: ListKind, codes: &[(&str, &str)]) -> Blocklist {
    Blocklist {
        id: id.to_owned(),
        name: None,
        zone: Name::new(&format!("{id}.example.net")),
        kind,
        codes: codes.iter().map(|(code, word)| ((*code).to_owned(), (*word).to_owned())).collect(),
        tier: 1,
        delist: None,
        test_listed: None,
        terms: None,
        replaces: None,
    }
}

fn vantage() -> Vantage {
    let addresses = [
        ("127.0.0.2", "critical"),
        ("127.0.0.3", "listed"),
        ("127.0.0.10", "policy"),
        ("127.0.0.20", "allow"),
        ("127.0.0.30", "info"),
    ];
    let domains =
        [("bit:1", "refused"), ("bit:2", "critical"), ("bit:4", "info"), ("bit:8", "abused")];
    let blocklists =
        vec![list("ips", ListKind::Ip, &addresses), list("names", ListKind::Domain, &domains)];
    Vantage { blocklists, ..Vantage::default() }
}

fn target() -> Target {
    let sending_ips = vec!["192.0.2.10".parse().expect("an address")];
    Target { sending_ips, ..Target::new(Name::new("example.com")) }
}

/// Both lists pass their tests and hold nobody.
fn healthy() -> Scripted {
    Scripted::new()
        .a("2.0.0.127.ips.example.net", &["127.0.0.2"])
        .a("test.names.example.net", &["127.0.0.2"])
}

#[test]
fn the_domains_of_a_stream_and_of_its_links_are_asked_for_once_each() {
    let link = |host: &str| Link::Host(Name::new(host));
    let stream = Stream {
        mail_from: Some(Name::new("bounce.example.net")),
        helo: Some("out.example.org".to_owned()),
        links: vec![link("click.example.edu"), link("www.example.com"), link("a.example.edu")],
        one_click: HttpsUrl::parse("https://u.example.info/u?token").ok(),
        ..stream("news", "news.example.com")
    };
    let target = Target { streams: vec![stream], ..target() };
    let seen = observe::<BlocklistCheck>(&healthy(), &target, &vantage());
    let expected = ["example.com", "example.edu", "example.info", "example.net", "example.org"];
    assert_eq!(seen.domains, expected);
}

const ADDRESS: &str = "10.2.0.192.ips.example.net";
const DOMAIN: &str = "example.com.names.example.net";

fn said(world: &Scripted) -> Vec<String> {
    let facts = observe::<BlocklistCheck>(world, &target(), &vantage());
    lines::<BlocklistCheck>(&facts, &target(), &vantage())
}

#[test]
fn only_lists_that_pass_their_own_test_are_believed() {
    let late = || Answer::failed(Reason::Timeout);
    let over = |name: &str, answers: &[&str]| healthy().a(name, answers);
    let all = |answer: &str| {
        let points = ["2.0.0.127.ips", "1.0.0.127.ips", "test.names", "invalid.names"];
        points.iter().fold(Scripted::new(), |world, point| {
            world.a(&format!("{point}.example.net"), &[answer])
        })
    };
    let ips_refused = &["indet. blocklist.refused ips"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("nobody is listed",                 healthy(),                                     &[]),
        ("an address, with its weight",      over(ADDRESS, &["127.0.0.2"]),                 &["critical blocklist.ip-listed ips/192.0.2.10"]),
        ("listed is an error",               over(ADDRESS, &["127.0.0.3"]),                 &["error blocklist.ip-listed ips/192.0.2.10"]),
        ("of two codes the heavier",         over(ADDRESS, &["127.0.0.3", "127.0.0.2"]),    &["critical blocklist.ip-listed ips/192.0.2.10"]),
        ("a policy is no verdict",           over(ADDRESS, &["127.0.0.10"]),                &["error blocklist.ip-policy ips/192.0.2.10"]),
        ("a policy beside a verdict",        over(ADDRESS, &["127.0.0.10", "127.0.0.3"]),   &["error blocklist.ip-listed ips/192.0.2.10", "error blocklist.ip-policy ips/192.0.2.10"]),
        ("a harmless code beside it",        over(ADDRESS, &["127.0.0.30", "127.0.0.3"]),   &["error blocklist.ip-listed ips/192.0.2.10"]),
        ("a harmless code alone",            over(ADDRESS, &["127.0.0.30"]),                &["info blocklist.informational ips/192.0.2.10"]),
        ("somebody vouches for it",          over(ADDRESS, &["127.0.0.20"]),                &[]),
        ("a domain",                         over(DOMAIN, &["127.0.0.2"]),                  &["critical blocklist.domain-listed names/example.com"]),
        ("a mask with a harmless bit",       over(DOMAIN, &["127.0.0.6"]),                  &["critical blocklist.domain-listed names/example.com"]),
        ("the harmless bit alone",           over(DOMAIN, &["127.0.0.4"]),                  &["info blocklist.informational names/example.com"]),
        ("a domain that others abused",      over(DOMAIN, &["127.0.0.8"]),                  &["error blocklist.domain-abused names/example.com"]),
        ("the refusing bit spoils the mask", over(DOMAIN, &["127.0.0.3"]),                  &["indet. blocklist.refused names"]),
        ("127.255.255.x refuses anywhere",   over(ADDRESS, &["127.255.255.254"]),           ips_refused),
        ("an unknown code is no listing",    over(ADDRESS, &["127.0.0.77"]),                &["indet. blocklist.answer-invalid ips"]),
        ("127.0.0.1 is no listing",          over(ADDRESS, &["127.0.0.1"]),                 &["indet. blocklist.answer-invalid ips"]),
        ("outside 127/8 it is not the list", over(ADDRESS, &["127.0.0.2", "203.0.113.1"]),  &["indet. blocklist.answer-invalid ips"]),
        ("silence is no listing",            healthy().answer(ADDRESS, Rtype::A, late()),   ips_refused),
        ("the test is refused",              over("2.0.0.127.ips.example.net", &["127.255.255.254"]).a(ADDRESS, &["127.0.0.2"]), ips_refused),
        ("the test is silent",               healthy().answer("1.0.0.127.ips.example.net", Rtype::A, late()).a(ADDRESS, &["127.0.0.2"]), ips_refused),
        ("it does not hold its test point",  Scripted::new().a("test.names.example.net", &["127.0.0.2"]).a(ADDRESS, &["127.0.0.2"]), &["indet. blocklist.list-dead ips"]),
        ("it lists the world",               over("1.0.0.127.ips.example.net", &["127.0.0.2"]).a(ADDRESS, &["127.0.0.2"]), &["indet. blocklist.list-dead ips"]),
        ("its domain has another owner",     over("2.0.0.127.ips.example.net", &["203.0.113.1"]), &["indet. blocklist.answer-invalid ips"]),
        ("no list exists here",              Scripted::new(),                               &["indet. blocklist.refused resolver"]),
        ("every list refuses",               Scripted::new().otherwise(rcode(Rcode::REFUSED)), &["indet. blocklist.refused resolver"]),
        ("every answer is rewritten",        all("203.0.113.1"),                            &["indet. blocklist.answer-invalid resolver"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world), expected, "{rule}");
    }
}

#[test]
fn the_resolver_is_the_reason_only_where_all_of_several_lists_fail() {
    let lists = |count: usize| {
        let blocklists = ["ips", "others", "third"].into_iter().take(count);
        let codes = [("127.0.0.2", "critical")];
        let blocklists = blocklists.map(|id| list(id, ListKind::Ip, &codes)).collect();
        Vantage { blocklists, ..Vantage::default() }
    };
    let refused = || Scripted::new().otherwise(rcode(Rcode::REFUSED));
    let found = |world: &Scripted, count| {
        let facts = observe::<BlocklistCheck>(world, &target(), &lists(count));
        findings::<BlocklistCheck>(&facts, &target(), &lists(count))
    };
    let one_of_three = refused()
        .a("2.0.0.127.third.example.net", &["127.0.0.2"])
        .answer("1.0.0.127.third.example.net", Rtype::A, rcode(Rcode::NXDOMAIN))
        .answer("10.2.0.192.third.example.net", Rtype::A, rcode(Rcode::NXDOMAIN));
    type Shown = &'static [(&'static str, &'static str)];
    #[rustfmt::skip]
    let cases: [(&str, Scripted, usize, Shown); 4] = [
        ("the only one",  refused(),    1, &[("ips", "ips")]),
        ("both",          refused(),    2, &[("resolver", "ips, others")]),
        ("all three",     refused(),    3, &[("resolver", "ips, others… (3)")]),
        ("two of three",  one_of_three, 3, &[("ips, others", "ips, others")]),
    ];
    for (rule, world, count, expected) in cases {
        let said = found(&world, count);
        let shown: Vec<(&str, &str)> =
            said.iter().map(|one| (one.subject.as_str(), one.params["list"].as_str())).collect();
        assert_eq!(shown, expected, "{rule}");
        assert!(said.iter().all(|one| one.params["reason"] == "refused"), "{rule}");
    }
}

#[test]
fn what_is_asked_depends_on_what_is_known() {
    let ask = |target: &Target, vantage: &Vantage| {
        let facts = observe::<BlocklistCheck>(&healthy(), target, vantage);
        let asked: Vec<String> = facts.lists.iter().map(|seen| seen.id.clone()).collect();
        (asked, judge(&facts, &vantage.blocklists, target).nothing_to_ask)
    };
    let bare = Target::new(Name::new("example.com"));
    let without = |kind| {
        let mut vantage = vantage();
        vantage.blocklists.retain(|list| list.kind != kind);
        vantage
    };
    let both = ["ips".to_owned(), "names".to_owned()];
    assert_eq!(ask(&target(), &vantage()), (both.to_vec(), None));
    assert_eq!(ask(&bare, &vantage()), (vec!["names".to_owned()], None));
    assert_eq!(ask(&bare, &without(ListKind::Domain)), (Vec::new(), Some("no-addresses")));
    assert_eq!(ask(&target(), &Vantage::default()), (Vec::new(), Some("no-lists")));

    let crowd = (0..500u32).map(|number| IpAddr::V4((0xC000_0200 + number).into())).collect();
    let crowd = Target { sending_ips: crowd, ..bare };
    let facts = observe::<BlocklistCheck>(&healthy(), &crowd, &vantage());
    assert_eq!(facts.addresses.len(), LIMIT);
}

#[test]
fn an_address_weighs_by_what_it_is_to_the_domain() {
    let shared = "149.72.1.1";
    let list_name = |address: &str| {
        format!("{}.ips.example.net", reversed(address.parse().expect("an address")))
    };
    let mx = Data::Mx(Mx { preference: 10, exchange: Name::new("mx.example.com") });
    let hosts = || {
        healthy()
            .answer("example.com", Rtype::MX, holding("example.com", vec![mx.clone()]))
            .answer(
                "example.com",
                Rtype::NS,
                holding("example.com", vec![Data::Ns(Name::new("ns.example.com"))]),
            )
            .a("mx.example.com", &["198.51.100.1", "10.0.0.1"])
            .a("ns.example.com", &["198.51.100.2"])
            .a("example.com", &["198.51.100.3", "192.0.2.10"])
    };
    let listed = |address: &str, code: &str| hosts().a(&list_name(address), &[code]);
    let own_networks = ["192.0.2.0/24", "198.51.100.0/24"].map(|net| net.parse().expect("a net"));
    let vantage = Vantage { own_networks: own_networks.to_vec(), ..vantage() };
    let sending_ips = ["192.0.2.10", shared].map(|ip| ip.parse().expect("an address")).to_vec();
    let target = Target { sending_ips, ..Target::new(Name::new("example.com")) };
    let say = |world: &Scripted| {
        let facts = observe::<BlocklistCheck>(world, &target, &vantage);
        lines::<BlocklistCheck>(&facts, &target, &vantage)
    };
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("a mail host",                   listed("198.51.100.1", "127.0.0.2"),  &["warning blocklist.infra-listed ips/198.51.100.1"]),
        ("a name server",                 listed("198.51.100.2", "127.0.0.3"),  &["warning blocklist.infra-listed ips/198.51.100.2"]),
        ("the website",                   listed("198.51.100.3", "127.0.0.2"),  &["warning blocklist.infra-listed ips/198.51.100.3"]),
        ("a website that sends",          listed("192.0.2.10", "127.0.0.2"),    &["critical blocklist.ip-listed ips/192.0.2.10"]),
        ("a policy on a mail host",       listed("198.51.100.1", "127.0.0.10"), &[]),
        ("a private address is nobody's", listed("10.0.0.1", "127.0.0.2"),      &[]),
        ("a provider's shared address",   listed(shared, "127.0.0.2"),          &["warning blocklist.ip-listed ips/149.72.1.1"]),
        ("one that is not meant to send", listed(shared, "127.0.0.10"),         &["error blocklist.ip-policy ips/149.72.1.1"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(say(&world), expected, "{rule}");
    }
    let facts = observe::<BlocklistCheck>(&listed(shared, "127.0.0.2"), &target, &vantage);
    let found = findings::<BlocklistCheck>(&facts, &target, &vantage);
    assert_eq!(found[0].evidence["provider"], "Twilio SendGrid");
    assert_eq!(found[0].params["case"], "provider");
}

#[test]
fn a_listing_says_who_vouches_for_the_address() {
    let mut vantage = vantage();
    vantage.blocklists.push(list("friends", ListKind::Ip4, &[("127.0.0.5", "allow")]));
    let world = healthy()
        .a("2.0.0.127.friends.example.net", &["127.0.0.5"])
        .a("10.2.0.192.friends.example.net", &["127.0.0.5"])
        .a(ADDRESS, &["127.0.0.2"]);
    let facts = observe::<BlocklistCheck>(&world, &target(), &vantage);
    let found = findings::<BlocklistCheck>(&facts, &target(), &vantage);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].evidence["allowed_by"], serde_json::json!(["friends"]));
}

#[test]
fn a_list_with_a_test_point_of_its_own_may_use_it() {
    let mut vantage = vantage();
    vantage.blocklists[1].test_listed = Some(Name::new("own.example"));
    let tested = |world: Scripted| {
        observe::<BlocklistCheck>(&world, &target(), &vantage).lists[1].listed.clone()
    };
    let own = "own.example.names.example.net";
    let held: Lookup<Vec<IpAddr>> = Lookup::Found(vec!["127.0.0.2".parse().expect("an address")]);
    assert_eq!(tested(Scripted::new().a(own, &["127.0.0.2"])), held);
    assert_eq!(tested(healthy()), held);
    assert_eq!(tested(Scripted::new()), Lookup::Absent { nxdomain: true });
    let silent = Scripted::new().fails(own, Rtype::A, Reason::Timeout);
    assert_eq!(tested(silent), Lookup::Unknown { reason: Reason::Timeout });
}

#[test]
fn the_words_of_the_list_are_kept_short() {
    let world = healthy().a(ADDRESS, &["127.0.0.2"]).txt(ADDRESS, &[&"\u{1b}why ".repeat(200)]);
    let facts = observe::<BlocklistCheck>(&world, &target(), &vantage());
    let found = findings::<BlocklistCheck>(&facts, &target(), &vantage());
    let text = found[0].evidence["text"].as_str().expect("the list gave a reason");
    assert!(text.starts_with("\\027why") && text.len() == 300, "{text}");
}

#[test]
fn losing_any_one_answer_never_adds_a_failing_finding() {
    let worlds: [fn() -> Scripted; 4] = [
        healthy,
        || healthy().a(ADDRESS, &["127.0.0.3"]).a(DOMAIN, &["127.0.0.2"]),
        || healthy().a("1.0.0.127.ips.example.net", &["127.0.0.2"]).a(ADDRESS, &["127.0.0.2"]),
        || {
            healthy()
                .a("2.0.0.127.ips.example.net", &["127.255.255.254"])
                .a(ADDRESS, &["127.0.0.2"])
        },
    ];
    for world in worlds {
        assert_no_loss_accuses::<BlocklistCheck>(world, &target(), &vantage());
    }
}

#[test]
fn the_closest_description_of_a_code_counts() {
    let codes = [
        ("127.0.1.0/24", "warning"),
        ("127.0.1.2-127.0.1.9", "error"),
        ("127.0.1.5", "critical"),
        ("127.0.1.255", "refused"),
    ];
    let ranges = list("ranges", ListKind::Domain, &codes);
    #[rustfmt::skip]
    let cases = [
        ("the address itself",  "127.0.1.5",       Meaning::Listed(Severity::Critical)),
        ("else the range",      "127.0.1.9",       Meaning::Listed(Severity::Error)),
        ("else the network",    "127.0.1.10",      Meaning::Listed(Severity::Warning)),
        ("a documented refusal", "127.0.1.255",    Meaning::Refused),
        ("a common refusal",    "127.255.255.252", Meaning::Refused),
        ("nothing documented",  "127.0.2.1",       Meaning::Invalid),
        ("not a list",          "192.0.2.1",       Meaning::Invalid),
    ];
    for (rule, answer, expected) in cases {
        assert_eq!(meaning(&ranges, &[answer.parse().expect("an address")]), expected, "{rule}");
    }
}

#[test]
fn codes_that_cannot_be_read_are_named() {
    for answer in ["127.0.0", "bit:3", "bit:256", "127.0.0.9-127.0.0.2", "127.0.0.0/33", ""] {
        let wrong = list("wrong", ListKind::Ip, &[(answer, "listed")]);
        let expected = CodeError::Answer { list: "wrong".to_owned(), answer: answer.to_owned() };
        assert_eq!(check_codes(&wrong), Err(expected));
    }
    let wrong = list("wrong", ListKind::Ip, &[("127.0.0.2", "bad")]);
    let expected = CodeError::Meaning { list: "wrong".to_owned(), meaning: "bad".to_owned() };
    assert_eq!(check_codes(&wrong), Err(expected));
}

#[test]
fn the_catalogue_can_be_read() {
    let lists = catalogue();
    assert!(lists.len() >= 60);
    let asked = lists.iter().filter(|list| list.tier == 1 && !list.needs_key()).count();
    assert!((5..=10).contains(&asked), "{asked} lists are asked by default");
    for list in &lists {
        assert_eq!(check_codes(list), Ok(()));
        assert!(
            list.name.is_some() && list.terms.is_some() && !list.codes.is_empty(),
            "{}",
            list.id
        );
        let allows = list.codes.values().any(|meaning| meaning == "allow");
        assert!(allows || list.delist.is_some(), "{}: nowhere to ask for removal", list.id);
        assert!((1..=3).contains(&list.tier), "{}", list.id);
        let replaced = |id: &String| lists.iter().any(|other| other.id == *id);
        assert!(list.replaces.as_ref().is_none_or(replaced), "{}", list.id);
        assert_eq!(lists.iter().filter(|other| other.id == list.id).count(), 1, "{}", list.id);
    }
    let by_id = |id: &str| lists.iter().find(|list| list.id == id).expect("it is a known list");
    #[rustfmt::skip]
    let cases = [
        ("spamhaus-zen", "127.0.0.4",       Meaning::Listed(Severity::Critical)),
        ("spamhaus-zen", "127.0.0.11",      Meaning::Policy),
        ("spamhaus-zen", "127.255.255.254", Meaning::Refused),
        ("spamcop",      "127.0.0.2",       Meaning::Listed(Severity::Error)),
        ("spamhaus-dbl", "127.0.1.2",       Meaning::Listed(Severity::Critical)),
        ("spamhaus-dbl", "127.0.1.104",     Meaning::Abused),
        ("spamhaus-dbl", "127.0.1.255",     Meaning::Refused),
        ("uceprotect-3", "127.0.0.2",       Meaning::Harmless),
        ("dnswl",        "127.0.5.2",       Meaning::Allowed),
        ("dnswl",        "127.0.0.255",     Meaning::Refused),
        ("surbl",        "127.0.0.1",       Meaning::Refused),
        ("surbl",        "127.0.0.68",      Meaning::Listed(Severity::Critical)),
        ("uribl",        "127.0.0.1",       Meaning::Refused),
        ("uribl",        "127.0.0.2",       Meaning::Listed(Severity::Critical)),
        ("uribl",        "127.0.0.12",      Meaning::Harmless),
    ];
    for (id, answer, expected) in cases {
        assert_eq!(
            meaning(by_id(id), &[answer.parse().expect("an address")]),
            expected,
            "{id} {answer}"
        );
    }
}

proptest! {
    #[test]
    fn no_code_stops_the_reader(code in ".{0,40}", answer in any::<u32>()) {
        let odd = list("odd", ListKind::Ip, &[(&code, "listed")]);
        let seen = meaning(&odd, &[IpAddr::V4(answer.into())]);
        if check_codes(&odd).is_err() {
            prop_assert!(matches!(seen, Meaning::Invalid | Meaning::Refused));
        }
    }
}
