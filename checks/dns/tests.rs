mod cuts;
mod gone;
mod zones;

use super::{Dns, DnsFacts, Existence, Parent};
use crate::kernel::{
    Answer, Data, Lookup, Message, Name, Rcode, Reason, Record, Rtype, Target, To, Vantage,
};
use crate::scripted::{
    Scripted, assert_no_loss_accuses, holding, judge, nodata, nxdomain, observe, rcode, soa,
};

const DOMAIN: &str = "example.com";

fn target() -> Target {
    Target::new(Name::new(DOMAIN))
}

fn canary(zone: &str) -> String {
    format!("{}.{zone}", Vantage::default().random_label(zone))
}

fn said(world: &Scripted) -> (DnsFacts, Vec<String>) {
    let facts = observe::<Dns>(world, &target(), &Vantage::default());
    let lines = judge::<Dns>(&facts, &target(), &Vantage::default());
    (facts, lines)
}

fn ns(name: &str, server: &str) -> Answer {
    holding(name, vec![Data::Ns(Name::new(server))])
}

fn authoritative(answer: Answer) -> Answer {
    let Answer::Message(message) = answer else { return answer };
    Answer::from(Message { authoritative: true, ..Message::clone(&message) })
}

fn delegation() -> Answer {
    let data = Data::Ns(Name::new("ns1.example.net"));
    let authority = vec![Record { name: Name::new(DOMAIN), ttl: 300, data }];
    Answer::from(Message { authority, ..Message::default() })
}

fn with_parent() -> Scripted {
    Scripted::new()
        .answer("com", Rtype::NS, ns("com", "a.gtld.example"))
        .a("a.gtld.example", &["192.0.2.53"])
}

#[test]
fn a_zone_s_own_servers_are_asked_as_dnssec_asks_them() {
    let apex = || vec![soa(DOMAIN).data, Data::Ns(Name::new("ns1.example.net"))];
    let world = Scripted::new()
        .answer(DOMAIN, Rtype::SOA, holding(DOMAIN, apex()))
        .answer(DOMAIN, Rtype::NS, ns(DOMAIN, "ns1.example.net"))
        .a("ns1.example.net", &["192.0.2.61"])
        .direct_all("192.0.2.61", DOMAIN, authoritative(holding(DOMAIN, apex())));
    observe::<Dns>(&world, &target(), &Vantage::default());
    let asked = world.asked.lock().unwrap();
    let own = asked.iter().filter(|question| matches!(question.to, To::Server(_)));
    let own: Vec<_> = own.map(|question| (question.rtype, question.dnssec)).collect();
    for rtype in [Rtype::SOA, Rtype::NS, Rtype::MX, Rtype::TXT] {
        assert!(own.contains(&(rtype, true)) && !own.contains(&(rtype, false)), "{rtype}: {own:?}");
    }
}

#[test]
fn the_domain_exists_or_not_and_the_resolver_is_believed_or_not() {
    let alive: fn() -> Answer = || holding(DOMAIN, vec![soa(DOMAIN).data]);
    let lying = |world: Scripted| {
        world.a(&canary("com"), &["203.0.113.1"]).a(&canary("org"), &["203.0.113.1"])
    };
    let both = |answer: fn() -> Answer| {
        Scripted::new().answer(DOMAIN, Rtype::SOA, answer()).answer(DOMAIN, Rtype::NS, answer())
    };
    let servfail = || rcode(Rcode::SERVFAIL);
    let refused = || rcode(Rcode::REFUSED);
    let silence: fn() -> Answer = || Answer::failed(Reason::Timeout);
    let parent_says =
        |answer: fn() -> Answer| with_parent().direct_all("192.0.2.53", DOMAIN, answer());
    let without = |name: &str, rtype, reason| Scripted::new().fails(name, rtype, reason);
    let alias = holding(DOMAIN, vec![Data::Cname(Name::new("gone.example.net"))]);

    let gone = &["critical dns.nxdomain example.com"][..];
    let timeout = &["indet. dns.lookup-timeout example.com"][..];
    let servfail_said = &["indet. dns.servfail example.com"][..];
    let filtered = &["indet. dns.refused-or-filtered example.com"][..];
    let lies = &["indet. dns.resolver-lies resolver"][..];

    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("a zone exists",                        Scripted::new().answer(DOMAIN, Rtype::SOA, alive()),   &[]),
        ("a name without a zone exists",         both(nodata),                                          &[]),
        ("one sign of life outweighs silence",   both(silence).answer(DOMAIN, Rtype::NS, nodata()),     &[]),
        ("an alias to nowhere exists",           Scripted::new().answer(DOMAIN, Rtype::CNAME, alias),   &[]),
        ("denied everywhere",                    Scripted::new(),                                       gone),
        ("one unanswered question is no denial", without(DOMAIN, Rtype::NS, Reason::Timeout),           timeout),
        ("the last question must deny too",      without(DOMAIN, Rtype::CNAME, Reason::Timeout),        timeout),
        ("silence",                              both(silence),                                         timeout),
        ("SERVFAIL",                             both(servfail),                                        servfail_said),
        ("REFUSED",                              both(refused),                                         filtered),
        ("the zone above agrees",                parent_says(|| authoritative(nxdomain())),             gone),
        ("the zone above delegates it",          parent_says(delegation),                               filtered),
        ("the zone above holds it",              parent_says(|| authoritative(nodata())),               filtered),
        ("the zone above is silent",             parent_says(silence),                                  gone),
        ("a middlebox is not the zone above",    parent_says(nxdomain),                                 gone),
        ("the zone above could not be found",    without("com", Rtype::NS, Reason::Servfail),           servfail_said),
        ("its servers could not be found",       with_parent().fails("a.gtld.example", Rtype::A, Reason::Timeout), timeout),
        ("both random names have addresses",     lying(Scripted::new()),                                lies),
        ("a liar's yes is worth nothing",        lying(both(alive)),                                    lies),
        ("one random name is a wildcard",        Scripted::new().a(&canary("com"), &["203.0.113.1"]),   gone),
        ("half a lie, half a silence",           without(&canary("org"), Rtype::A, Reason::Timeout).a(&canary("com"), &["203.0.113.1"]), timeout),
        ("a server of its own zones only",       both(nxdomain).answer(DOMAIN, Rtype::CNAME, nxdomain()).otherwise(refused()), gone),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world).1, expected, "{rule}");
    }
}

