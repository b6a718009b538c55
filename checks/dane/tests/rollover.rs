//! Can the next key be published before it is used?

use super::*;

/// RFC 7671 §8.1.
#[test]
fn a_single_record_is_told_by_what_it_pins_to_who_can_add_another() {
    let leaf = || with(|_, leaf, _, _| *leaf = true);
    let authority = || with(|_, _, authority, _| *authority = top(true, true, 1));
    let at = |name: &str, facts: DaneFacts| {
        let mut facts = facts;
        facts.hosts[0].name = Name::new(name);
        let target = Target::new(Name::new("example.com"));
        let found = findings::<Dane>(&facts, &target, &Vantage::default());
        found.first().map(|one| (one.id.clone(), one.params.get(CASE).cloned()))
    };
    let theirs = "example-com.mail.protection.outlook.com";
    let told = |case: Option<&str>| Some(("dane.no-rollover".to_owned(), case.map(str::to_owned)));
    #[rustfmt::skip]
    let cases = [
        ("the key of the host",      HOST,   facts(vec![key_of(3)], leaf()),                     told(Some("key"))),
        ("its certificate",          HOST,   facts(vec![record(3, 0, 1, &[3; 32])], leaf()),     told(None)),
        ("the key of an authority",  HOST,   facts(vec![key_of(2)], authority()),                told(None)),
        ("a provider's host",        theirs, facts(vec![key_of(3)], leaf()),                     None),
    ];
    for (rule, name, facts, expected) in cases {
        assert_eq!(at(name, facts), expected, "{rule}");
    }
}
