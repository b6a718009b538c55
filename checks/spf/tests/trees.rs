//! What is said of a record for those that it leads to.

use super::*;

/// A world of records, hosts `h0` to `h19`, and one name for each kind of trouble.
fn world(record: &str) -> Scripted {
    let hosts = (0..20).fold(publishing(record), |world, n| {
        world.a(&format!("h{n}.example.com"), &["198.41.0.25"])
    });
    hosts
        .txt("open.example.net", &["v=spf1 +all"])
        .txt("soft.example.net", &["v=spf1 ~all"])
        .txt("silent.example.net", &["v=spf1 ip4:198.41.0.4"])
        .txt("two.example.net", &["v=spf1 -all", "v=spf1 ~all"])
        .txt("wrong.example.net", &["v=spf1 ip4:198.4 -all"])
        .txt(
            "voids.example.net",
            &["v=spf1 a:v1.example.net a:v2.example.net a:v3.example.net -all"],
        )
        .txt("pair.example.net", &["v=spf1 a:v1.example.net a:v2.example.net -all"])
        .txt("deep.example.net", &["v=spf1 include:open.example.net -all"])
        .txt("own.example.com", &["v=spf1 ptr -all ip4:198.41.0.4"])
        .fails("lost.example.net", Rtype::TXT, Reason::Timeout)
}

fn hosts(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|n| format!("a:h{n}.example.com ")).collect()
}

fn of(record: &str, id: &str) -> Option<Finding> {
    finding(&world(record), &format!("spf.{id}"))
}

fn lines(record: &str) -> Vec<String> {
    said(&world(record))
}

fn param(record: &str, id: &str, name: &str) -> String {
    let found = of(record, id).unwrap_or_else(|| panic!("{id}: {record} does not raise it"));
    found.params.get(name).cloned().unwrap_or_else(|| panic!("{id} has no {name}"))
}

#[test]
fn lookups_are_counted_to_the_term_that_is_one_too_many() {
    let record = |count| format!("v=spf1 {}-all", hosts(0..count));
    #[rustfmt::skip]
    let cases: [(usize, &[&str]); 5] = [
        (8,  &[]),
        (9,  &["warning spf.lookups-near-limit example.com"]),
        (10, &["warning spf.lookups-near-limit example.com"]),
        (11, &["error spf.too-many-lookups example.com"]),
        (13, &["error spf.too-many-lookups example.com"]),
    ];
    for (count, expected) in cases {
        assert_eq!(lines(&record(count)), expected, "{count}");
    }
    for count in [11, 13] {
        let path = param(&record(count), "too-many-lookups", "path");
        assert_eq!(path, "example.com › a:h10.example.com", "the eleventh of {count}");
    }
    let networks = format!("v=spf1 ip4:198.41.0.4 ip4:198.41.0.5 {}-all", hosts(0..11));
    assert_eq!(param(&networks, "too-many-lookups", "path"), "example.com › a:h10.example.com");
    let below = format!("v=spf1 {}include:deep.example.net -all", hosts(0..9));
    let path = param(&below, "too-many-lookups", "path");
    assert_eq!(path, "example.com › deep.example.net › include:open.example.net");
    let lost = format!("v=spf1 {}include:lost.example.net -all", hosts(0..8));
    assert_eq!(lines(&lost), ["indet. spf.temperror example.com"], "at least nine");
    let known = format!("v=spf1 include:lost.example.net {}-all", hosts(0..10));
    let expected = ["indet. spf.temperror example.com", "error spf.too-many-lookups example.com"];
    assert_eq!(lines(&known), expected, "too many, whatever the lost one holds");
}

#[test]
fn the_first_that_could_not_be_told_is_named() {
    let asked = |record: &str| param(record, "temperror", "asked");
    assert_eq!(asked("v=spf1 include:lost.example.net -all"), "lost.example.net");
    let silent = world("v=spf1 a:quiet.example.net include:lost.example.net -all").fails(
        "quiet.example.net",
        Rtype::A,
        Reason::Servfail,
    );
    let found = finding(&silent, "spf.temperror").expect("two are silent");
    assert_eq!(found.params["asked"], "a:quiet.example.net");
    assert_eq!(found.evidence["reason"], "servfail");
}

#[test]
fn a_loop_is_cut_where_the_owner_can_cut_it() {
    let own =
        of("v=spf1 ip4:198.41.0.4 include:example.com -all", "loop").expect("it leads to itself");
    assert_eq!(own.params["path"], "example.com › include:example.com");
    assert_eq!(own.fix[0].value.as_deref(), Some("v=spf1 ip4:198.41.0.4 -all"));
    let back = world("v=spf1 include:a.example.net -all")
        .txt("a.example.net", &["v=spf1 include:example.com -all"]);
    let theirs = finding(&back, "spf.loop").expect("it leads back");
    assert_eq!(theirs.params["path"], "example.com › a.example.net › include:example.com");
    assert!(theirs.fix.is_empty(), "the record of another");
}

