//! What is said of a record that ends in a permerror, and what would be true only if it did not?

use super::*;
use crate::kernel::{Catalogue, Lang};

/// Records that are in error, one that lets everybody send, and some that end for a few senders.
fn world(record: &str) -> Scripted {
    publishing(record)
        .txt("open.example.net", &["v=spf1 +all"])
        .txt("two.example.net", &["v=spf1 -all", "v=spf1 ~all"])
        .txt("wrong.example.net", &["v=spf1 ip4:198.4 ip4:198.41.0.0/33 +all"])
        .txt("behind.example.net", &["v=spf1 ip4:198.41.0.4 include:gone.example.net -all"])
        .txt("refusing.example.net", &["v=spf1 -ip4:198.41.0.4 include:gone.example.net -all"])
        .txt("onward.example.net", &["v=spf1 redirect=_spf.example.net"])
        .txt("back.example.net", &["v=spf1 redirect=example.com"])
        .fails("lost.example.net", Rtype::TXT, Reason::Timeout)
}

fn lines(record: &str) -> Vec<String> {
    said(&world(record))
}

#[test]
fn of_a_record_that_cannot_be_read_nothing_is_said_that_follows_from_reading_it() {
    let ten = "a:mail.example.com ".repeat(11);
    #[rustfmt::skip]
    let cases: [(&str, String, &[&str]); 9] = [
        ("everybody may send",       "v=spf1 ip4:192.0.2.300 +all".to_owned(),                              &["error spf.syntax example.com"]),
        ("terms after all",          "v=spf1 ip4:192.0.2.300 ip4:198.41.0.4 ~all -all".to_owned(),          &["error spf.syntax example.com"]),
        ("too wide",                 "v=spf1 ip4:192.0.2.300 ip4:0.0.0.0/0 -all".to_owned(),                &["error spf.syntax example.com"]),
        ("marked by a redirect",     "v=spf1 ip4:192.0.2.300 redirect=open.example.net".to_owned(),         &["error spf.syntax example.com"]),
        ("a redirect beside all",    "v=spf1 ip4:192.0.2.300 -all redirect=_spf.example.net".to_owned(),    &["error spf.syntax example.com"]),
        ("too many lookups",         format!("v=spf1 ip4:192.0.2.300 {ten}-all"),                           &["error spf.syntax example.com"]),
        ("a name that is nobody's",  "v=spf1 ip4:192.0.2.300 a:h.gone-provider.com -all".to_owned(),        &["error spf.syntax example.com"]),
        ("reverse names",            "v=spf1 ip4:192.0.2.300 ptr -all".to_owned(),                          &["error spf.syntax example.com", "warning spf.ptr-mechanism example.com"]),
        ("an include to mend too",   "v=spf1 ip4:192.0.2.300 include:gone.example.net -all".to_owned(),     &["error spf.syntax example.com", "error spf.include-no-record gone.example.net"]),
    ];
    for (rule, record, expected) in cases {
        assert_eq!(lines(&record), expected, "{rule}");
        for found in findings::<Spf>(&facts(&world(&record)), &target(), &Vantage::default()) {
            assert_eq!(found.fix, [], "{rule}: {}: it would still be a permerror", found.id);
        }
    }
    assert_eq!(
        said(&publishing("").txt(DOMAIN, &["v=spf1 +all", "v=spf1 ip4:0.0.0.0/0 -all"])),
        ["error spf.multiple-records example.com"]
    );
}

#[test]
fn every_term_that_cannot_be_read_is_named_up_to_five() {
    let terms = |record: &str| {
        finding(&world(record), "spf.syntax").expect("it cannot be read").params["term"].clone()
    };
    assert_eq!(
        terms("v=spf1 ip4:192.0.2.300 ip4:198.51.100.0/33 mx -all"),
        "ip4:192.0.2.300, ip4:198.51.100.0/33"
    );
    assert_eq!(terms("v=spf1 b1: b2: b3: b4: b5: b6: -all"), "b1:, b2:, b3:, b4:, b5:, …");
    let below = finding(&world("v=spf1 include:wrong.example.net -all"), "spf.include-permerror");
    assert_eq!(below.expect("it is in error").params["problem"], "ip4:198.4, ip4:198.41.0.0/33");
}

