use std::net::IpAddr;

use super::generic::is_generic;
use super::observe::MOST_ADDRESSES;
use super::{Ip, IpFacts};
use crate::kernel::{
    Answer, Check, Context, Data, Mx, Name, Needs, Past, Profile, Rcode, Reason, Rtype,
    SeenGreeting, Stream, Target, Vantage,
};
use crate::records::reverse::reverse_name;
use crate::scripted::{
    self, Scripted, assert_no_loss_accuses, findings, holding, judge, nodata, observe, rcode,
};

const V4: &str = "192.0.2.10";
const V6: &str = "2001:db8::10";
const HOST: &str = "out.example.com";

fn target(ips: &[&str]) -> Target {
    let sending_ips = ips.iter().map(|ip| ip.parse().expect("an address")).collect();
    Target { sending_ips, ..Target::new(Name::new("example.com")) }
}

fn stream(helo: &str, ips: &[&str], bulk: bool) -> Target {
    let stream = Stream {
        ips: ips.iter().map(|ip| ip.parse().expect("an address")).collect(),
        helo: Some(helo.to_owned()).filter(|helo| !helo.is_empty()),
        bulk,
        ..scripted::stream("news", "example.com")
    };
    Target { streams: vec![stream], ..target(&[]) }
}

fn ptr(world: Scripted, address: &str, names: &[&str]) -> Scripted {
    let reverse = reverse_name(address.parse().expect("an address"));
    let names = names.iter().map(|name| Data::Ptr(Name::new(name))).collect();
    world.answer(reverse.as_str(), Rtype::PTR, holding(reverse.as_str(), names))
}

/// Both addresses are called `out.example.com`, which has both, and an SPF record of its own.
fn world() -> Scripted {
    let world = Scripted::new().a(HOST, &[V4]).aaaa(HOST, &[V6]).txt(HOST, &["v=spf1 a -all"]);
    ptr(ptr(world, V4, &[HOST]), V6, &[HOST])
}

fn say(world: &Scripted, target: &Target) -> Vec<String> {
    let facts = observe::<Ip>(world, target, &Vantage::default());
    judge::<Ip>(&facts, target, &Vantage::default())
}

#[test]
fn an_address_has_a_name_that_leads_back() {
    let reverse = "10.2.0.192.in-addr.arpa";
    let fails = |reason| world().fails(reverse, Rtype::PTR, reason);
    let named = |name: &str| ptr(Scripted::new().a(name, &[V4]), V4, &[name]);
    let both = || target(&[V4, V6]);
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, Target, &[&str])> = vec![
        ("names that lead back",            world(),                                            both(),           &[]),
        ("no name",                         world().answer(reverse, Rtype::PTR, nodata()),      both(),           &["error ip.ptr-missing 192.0.2.10"]),
        ("no name over IPv6",               ptr(Scripted::new().a(HOST, &[V4]), V4, &[HOST]),   both(),           &["critical ip.ptr-missing 2001:db8::10"]),
        ("no name for bulk mail",           Scripted::new(),                                    stream("", &[V4], true), &["critical ip.ptr-missing 192.0.2.10"]),
        ("no name for other mail",          Scripted::new(),                                    stream("", &[V4], false), &["error ip.ptr-missing 192.0.2.10"]),
        ("the reverse zone is silent",      fails(Reason::Timeout),                             target(&[V4]),    &["indet. ip.ptr-lookup-failed 192.0.2.10"]),
        ("a name of another address",       world().a(HOST, &["192.0.2.11"]),                   target(&[V4]),    &["error ip.ptr-not-forward-confirmed 192.0.2.10"]),
        ("a name without address",          world().answer(HOST, Rtype::A, nodata()),           target(&[V4]),    &["error ip.ptr-not-forward-confirmed 192.0.2.10"]),
        ("a name that could not be told",   world().fails(HOST, Rtype::A, Reason::Servfail),    target(&[V4]),    &["indet. ip.ptr-lookup-failed 192.0.2.10"]),
        ("one of two leads back",           ptr(world(), V4, &["old.example.com", HOST]),       target(&[V4]),    &[]),
        ("one leads back, one is unknown",  ptr(world().fails("old.example.com", Rtype::A, Reason::Timeout), V4, &["old.example.com", HOST]), target(&[V4]), &[]),
        ("the other family does not count", ptr(world(), V4, &["six.example.com"]).aaaa("six.example.com", &[V6]), target(&[V4]), &["error ip.ptr-not-forward-confirmed 192.0.2.10"]),
        ("a name made from the address",    named("192-0-2-10.access.example.net"),             target(&[V4]),    &["warning ip.ptr-generic 192.0.2.10"]),
        ("a good name beside it",           ptr(named("192-0-2-10.access.example.net").a(HOST, &[V4]), V4, &["192-0-2-10.access.example.net", HOST]), target(&[V4]), &[]),
    ];
    for (rule, world, target, expected) in cases {
        assert_eq!(say(&world, &target), expected, "{rule}");
    }
}