#[test]
fn void_lookups_break_the_record_from_the_third_on() {
    let voids =
        |count: usize| (0..count).map(|n| format!("a:v{n}.example.com ")).collect::<String>();
    let own = |count| format!("v=spf1 {}-all", voids(count));
    #[rustfmt::skip]
    let cases: [(&str, String, &[&str]); 9] = [
        ("none",                       own(0),                                                  &[]),
        ("one",                        own(1),                                                  &["warning spf.void-term example.com"]),
        ("two",                        own(2),                                                  &["warning spf.void-term example.com"]),
        ("three",                      own(3),                                                  &["error spf.too-many-void example.com"]),
        ("an include alone",           "v=spf1 include:gone.example.net -all".to_owned(),       &["error spf.include-no-record gone.example.net"]),
        ("an include and a host",      "v=spf1 include:gone.example.net a:v0.example.com -all".to_owned(), &["warning spf.void-term example.com", "error spf.include-no-record gone.example.net"]),
        ("three in an include",        "v=spf1 include:voids.example.net -all".to_owned(),      &["error spf.too-many-void example.com"]),
        ("there may be more",          "v=spf1 a:v0.example.com include:lost.example.net -all".to_owned(), &["indet. spf.temperror example.com"]),
        ("too many already",           format!("v=spf1 {}include:lost.example.net -all", voids(3)), &["indet. spf.temperror example.com", "error spf.too-many-void example.com"]),
    ];
    for (rule, record, expected) in cases {
        assert_eq!(lines(&record), expected, "{rule}");
    }
}

#[test]
fn void_terms_are_taken_out_where_that_is_enough() {
    let fix = |record: &str, id| {
        of(record, id).expect("it is void").fix.first().and_then(|change| change.value.clone())
    };
    let one = "v=spf1 ip4:198.41.0.4 a:v0.example.com -all";
    assert_eq!(fix(one, "void-term").as_deref(), Some("v=spf1 ip4:198.41.0.4 -all"));
    let with_two = "v=spf1 a:v0.example.com include:pair.example.net -all";
    assert_eq!(
        fix(with_two, "too-many-void").as_deref(),
        Some("v=spf1 include:pair.example.net -all")
    );
    let with_three = "v=spf1 a:v0.example.com include:voids.example.net -all";
    assert_eq!(fix(with_three, "too-many-void"), None, "three are left");
    assert_eq!(fix("v=spf1 include:pair.example.net -all", "void-term"), None, "none is ours");
    let terms =
        param("v=spf1 a:v0.example.com include:pair.example.net -all", "too-many-void", "terms");
    assert_eq!(
        terms,
        "example.com › a:v0.example.com, example.com › pair.example.net › a:v1.example.net, example.com › pair.example.net › a:v2.example.net"
    );
}

#[test]
fn what_an_include_leads_to_has_to_hold() {
    #[rustfmt::skip]
    let cases: [(&str, &str, &[&str]); 7] = [
        ("sound",             "v=spf1 include:_spf.example.net -all",          &[]),
        ("two records",       "v=spf1 include:two.example.net -all",           &["error spf.include-permerror two.example.net"]),
        ("a term that is none", "v=spf1 include:wrong.example.net -all",       &["error spf.include-permerror wrong.example.net"]),
        ("the same twice",    "v=spf1 include:two.example.net ?include:two.example.net -all", &["error spf.include-permerror two.example.net"]),
        ("no record",         "v=spf1 include:gone.example.net -all",          &["error spf.include-no-record gone.example.net"]),
        ("other texts alone", "v=spf1 include:texts.example.net -all",         &["error spf.include-no-record texts.example.net"]),
        ("redirected",        "v=spf1 redirect=gone.example.net",              &["error spf.redirect-no-record gone.example.net"]),
    ];
    for (rule, record, expected) in cases {
        let world = world(record).txt("texts.example.net", &["a text"]);
        assert_eq!(said(&world), expected, "{rule}");
    }
    assert_eq!(
        param("v=spf1 include:two.example.net -all", "include-permerror", "problem"),
        "v=spf1 … v=spf1 …"
    );
    assert_eq!(
        param("v=spf1 include:wrong.example.net -all", "include-permerror", "problem"),
        "ip4:198.4"
    );
    assert_eq!(
        param("v=spf1 include:wrong.example.net -all", "include-permerror", "holder"),
        "example.com"
    );
    let first = of("v=spf1 ip4:198.41.0.4 include:gone.example.net -all", "include-no-record")
        .expect("said above");
    assert_eq!(first.fix[0].value.as_deref(), Some("v=spf1 ip4:198.41.0.4 -all"));
    let below = world("v=spf1 include:a.example.net -all")
        .txt("a.example.net", &["v=spf1 include:gone.example.net -all"]);
    let below = finding(&below, "spf.include-no-record").expect("its include has none");
    assert_eq!(below.params["holder"], "a.example.net");
    assert!(below.fix.is_empty(), "the record of another");
}