#[test]
fn what_stands_behind_a_permerror_is_said_of_nobody() {
    let wide = "error spf.overly-wide example.com";
    let open = "critical spf.plus-all open.example.net";
    #[rustfmt::skip]
    let cases: [(&str, &str, Option<&str>); 16] = [
        ("behind none",                      "v=spf1 include:_spf.example.net include:open.example.net -all",   Some(open)),
        ("behind no record",                 "v=spf1 include:gone.example.net include:open.example.net -all",   None),
        ("before no record",                 "v=spf1 include:open.example.net include:gone.example.net -all",   Some(open)),
        ("behind two records",               "v=spf1 include:two.example.net include:open.example.net -all",    None),
        ("in a record that is none",         "v=spf1 include:wrong.example.net -all",                           None),
        ("behind one that is refused",       "v=spf1 -include:gone.example.net include:open.example.net -all",  None),
        ("behind one that errs for most",    "v=spf1 include:behind.example.net include:open.example.net -all", None),
        ("behind a loop",                    "v=spf1 include:example.com include:open.example.net -all",        None),
        ("behind what is not told",          "v=spf1 include:lost.example.net include:open.example.net -all",   None),
        ("all are refused before",           "v=spf1 -include:open.example.net +all",                           None),
        ("too wide, behind no record",       "v=spf1 include:gone.example.net ip4:198.40.0.0/15 -all",          None),
        ("too wide, before no record",       "v=spf1 ip4:198.40.0.0/15 include:gone.example.net -all",          Some(wide)),
        ("too wide, where some get to it",   "v=spf1 include:refusing.example.net ip4:198.40.0.0/15 -all",      Some(wide)),
        ("too wide, behind one led onward",  "v=spf1 include:onward.example.net ip4:198.40.0.0/15 -all",        Some(wide)),
        ("too wide, behind one led back",    "v=spf1 include:back.example.net ip4:198.40.0.0/15 -all",          None),
        ("too wide, where nobody does",      "v=spf1 include:behind.example.net ip4:198.40.0.0/15 -all",        None),
    ];
    for (rule, record, expected) in cases {
        let of_reach = |line: &String| line.contains("plus-all") || line.contains("overly-wide");
        let said: Vec<String> = lines(record).into_iter().filter(of_reach).collect();
        assert_eq!(said, expected.into_iter().collect::<Vec<_>>(), "{rule}");
    }
    assert_eq!(
        lines("v=spf1 include:gone.example.net ?all"),
        ["error spf.include-no-record gone.example.net"],
        "strangers get no neutral"
    );
}

/// RFC 7208 §4.6.4: ten lookups are made, and an answer that is missing may be that of a permerror where one
/// stands for records.
#[test]
fn what_is_reached_with_the_last_lookup_is_said_and_what_is_not_told_may_stop_it() {
    let world = |record: &str| {
        world(record)
            .fails("lost.example.net", Rtype::A, Reason::Timeout)
            .fails("lost.example.net", Rtype::AAAA, Reason::Timeout)
            .fails("lost.example.net", Rtype::MX, Reason::Timeout)
            .txt("moved.example.net", &["v=spf1 redirect=lost.example.net"])
    };
    let before = |count: usize| "a:mail.example.com ".repeat(count);
    for (record, is_said) in [
        (format!("v=spf1 {}include:open.example.net -all", before(9)), true),
        (format!("v=spf1 {}include:open.example.net -all", before(10)), false),
        ("v=spf1 a:lost.example.net include:open.example.net -all".to_owned(), true),
        ("v=spf1 mx:lost.example.net include:open.example.net -all".to_owned(), false),
        ("v=spf1 include:moved.example.net include:open.example.net -all".to_owned(), false),
        ("v=spf1 include:onward.example.net include:open.example.net -all".to_owned(), true),
        // So many terms that the redirect is not followed any more: it may lead to a permerror.
        (
            format!(
                "v=spf1 include:onward.example.net include:open.example.net {}-all",
                before(100)
            ),
            false,
        ),
    ] {
        let said = said(&world(&record));
        assert_eq!(
            said.iter().any(|line| line.contains("plus-all")),
            is_said,
            "{record}: {said:?}"
        );
    }
}