#[test]
fn a_name_with_its_reverse_zone_appended_lacks_its_final_dot() {
    #[rustfmt::skip]
    let cases = [
        ("the zone of a network",   "out.example.com.2.0.192.in-addr.arpa",          Some("out.example.com")),
        ("a part of a network",     "out.example.com.8-15.2.0.192.in-addr.arpa",     Some("out.example.com")),
        ("the zone of all",         "out.example.com.in-addr.arpa",                  Some("out.example.com")),
        ("nibbles that are letters", "out.example.com.b.d.0.1.0.0.2.ip6.arpa",       Some("out.example.com")),
        ("a label and no more",     "out.2.0.192.in-addr.arpa",                      None),
        ("nothing before it",       "10.2.0.192.in-addr.arpa",                       None),
        ("another name",            "in-addr.arpa.example.com",                      None),
    ];
    for (rule, name, meant) in cases {
        let target = target(&[V4]);
        let facts = observe::<Ip>(&ptr(world(), V4, &[name]), &target, &Vantage::default());
        let found = findings::<Ip>(&facts, &target, &Vantage::default());
        assert_eq!(found[0].id, "ip.ptr-not-forward-confirmed", "{rule}");
        assert_eq!(found[0].params.get("meant").map(String::as_str), meant, "{rule}");
    }
}