#[test]
fn a_domain_that_anybody_can_register_is_taken_out_of_the_own_record() {
    let own = of("v=spf1 include:_spf.gone-provider.com a:h0.example.com -all", "include-takeover");
    let own = own.expect("nobody holds it");
    assert_eq!(own.params["path"], "example.com › include:_spf.gone-provider.com");
    assert_eq!(own.fix[0].value.as_deref(), Some("v=spf1 a:h0.example.com -all"));
    let beside_void =
        "v=spf1 include:_spf.gone-provider.com a:old.example.com a:h0.example.com -all";
    let beside_void = of(beside_void, "include-takeover").expect("nobody holds it");
    let healed = Some("v=spf1 a:old.example.com a:h0.example.com -all");
    assert_eq!(beside_void.fix[0].value.as_deref(), healed, "only what is below it");
    let below = world("v=spf1 include:a.example.net -all")
        .txt("a.example.net", &["v=spf1 include:_spf.gone-provider.com -all"]);
    let below = finding(&below, "spf.include-takeover").expect("nobody holds it");
    assert_eq!(
        below.params["path"],
        "example.com › a.example.net › include:_spf.gone-provider.com"
    );
    assert!(below.fix.is_empty(), "the record of another");
}

#[test]
fn everybody_passes_through_an_include_unless_it_is_softened() {
    let passes = |record: &str| of(record, "plus-all").map(|found| found.params["path"].clone());
    let through = Some("example.com › open.example.net › +all".to_owned());
    #[rustfmt::skip]
    let cases = [
        ("its own",                      "v=spf1 +all",                                     Some("example.com › +all".to_owned())),
        ("without the sign",             "v=spf1 ALL",                                      Some("example.com › ALL".to_owned())),
        ("through an include",           "v=spf1 include:open.example.net -all",            through.clone()),
        ("beside a softened term",       "v=spf1 include:open.example.net ~all",            through.clone()),
        ("beside a softened include",    "v=spf1 ?include:_spf.example.net include:open.example.net -all", through),
        ("negated",                      "v=spf1 -include:open.example.net -all",           None),
        ("softened",                     "v=spf1 ~include:open.example.net -all",           None),
        ("neutral",                      "v=spf1 ?include:open.example.net -all",           None),
        ("below a negated one",          "v=spf1 -include:deep.example.net -all",           None),
        ("below two",                    "v=spf1 include:deep.example.net -all",            Some("example.com › deep.example.net › open.example.net › +all".to_owned())),
        ("the end of an include",        "v=spf1 include:_spf.example.net -all",            None),
    ];
    for (rule, record, expected) in cases {
        assert_eq!(passes(record), expected, "{rule}");
    }
    let fix = |record: &str| of(record, "plus-all").expect("everybody passes").fix;
    let own = fix("v=spf1 ip4:198.41.0.4 +all");
    assert_eq!(own[0].value.as_deref(), Some("v=spf1 ip4:198.41.0.4 ~all"));
    assert!(fix("v=spf1 include:open.example.net -all").is_empty(), "the record of another");
}

#[test]
fn the_last_word_may_be_another_records() {
    #[rustfmt::skip]
    let cases: [(&str, &str, &[&str]); 6] = [
        ("it refuses",            "v=spf1 redirect=_spf.example.net",                   &[]),
        ("it marks",              "v=spf1 redirect=soft.example.net",                   &["info spf.softfail-all example.com"]),
        ("it says nothing",       "v=spf1 redirect=silent.example.net",                 &["warning spf.neutral-all example.com"]),
        ("it is not told",        "v=spf1 redirect=lost.example.net",                   &["indet. spf.temperror example.com"]),
        ("an include is no end",  "v=spf1 include:soft.example.net",                    &["warning spf.neutral-all example.com"]),
        ("a term that is none",   "v=spf1 ip4:198.4",                                   &["error spf.syntax example.com"]),
    ];
    for (rule, record, expected) in cases {
        assert_eq!(lines(record), expected, "{rule}");
    }
    assert_eq!(
        param("v=spf1 redirect=soft.example.net", "softfail-all", "holder"),
        "soft.example.net"
    );
    let fix = |record: &str| of(record, "neutral-all").expect("nothing ends it").fix;
    assert!(fix("v=spf1 redirect=silent.example.net").is_empty(), "the record of another");
    assert_eq!(
        fix("v=spf1 ip4:198.41.0.4")[0].value.as_deref(),
        Some("v=spf1 ip4:198.41.0.4 ~all")
    );
    assert_eq!(
        fix("v=spf1 ip4:198.41.0.4 ?all")[0].value.as_deref(),
        Some("v=spf1 ip4:198.41.0.4 ~all")
    );
}

