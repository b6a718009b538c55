use chrono::DateTime;
use futures::FutureExt;

use super::super::facts::Verdicts;
use super::super::own_verdicts::{Came, own_verdicts};
use crate::kernel::{FoundMessage, Name, Needs, Reason, Rtype, Target, Vantage};
use crate::records::tests::dkim_signature::{BODY, HEADER, record, signed, signed_by};
use crate::scripted::{Scripted, probe, view};

const KEY: &str = "s1._domainkey.example.com";

fn found(header: &str, body: Option<&str>) -> FoundMessage {
    FoundMessage {
        folder: "INBOX".to_owned(),
        junk: false,
        stored_at: DateTime::UNIX_EPOCH,
        header: header.to_owned(),
        body: body.map(str::to_owned),
        tab: None,
    }
}

/// What is said of a message from 192.0.2.5.
fn said(world: &Scripted, found: &FoundMessage) -> Result<Verdicts, String> {
    let (target, vantage) = (Target::new(Name::new("example.com")), Vantage::default());
    let (needs, probe) = (Needs::default(), probe());
    let came = Came { from: "192.0.2.5".parse().unwrap(), helo: Some("smtp.example.com") };
    let view = view(world, &target, &vantage, &needs);
    own_verdicts(&view, &probe, found, &came).now_or_never().expect("this world answers at once")
}

/// The words for SPF and DKIM, and whether one of them speaks for From.
fn words(world: &Scripted, found: &FoundMessage) -> Result<(String, String, bool), String> {
    let said = said(world, found)?;
    let word = |word: Option<String>| word.unwrap_or_else(|| "—".to_owned());
    assert!(said.ours && said.authenticated == (said.spf_aligns || said.dkim_aligns));
    Ok((word(said.spf), word(said.dkim), said.authenticated))
}

#[test]
fn either_method_speaks_for_from() {
    let spf = |policy: &str| Scripted::new().txt("example.com", &[policy]);
    let passing = || spf("v=spf1 ip4:192.0.2.5 -all");
    let failing = || spf("v=spf1 -all");
    let key = record("");
    let plain = found(HEADER, Some(BODY));
    let ours = found(&signed(""), Some(BODY));
    let changed = found(&signed(""), Some("Another line.\r\n"));
    let unreadable = found(&format!("DKIM-Signature: v=1\r\n{HEADER}"), Some(BODY));
    let twice = found(&format!("DKIM-Signature: v=1\r\n{}", signed("")), Some(BODY));
    #[rustfmt::skip]
    let cases = [
        ("SPF alone",                       passing(),                                         &plain,      "pass", "none",      true),
        ("neither",                         failing(),                                         &plain,      "fail", "none",      false),
        ("no policy at all",                Scripted::new(),                                   &plain,      "none", "none",      false),
        ("a signature alone",               failing().txt(KEY, &[&key]),                       &ours,       "fail", "pass",      true),
        ("the body has changed",            failing().txt(KEY, &[&key]),                       &changed,    "fail", "fail",      false),
        ("its key is gone",                 failing(),                                         &ours,       "fail", "permerror", false),
        ("one of two keys is the right one", failing().txt(KEY, &["v=DKIM1; p=", &key]),       &ours,       "fail", "pass",      true),
        ("beside one that cannot be read",  failing().txt(KEY, &[&key]),                       &twice,      "fail", "pass",      true),
        ("one that cannot be read",         failing(),                                         &unreadable, "fail", "neutral",   false),
        ("SPF passes, the key is silent",   passing().fails(KEY, Rtype::TXT, Reason::Timeout), &ours,       "pass", "temperror", true),
    ];
    for (rule, world, message, spf, dkim, authenticated) in cases {
        let expected = Ok((spf.to_owned(), dkim.to_owned(), authenticated));
        assert_eq!(words(&world, message), expected, "{rule}");
    }
}

#[test]
fn what_could_not_be_told_is_no_fail() {
    let failing = || Scripted::new().txt("example.com", &["v=spf1 -all"]);
    let silent = || Scripted::new().fails("example.com", Rtype::TXT, Reason::Timeout);
    let plain = found(HEADER, Some(BODY));
    let ours = found(&signed(""), Some(BODY));
    let long = "a".repeat(64 * 1024);
    #[rustfmt::skip]
    let cases = [
        ("SPF could not be told",        silent(),                                          plain,                            "temperror"),
        ("the key is silent",            failing().fails(KEY, Rtype::TXT, Reason::Servfail), ours.clone(),                    "servfail"),
        ("the body is not here",         failing(),                                         found(&signed(""), None),         "not-offered"),
        ("the body may have been cut",   failing(),                                         found(&signed(""), Some(&long)),  "too-large"),
        ("the header may have been cut", failing(),                                         found(&long, Some(BODY)),         "too-large"),
        ("octets that are no text",      failing(),                                         found(&signed(""), Some("\u{fffd}")), "too-large"),
    ];
    for (rule, world, message, reason) in cases {
        assert_eq!(words(&world, &message), Err(reason.to_owned()), "{rule}");
    }
    let passes = silent().txt(KEY, &[&record("")]);
    let expected = ("temperror".to_owned(), "pass".to_owned(), true);
    assert_eq!(words(&passes, &ours), Ok(expected), "a signature is enough");
}

#[test]
fn a_pass_of_another_domain_does_not_speak_for_from() {
    let world = Scripted::new()
        .txt("example.com", &["v=spf1 -all"])
        .txt("s1._domainkey.example.net", &[&record("")]);
    let elsewhere = found(&signed_by("example.net", ""), Some(BODY));
    let expected = Ok(("fail".to_owned(), "pass".to_owned(), false));
    assert_eq!(words(&world, &elsewhere), expected);
}