/// The permerror would be gone, and everybody could send.
#[test]
fn no_record_is_proposed_that_lets_everybody_send() {
    let cases = [
        ("include-no-record", "v=spf1 ip4:198.41.0.4 include:gone.example.net +all"),
        ("non-ascii", "v=spf1 ip4:198.41.0.4\u{a0}ip4:198.41.0.5 all"),
        ("terms-after-all", "v=spf1 ip4:198.41.0.4 all -all"),
    ];
    for (condition, record) in cases {
        let found = finding(&world(record), &format!("spf.{condition}"));
        let found = found.unwrap_or_else(|| panic!("{condition}: {record} does not raise it"));
        assert_eq!(found.fix, [], "{condition}");
    }
}

#[test]
fn every_include_without_a_record_is_taken_out_at_once() {
    let record = "v=spf1 include:gone.example.net ip4:198.41.0.4 include:lost.example.com -all";
    let found = finding(&world(record), "spf.include-no-record").expect("two have none");
    assert_eq!(found.fix[0].value.as_deref(), Some("v=spf1 ip4:198.41.0.4 -all"));
    // Where a redirect leads nowhere, that is a finding of its own, and its term stays for it.
    let record = "v=spf1 include:gone.example.net ip4:198.41.0.4 redirect=lost.example.com";
    let found = finding(&world(record), "spf.include-no-record").expect("one has none");
    let kept = Some("v=spf1 ip4:198.41.0.4 redirect=lost.example.com");
    assert_eq!(found.fix.first().and_then(|change| change.value.as_deref()), kept);
}

#[test]
fn a_record_that_lets_everybody_send_is_told_of_who_publishes_it() {
    let found = finding(&world("v=spf1 include:open.example.net -all"), "spf.plus-all");
    let found = found.expect("everybody passes");
    assert_eq!((found.subject.as_str(), found.fix.len()), ("open.example.net", 0));
    let words = Catalogue::words(&found, Lang::En);
    assert!(words.title.contains("through the record of open.example.net"), "{words:?}");
    assert!(words.fix.contains("take include:open.example.net out"), "{words:?}");
    let own = finding(&world("v=spf1 ip4:198.41.0.4 +all"), "spf.plus-all");
    let own = own.expect("everybody passes");
    assert_eq!((own.subject.as_str(), own.fix.len()), (DOMAIN, 1));
    assert_eq!(Catalogue::words(&own, Lang::En).fix, "End the record with ~all or -all.");
}

#[test]
fn an_address_that_meets_a_permerror_is_told_where() {
    let sending =
        Target { sending_ips: vec!["192.0.2.9".parse().expect("an address")], ..target() };
    let ten = "a:mail.example.com ".repeat(10);
    let eleven = format!("{ten}a:h11.example.com -all");
    let two = publishing("").txt(DOMAIN, &["v=spf1 -all", "v=spf1 ~all"]);
    #[rustfmt::skip]
    let cases = [
        ("no record",          world("v=spf1 include:gone.example.net mx -all"),       "include:gone.example.net", Some("v=spf1 ip4:192.0.2.9 mx -all".to_owned())),
        ("listed behind it",   world("v=spf1 include:gone.example.net ip4:192.0.2.9 -all"), "include:gone.example.net", Some("v=spf1 ip4:192.0.2.9 -all".to_owned())),
        ("below",              world("v=spf1 include:behind.example.net -all"),        "include:behind.example.net › include:gone.example.net", Some("v=spf1 ip4:192.0.2.9 include:behind.example.net -all".to_owned())),
        ("everybody may send", world("v=spf1 include:behind.example.net +all"),        "include:behind.example.net › include:gone.example.net", None),
        ("its own terms",      world("v=spf1 ip4:192.0.2.300 ip4:192.0.2.9/33 +all"),  "ip4:192.0.2.300, ip4:192.0.2.9/33", None),
        ("several records",    two,                                                    "v=spf1 … v=spf1 …", None),
        ("one lookup too many", world(&format!("v=spf1 {eleven}")),                    "a:h11.example.com", Some(format!("v=spf1 ip4:192.0.2.9 {eleven}"))),
        ("listed too late",    world(&format!("v=spf1 {ten}a:h11.example.com ip4:192.0.2.9 -all")), "a:h11.example.com", Some(format!("v=spf1 ip4:192.0.2.9 {eleven}"))),
    ];
    for (rule, world, expected, healed) in cases {
        let facts = observe::<Spf>(&world, &sending, &Vantage::default());
        let all = findings::<Spf>(&facts, &sending, &Vantage::default());
        let found = all.iter().find(|found| found.id == "spf.sending-ip-not-authorised");
        let found = found.unwrap_or_else(|| panic!("{rule}: it is not allowed"));
        let words = Catalogue::words(found, Lang::En);
        assert!(words.message.ends_with(&format!("stop at {expected}.")), "{rule}: {words:?}");
        assert!(!words.fix.contains("include"), "{rule}: {words:?}");
        let value = found.fix.first().and_then(|change| change.value.clone());
        assert_eq!(value, healed, "{rule}");
        let is_useless = found.params["case"] == "permerror";
        assert_eq!(words.fix.contains("would change nothing"), is_useless, "{rule}");
    }
}