#[test]
fn names_that_hang_on_the_message_are_told() {
    #[rustfmt::skip]
    let cases: [(&str, &str, &[&str]); 9] = [
        ("a host",              "v=spf1 a:%{i}.example.net -all",       &["info spf.macro-dynamic example.com"]),
        ("a mail host",         "v=spf1 mx:%{i}.example.net -all",      &["info spf.macro-dynamic example.com"]),
        ("reverse names",       "v=spf1 ptr:%{o} -all",                 &["info spf.macro-dynamic example.com", "warning spf.ptr-mechanism example.com"]),
        ("an include",          "v=spf1 include:%{l}.example.net -all", &["info spf.macro-dynamic example.com"]),
        ("the validated name",  "v=spf1 exists:%{p}.example.net -all",  &["info spf.macro-dynamic example.com", "warning spf.ptr-mechanism example.com"]),
        ("in an explanation",   "v=spf1 -all exp=%{p}.example.net",     &["warning spf.ptr-mechanism example.com"]),
        ("the own domain",      "v=spf1 a:h0.%{d} -all",                &[]),
        ("a redirect",          "v=spf1 redirect=%{l}.example.net",     &["info spf.macro-dynamic example.com"]),
        ("addresses alone",     "v=spf1 ip4:198.41.0.4 -all",           &[]),
    ];
    for (rule, record, expected) in cases {
        let mut found = lines(record);
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn records_of_the_same_organization_are_the_owners_too() {
    let own = "v=spf1 include:own.example.com -all";
    let expected = [
        "warning spf.terms-after-all own.example.com",
        "warning spf.ptr-mechanism own.example.com",
    ];
    assert_eq!(lines(own), expected);
    let twice = "v=spf1 include:own.example.com ?include:own.example.com -all";
    assert_eq!(lines(twice), expected, "each is read once");
    let others =
        world("v=spf1 include:ptr.example.net -all").txt("ptr.example.net", &["v=spf1 ptr -all"]);
    assert_eq!(said(&others), [""; 0]);
}

#[test]
fn five_terms_are_shown_and_that_there_are_more() {
    let wide = |count: usize| {
        let terms = (0..count).map(|n| format!("ip4:198.{}.0.0/15 ", n * 2)).collect::<String>();
        param(&format!("v=spf1 {terms}-all"), "overly-wide", "terms")
    };
    assert_eq!(
        wide(5),
        "ip4:198.0.0.0/15, ip4:198.2.0.0/15, ip4:198.4.0.0/15, ip4:198.6.0.0/15, ip4:198.8.0.0/15"
    );
    assert_eq!(wide(6), format!("{}, …", wide(5)));
    assert_eq!(wide(7), wide(6));
}

#[test]
fn what_is_wide_is_told_of_each_record_that_holds_it() {
    let theirs = |domain: &str, record: &str| {
        world(&format!("v=spf1 ip4:198.40.0.0/15 include:{domain} -all")).txt(domain, &[record])
    };
    let both =
        theirs("a.example.net", "v=spf1 ip4:199.6.0.0/15 ip4:0.0.0.0/0 ip4:199.8.0.0/15 -all");
    assert_eq!(
        said(&both),
        ["error spf.overly-wide example.com", "critical spf.overly-wide a.example.net"]
    );
    let provider = theirs("_spf.google.com", "v=spf1 ip4:199.6.0.0/15 -all");
    assert_eq!(said(&provider), ["error spf.overly-wide example.com"], "a provider's own business");
    // Half of it is nobody's, the other half is somebody's.
    let half = world("v=spf1 ip4:192.168.0.0/15 -all");
    assert_eq!(said(&half), ["error spf.overly-wide example.com"]);
}

#[test]
fn terms_that_are_none_are_told_by_kind() {
    #[rustfmt::skip]
    let cases = [
        ("no SPF",                     "v=spf1 ip4:198.4 -all",                                        "syntax"),
        ("a letter that is not ASCII", "v=spf1 ip4:198.41.0.4 \u{2013}all",                            "non-ascii"),
        ("a macro that is none",       "v=spf1 exists:%{z}.example.net -all",                          "bad-macro"),
        ("a macro for explanations",   "v=spf1 exists:%{c}.example.net -all",                          "bad-macro"),
        ("two redirects",              "v=spf1 redirect=_spf.example.net redirect=_spf.example.net",   "duplicate-modifier"),
        ("two explanations",           "v=spf1 exp=a.example.com exp=a.example.com -all",              "duplicate-modifier"),
    ];
    for (rule, record, expected) in cases {
        assert_eq!(lines(record), [format!("error spf.{expected} example.com")], "{rule}");
    }
}
