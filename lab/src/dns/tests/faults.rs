use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::super::message::asking;
use super::*;

#[test]
fn faults_hit_what_they_name() {
    use RecordType::*;
    let right = "NoError mx1.example.com. 192.0.2.25";
    #[rustfmt::skip]
    let cases = [
        ("silence",                          "answer = \"timeout\"",                                  "mx1.example.com.", A,    "silence"),
        ("SERVFAIL",                         "answer = \"servfail\"",                                 "mx1.example.com.", A,    "ServFail"),
        ("with a reason",                    "answer = \"servfail\"\nede = 22",                       "mx1.example.com.", A,    "ServFail ede 22"),
        ("REFUSED",                          "answer = \"refused\"",                                  "mx1.example.com.", A,    "Refused"),
        ("FORMERR",                          "answer = \"formerr\"",                                  "mx1.example.com.", A,    "FormErr"),
        ("NOTIMP",                           "answer = \"notimp\"",                                   "mx1.example.com.", A,    "NotImp"),
        ("NXDOMAIN with its SOA",            "answer = \"nxdomain\"",                                 "mx1.example.com.", A,    "NXDomain (example.com. SOA)"),
        ("no data with its SOA",             "answer = \"nodata\"",                                   "mx1.example.com.", A,    "NoError (example.com. SOA)"),
        ("truncation",                       "answer = \"truncate-and-drop-tcp\"",                    "mx1.example.com.", A,    "NoError tc"),
        ("no message at all",                "answer = \"garbage\"",                                  "mx1.example.com.", A,    "octets"),
        ("a lie",                            "answer = \"lie\"\naddress = \"203.0.113.9\"",           "mx1.example.com.", A,    "NoError mx1.example.com. 203.0.113.9"),
        ("a lie has one family",             "answer = \"lie\"\naddress = \"203.0.113.9\"",           "mx1.example.com.", AAAA, "NoError (example.com. SOA)"),
        ("bogus for a validator",            "answer = \"bogus\"",                                    "mx1.example.com.", A,    "ServFail ede 6"),
        ("the type named",                   "answer = \"servfail\"\ntype = \"a\"",                   "mx1.example.com.", A,    "ServFail"),
        ("not another type",                 "answer = \"servfail\"\ntype = \"TXT\"",                 "mx1.example.com.", A,    right),
        ("the name named",                   "answer = \"servfail\"\nname = \"MX1.example.com\"",     "mx1.example.com.", A,    "ServFail"),
        ("not another name",                 "answer = \"servfail\"\nname = \"example.com\"",         "mx1.example.com.", A,    right),
        ("every name below",                 "answer = \"servfail\"\nname = \"*.example.com\"",       "mx1.example.com.", A,    "ServFail"),
        ("not the name itself",              "answer = \"servfail\"\nname = \"*.mx1.example.com\"",   "mx1.example.com.", A,    right),
        ("behind an alias too",              "answer = \"servfail\"\nname = \"mx1.example.com\"",     "www.example.com.", A,    "ServFail"),
        ("the alias stands before no data",  "answer = \"nodata\"\nname = \"mx1.example.com\"",       "www.example.com.", A,    "NoError www.example.com. mx1.example.com. (example.com. SOA)"),
        ("not at the resolver",              "answer = \"servfail\"\nonly_at = \"192.0.2.53\"",       "mx1.example.com.", A,    right),
    ];
    for (rule, fault, name, rtype, expected) in cases {
        let world = world_with(&format!("[[faults]]\n{fault}"));
        assert_eq!(ask(&world, name, rtype), expected, "{rule}");
    }
}

