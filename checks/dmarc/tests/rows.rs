//! Row by row: what is said of a record and of the names around it, and of what is nearly the same.

use super::*;
use crate::kernel::Text;
use crate::scripted::{dangling, nodata};

const RUA: &str = "rua=mailto:r@example.com";

fn at(record: &str) -> Scripted {
    mailed().txt(ABOVE, &[record])
}

fn found(world: &Scripted, domain: &str, id: &str) -> Option<Finding> {
    let seen = facts(world, domain);
    let all = findings::<Dmarc>(&seen, &target(domain), &Vantage::default());
    all.into_iter().find(|finding| finding.id == format!("dmarc.{id}"))
}

fn rows(cases: &[(&str, String, &[&str])]) {
    for (rule, record, expected) in cases {
        let expected: Vec<String> =
            expected.iter().map(|row| format!("{row} example.com")).collect();
        assert_eq!(said(&at(record), "example.com"), expected, "{rule}: {record}");
    }
}

#[test]
fn tags_that_are_gone_unknown_or_testing() {
    let with = |tags: &str| format!("v=DMARC1; p=reject; {tags}; {RUA}");
    #[rustfmt::skip]
    rows(&[
        ("a sample",                     with("pct=50"),                           &["warning dmarc.removed-tags"]),
        ("a sample of all",              with("pct=100"),                          &["info dmarc.removed-tags"]),
        ("another that is gone",         with("ri=86400"),                         &["info dmarc.removed-tags"]),
        ("a slip of the pen",            with("rau=x"),                            &["warning dmarc.unknown-tag"]),
        ("nobody knows it",              with("zzzzzz=1"),                         &["info dmarc.unknown-tag"]),
        ("a part that is no tag",        with("nonsense"),                         &["warning dmarc.syntax"]),
        ("tests of nothing",             format!("v=DMARC1; p=none; t=y; {RUA}"),  &["warning dmarc.p-none"]),
        ("no tests",                     with("t=n"),                              &[]),
        ("tests of what is none",        format!("v=DMARC1; p=reject; sp=x; t=y; {RUA}"), &["error dmarc.policy-invalid"]),
        ("a suffix that is none",        with("psd=y"),                            &["error dmarc.psd-wrong"]),
        ("a size",                       "v=DMARC1; p=reject; rua=mailto:r@example.com!10m".to_owned(), &["info dmarc.rua-size-suffix"]),
        ("one address of two is wrong",  "v=DMARC1; p=reject; rua=mailto:r@example.com,nobody".to_owned(), &["warning dmarc.rua-invalid"]),
    ]);
    let suffix = found(&at(&with("psd=y")), "example.com", "psd-wrong").expect("said above");
    assert_eq!(suffix.fix[0].value.as_deref(), Some(format!("v=DMARC1; p=reject; {RUA}").as_str()));
}

#[test]
fn an_invalid_policy_names_its_tags() {
    let tags = |record: &str| {
        let found = found(&at(record), "example.com", "policy-invalid").expect("it has none");
        (found.severity.to_string(), found.params["tags"].clone())
    };
    let of = |severity: &str, tags: &str| (severity.to_owned(), tags.to_owned());
    assert_eq!(tags(&format!("v=DMARC1; {RUA}")), of("warning", "p"));
    assert_eq!(tags("v=DMARC1"), of("error", "p"));
    assert_eq!(tags("v=DMARC1; rua=nobody"), of("error", "p"));
    assert_eq!(tags(&format!("v=DMARC1; p=rejet; {RUA}")), of("error", "p=rejet"));
    assert_eq!(tags(&format!("v=DMARC1; sp=all; {RUA}")), of("error", "p, sp=all"));
}

