use hickory_proto::dnssec::Verifier;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_proto::rr::{DNSClass, RData, Record};

use super::*;

const SIGNED: &str = r#"
name = "signed zones"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@       MX 10 mx1
mx1     A 192.0.2.25
a.ent   TXT "below"
*.wild  TXT "any"
'''
"sub.example.com" = '@ A 192.0.2.1'
"plain.example.com" = '@ A 192.0.2.2'
"island.example" = '@ A 192.0.2.3'
"expired.example" = '@ A 192.0.2.4'
"wrong.example" = '@ A 192.0.2.5'
"keyless.example" = '@ A 192.0.2.6'
"rolled.example" = '@ A 192.0.2.7'
"old.example" = '@ A 192.0.2.8'
"hashed.example" = '@ A 192.0.2.9'
[signed]
"example.com" = {}
"sub.example.com" = {}
"island.example" = { ds = "missing" }
"expired.example" = { signatures = "expired" }
"wrong.example" = { signatures = "wrong" }
"keyless.example" = { signatures = "missing" }
"rolled.example" = { ds = "of-another-key" }
"old.example" = { algorithm = "rsa-sha1", ds = "sha1" }
"hashed.example" = { nsec3_iterations = 10 }
[expect]
"#;

fn signed() -> World {
    World::from_scenario(&Scenario::parse(SIGNED).unwrap()).unwrap()
}

fn with_signatures(world: &World, name: &str, rtype: RecordType, at: At) -> Vec<Record> {
    let asked = Asked { at, transport: Transport::Udp };
    let question = Question { dnssec_ok: true, asked, ..question(name, rtype) };
    let Reply::Message(message) = resolve(world, &question).reply else { panic!("{name}") };
    message.answers.iter().chain(&message.authorities).cloned().collect()
}

fn key_of(world: &World, origin: &str) -> DNSKEY {
    let answers = with_signatures(world, origin, RecordType::DNSKEY, At::Resolver);
    let key = answers.into_iter().find_map(|record| match record.data {
        RData::DNSSEC(DNSSECRData::DNSKEY(key)) => Some(key),
        _ => None,
    });
    key.unwrap_or_else(|| panic!("{origin} has no key"))
}

/// Every record but those of a cut is covered by a signature that its zone's key made.
fn assert_verifies(world: &World, records: &[Record], rule: &str) {
    let signature = |record: &Record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(rrsig)) => Some(rrsig.clone()),
        _ => None,
    };
    let signatures: Vec<(&Record, RRSIG)> =
        records.iter().filter_map(|record| Some((record, signature(record)?))).collect();
    assert!(!signatures.is_empty(), "{rule}: not signed");
    for record in records.iter().filter(|record| signature(record).is_none()) {
        let covers = |(of, rrsig): &&(&Record, RRSIG)| {
            of.name == record.name && rrsig.input().type_covered == record.record_type()
        };
        let Some((_, rrsig)) = signatures.iter().find(covers) else {
            assert_eq!(record.record_type(), RecordType::NS, "{rule}: {record} is not signed");
            continue;
        };
        let set = records.iter().filter(|other| {
            other.name == record.name && other.record_type() == record.record_type()
        });
        let key = key_of(world, &rrsig.input().signer_name.to_ascii());
        key.verify_rrsig(&record.name, DNSClass::IN, rrsig, set)
            .unwrap_or_else(|error| panic!("{rule}: {record}: {error}"));
    }
}

#[test]
fn what_is_signed_verifies() {
    let world = signed();
    let server = At::Server("192.0.2.53".parse().unwrap());
    let registry = At::Server("192.0.2.54".parse().unwrap());
    #[rustfmt::skip]
    let cases = [
        ("an RRset",                  "example.com.",            RecordType::MX,     server),
        ("the key",                   "example.com.",            RecordType::DNSKEY, server),
        ("through the resolver",      "mx1.example.com.",        RecordType::A,      At::Resolver),
        ("a denied type",             "mx1.example.com.",        RecordType::TXT,    server),
        ("a denied name",             "no.example.com.",         RecordType::TXT,    server),
        ("on the way to a name",      "ent.example.com.",        RecordType::TXT,    server),
        ("a wildcard",                "x.wild.example.com.",     RecordType::TXT,    server),
        ("a type at a wildcard",      "x.wild.example.com.",     RecordType::A,      server),
        ("the DS of a child",         "sub.example.com.",        RecordType::DS,     server),
        ("no DS of a child",          "plain.example.com.",      RecordType::DS,     server),
        ("a denial by hashes",        "a.b.hashed.example.",     RecordType::A,      server),
        ("a type denied by hashes",   "hashed.example.",         RecordType::TXT,    server),
        ("a delegation",              "mx1.example.com.",        RecordType::A,      registry),
        ("an unsigned delegation",    "vigie-lab.example.",      RecordType::A,      registry),
        ("the DS at the registry",    "example.com.",            RecordType::DS,     registry),
        ("a top-level domain",        "com.",                    RecordType::DS,     registry),
        ("a name nobody registered",  "nobody.com.",             RecordType::A,      registry),
        ("the root",                  ".",                       RecordType::SOA,    registry),
    ];
    for (rule, name, rtype, at) in cases {
        assert_verifies(&world, &with_signatures(&world, name, rtype, at), rule);
    }
}

#[test]
fn the_resolver_follows_the_chain_of_trust() {
    let world = signed();
    #[rustfmt::skip]
    let cases = [
        ("a signed zone",                   "mx1.example.com.",  false, "NoError ad 1"),
        ("a denial in it",                  "no.example.com.",   false, "NXDomain ad 0"),
        ("a signed child",                  "sub.example.com.",  false, "NoError ad 1"),
        ("an unsigned child",               "plain.example.com.", false, "NoError 1"),
        ("without a DS it is an island",    "island.example.",   false, "NoError 1"),
        ("signatures that ended",           "expired.example.",  false, "ServFail 0 ede 7"),
        ("not checked if so asked",         "expired.example.",  true,  "NoError 1"),
        ("signatures of nobody",            "wrong.example.",    false, "ServFail 0 ede 6"),
        ("a DS and no key",                 "keyless.example.",  false, "ServFail 0 ede 9"),
        ("a DS of another key",             "rolled.example.",   false, "ServFail 0 ede 9"),
        ("an algorithm nobody verifies",    "old.example.",      false, "NoError 1"),
        ("a name that nobody registered",   "nobody.com.",       false, "NXDomain ad 0"),
    ];
    for (rule, name, checking_disabled, expected) in cases {
        let question =
            Question { dnssec_ok: true, checking_disabled, ..question(name, RecordType::A) };
        let said = resolve(&world, &question);
        let Reply::Message(message) = &said.reply else { panic!("{rule}") };
        let count = message.answers.iter().filter(|r| r.record_type() == RecordType::A).count();
        let mut line = format!("{:?}", message.metadata.response_code);
        if message.metadata.authentic_data {
            line.push_str(" ad");
        }
        line.push_str(&format!(" {count}"));
        if let Some(ede) = super::say(&said).split_once("ede ") {
            line.push_str(&format!(" ede {}", ede.1));
        }
        assert_eq!(line, expected, "{rule}");
    }
}

#[test]
fn without_do_there_are_no_signatures() {
    let world = signed();
    let said = ask(&world, "no.example.com.", RecordType::A);
    assert_eq!(said, "NXDomain (example.com. SOA)");
    assert_eq!(
        ask(&world, "mx1.example.com.", RecordType::A),
        "NoError mx1.example.com. 192.0.2.25"
    );
}