#[test]
fn faults_of_one_server_are_its_own() {
    let world = world_with(
        "[[faults]]\nanswer = \"not-authoritative\"\nonly_at = \"192.0.2.53\"\n\
         [[faults]]\nanswer = \"timeout\"\nonly_at = \"198.51.100.53\"",
    );
    let right = "NoError mx1.example.com. 192.0.2.25";
    let ask_server = |server| ask_at(&world, server, "mx1.example.com.", RecordType::A);
    assert_eq!(ask_server("192.0.2.53"), right, "a lame server");
    assert_eq!(ask_server("198.51.100.53"), "silence");
    assert_eq!(ask(&world, "mx1.example.com.", RecordType::A), right);
}

#[test]
fn a_late_answer_is_right_and_a_wrong_id_is_wrong() {
    let late = world_with("[[faults]]\nanswer = \"delay\"\ndelay_ms = 50");
    let right = resolve(&late, &question("mx1.example.com.", RecordType::A));
    assert_eq!(right.after, Duration::from_millis(50));
    assert_eq!(say(&right), "NoError mx1.example.com. 192.0.2.25");

    let wrong = world_with("[[faults]]\nanswer = \"wrong-id\"");
    let asked = asking(&question("mx1.example.com.", RecordType::A));
    let Reply::Message(reply) = answer(&wrong, &asked, Asked::RESOLVER).reply else {
        panic!("a message comes back");
    };
    assert_ne!(reply.metadata.id, asked.metadata.id);
}

#[test]
fn over_tcp_the_dropped_answer_hangs_up() {
    let world = world_with("[[faults]]\nanswer = \"truncate-and-drop-tcp\"");
    let asked = Asked { at: At::Resolver, transport: Transport::Tcp };
    let over_tcp = Question { asked, ..question("mx1.example.com.", RecordType::A) };
    assert_eq!(say(&resolve(&world, &over_tcp)), "hangs up");
}

#[test]
fn the_resolver_has_its_manners() {
    use RecordType::*;
    #[rustfmt::skip]
    let cases = [
        ("silent",                            "silent = true",                          "mx1.example.com.", A,   "silence"),
        ("it rewrites NXDOMAIN",              "rewrites_nxdomain = \"203.0.113.1\"",    "nix.example.com.", A,   "NoError nix.example.com. 203.0.113.1"),
        ("for other types to no data",        "rewrites_nxdomain = \"203.0.113.1\"",    "nix.example.com.", TXT, "NoError"),
        ("never what exists",                 "rewrites_nxdomain = \"203.0.113.1\"",    "mx1.example.com.", TXT, "NoError (example.com. SOA)"),
        ("it strips the SOA",                 "strips_soa = true",                      "nix.example.com.", A,   "NXDomain"),
        ("it vouches for a secure zone",      "secure = [\"example.com\"]",             "mx1.example.com.", A,   "NoError ad mx1.example.com. 192.0.2.25"),
        ("for no denial outside of it",       "secure = [\"example.com\"]",             "www.example.net.", A,   "NoError www.example.net. 198.51.100.80"),
        ("a chain is as secure as its links", "secure = [\"example.com\"]",             "away.example.com.", A,  "NoError away.example.com. www.example.net. www.example.net. 198.51.100.80"),
        ("only if it validates",              "secure = [\"example.com\"]\nvalidates = false", "mx1.example.com.", A, "NoError mx1.example.com. 192.0.2.25"),
    ];
    for (rule, manners, name, rtype, expected) in cases {
        let world = world_with(&format!("[resolver]\n{manners}"));
        let asked = Question { dnssec_ok: true, ..question(name, rtype) };
        assert_eq!(say(&resolve(&world, &asked)), expected, "{rule}");
    }
}

#[test]
fn bogus_data_are_given_to_those_who_check_themselves() {
    let world = world_with("[[faults]]\nanswer = \"bogus\"\nede = 7");
    let asked = question("mx1.example.com.", RecordType::A);
    assert_eq!(say(&resolve(&world, &asked)), "ServFail ede 7");
    let unchecked = Question { checking_disabled: true, ..asked };
    assert_eq!(say(&resolve(&world, &unchecked)), "NoError mx1.example.com. 192.0.2.25");
}
