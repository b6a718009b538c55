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

/// RFC 7208 §2.4: an address is looked up under the return path of what it sends.
#[test]
fn an_address_is_judged_under_the_return_path_of_its_streams() {
    let ip = "192.0.2.9";
    let sending = |mail_froms: &[Option<&str>]| {
        let streams = mail_froms.iter().map(|mail_from| crate::kernel::Stream {
            ips: vec![ip.parse().expect("an address")],
            mail_from: mail_from.map(Name::new),
            ..crate::scripted::stream("news", DOMAIN)
        });
        let streams = streams.collect();
        Target { sending_ips: vec![ip.parse().expect("an address")], streams, ..target() }
    };
    let world = publishing("v=spf1 ip4:198.41.0.4 -all")
        .txt("em1.example.com", &["v=spf1 ip4:192.0.2.9 -all"]);
    let elsewhere = Some("em1.example.com");
    #[rustfmt::skip]
    let cases = [
        ("no stream claims it",         sending(&[]),                   true),
        ("its stream returns elsewhere", sending(&[elsewhere]),         false),
        ("one of its streams does not", sending(&[elsewhere, None]),    true),
        ("its stream returns here",     sending(&[Some(DOMAIN)]),       true),
    ];
    for (rule, target, refused) in cases {
        let facts = observe::<Spf>(&world, &target, &Vantage::default());
        let said = judge::<Spf>(&facts, &target, &Vantage::default());
        let is_refusal = |line: &String| line.contains("spf.sending-ip-not-authorised");
        assert_eq!(said.iter().any(is_refusal), refused, "{rule}: {said:?}");
    }
}

/// The record that is proposed of each finding, and the case that its words are of.
#[test]
fn a_sender_that_a_skipped_term_lets_pass_is_allowed_by_having_it_count() {
    let world = |record: &str| {
        publishing(record)
            .txt("pass.example.net", &["v=spf1 ip4:192.0.2.9 -all"])
            .txt("two.example.net", &["v=spf1 -all", "v=spf1 ~all"])
            .txt("late.example.net", &["v=spf1 ip4:192.0.2.9 include:two.example.net -all"])
    };
    let sending =
        Target { sending_ips: vec!["192.0.2.9".parse().expect("an address")], ..target() };
    #[rustfmt::skip]
    let cases = [
        ("an include after all",       "v=spf1 ip4:198.41.0.4 -all include:pass.example.net",
            "skipped", "include:pass.example.net", "v=spf1 ip4:198.41.0.4 include:pass.example.net -all"),
        ("an address after all",       "v=spf1 ip4:198.41.0.4 ~all ip4:192.0.2.9 ~all",
            "skipped", "ip4:192.0.2.9", "v=spf1 ip4:198.41.0.4 ip4:192.0.2.9 ~all"),
        ("a redirect beside all",      "v=spf1 redirect=pass.example.net ip4:198.41.0.4 ~all",
            "skipped", "redirect=pass.example.net", "v=spf1 ip4:198.41.0.4 include:pass.example.net ~all"),
        ("two records in one",         "v=spf1 ip4:198.41.0.4 ~all v=spf1 ip4:192.0.2.9 -all",
            "skipped", "ip4:192.0.2.9", "v=spf1 ip4:198.41.0.4 ip4:192.0.2.9 ~all"),
        ("neither lets it pass",       "v=spf1 ip4:198.41.0.4 -all include:_spf.example.net",
            "", "", "v=spf1 ip4:198.41.0.4 ip4:192.0.2.9 -all include:_spf.example.net"),
        ("strangers would meet an error", "v=spf1 ip4:198.41.0.4 -all include:late.example.net",
            "", "", "v=spf1 ip4:198.41.0.4 ip4:192.0.2.9 -all include:late.example.net"),
        ("an include without a record is before", "v=spf1 include:gone.example.net include:pass.example.net -all",
            "stopped", "", "v=spf1 include:pass.example.net -all"),
    ];
    for (rule, record, case, term, healed) in cases {
        let world = world(record);
        let facts = observe::<Spf>(&world, &sending, &Vantage::default());
        let all = findings::<Spf>(&facts, &sending, &Vantage::default());
        let refused = all.iter().find(|found| found.id == "spf.sending-ip-not-authorised");
        let refused = refused.unwrap_or_else(|| panic!("{rule}: it is not allowed"));
        let param = |name: &str| refused.params.get(name).map(String::as_str).unwrap_or_default();
        assert_eq!((param("case"), param("term")), (case, term), "{rule}");
        let value = |found: &Finding| found.fix.first().and_then(|change| change.value.clone());
        assert_eq!(value(refused).as_deref(), Some(healed), "{rule}");
        let causes = ["spf.terms-after-all", "spf.redirect-ignored", "spf.include-no-record"];
        for cause in all.iter().filter(|found| !case.is_empty() && causes.contains(&&*found.id)) {
            assert_eq!(value(cause).as_deref(), Some(healed), "{rule}: {}", cause.id);
        }
    }
}

#[test]
fn a_redirect_that_lets_nobody_pass_is_taken_out() {
    let found = finding(
        &publishing("v=spf1 ip4:198.41.0.4 redirect=_spf.example.net -all"),
        "spf.redirect-ignored",
    );
    let found = found.expect("it stands beside all");
    assert_eq!(found.fix[0].value.as_deref(), Some("v=spf1 ip4:198.41.0.4 -all"));
}
