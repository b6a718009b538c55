use super::{ABOVE, facts, mailed, target};
use crate::dmarc::Dmarc;
use crate::kernel::Vantage;
use crate::scripted::findings;

/// Whoever mends a tag turns away no mail by it; what is stricter mends the tags as well.
#[test]
fn all_that_is_wrong_with_a_record_is_mended_together() {
    let written = "v=DMARC1; p=reject; sp=none; pct=50; fo=1; t=y; rua=r@example.com";
    let gentle = "v=DMARC1; p=reject; sp=none; t=y; rua=mailto:r@example.com";
    let strict = "v=DMARC1; p=reject; rua=mailto:r@example.com; sp=reject; np=reject";
    let seen = facts(&mailed().txt(ABOVE, &[written]), "example.com");
    let found = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
    let expected = [
        ("dmarc.testing", strict),
        ("dmarc.removed-tags", gentle),
        ("dmarc.option-useless", gentle),
        ("dmarc.rua-invalid", gentle),
        ("dmarc.sp-weaker", strict),
        ("dmarc.np-weaker", strict),
    ];
    let proposed: Vec<(&str, &str)> =
        found.iter().map(|one| (one.id.as_str(), one.fix[0].value.as_deref().unwrap())).collect();
    assert_eq!(proposed, expected);
    let lookalike = mailed().txt(ABOVE, &["v=dmarc1; p=reject; rua=r@example.com"]);
    let seen = facts(&lookalike, "example.com");
    let found = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
    let value = found[0].fix[0].value.as_deref();
    assert_eq!(value, Some("v=DMARC1; p=reject; rua=mailto:r@example.com"));
}

/// One cause, one record: `dmarc.missing` proposes no other than the one at the wrong place.
#[test]
fn a_record_at_the_wrong_place_is_moved_by_whatever_speaks_of_it() {
    let record = "v=DMARC1; p=reject; rua=mailto:r@example.com";
    let world = mailed().txt("_dmarc.example.com.example.com", &[record]);
    let seen = facts(&world, "example.com");
    let found = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
    let said: Vec<(&str, Option<&str>)> =
        found.iter().map(|one| (one.id.as_str(), one.fix[0].value.as_deref())).collect();
    assert_eq!(said, [("dmarc.wrong-place", Some(record)), ("dmarc.missing", Some(record))]);
}
