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

#[test]
fn a_slip_of_copying_is_named_and_mended() {
    let meant = format!("v=DKIM1; k=rsa; p={RSA_2048}");
    let cut = &meant[..200];
    let armoured = |kind: &str, key: &str| {
        format!(
            "v=DKIM1; k=rsa; p=-----BEGIN {kind}PUBLIC KEY-----{key}-----END {kind}PUBLIC KEY-----"
        )
    };
    let (version, syntax, key) = ("dkim.version-bad", "dkim.syntax", "dkim.key-undecodable");
    #[rustfmt::skip]
    let cases = [
        ("backslashes",            meant.replace(';', "\\;"),                      version, Some("backslash"),  Some(&meant)),
        ("one of them",            meant.replacen("rsa;", "rsa\\;", 1),            syntax,  Some("backslash"),  Some(&meant)),
        ("two in a row",           meant.replace(';', "\\\\;"),                    version, Some("backslash"),  None),
        ("with half a key",        cut.replace(';', "\\;"),                        version, Some("backslash"),  None),
        ("no semicolons",          meant.replace(';', ""),                         version, Some("semicolons"), Some(&meant)),
        ("not before p",           meant.replace("rsa;", "rsa"),                   syntax,  Some("semicolons"), Some(&meant)),
        ("not after p",            format!("v=DKIM1; p={RSA_2048} t=s"),           key,     Some("semicolons"), Some(&format!("v=DKIM1; p={RSA_2048}; t=s"))),
        ("in notes all is well",   format!("v=DKIM1; n=a k=b; k=rsa; p={}", &RSA_2048[..100]), key, None, None),
        ("another version",        meant.replace("DKIM1", "DKIM2"),                version, None,               None),
        ("the lines of a file",    armoured("", RSA_2048),                         key,     Some("armour"),     Some(&meant)),
        ("of the older form",      armoured("RSA ", RSA_2048),                     key,     Some("armour"),     Some(&meant)),
        ("around half a key",      armoured("", &RSA_2048[..100]),                 key,     Some("armour"),     None),
        ("half a key alone",       cut.to_owned(),                                 key,     None,               None),
    ];
    for (rule, record, id, case, proposed) in cases {
        let found = told(&Scripted::new().txt(NAME, &[&record]));
        let said = found.iter().map(|finding| (finding.id.as_str(), case_of(finding)));
        assert_eq!(said.collect::<Vec<_>>(), [(id, case)], "{rule}");
        let changed = found[0].fix.first().and_then(|change| change.value.as_ref());
        assert_eq!(changed, proposed, "{rule}");
    }
    // Behind an alias the record is somebody else's.
    let kept = "s1.example.net";
    let world = Scripted::new()
        .answer(NAME, Rtype::TXT, alias(NAME, kept))
        .txt(kept, &[&meant.replace(';', "")]);
    let found = told(&world);
    assert_eq!((case_of(&found[0]), found[0].fix.len()), (Some("semicolons"), 0));
}

#[test]
fn guesses_are_told_of_keys_alone() {
    let bare = Target::new(Name::new("example.com"));
    let at = |selector: &str, text: &str| {
        Scripted::new().txt(&format!("{selector}._domainkey.example.com"), &[text])
    };
    let random = Vantage::default().random_label("dkim-wildcard");
    let good = format!("p={RSA_2048}");
    let exists = |world: Scripted| world.answer("_domainkey.example.com", Rtype::TXT, nodata());
    let told = |world: Scripted| {
        let found = findings::<Dkim>(&facts(&world, &bare), &bare, &Vantage::default());
        let of = |finding: &Finding| {
            (
                finding.id.clone(),
                case_of(finding).map(str::to_owned),
                finding.params.get("guessed").cloned(),
            )
        };
        found.iter().map(of).collect::<Vec<_>>()
    };
    let unknown = |case: Option<&str>, guessed: Option<&str>| {
        vec![(
            "dkim.selectors-unknown".to_owned(),
            case.map(str::to_owned),
            guessed.map(str::to_owned),
        )]
    };
    let alone = |id: &str| vec![(id.to_owned(), None, None)];
    assert_eq!(told(exists(Scripted::new())), unknown(None, None));
    assert_eq!(told(exists(at("k1", &good))), unknown(Some("found"), Some("k1")));
    assert_eq!(told(exists(at("k1", "p="))), unknown(None, None));
    assert_eq!(told(exists(at(&random, &good))), alone("dkim.wildcard"));
    let name = format!("{random}._domainkey.example.com");
    let silent = Scripted::new().fails(&name, Rtype::TXT, Reason::Timeout);
    assert_eq!(told(exists(silent)), alone("dkim.lookup-failed"));
    let every_one = || {
        let random = Vantage::default().random_label("dkim-wildcard");
        let name = format!("{random}._domainkey.example.com");
        Scripted::new()
            .answer("_domainkey.example.com", Rtype::TXT, nodata())
            .txt(&name, &[&format!("p={RSA_2048}")])
    };
    assert_no_loss_accuses::<Dkim>(every_one, &bare, &Vantage::default());
}