#[test]
fn names_made_by_machine_are_known() {
    #[rustfmt::skip]
    let cases = [
        ("octets",                      "192-0-2-10.example.net",               V4, true),
        ("octets from the last",        "10.2.0.192.example.net",               V4, true),
        ("padded",                      "ip192000002010.example.net",           V4, true),
        ("hexadecimal",                 "c000020a.example.net",                 V4, true),
        ("a word before hexadecimal",   "hostc000020a.example.net",             V4, true),
        ("another address",             "192-0-2-11.example.net",               V4, false),
        ("a pool",                      "x7.dynamic.example.net",               V4, true),
        ("a numbered pool",             "a.pool12.example.net",                 V4, true),
        ("a word that holds another",   "dynamics.example.net",                 V4, false),
        ("a pool of the domain's own",  "smtp-pool3.example.com",               V4, false),
        ("a line of the domain's own",  "dsl.example.com",                      V4, true),
        ("the company's own name",      "mail.dsl.example",                     V4, false),
        ("two numbers",                 "a8-30.smtp-out.example.net",           V4, false),
        ("an ordinary name",            "mail.example.net",                     V4, false),
        ("the domain alone",            "example.net",                          V4, false),
        ("the end of an IPv6 address",  "2001-db8-0-0-a1b2-c3d4-e5f6-7.example.net", "2001:db8::a1b2:c3d4:e5f6:7", true),
        ("the same in full",            "a1b2c3d4e5f60007.example.net",         "2001:db8::a1b2:c3d4:e5f6:7", true),
        ("a network in a domain",       "ip10.ip-192-0-2.eu",                   V4, true),
        ("a server of such a network",  "ns3012345.ip-192-0-2.eu",              V4, true),
        ("another network",             "mail.ip-192-0-3.eu",                   V4, false),
        ("the last octet first",        "10.192-0-2.lines.example.net",         V4, true),
        ("three of the octets",         "mail-192-0-2.example.net",             V4, false),
        ("a machine that is let",       "vps-1a2b3c4d.vps.ovh.net",             V4, true),
        ("one with a number",           "vps123456.example.net",                V4, true),
        ("one of the domain's own",     "vps-1a2b3c4d.example.com",             V4, false),
        ("one with a name",             "vps-mail.example.net",                 V4, false),
        ("one with a short number",     "vps3.example.net",                     V4, false),
        ("a subscriber",                "lfbn-lyo-1-2-10.w192-0.abo.wanadoo.fr", V4, true),
        ("subscriptions",               "abo.example.net",                      V4, false),
        ("subscriptions of its own",    "news.abo.example.com",                 V4, false),
        ("its own domain of digits",    "mail.192-0-2-10.example",              V4, true),
        ("a short IPv6 address",        "mail-10.example.net",                  V6, false),
    ];
    for (rule, name, address, expected) in cases {
        let address: IpAddr = address.parse().expect("an address");
        assert_eq!(
            is_generic(&Name::new(name), address, &Name::new("example.com")),
            expected,
            "{rule}: {name}"
        );
    }
}

#[test]
fn a_server_greets_with_a_name_of_its_own() {
    let mx =
        || holding(HOST, vec![Data::Mx(Mx { preference: 1, exchange: Name::new("mx.example") })]);
    let bare = || ptr(Scripted::new(), V4, &["pt.example.com"]).a("pt.example.com", &[V4]);
    let spf = |record: &str| world().txt(HOST, &[record]);
    let unresolvable = &["error ip.helo-unresolvable out.example.com"][..];
    let untold = &["indet. ip.ptr-lookup-failed out.example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, &str, Scripted, &[&str])> = vec![
        ("a name with the address",        HOST,               world(),                                       &[]),
        ("a single label",                 "out",              world(),                                       &["error ip.helo-invalid out"]),
        ("an address without brackets",    "192.0.2.10",       world(),                                       &["error ip.helo-invalid 192.0.2.10"]),
        ("a label with other signs",       "my_host.example.com", world(),                                    &["error ip.helo-invalid my_host.example.com"]),
        ("of a private network",           "server1.local",    world(),                                       &["error ip.helo-invalid server1.local"]),
        ("only a label of that name",      "local.example.com", world().a("local.example.com", &["192.0.2.10"]).txt("local.example.com", &["v=spf1 a -all"]), &[]),
        ("brackets around no address",     "[out]",            world(),                                       &["error ip.helo-invalid [out]"]),
        ("IPv6 without its tag",           "[2001:db8::1]",    world(),                                       &["error ip.helo-invalid [2001:db8::1]"]),
        ("an address literal",             "[192.0.2.10]",     world(),                                       &["warning ip.helo-address-literal [192.0.2.10]"]),
        ("an IPv6 literal",                "[IPv6:2001:db8::1]", world(),                                     &["warning ip.helo-address-literal [IPv6:2001:db8::1]"]),
        ("its tag in small letters",       "[ipv6:2001:db8::1]", world(),                                     &["warning ip.helo-address-literal [ipv6:2001:db8::1]"]),
        ("IPv4 with the tag of the other", "[IPv6:192.0.2.10]", world(),                                      &["error ip.helo-invalid [IPv6:192.0.2.10]"]),
        ("a name that is not there",       HOST,               bare(),                                        unresolvable),
        ("a name with an MX alone",        HOST,               bare().answer(HOST, Rtype::MX, mx()).txt(HOST, &["v=spf1 ip4:192.0.2.10 -all"]), &[]),
        ("no address, the MX is unknown",  HOST,               bare().fails(HOST, Rtype::MX, Reason::Timeout).txt(HOST, &["v=spf1 ip4:192.0.2.10 -all"]), untold),
        ("one family is unknown",          HOST,               world().fails(HOST, Rtype::AAAA, Reason::Timeout), untold),
        ("a name of another address",      HOST,               spf("v=spf1 ip4:192.0.2.0/24 -all").a(HOST, &["192.0.2.11"]), &["error ip.ptr-not-forward-confirmed 192.0.2.10", "warning ip.helo-ip-mismatch out.example.com"]),
        ("its SPF refuses the address",    HOST,               spf("v=spf1 -all"),                            &["error ip.helo-spf-fail out.example.com"]),
        ("its SPF is neutral",             HOST,               spf("v=spf1 ?all"),                            &[]),
        ("its SPF has no term for it",     HOST,               spf("v=spf1 ip4:192.0.2.99"),                  &[]),
        ("its SPF fails softly",           HOST,               spf("v=spf1 ~all"),                            &["warning ip.helo-spf-fail out.example.com"]),
        ("its SPF is an error",            HOST,               spf("v=spf1 ip4:x -all"),                      &["error ip.helo-spf-fail out.example.com"]),
        ("it has no SPF",                  HOST,               world().answer(HOST, Rtype::TXT, nodata()),    &["info ip.helo-spf-missing out.example.com"]),
        ("its SPF is unknown",             HOST,               world().answer(HOST, Rtype::TXT, rcode(Rcode::SERVFAIL)), untold),
    ];
    for (rule, helo, world, expected) in cases {
        assert_eq!(say(&world, &stream(helo, &[V4], false)), expected, "{rule}");
    }
}

