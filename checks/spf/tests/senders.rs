//! What is said of a sender whose evaluation went by a name that was not answered?

use super::*;

const REVERSE: &str = "9.2.0.192.in-addr.arpa";

#[test]
fn a_name_that_was_not_answered_accuses_nobody_and_hides_no_pass() {
    let asking = |record: &str| publishing(record).fails(REVERSE, Rtype::PTR, Reason::Timeout);
    let sending =
        Target { sending_ips: vec!["192.0.2.9".parse().expect("an address")], ..target() };
    let refused = "critical spf.sending-ip-not-authorised 192.0.2.9";
    #[rustfmt::skip]
    let cases = [
        ("all rests on it",              asking("v=spf1 ptr -all"),                  Some("indet. spf.sender-unknown 192.0.2.9")),
        ("another term lists the host",  asking("v=spf1 ptr ip4:192.0.2.9 -all"),    None),
        ("a term before it does",        asking("v=spf1 ip4:192.0.2.9 ptr -all"),    None),
        ("nothing is asked",             asking("v=spf1 ip4:198.41.0.4 -all"),       Some(refused)),
        ("there is no such name",        publishing("v=spf1 ptr -all"),              Some(refused)),
    ];
    for (rule, world, expected) in cases {
        let facts = observe::<Spf>(&world, &sending, &Vantage::default());
        let said = judge::<Spf>(&facts, &sending, &Vantage::default());
        let of_sender: Vec<_> = said.iter().filter(|line| line.ends_with("192.0.2.9")).collect();
        assert_eq!(of_sender, expected.iter().collect::<Vec<_>>(), "{rule}");
    }
}

/// RFC 7208 §5: an IPv4 address in the form of IPv6 is that IPv4 address.
#[test]
fn an_address_that_is_written_as_ipv6_is_the_same_host() {
    let world = publishing("v=spf1 ip4:192.0.2.9 -all");
    for (written, expected) in [("::ffff:192.0.2.9", 0), ("::ffff:192.0.2.8", 1)] {
        let sending_ips = vec![written.parse().expect("an address")];
        let sending = Target { sending_ips, ..target() };
        let facts = observe::<Spf>(&world, &sending, &Vantage::default());
        let said = judge::<Spf>(&facts, &sending, &Vantage::default());
        let refused = said.iter().filter(|line| line.contains("spf.sending-ip-not-authorised"));
        assert_eq!(refused.count(), expected, "{written}: {said:?}");
    }
}
