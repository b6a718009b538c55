//! Which of the records at a selector are keys, and whose are they?

use super::*;

/// A finding's id, and the case whose words it has.
type Told = (&'static str, Option<&'static str>);

#[test]
fn two_records_are_two_keys_or_the_halves_of_one() {
    let whole = format!("v=DKIM1; k=rsa; p={RSA_2048}");
    let (head, tail) = whole.split_at(220);
    let ed25519 = format!("v=DKIM1; k=ed25519; p={ED25519}");
    let several = "dkim.multiple-records";
    #[rustfmt::skip]
    let cases: [(&str, [&str; 2], &[Told]); 5] = [
        ("halves",                   [head, tail],            &[(several, Some("halves"))]),
        ("in either order",          [tail, head],            &[(several, Some("halves"))]),
        ("a half and something else", [head, "ms=ms123"],     &[(several, None), ("dkim.key-undecodable", None)]),
        ("a key and half of it",     [&whole, tail],          &[(several, None)]),
        ("a key of each type",       [&whole, &ed25519],      &[(several, None)]),
    ];
    for (rule, texts, expected) in cases {
        let found = told(&Scripted::new().txt(NAME, &texts));
        let said: Vec<_> =
            found.iter().map(|finding| (finding.id.as_str(), case_of(finding))).collect();
        assert_eq!(said, expected, "{rule}");
    }
}

#[test]
fn an_ed25519_key_without_its_type_is_told_as_such() {
    let at = |text: &str| {
        let finding = told(&Scripted::new().txt(NAME, &[text])).remove(0);
        (finding.id.clone(), case_of(&finding).map(str::to_owned))
    };
    let undecodable = "dkim.key-undecodable".to_owned();
    assert_eq!(at(&format!("p={ED25519}")), (undecodable.clone(), Some("ed25519".to_owned())));
    // As long, and the beginning of an RSA key.
    assert_eq!(at(&format!("p={}", &RSA_2048[..44])), (undecodable, None));
}

#[test]
fn a_key_counts_where_a_wildcard_brings_it_and_nothing_else_does() {
    let random =
        format!("{}._domainkey.example.com", Vantage::default().random_label("dkim-wildcard"));
    let every = |text: &str| Scripted::new().txt(NAME, &[text]).txt(&random, &[text]);
    let tested = format!("v=DKIM1; t=y; p={RSA_2048}");
    let missing = "critical dkim.selector-missing s1._domainkey.example.com";
    let wildcard = "warning dkim.wildcard *._domainkey.example.com";
    assert_eq!(said(&every("v=spf1 -all"), &target()), [missing]);
    assert_eq!(said(&every("google-site-verification=abc"), &target()), [missing]);
    assert_eq!(said(&every(&tested.replace("t=y; ", "")), &target()), [wildcard]);
    let found = told(&every("v=spf1 -all"));
    assert_eq!(
        (case_of(&found[0]), found[0].params["found"].as_str()),
        (Some("other"), "v=spf1 -all")
    );
    let found = told(&every(&tested));
    let testing = found.iter().find(|finding| finding.id == "dkim.testing").unwrap();
    assert_eq!((case_of(testing), testing.fix.len()), (Some("wildcard"), 0));
    assert_eq!(testing.params["wildcard"], "*._domainkey.example.com");
}