#[test]
fn the_addresses_that_differ_are_named() {
    let world = world().txt(HOST, &["v=spf1 ip4:192.0.2.0/24 -all"]).a(HOST, &["192.0.2.11"]);
    let target = stream(HOST, &[V4], false);
    let seen = observe::<Ip>(&world, &target, &Vantage::default());
    let found = findings::<Ip>(&seen, &target, &Vantage::default());
    let found = found.iter().find(|one| one.id == "ip.helo-ip-mismatch").expect("it is another");
    assert_eq!(found.params["sending"], V4);
    assert_eq!(found.params["addresses"], format!("192.0.2.11, {V6}"));
}

#[test]
fn a_name_is_judged_without_addresses_too() {
    assert_eq!(say(&world(), &stream(HOST, &[], false)), Vec::<String>::new());
    let expected = ["error ip.helo-unresolvable gone.example.com"];
    assert_eq!(say(&world(), &stream("gone.example.com", &[], false)), expected);
}

#[test]
fn what_test_sends_greeted_with_is_judged_too() {
    let greetings = vec![SeenGreeting {
        helo: "localhost".to_owned(),
        address: V4.parse().expect("an address"),
    }];
    let seen = Target { greetings, ..target(&[V4]) };
    assert_eq!(say(&world(), &seen), ["error ip.helo-invalid localhost"]);
}

#[test]
fn the_record_that_heals_a_missing_name_bears_the_address() {
    let target = stream("gone.example.com", &[V4, V6], false);
    let facts = observe::<Ip>(&world(), &target, &Vantage::default());
    let found = findings::<Ip>(&facts, &target, &Vantage::default());
    let values: Vec<_> =
        found[0].fix.iter().map(|change| (change.rtype, change.value.clone())).collect();
    let expected = [(Rtype::A, Some(V4.to_owned())), (Rtype::AAAA, Some(V6.to_owned()))];
    assert_eq!(values, expected);
}

