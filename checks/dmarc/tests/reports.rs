//! What is said of the addresses that reports go to?

use super::*;

#[test]
fn an_address_for_reports_is_written_as_it_was_meant() {
    #[rustfmt::skip]
    let cases = [
        ("r@example.com",                            Some("mailto:r@example.com")),
        ("mailto://r@example.com",                   Some("mailto:r@example.com")),
        ("mailto:<r@example.com>",                   Some("mailto:r@example.com")),
        ("mailto:r@example.com,//x@example.com",     Some("mailto:r@example.com,mailto:x@example.com")),
        ("nobody",                                   None),
    ];
    for (written, expected) in cases {
        let world = mailed().txt(ABOVE, &[&format!("v=DMARC1; p=reject; rua={written}")]);
        let seen = facts(&world, "example.com");
        let said = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
        let fixed = said[0].fix.first().and_then(|fix| fix.value.clone());
        let expected = expected.map(|rua| format!("v=DMARC1; p=reject; rua={rua}"));
        assert_eq!(fixed, expected, "{written}");
    }
}

#[test]
fn reports_go_to_strangers_only_if_they_agree() {
    let asked = "example.com._report._dmarc.reports.example.net";
    let world = |rua: &str| mailed().txt(ABOVE, &[&format!("v=DMARC1; p=reject; rua={rua}")]);
    let out = "mailto:x@reports.example.net";
    let refused = &["error dmarc.rua-unauthorised reports.example.net"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("the same organization",      world("mailto:x@mail.example.com"),                       &[]),
        ("a stranger who agreed",      world(out).txt(asked, &["v=DMARC1"]),                     &[]),
        ("with an address of his own", world(out).txt(asked, &["v=DMARC1; rua=mailto:y@example.net"]), &[]),
        ("a stranger who did not",     world(out),                                               refused),
        ("said once for each host",    world("mailto:x@reports.example.net,mailto:y@reports.example.net"), refused),
        ("another text is no consent", world(out).txt(asked, &["v=spf1 -all"]),                  refused),
        ("nobody who could agree",     world("mailto:x@dead.example.net"),                      &["error dmarc.rua-undeliverable dead.example.net"]),
        ("it is not known if any can", world(out).fails("reports.example.net", Rtype::MX, Reason::Timeout), &["indet. dmarc.external-auth-unknown reports.example.net"]),
        ("silence is no refusal",      world(out).fails(asked, Rtype::TXT, Reason::Timeout),     &["indet. dmarc.external-auth-unknown reports.example.net"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, "example.com"), expected, "{rule}");
    }
}

#[test]
fn reports_do_not_reach_a_host_that_takes_no_mail() {
    let dead = "dead.example.com";
    let record = format!("v=DMARC1; p=reject; rua=mailto:r@{dead}");
    let null = || vec![Data::Mx(Mx { preference: 0, exchange: Name::new(".") })];
    let world = || mailed().txt(ABOVE, &[&record]);
    #[rustfmt::skip]
    let cases = [
        ("a null MX",     world().answer(dead, Rtype::MX, holding(dead, null())), Some(true)),
        ("no MX at all",  world(),                                                Some(false)),
        ("not told",      world().fails(dead, Rtype::MX, Reason::Timeout),        None),
    ];
    for (rule, world, null_mx) in cases {
        let seen = facts(&world, "example.com");
        let found = findings::<Dmarc>(&seen, &target("example.com"), &Vantage::default());
        let found = found.iter().find(|one| one.id == "dmarc.rua-undeliverable");
        let told = found.map(|one| (one.subject.as_str(), one.evidence["null_mx"] == true));
        assert_eq!(told, null_mx.map(|null_mx| (dead, null_mx)), "{rule}");
    }
}