#[test]
fn names_below_may_have_a_weaker_word() {
    let policies = |sp: &str, np: &str| {
        let tag = |name: &str, value: &str| {
            if value.is_empty() { String::new() } else { format!("{name}={value}; ") }
        };
        format!("v=DMARC1; p=quarantine; {}{}{RUA}", tag("sp", sp), tag("np", np))
    };
    let (sp, np) = ("warning dmarc.sp-weaker", "warning dmarc.np-weaker");
    #[rustfmt::skip]
    rows(&[
        ("the same for all",         policies("", ""),                   &[]),
        ("a weaker word",            policies("none", ""),               &[np, sp]),
        ("the same word",            policies("quarantine", ""),         &[]),
        ("a stronger one",           policies("reject", ""),             &[]),
        ("for what does not exist",  policies("", "none"),               &[np]),
        ("for what exists alone",    policies("none", "reject"),         &[sp]),
        ("the same where nothing is", policies("", "quarantine"),        &[]),
        ("stronger where nothing is", policies("", "reject"),            &[]),
    ]);
}

#[test]
fn the_record_of_a_stream_below_may_be_weaker() {
    let own = |text: &str| at(GOOD).txt(OWN, &[text]);
    let say = |world: &Scripted| {
        let from_below = Stream { dkim: Some("s1".to_owned()), ..stream("news", "a.example.com") };
        let target = Target { streams: vec![from_below], ..target("example.com") };
        let seen = observe::<Dmarc>(world, &target, &Vantage::default());
        judge::<Dmarc>(&seen, &target, &Vantage::default())
    };
    let weaker = ["warning dmarc.subdomain-weaker a.example.com"];
    assert_eq!(say(&own("v=DMARC1; p=none")), weaker);
    assert_eq!(say(&own("v=DMARC1; p=quarantine")), weaker);
    assert_eq!(say(&own("v=DMARC1; p=reject")), [""; 0], "as strong");
    assert_eq!(say(&at(GOOD)), [""; 0], "none of its own");
    let milder = |text: &str| at(&format!("v=DMARC1; p=quarantine; {RUA}")).txt(OWN, &[text]);
    assert_eq!(say(&milder("v=DMARC1; p=reject")), [""; 0], "stronger");
    let two = at(GOOD).txt(OWN, &["v=DMARC1; p=none", "v=DMARC1; p=quarantine"]);
    assert_eq!(say(&two), [""; 0], "two are none");
}

#[test]
fn an_address_for_reports_comes_with_a_policy() {
    let fix = |record: &str| {
        let found = found(&mailed().txt(ABOVE, &[record]), "example.com", "rua-missing");
        found.expect("it has none").fix[0].value.clone().expect("a record")
    };
    let rua = "rua=mailto:postmaster@example.com";
    for (record, expected) in [
        ("v=DMARC1", format!("v=DMARC1; p=none; {rua}")),
        ("v=DMARC1; sp=reject", format!("v=DMARC1; p=none; sp=reject; {rua}")),
        ("v=DMARC1; p=quarantine", format!("v=DMARC1; p=quarantine; {rua}")),
    ] {
        assert_eq!(fix(record), expected, "{record}");
    }
}

#[test]
fn bulk_streams_of_a_domain_without_dmarc_are_named() {
    let world = mailed();
    let say = |of: Stream| {
        let target = Target { streams: vec![of], ..target("example.com") };
        let seen = observe::<Dmarc>(&world, &target, &Vantage::default());
        let all = findings::<Dmarc>(&seen, &target, &Vantage::default());
        let severity =
            all.iter().find(|one| one.id == "dmarc.missing").map(|one| one.severity.to_string());
        let lacks = all
            .iter()
            .find(|one| one.id == "dmarc.bulk-rules-unmet")
            .map(|one| one.params["lacks"].clone());
        (severity.expect("there is no record"), lacks)
    };
    let of = |from: &str, bulk: bool| Stream { bulk, ..stream("news", from) };
    let signed = Stream { dkim: Some("s1".to_owned()), ..of("example.com", true) };
    assert_eq!(
        say(of("example.com", true)),
        ("critical".to_owned(), Some("DKIM (example.com), DMARC (example.com)".to_owned()))
    );
    assert_eq!(say(signed), ("critical".to_owned(), Some("DMARC (example.com)".to_owned())));
    assert_eq!(say(of("example.com", false)), ("error".to_owned(), None));
    assert_eq!(say(of("example.net", true)), ("error".to_owned(), None), "mail of another domain");
}