/// The rule, the world, the name and addresses that greet, and the record that is proposed.
type HelloCase =
    (&'static str, Scripted, &'static str, &'static [&'static str], Option<&'static str>);

#[test]
fn the_record_that_heals_a_greeting_without_spf_lets_its_senders_pass() {
    let no_spf = |world: Scripted, name: &str| world.answer(name, Rtype::TXT, nodata());
    let v4_alone = || no_spf(ptr(Scripted::new().a(HOST, &[V4]), V4, &[HOST]), HOST);
    let mx = |name: &str| {
        let exchange = Name::new("mx.example");
        let answer = holding(name, vec![Data::Mx(Mx { preference: 1, exchange })]);
        Scripted::new().answer(name, Rtype::MX, answer)
    };
    #[rustfmt::skip]
    let cases: Vec<HelloCase> = vec![
        ("its own addresses",       no_spf(world(), HOST),      HOST, &[V4, V6],       Some("v=spf1 a -all")),
        ("another address too",     no_spf(world(), HOST),      HOST, &[V4, "192.0.2.11"], Some("v=spf1 a ip4:192.0.2.11 -all")),
        ("IPv6 that it lacks",      v4_alone(),                 HOST, &[V4, V6],       Some("v=spf1 a ip6:2001:db8::10 -all")),
        ("a family is unknown",     no_spf(world().fails(HOST, Rtype::AAAA, Reason::Timeout), HOST), HOST, &[V4, V6], Some("v=spf1 a ip6:2001:db8::10 -all")),
        ("no address at all",       mx("news.example.com"),     "news.example.com", &[V4], Some("v=spf1 ip4:192.0.2.10 -all")),
        ("a name of somebody else", mx("out.esp.net"),          "out.esp.net", &[V4],  None),
    ];
    for (rule, world, helo, ips, expected) in cases {
        let target = stream(helo, ips, false);
        let facts = observe::<Ip>(&world, &target, &Vantage::default());
        let found = findings::<Ip>(&facts, &target, &Vantage::default());
        let missing = found.iter().find(|one| one.id == "ip.helo-spf-missing").expect(rule);
        let value = missing.fix.first().and_then(|change| change.value.as_deref());
        assert_eq!(value, expected, "{rule}");
        assert_eq!(missing.withheld.is_some(), expected.is_none(), "{rule}");
    }
}

#[test]
fn no_record_is_proposed_in_the_zone_of_somebody_else() {
    let target = stream("gone.esp.net", &[V4], false);
    let facts = observe::<Ip>(&world(), &target, &Vantage::default());
    let found = findings::<Ip>(&facts, &target, &Vantage::default());
    assert_eq!(found[0].id, "ip.helo-unresolvable");
    assert!(found[0].fix.is_empty() && found[0].withheld.is_some(), "{:?}", found[0]);
}

#[test]
fn without_addresses_there_is_nothing_to_ask() {
    let target = target(&[]);
    let facts = observe::<Ip>(&world(), &target, &Vantage::default());
    let needs = Needs::default();
    let vantage = Vantage::default();
    let now = chrono::DateTime::UNIX_EPOCH;
    let context =
        Context { target: &target, vantage: &vantage, needs: &needs, past: &Past::default(), now };
    assert_eq!(Ip::judge(&facts, &context).nothing_to_ask, Some("no-addresses"));

    let crowd = (0..500u32).map(|number| IpAddr::V4((0xC000_0200 + number).into())).collect();
    let crowd = Target { sending_ips: crowd, ..target };
    let facts: IpFacts = observe::<Ip>(&world(), &crowd, &Vantage::default());
    assert_eq!(facts.senders.len(), MOST_ADDRESSES);
}

