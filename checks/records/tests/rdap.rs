use crate::kernel::Name;
use crate::records::rdap::Registration;

const ANSWER: &str = r#"{
  "objectClassName": "domain", "ldhName": "EXAMPLE.COM",
  "status": ["client transfer prohibited", "Active"],
  "events": [{"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
             {"eventAction": "expiration", "eventDate": "2027-08-13T04:00:00+02:00"}],
  "entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [["fn", {}, "text", "Nobody"]]]},
               {"roles": ["registrar"], "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "A Registrar, Inc."]]]}],
  "nameservers": [{"ldhName": "NS2.EXAMPLE.NET."}, {"ldhName": "ns1.example.net"}, {"x": 1}],
  "secureDNS": {"delegationSigned": true, "dsData": [{"keyTag": 370, "algorithm": 13, "digestType": 2, "digest": "BE74"}]}
}"#;

#[test]
fn an_answer_is_read_into_its_canonical_form() {
    let read = Registration::read(ANSWER.as_bytes()).unwrap();
    assert_eq!(read.registrar.as_deref(), Some("A Registrar, Inc."));
    assert_eq!(read.expires.unwrap().to_rfc3339(), "2027-08-13T02:00:00+00:00");
    assert_eq!(Vec::from_iter(&read.statuses), ["active", "client transfer prohibited"]);
    let servers = ["ns1.example.net", "ns2.example.net"].map(Name::new);
    assert_eq!(Vec::from_iter(read.name_servers.clone()), servers);
    assert_eq!(Vec::from_iter(&read.ds), ["370 13 2 be74"]);
    assert!(read.has("client transfer prohibited") && read.has("clienttransferprohibited"));
    assert!(!read.has("client hold"));
}

#[test]
fn what_is_redacted_is_absent_and_what_is_no_domain_is_nothing() {
    let bare = Registration::read(br#"{"objectClassName": "domain"}"#).unwrap();
    assert_eq!(bare, Registration::default());
    let odd = br#"{"objectClassName": "domain", "status": 1, "events": [{"eventAction": "expiration"}], "entities": [1], "secureDNS": []}"#;
    assert_eq!(Registration::read(odd).unwrap(), Registration::default());
    let deep = "[".repeat(100_000);
    for text in ["", "{}", r#"{"objectClassName": "entity"}"#, "<html>", deep.as_str()] {
        assert_eq!(Registration::read(text.as_bytes()), None, "{:.20}", text);
    }
}
