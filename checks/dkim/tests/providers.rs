//! What is a provider's to do, and what it does on purpose?

use super::*;

const OF_MICROSOFT: [&str; 2] = [
    "selector1-example-com._domainkey.contoso.onmicrosoft.com",
    "selector2-example-com._domainkey.contoso.onmicrosoft.com",
];
const OF_PROTON: [&str; 2] =
    ["protonmail.domainkey.dabc.domains.proton.ch", "protonmail2.domainkey.dabc.domains.proton.ch"];

fn two() -> Target {
    Target {
        selectors: vec!["selector1".to_owned(), "selector2".to_owned()],
        ..Target::new(Name::new("example.com"))
    }
}

/// The two selectors, as aliases of these names.
fn leading(names: [&str; 2]) -> Scripted {
    names.into_iter().zip(["selector1", "selector2"]).fold(Scripted::new(), |world, (to, label)| {
        let name = format!("{label}._domainkey.example.com");
        world.answer(&name, Rtype::TXT, alias(&name, to))
    })
}

fn whole() -> String {
    format!("v=DKIM1; k=rsa; p={RSA_2048}")
}

fn at_first() -> Scripted {
    leading(OF_MICROSOFT).txt(OF_MICROSOFT[0], &[&whole()])
}

fn revoked(names: [&str; 2]) -> Scripted {
    leading(names).txt(names[0], &[&whole()]).txt(names[1], &["p="])
}

#[test]
fn a_key_that_a_provider_keeps_for_later_is_no_fault() {
    let whole = whole();
    let [first, second] = OF_MICROSOFT;
    let named = |selector: &str| Target { streams: vec![stream("example.com", selector)], ..two() };
    let later = "info dkim.cname-dangling selector2._domainkey.example.com";
    let gone = "critical dkim.cname-dangling selector2._domainkey.example.com";
    let untold = "indet. dkim.lookup-failed selector1._domainkey.example.com";
    let spare = "info dkim.revoked selector2._domainkey.example.com";
    let empty = "error dkim.revoked selector2._domainkey.example.com";
    #[rustfmt::skip]
    let cases: Vec<(&str, Target, Scripted, Vec<&str>)> = vec![
        ("not made yet",                two(),              at_first(),                                        vec![later]),
        ("or not filled yet",           two(),              at_first().answer(second, Rtype::TXT, nodata()),   vec![later]),
        ("a stream signs with another", named("selector1"), at_first(),                                        vec![later]),
        ("a stream signs with it",      named("selector2"), at_first(),                                        vec![gone]),
        ("neither is made",             two(),              leading(OF_MICROSOFT),                             vec!["critical dkim.cname-dangling selector1._domainkey.example.com", gone]),
        ("the other is empty",          two(),              leading(OF_MICROSOFT).txt(first, &["p="]),         vec!["error dkim.revoked selector1._domainkey.example.com", gone]),
        ("the other is untold",         two(),              leading(OF_MICROSOFT).fails(first, Rtype::TXT, Reason::Timeout), vec![untold]),
        ("the other is kept elsewhere", two(),              leading(["s1.example.net", second]).txt("s1.example.net", &[&whole]), vec![gone]),
        ("others make all their keys",  two(),              leading(OF_PROTON).txt(OF_PROTON[0], &[&whole]),   vec![gone]),
        ("even if one is untold",       two(),              leading(OF_PROTON).fails(OF_PROTON[0], Rtype::TXT, Reason::Timeout), vec![untold, gone]),
        ("an empty one",                two(),              revoked(OF_PROTON),                                vec![spare]),
        ("that a stream signs with",    named("selector2"), revoked(OF_PROTON),                                vec![empty]),
        ("of nobody known",             two(),              revoked(["s1.example.net", "s2.example.net"]),     vec![empty]),
    ];
    for (rule, target, world, expected) in cases {
        assert_eq!(said(&world, &target), expected, "{rule}");
    }
    assert_no_loss_accuses::<Dkim>(at_first, &two(), &Vantage::default());
    assert_no_loss_accuses::<Dkim>(|| revoked(OF_PROTON), &two(), &Vantage::default());
}

#[test]
fn a_revoked_key_is_retired_where_every_stream_names_another() {
    let whole = format!("v=DKIM1; k=rsa; p={RSA_2048}");
    let world = || Scripted::new().txt(NAME, &["p="]).txt("s2._domainkey.example.com", &[&whole]);
    let with = |streams: Vec<Stream>| Target { streams, ..target() };
    let unsaid = || Stream { dkim: None, ..stream("example.com", "s2") };
    let retired = "info dkim.revoked s1._domainkey.example.com";
    let in_use = "error dkim.revoked s1._domainkey.example.com";
    #[rustfmt::skip]
    let cases = [
        ("no stream is known",        with(vec![]),                                                       vec![in_use]),
        ("one names another",         with(vec![stream("example.com", "s2")]),                            vec![retired]),
        ("one names it",              with(vec![stream("example.com", "s2"), stream("example.com", "S1")]), vec![in_use]),
        ("one does not say",          with(vec![stream("example.com", "s2"), unsaid()]),                  vec![in_use]),
        ("nothing is sent",           Target { profile: Profile::Parked, ..target() },                    vec![]),
    ];
    for (rule, target, expected) in cases {
        assert_eq!(said(&world(), &target), expected, "{rule}");
    }
}

#[test]
fn only_the_keeper_of_a_key_can_mend_it() {
    let at = |kept: &str, record: &str| {
        told(&Scripted::new().answer(NAME, Rtype::TXT, alias(NAME, kept)).txt(kept, &[record]))
    };
    let (mailchimp, unknown, own) = ("dkim.mcsv.net", "s1.mail.example.net", "keys.example.com");
    let weak = format!("p={RSA_1024}");
    let short = format!("p={RSA_512}");
    let tested = format!("t=y; p={RSA_2048}");
    #[rustfmt::skip]
    let cases = [
        (mailchimp, &weak,   "dkim.key-1024",      Some("Mailchimp")),
        (mailchimp, &short,  "dkim.key-too-short", Some("Mailchimp")),
        (mailchimp, &tested, "dkim.testing",       Some("Mailchimp")),
        (unknown,   &weak,   "dkim.key-1024",      Some("example.net")),
        (own,       &weak,   "dkim.key-1024",      None),
        (own,       &tested, "dkim.testing",       None),
    ];
    for (kept, record, id, provider) in cases {
        let found = at(kept, record);
        let told = (found.len(), found[0].id.as_str(), case_of(&found[0]));
        assert_eq!(told, (1, id, provider.map(|_| "provider")), "{kept} {id}");
        assert_eq!(found[0].params.get("provider").map(String::as_str), provider, "{kept} {id}");
    }
    let strict = format!("t=s; p={RSA_2048}");
    assert_eq!(at(mailchimp, &strict), []);
    assert_eq!(at(own, &strict)[0].id, "dkim.strict-identity");
}
