use std::net::IpAddr;

use hickory_proto::rr::RecordType;

use super::*;

#[test]
fn the_resolver_answers_as_a_real_one() {
    use RecordType::*;
    #[rustfmt::skip]
    let cases = [
        ("text keeps its semicolon",              "example.com.",               TXT,  "NoError example.com. v=spf1 include:a.example.com; -all"),
        ("the asked case comes back",             "ExAmPle.com.",               MX,   "NoError ExAmPle.com. 10 mx1.example.com."),
        ("an alias is followed",                  "www.example.com.",           A,    "NoError www.example.com. mx1.example.com. mx1.example.com. 192.0.2.25"),
        ("an alias is followed into a zone",      "away.example.com.",          A,    "NoError away.example.com. www.example.net. www.example.net. 198.51.100.80"),
        ("an alias to nothing is NXDOMAIN",       "gone.example.com.",          A,    "NXDomain gone.example.com. nothing.example.net. (example.net. SOA)"),
        ("an alias itself may be asked for",      "www.example.com.",           CNAME,"NoError www.example.com. mx1.example.com."),
        ("aliases that never end fail",           "loop.example.com.",          A,    "ServFail"),
        ("another type is no data",               "mx1.example.com.",           TXT,  "NoError (example.com. SOA)"),
        ("no such name is NXDOMAIN",              "nix.example.com.",           A,    "NXDomain (example.com. SOA)"),
        ("an empty non-terminal exists",          "_domainkey.example.com.",    TXT,  "NoError (example.com. SOA)"),
        ("text in parts",                         "s1._domainkey.example.com.", TXT,  "NoError s1._domainkey.example.com. v=DKIM1; k=rsa; p=MIIB"),
        ("escapes and comments",                  "esc.example.com.",           TXT,  "NoError esc.example.com. a; \"b"),
        ("a wildcard bears the asked name",       "x.y.wild.example.com.",      TXT,  "NoError x.y.wild.example.com. any"),
        ("a wildcard has no other type",          "x.wild.example.com.",        A,    "NoError (example.com. SOA)"),
        ("a wildcard yields to a written name",   "only.wild.example.com.",     TXT,  "NoError (example.com. SOA)"),
        ("a wildcard is not above itself",        "wild.example.com.",          TXT,  "NoError (example.com. SOA)"),
        ("below a written name no wildcard",      "x.only.wild.example.com.",   TXT,  "NXDomain (example.com. SOA)"),
        ("servers that nobody plays fail",        "x.dead.example.com.",        A,    "ServFail ede 22"),
        ("the default name servers",              "example.com.",               NS,   "NoError example.com. ns1.vigie-lab.example. example.com. ns2.vigie-lab.example."),
        ("and their addresses",                   "ns1.vigie-lab.example.",     A,    "NoError ns1.vigie-lab.example. 192.0.2.53"),
        ("an unknown domain is its registry's no","nix.example.",               MX,   "NXDomain (example. SOA)"),
        ("a name below it too",                   "_dmarc.a.b.test.",           TXT,  "NXDomain (test. SOA)"),
        ("a top-level domain exists",             "com.",                       TXT,  "NoError (com. SOA)"),
        ("the root exists",                       ".",                          TXT,  "NoError (. SOA)"),
        ("a name above a zone exists",            "co.uk.",                     A,    "NoError (uk. SOA)"),
        ("reverse names",                         "25.2.0.192.in-addr.arpa.",   PTR,  "NoError 25.2.0.192.in-addr.arpa. mx1.example.com."),
        ("a reverse name nobody has",             "1.100.51.198.in-addr.arpa.", PTR,  "NXDomain (in-addr.arpa. SOA)"),
        ("nor in IPv6",                           "1.0.ip6.arpa.",              PTR,  "NXDomain (ip6.arpa. SOA)"),
        ("a control host",                        "gmail-smtp-in.l.google.com.",A,    "NoError gmail-smtp-in.l.google.com. 192.0.2.250"),
        ("the lab's own control host",            "control-mx.vigie-lab.example.", A, "NoError control-mx.vigie-lab.example. 192.0.2.250"),
        ("DS is the parent's",                    "example.com.",               DS,   "NoError (com. SOA)"),
    ];
    let world = world();
    for (rule, name, rtype, expected) in cases {
        assert_eq!(ask(&world, name, rtype), expected, "{rule}");
    }
}