#[test]
fn no_lost_answer_accuses() {
    let targets = [target(&[V4, V6]), stream(HOST, &[V4, V6], false)];
    let worlds: [fn() -> Scripted; 4] = [
        world,
        || world().a(HOST, &["192.0.2.11"]),
        || world().txt(HOST, &["v=spf1 include:a.example.com include:b.example.com a -all"]),
        || {
            world()
                .answer(HOST, Rtype::TXT, Answer::failed(Reason::Timeout))
                .a(HOST, &["192.0.2.11"])
        },
    ];
    for target in &targets {
        for world in worlds {
            assert_no_loss_accuses::<Ip>(world, target, &Vantage::default());
        }
    }
}

/// A mail host without a name, a provider's address, and a sender that are told of by SPF alone.
fn told_by_spf(record: &str) -> Scripted {
    let mx = Data::Mx(Mx { preference: 1, exchange: Name::new("mx.example.com") });
    world()
        .txt("example.com", &[record])
        .answer("example.com", Rtype::MX, holding("example.com", vec![mx]))
        .a("mx.example.com", &["192.0.2.25"])
}

fn everywhere() -> Vantage {
    let own_networks = vec!["192.0.2.0/24".parse().expect("a net")];
    Vantage { own_networks, ..Vantage::default() }
}

#[test]
fn without_declared_addresses_those_that_spf_names_are_looked_at() {
    let say = |world: &Scripted, target: &Target| {
        let facts = observe::<Ip>(world, target, &everywhere());
        judge::<Ip>(&facts, target, &everywhere())
    };
    let missing = &["error ip.ptr-missing 192.0.2.25"][..];
    let with = |record| told_by_spf(record);
    let bare = || target(&[]);
    let parked = Target { profile: Profile::Parked, ..bare() };
    let unread = with("v=spf1 mx -all").fails("example.com", Rtype::TXT, Reason::Timeout);
    let unread_host =
        with("v=spf1 mx a:out.example.com -all").fails(HOST, Rtype::A, Reason::Servfail);
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, Target, &[&str])> = vec![
        ("a mail host without a name",   with("v=spf1 mx -all"),                        bare(), missing),
        ("beside others",                with("v=spf1 mx include:esp.example -all"),    bare(), missing),
        ("a host that takes no mail",    with("v=spf1 ip4:192.0.2.26 include:esp.example -all"), bare(), &["warning ip.ptr-missing 192.0.2.26"]),
        ("a name of another address",    ptr(with("v=spf1 mx -all"), "192.0.2.25", &[HOST]), bare(), &["error ip.ptr-not-forward-confirmed 192.0.2.25"]),
        ("one with a name",              with("v=spf1 ip4:192.0.2.10 -all"),            bare(), &[]),
        ("a network names nobody",       with("v=spf1 ip4:192.0.2.0/28 -all"),          bare(), &[]),
        ("a private address",            with("v=spf1 ip4:10.0.0.1 -all"),              bare(), &[]),
        ("a provider's shared address",  with("v=spf1 ip4:149.72.1.1 -all"),            bare(), &[]),
        ("who declares what sends",      with("v=spf1 mx -all"),                        target(&[V4]), &[]),
        ("who sends nothing",            with("v=spf1 mx -all"),                        parked, &[]),
        ("the record could not be told", unread,                                        bare(), &["indet. ip.ptr-lookup-failed example.com"]),
        ("a host of it neither",         unread_host,                                   bare(), &["error ip.ptr-missing 192.0.2.25", "indet. ip.ptr-lookup-failed example.com"]),
    ];
    for (rule, world, target, expected) in cases {
        assert_eq!(say(&world, &target), expected, "{rule}");
    }
    let world = with("v=spf1 MX -all");
    let facts = observe::<Ip>(&world, &bare(), &everywhere());
    let found = findings::<Ip>(&facts, &bare(), &everywhere());
    assert_eq!(
        (found[0].params["case"].as_str(), found[0].params["term"].as_str()),
        ("named", "MX")
    );
    assert_no_loss_accuses::<Ip>(|| told_by_spf("v=spf1 mx -all"), &bare(), &everywhere());
}