/// What a term was meant to say, and the record that says it.
#[test]
fn a_term_that_can_mean_one_thing_only_is_written_so() {
    let syntax = |record: &str| finding(&world(record), "spf.syntax").expect("it cannot be read");
    #[rustfmt::skip]
    let cases = [
        ("a word for addresses",  "v=spf1 ip:192.0.2.10 -all",                "meant",      "ip4:192.0.2.10",           Some("v=spf1 ip4:192.0.2.10 -all")),
        ("two words for one",     "v=spf1 include: _spf.example.net -all",    "meant",      "include:_spf.example.net", Some("v=spf1 include:_spf.example.net -all")),
        ("everybody may send",    "v=spf1 ip:192.0.2.10 +all",                "meant",      "ip4:192.0.2.10",           None),
        ("a name of one label",   "v=spf1 include:spf -all",                  "short-name", "",                         None),
        ("no address",            "v=spf1 ip4:192.0.2.300 -all",              "",           "",                         None),
        ("one of each",           "v=spf1 ip:192.0.2.10 foo -all",            "",           "",                         None),
    ];
    for (rule, record, case, meant, healed) in cases {
        let found = syntax(record);
        let param = |name: &str| found.params.get(name).map(String::as_str).unwrap_or_default();
        assert_eq!((param("case"), param("meant")), (case, meant), "{rule}");
        let value = found.fix.first().and_then(|change| change.value.as_deref());
        assert_eq!(value, healed, "{rule}");
        for lang in [Lang::En, Lang::Fr] {
            let words = Catalogue::words(&found, lang);
            assert!(!words.fix.contains('{') && !words.message.contains('{'), "{words:?}");
        }
    }
    let web = "v=spf1 include:https://_spf.example.net ip4:198.41.0.4 -all";
    let found = finding(&world(web), "spf.include-no-record").expect("no name begins so");
    let healed = "v=spf1 include:_spf.example.net ip4:198.41.0.4 -all";
    assert_eq!(found.fix[0].value.as_deref(), Some(healed));
    assert_eq!(
        Catalogue::words(&found, Lang::En).fix,
        "Write include:_spf.example.net in its place."
    );
    let pasted =
        finding(&world("v=spf1 ip4:198.41.0.4 ~all v=spf1 mx -all"), "spf.terms-after-all");
    let pasted = pasted.expect("the second never counts");
    assert!(Catalogue::words(&pasted, Lang::En).title.contains("pasted into one"));
    assert_eq!(pasted.fix[0].value.as_deref(), Some("v=spf1 ip4:198.41.0.4 mx ~all"));
}

/// RFC 7208 §4.6.4: what never counted would end the evaluation.
#[test]
fn terms_after_all_are_moved_only_where_ten_lookups_suffice() {
    let asking = |times: usize, after: &str| {
        publishing(&format!("v=spf1 {}-all {after}", "a:mail.example.com ".repeat(times)))
    };
    let cases = [
        (9, "a:mail.example.com", None, 1),
        (10, "ip4:192.0.2.1", None, 1),
        (10, "a:mail.example.com", Some("11"), 0),
        (9, "a:mail.example.com include:_spf.example.net", Some("11"), 0),
    ];
    for (times, after, lookups, fixes) in cases {
        let facts = facts(&asking(times, after));
        let all = findings::<Spf>(&facts, &target(), &Vantage::default());
        let found = all.iter().find(|one| one.id == "spf.terms-after-all").expect(after);
        let told = found.params.get("lookups").map(String::as_str);
        assert_eq!((told, found.fix.len()), (lookups, fixes), "{times} and {after}");
    }
}