#[test]
fn a_zones_own_server_answers_for_its_zones_alone() {
    use RecordType::*;
    #[rustfmt::skip]
    let cases = [
        ("with authority",                   "192.0.2.53",    "mx1.example.com.",  A,   "NoError aa mx1.example.com. 192.0.2.25"),
        ("negative answers too",             "192.0.2.53",    "nix.example.com.",  A,   "NXDomain aa (example.com. SOA)"),
        ("both default servers",             "198.51.100.53", "example.com.",      MX,  "NoError aa example.com. 10 mx1.example.com."),
        ("not for another's zone",           "192.0.2.53",    "www.example.net.",  A,   "Refused"),
        ("the named server has it",          "198.51.100.99", "www.example.net.",  A,   "NoError aa www.example.net. 198.51.100.80"),
        ("nobody serves there",              "192.0.2.77",    "www.example.net.",  A,   "silence"),
        ("an alias ends where the zone does","192.0.2.53",    "away.example.com.", A,   "NoError aa away.example.com. www.example.net."),
        ("a cut is a referral",              "192.0.2.53",    "x.dead.example.com.", A, "NoError (dead.example.com. NS)"),
        ("the registry refers",              "192.0.2.54",    "www.example.net.",  A,   "NoError (example.net. NS)"),
        ("and knows what is not registered", "192.0.2.54",    "nix.example.",      A,   "NXDomain aa (example. SOA)"),
    ];
    let world = world();
    for (rule, server, name, rtype, expected) in cases {
        assert_eq!(ask_at(&world, server, name, rtype), expected, "{rule}");
    }
}

#[test]
fn servers_may_differ_from_their_peers() {
    let world = world_with(
        "[hosts.\"198.51.100.53\"]\ndns = { zones = { \"example.com\" = '@ MX 10 old' } }\n\
         [hosts.\"192.0.2.54\"]\ndns = { zones = { \"com\" = 'example NS ns9.example.net.' } }",
    );
    #[rustfmt::skip]
    let cases = [
        ("one server is behind",         "198.51.100.53", "example.com.", "NoError aa example.com. 10 old.example.com."),
        ("its peer is not",              "192.0.2.53",    "example.com.", "NoError aa example.com. 10 mx1.example.com."),
        ("the parent has its own NS set","192.0.2.54",    "example.com.", "NoError (example.com. NS)"),
    ];
    for (rule, server, name, expected) in cases {
        assert_eq!(ask_at(&world, server, name, RecordType::MX), expected, "{rule}");
    }
}

#[test]
fn a_replaced_record_keeps_its_lifetime() {
    let world = world();
    let ttl = || match resolve(&world, &question("www.example.com.", RecordType::CNAME)).reply {
        Reply::Message(message) => message.answers[0].ttl,
        _ => panic!("the zone holds it"),
    };
    assert_eq!(ttl(), 600);
    world.replace_rrset("www.example.com", "CNAME", &["away.example.com."]).unwrap();
    assert_eq!(ttl(), 600);
}

#[test]
fn a_change_is_seen_by_the_next_question() {
    let world = world();
    let spf = || ask(&world, "example.com.", RecordType::TXT);
    world.replace_rrset("Example.com", "TXT", &["\"v=spf1 -all\""]).unwrap();
    assert_eq!(spf(), "NoError example.com. v=spf1 -all");
    world.replace_rrset("example.com", "TXT", &[]).unwrap();
    assert_eq!(spf(), "NoError (example.com. SOA)");
    world.publish("example.com", "@ TXT \"new\"").unwrap();
    assert_eq!(spf(), "NoError example.com. new");
    assert!(
        ask(&world, "example.com.", RecordType::SOA).contains(" 4 3600"),
        "each change moves the serial"
    );
    world.withdraw("example.com").unwrap();
    assert_eq!(spf(), "NXDomain (com. SOA)");
}

#[test]
fn a_declared_zone_hides_the_control_names_it_writes() {
    let world = world();
    let control = "gmail-smtp-in.l.google.com.";
    world.publish("google.com", "_spf TXT \"v=spf1 -all\"").unwrap();
    assert_eq!(ask(&world, control, RecordType::A), format!("NoError {control} 192.0.2.250"));
    assert_eq!(ask(&world, "l.google.com.", RecordType::A), "NoError (google.com. SOA)");
    world.publish("google.com", "gmail-smtp-in.l A 192.0.2.26").unwrap();
    assert_eq!(ask(&world, control, RecordType::A), format!("NoError {control} 192.0.2.26"));
}

#[test]
fn an_address_is_served_when_an_ns_record_leads_there() {
    let world = world();
    let at = |address: &str| world.snapshot().is_name_server(address.parse::<IpAddr>().unwrap());
    assert!(at("192.0.2.53") && at("192.0.2.54") && at("198.51.100.99"));
    assert!(!at("192.0.2.25"));
}
