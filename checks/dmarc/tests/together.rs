use super::{ABOVE, facts, mailed, target};
use crate::dmarc::Dmarc;
use crate::kernel::Vantage;
use crate::scripted::findings;

/// Conditions, each with the record that it proposes.
type Fixes<'a, T> = &'a [(&'a str, T)];

/// What each finding of a record proposes in its place.
fn proposed(written: &str) -> Vec<(String, String)> {
    let seen = facts(&mailed().txt(ABOVE, &[written]), "example.com");
    let found = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
    let proposed = found.into_iter().filter_map(|one| {
        let value = one.fix.first()?.value.clone()?;
        Some((one.id.replace("dmarc.", ""), value))
    });
    proposed.collect()
}

/// Whoever mends a tag turns away no mail by it, and whoever is stricter is so by that one step.
#[test]
fn all_that_is_wrong_with_a_record_is_mended_together() {
    let rua = "rua=mailto:r@example.com";
    let gentle = format!("v=DMARC1; p=reject; sp=none; pct=50; t=y; {rua}");
    let expected = [
        ("option-useless", gentle.clone()),
        ("rua-invalid", gentle.clone()),
        ("np-weaker", format!("{gentle}; np=reject")),
        ("testing", format!("v=DMARC1; p=reject; sp=none; pct=50; {rua}")),
        ("removed-tags", format!("v=DMARC1; p=reject; sp=none; t=y; {rua}")),
        ("sp-weaker", format!("v=DMARC1; p=reject; pct=50; t=y; {rua}; sp=reject")),
    ];
    let seen = proposed("v=DMARC1; p=reject; sp=none; pct=50; fo=1; t=y; rua=r@example.com");
    assert_eq!(seen, expected.map(|(id, value)| (id.to_owned(), value)));
}

/// RFC 9989 §A.6: a sample is staging, and ends by the step that is about it alone.
#[test]
fn a_sample_ends_only_where_it_is_told_of() {
    let rua = "rua=mailto:postmaster@example.com";
    let own = "rua=mailto:r@example.com";
    #[rustfmt::skip]
    let cases: [(&str, String, Fixes<'_, String>); 10] = [
        ("no scheme, and a test", "v=DMARC1; p=reject; pct=0; rua=r@example.com".to_owned(), &[
            ("rua-invalid",  format!("v=DMARC1; p=reject; pct=0; {own}")),
            ("removed-tags", format!("v=DMARC1; p=reject; {own}")),
        ]),
        ("no address, and a sample", "v=DMARC1; p=quarantine; pct=5".to_owned(), &[
            ("rua-missing",  format!("v=DMARC1; p=quarantine; pct=5; {rua}")),
            ("removed-tags", format!("v=DMARC1; p=quarantine; {rua}")),
        ]),
        ("a size, and a sample", "v=DMARC1; p=quarantine; pct=5; rua=mailto:r@example.com!10m".to_owned(), &[
            ("rua-size-suffix", format!("v=DMARC1; p=quarantine; pct=5; {own}")),
            ("removed-tags",    format!("v=DMARC1; p=quarantine; {own}")),
        ]),
        ("names below, and a sample", format!("v=DMARC1; p=reject; sp=none; pct=10; {own}"), &[
            ("np-weaker",    format!("v=DMARC1; p=reject; sp=none; pct=10; {own}; np=reject")),
            ("removed-tags", format!("v=DMARC1; p=reject; sp=none; {own}")),
            ("sp-weaker",    format!("v=DMARC1; p=reject; pct=10; {own}; sp=reject")),
        ]),
        ("a test in both spellings", format!("v=DMARC1; p=reject; pct=0; t=y; {own}"), &[
            ("testing",      format!("v=DMARC1; p=reject; pct=0; {own}")),
            ("removed-tags", format!("v=DMARC1; p=reject; t=y; {own}")),
        ]),
        ("a test, and one that is denied", format!("v=DMARC1; p=reject; pct=0; t=n; {own}"), &[
            ("removed-tags", format!("v=DMARC1; p=reject; t=n; {own}")),
        ]),
        ("all of the mail, and no address", "v=DMARC1; p=reject; pct=100".to_owned(), &[
            ("removed-tags", format!("v=DMARC1; p=reject; {rua}")),
            ("rua-missing",  format!("v=DMARC1; p=reject; {rua}")),
        ]),
        ("a policy without a value", "v=DMARC1; p=; sp=reject".to_owned(), &[
            ("rua-missing",  format!("v=DMARC1; p=none; sp=reject; {rua}")),
        ]),
        ("a test of nothing", format!("v=DMARC1; p=none; pct=0; {own}"), &[
            ("removed-tags", format!("v=DMARC1; p=none; {own}")),
        ]),
        ("a test of names below", format!("v=DMARC1; p=none; sp=reject; pct=0; {own}"), &[
            ("removed-tags", format!("v=DMARC1; p=none; sp=reject; {own}")),
        ]),
    ];
    for (rule, written, expected) in cases {
        let expected: Vec<(String, String)> =
            expected.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
        assert_eq!(proposed(&written), expected, "{rule}");
    }
}

/// Only a sample is a way to go gently; what is gone without effect is not.
#[test]
fn a_tag_that_is_gone_is_told_by_what_it_still_does() {
    let case = |tags: &str| {
        let record = format!("v=DMARC1; p=reject; {tags}; rua=mailto:r@example.com");
        let seen = facts(&mailed().txt(ABOVE, &[&record]), "example.com");
        let found = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
        found[0].params.get("case").cloned()
    };
    for (tags, expected) in [
        ("pct=100", None),
        ("ri=86400", None),
        ("pct=50", Some("sample")),
        ("pct=50%", Some("sample")),
        ("pct=0", Some("test")),
    ] {
        assert_eq!(case(tags).as_deref(), expected, "{tags}");
    }
}

/// One spelling after the other mends each.
#[test]
fn what_almost_is_a_record_is_mended_with_its_address() {
    let lookalike = mailed().txt(ABOVE, &["v=dmarc1; p=reject; rua=r@example.com"]);
    let seen = facts(&lookalike, "example.com");
    let found = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
    let value = found[0].fix[0].value.as_deref();
    assert_eq!(value, Some("v=DMARC1; p=reject; rua=mailto:r@example.com"));
}

/// What would not be said of the record as it was meant has its spelling for a cause, and no address of the
/// owner's is lost.
#[test]
fn a_misspelt_record_is_told_by_its_spelling_alone() {
    let good = "v=DMARC1; p=none; rua=mailto:d@example.com";
    let both = "v=DMARC1; p=reject; rua=mailto:d@example.com,mailto:e@example.com";
    #[rustfmt::skip]
    let cases: [(&str, &str, Fixes<'_, &str>); 7] = [
        ("no semicolon",      "v=DMARC1; p=none rua=mailto:d@example.com",   &[("syntax", good)]),
        ("a comma",           "v=DMARC1; p=none,rua=mailto:d@example.com",   &[("syntax", good)]),
        ("none after it",     "v=DMARC1; rua=mailto:d@example.com p=none",   &[("syntax", "v=DMARC1; rua=mailto:d@example.com; p=none")]),
        ("two addresses",     "v=DMARC1; p=reject; rua=mailto:d@example.com; rua=mailto:e@example.com", &[("syntax", both)]),
        ("the same again",    "v=DMARC1; p=none; rua=mailto:d@example.com; rua=mailto:d@example.com", &[("syntax", good)]),
        ("no scheme either",  "v=DMARC1; p=none; aspf; rua=d@example.com",   &[("syntax", good), ("rua-invalid", good)]),
        ("no address at all", "v=DMARC1; p=reject adkim=r",                  &[("syntax", "v=DMARC1; p=reject; adkim=r; rua=mailto:postmaster@example.com"), ("rua-missing", "v=DMARC1; p=reject; adkim=r; rua=mailto:postmaster@example.com")]),
    ];
    for (rule, written, expected) in cases {
        let expected: Vec<(String, String)> =
            expected.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect();
        assert_eq!(proposed(written), expected, "{rule}");
    }
    let unclear = proposed("v=DMARC1; p= rua=mailto:d@example.com");
    assert_eq!(unclear, [], "no address takes the place of one that is there");
}