#[test]
fn losing_any_one_answer_never_adds_a_failing_finding() {
    let worlds: [fn() -> Scripted; 4] = [
        Scripted::new,
        || with_parent().direct_all("192.0.2.53", DOMAIN, delegation()),
        || Scripted::new().a(&canary("com"), &["203.0.113.1"]).a(&canary("org"), &["203.0.113.1"]),
        || Scripted::new().answer(DOMAIN, Rtype::NS, ns(DOMAIN, "ns1.example.net")),
    ];
    for world in worlds {
        assert_no_loss_accuses::<Dns>(world, &target(), &Vantage::default());
    }
}

#[test]
fn equal_worlds_give_equal_facts() {
    let data = ["ns2.example.net", "ns1.example.net"].map(|name| Data::Ns(Name::new(name)));
    let world = || Scripted::new().answer(DOMAIN, Rtype::NS, holding(DOMAIN, data.to_vec()));
    let (facts, _) = said(&world());
    let sorted = vec![Name::new("ns1.example.net"), Name::new("ns2.example.net")];
    assert_eq!(facts.name_servers, Lookup::Found(sorted));
    let elsewhere = Vantage { salt: 7, ..Vantage::default() };
    assert_eq!(observe::<Dns>(&world(), &target(), &elsewhere), facts);
}

#[test]
fn a_parent_without_servers_of_its_own_is_passed_over() {
    let domain = Name::new("a.b.example.com");
    let world =
        with_parent().direct("192.0.2.53", domain.as_str(), Rtype::SOA, authoritative(nxdomain()));
    let facts = observe::<Dns>(&world, &Target::new(domain), &Vantage::default());
    assert_eq!(facts.existence, Existence::Nxdomain { parent: Parent::Agrees });
}

fn upward() -> Answer {
    let data = Data::Ns(Name::new("a.root-servers.example"));
    let authority = vec![Record { name: Name::new("."), ttl: 300, data }];
    Answer::from(Message { authority, ..Message::default() })
}

type Given = fn() -> Answer;

/// A zone with two servers, of which the second answers as given.
fn two_servers(second: Given) -> Scripted {
    let own = ["ns1.example.net", "ns2.example.net"].map(|name| Data::Ns(Name::new(name)));
    let soa_held = || authoritative(holding(DOMAIN, vec![soa(DOMAIN).data]));
    let ns_held = authoritative(holding(DOMAIN, own.to_vec()));
    Scripted::new()
        .answer(DOMAIN, Rtype::SOA, holding(DOMAIN, vec![soa(DOMAIN).data]))
        .answer(DOMAIN, Rtype::NS, holding(DOMAIN, own.to_vec()))
        .a("ns1.example.net", &["192.0.2.1"])
        .a("ns2.example.net", &["192.0.2.2"])
        .direct("192.0.2.1", DOMAIN, Rtype::SOA, soa_held())
        .direct("192.0.2.1", DOMAIN, Rtype::NS, ns_held)
        .direct_all("192.0.2.2", DOMAIN, second())
}

#[test]
fn a_server_is_lame_when_it_says_so_and_not_when_it_is_silent() {
    let lame = &["error dns.lame-ns ns2.example.net"][..];
    #[rustfmt::skip]
    let cases: [(&str, Given, &[&str]); 8] = [
        ("it refuses",                        || rcode(Rcode::REFUSED),            lame),
        ("it fails",                          || rcode(Rcode::SERVFAIL),           lame),
        ("it knows no such zone",             || authoritative(nxdomain()),             lame),
        ("it has no authority",               || holding(DOMAIN, vec![soa(DOMAIN).data]), lame),
        ("it refers upwards",                 upward,                                   lame),
        ("it is silent",                      || Answer::failed(Reason::Timeout),       &["info dns.ns-silent ns2.example.net"]),
        ("it is not to be asked from here",   || Answer::failed(Reason::PrivateAddress), &[]),
        ("we have no way there",              || Answer::failed(Reason::Network),       &[]),
    ];
    for (rule, second, expected) in cases {
        assert_eq!(said(&two_servers(second)).1, expected, "{rule}");
    }
}

#[test]
fn a_zone_is_dead_only_when_the_resolver_has_nothing_either() {
    let servfail = || rcode(Rcode::SERVFAIL);
    let dead =
        |reached: Answer| {
            let random = format!("{}.{DOMAIN}", Vantage::default().random_label("reached"));
            two_servers(|| rcode(Rcode::REFUSED))
                .direct_all("192.0.2.1", DOMAIN, servfail())
                .answer(&random, Rtype::A, reached)
        };
    #[rustfmt::skip]
    let cases = [
        ("it fails for a new name",       dead(servfail()),                       &["critical dns.no-working-ns example.com"][..]),
        ("it is silent for a new name",   dead(Answer::failed(Reason::Timeout)),  &["critical dns.no-working-ns example.com"]),
        ("it denies a new name",          dead(nxdomain()),                       &[]),
        ("it will not answer us",         dead(rcode(Rcode::REFUSED)),            &[]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world).1, expected, "{rule}");
    }
}