#[test]
fn what_stands_where_receivers_look_is_told_apart() {
    let with = |texts: &[&str]| mailed().txt(ABOVE, texts);
    let good = GOOD;
    let alias_to_nothing = mailed().answer(ABOVE, Rtype::TXT, dangling(ABOVE, "gone.example.net"));
    let count = |world: &Scripted| {
        found(world, "example.com", "multiple-records").map(|one| one.params["count"].clone())
    };
    assert_eq!(count(&with(&[good, "v=DMARC1; p=none"])).as_deref(), Some("2"));
    assert_eq!(
        count(&with(&[good, "v=DMARC1; p=none", "v=DMARC1; p=quarantine"])).as_deref(),
        Some("3")
    );
    assert_eq!(count(&with(&[good])), None);
    assert_eq!(count(&with(&["a text"])), None);
    #[rustfmt::skip]
    let cases: [(&str, Scripted, &[&str]); 5] = [
        ("almost a record",           with(&["v=dmarc1; p=reject"]),               &["error dmarc.lookalike example.com"]),
        ("beside a record",           with(&[good, "v=dmarc1; p=reject"]),         &["warning dmarc.unrelated-txt example.com"]),
        ("almost one, and a text",    with(&["v=dmarc1; p=reject", "a text"]),     &["error dmarc.lookalike example.com", "warning dmarc.unrelated-txt example.com"]),
        ("another text alone",        with(&["a text"]),                           &["warning dmarc.unrelated-txt example.com", "error dmarc.missing example.com"]),
        ("no text at all",            mailed().answer(ABOVE, Rtype::TXT, nodata()), &["error dmarc.missing example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, "example.com"), expected, "{rule}");
    }
    let shown = found(&alias_to_nothing, "example.com", "cname-dangling");
    assert_eq!(shown.map(|one| one.params["target"].clone()).as_deref(), Some("gone.example.net"));
}

#[test]
fn octets_that_are_no_text_are_told_as_they_are_published() {
    let told = |policy: &[u8]| {
        let octets = [b"v=DMARC1; p=".as_slice(), policy, b"; rua=mailto:r@example.com"].concat();
        let data = vec![Data::Txt(Text::new(vec![octets]))];
        let world = mailed().answer(ABOVE, Rtype::TXT, holding(ABOVE, data));
        let found = found(&world, "example.com", "policy-invalid").expect("it is no policy");
        found.params["tags"].clone()
    };
    let (long, cut) = ("x".repeat(37), format!("p={}…", "x".repeat(37)));
    #[rustfmt::skip]
    let cases: [(&str, &[u8], &str); 5] = [
        ("no text",          b"a\x9bb",                            r"p=a\155b"),
        ("text",             "é".as_bytes(),                       r"p=\195\169"),
        ("what replaces it", "\u{fffd}".as_bytes(),                r"p=\239\191\189"),
        ("what stands in",   "\u{10fe9b}".as_bytes(),              r"p=\244\143\186\155"),
        ("no octet is cut",  &[long.as_bytes(), b"\x9b"].concat(), &cut),
    ];
    for (rule, policy, expected) in cases {
        assert_eq!(told(policy), expected, "{rule}");
    }
}

#[test]
fn a_parked_domain_is_told_that_its_own_reports_need_another_address() {
    let null = || vec![Data::Mx(Mx { preference: 0, exchange: Name::new(".") })];
    let parked = Target { profile: Profile::Parked, ..target("example.com") };
    for (host, target, is_case) in [
        ("example.com", &parked, true),
        ("dead.example.com", &parked, false),
        ("example.com", &target("example.com"), false),
    ] {
        let record = format!("v=DMARC1; p=reject; rua=mailto:r@{host}");
        let world = mailed().txt(ABOVE, &[&record]);
        let seen = facts(&world.answer(host, Rtype::MX, holding(host, null())), "example.com");
        let found = findings::<Dmarc>(&seen, target, &Vantage::default());
        let found = found.iter().find(|one| one.id == "dmarc.rua-undeliverable").expect(host);
        let case = found.params.get("case").map(String::as_str);
        assert_eq!(case, is_case.then_some("parked"), "{host} {:?}", target.profile);
    }
}
