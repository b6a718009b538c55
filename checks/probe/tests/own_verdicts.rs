use chrono::DateTime;
use futures::FutureExt;

use super::super::facts::Verdicts;
use super::super::own_verdicts::{Seen, own_verdicts};
use super::super::verdicts::{Method, Written};
use crate::kernel::{FoundMessage, Name, Needs, ProbeSpec, Reason, Rtype, Target, Vantage};
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

/// A message that came straight from 192.0.2.5.
fn seen(found: &FoundMessage) -> Seen<'_> {
    Seen {
        found,
        from: "192.0.2.5".parse().unwrap(),
        helo: Some("smtp.example.com"),
        relayed: false,
        mail_from: "news@example.com",
        unaltered: true,
    }
}

fn judged(world: &Scripted, seen: &Seen<'_>, written: &Written) -> Result<Verdicts, String> {
    judged_for("news@example.com", world, seen, written)
}

fn judged_for(
    from: &str,
    world: &Scripted,
    seen: &Seen<'_>,
    written: &Written,
) -> Result<Verdicts, String> {
    let (target, vantage) = (Target::new(Name::new("example.com")), Vantage::default());
    let (needs, probe) = (Needs::default(), ProbeSpec { from: from.to_owned(), ..probe() });
    let view = view(world, &target, &vantage, &needs);
    let said = own_verdicts(&view, &probe, seen, written).now_or_never();
    said.expect("this world answers at once")
}

fn said(world: &Scripted, found: &FoundMessage) -> Result<Verdicts, String> {
    judged(world, &seen(found), &Written::default())
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
    let bare = found(HEADER, None);
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
        ("nothing signed, nothing to read", failing(),                                         &bare,       "fail", "none",      false),
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
        ("octets that are no text",      failing(),                                         found(&signed(""), Some("\u{fffd}")), "malformed"),
        ("lines that end otherwise",     failing(),                                         found(&signed(""), Some("A line.\n")), "malformed"),
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
    // Nor does its silence hide what is known.
    let silent = Scripted::new().txt("example.com", &["v=spf1 -all"]).fails(
        "s1._domainkey.example.net",
        Rtype::TXT,
        Reason::Timeout,
    );
    let expected = Ok(("fail".to_owned(), "temperror".to_owned(), false));
    assert_eq!(words(&silent, &elsewhere), expected);
}

#[test]
fn signatures_of_others_do_not_crowd_ours_out() {
    let world = || Scripted::new().txt("example.com", &["v=spf1 -all"]).txt(KEY, &[&record("")]);
    let added = |domain: &str| {
        format!("DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=x; h=From; bh=AA==; b=AA==\r\n")
    };
    let others = found(&format!("{}{}", added("example.net").repeat(6), signed("")), Some(BODY));
    assert_eq!(words(&world(), &others), Ok(("fail".to_owned(), "pass".to_owned(), true)));
    let forged = found(&format!("{}{}", added("example.com").repeat(5), signed("")), Some(BODY));
    assert_eq!(words(&world(), &forged), Err("too-large".to_owned()), "one too many to look at");
}

#[test]
fn what_happened_on_the_way_is_not_held_against_the_sender() {
    let world = Scripted::new().txt("example.com", &["v=spf1 -all"]).txt(KEY, &[&record("")]);
    let (plain, changed) = (found(HEADER, Some(BODY)), found(&signed(""), Some("Another.\r\n")));
    let of =
        |seen: &Seen<'_>| judged(&world, seen, &Written::default()).map(|said| said.authenticated);
    assert_eq!(of(&seen(&plain)), Ok(false));
    assert_eq!(of(&Seen { relayed: true, ..seen(&plain) }), Err("relayed".to_owned()));
    assert_eq!(of(&seen(&changed)), Ok(false));
    assert_eq!(of(&Seen { unaltered: false, ..seen(&changed) }), Err("altered".to_owned()));
    assert_eq!(of(&Seen { unaltered: false, ..seen(&plain) }), Ok(false), "nothing was signed");
    let elsewhere = Seen { relayed: true, mail_from: "b@example.net", ..seen(&plain) };
    assert_eq!(of(&elsewhere), Ok(false), "that domain does not speak for From");
}

#[test]
fn the_envelope_sender_is_the_one_that_was_noted() {
    let world = Scripted::new()
        .txt("example.com", &["v=spf1 ip4:192.0.2.5 -all"])
        .txt("bounce.example.net", &["v=spf1 ip4:192.0.2.5 -all"]);
    let plain = found(HEADER, Some(BODY));
    let rewritten = Seen { mail_from: "1@bounce.example.net", ..seen(&plain) };
    let said = judged(&world, &rewritten, &Written::default()).expect("everything is told");
    assert_eq!((said.spf.as_deref(), said.authenticated), (Some("pass"), false));
}

#[test]
fn what_the_receiver_wrote_stands() {
    let world =
        Scripted::new().txt("example.com", &["v=spf1 ip4:192.0.2.5 -all"]).txt(KEY, &[&record("")]);
    let ours = found(&signed(""), Some(BODY));
    let method = |word: &str, aligns| Some(Method { word: word.to_owned(), aligns });
    let of = |written: Written| {
        let said = judged(&world, &seen(&ours), &written).expect("everything is told");
        (said.spf.unwrap(), said.dkim.unwrap(), said.authenticated)
    };
    let spf = Written { spf: method("fail", false), ..Written::default() };
    assert_eq!(of(spf), ("fail".to_owned(), "pass".to_owned(), true));
    let dkim = Written { dkim: method("fail", false), ..Written::default() };
    assert_eq!(of(dkim), ("pass".to_owned(), "fail".to_owned(), true));
}

#[test]
fn a_strict_policy_wants_the_domain_itself() {
    let plain = found(HEADER, Some(BODY));
    let below = Seen { mail_from: "b@bounce.example.com", ..seen(&plain) };
    let world = || Scripted::new().txt("bounce.example.com", &["v=spf1 ip4:192.0.2.5 -all"]);
    let of = |world: Scripted| {
        judged(&world, &below, &Written::default()).map(|said| said.authenticated)
    };
    let policy = |text: &str| world().txt("_dmarc.example.com", &[text]);
    assert_eq!(of(world()), Ok(true), "no policy asks for it");
    assert_eq!(of(policy("v=DMARC1; p=none")), Ok(true));
    assert_eq!(of(policy("v=DMARC1; p=none; adkim=s")), Ok(true), "of the other method");
    assert_eq!(of(policy("v=DMARC1; p=none; aspf=s")), Ok(false));
    let silent = world().fails("_dmarc.example.com", Rtype::TXT, Reason::Timeout);
    assert_eq!(of(silent), Err("timeout".to_owned()));
}

#[test]
fn the_own_record_of_the_domain_in_from_says_how_strict_it_is() {
    let plain = found(HEADER, Some(BODY));
    let below = Seen { mail_from: "b@bounce.alerts.example.com", ..seen(&plain) };
    let of = |own: &str, above: &str| {
        let world = Scripted::new()
            .txt("bounce.alerts.example.com", &["v=spf1 ip4:192.0.2.5 -all"])
            .txt("_dmarc.alerts.example.com", &[own])
            .txt("_dmarc.example.com", &[above]);
        let said = judged_for("a@alerts.example.com", &world, &below, &Written::default());
        said.expect("everything is told").authenticated
    };
    let (relaxed, strict) = ("v=DMARC1; p=none", "v=DMARC1; p=none; aspf=s");
    assert!(of(relaxed, strict) && !of(strict, relaxed));
    assert!(of("a text", relaxed) && !of("a text", strict), "else that of the organization");
}

#[test]
fn a_rewritten_envelope_sender_proves_nothing() {
    let world = Scripted::new().txt("quay.example", &["v=spf1 -all"]).txt(KEY, &[&record("")]);
    let plain = found(HEADER, Some(BODY));
    let rewritten =
        |found| Seen { mail_from: "srs0=x=example.com=news@quay.example", ..seen(found) };
    let of =
        |seen: &Seen<'_>| judged(&world, seen, &Written::default()).map(|said| said.authenticated);
    assert_eq!(of(&rewritten(&plain)), Err("relayed".to_owned()));
    assert_eq!(of(&rewritten(&found(&signed(""), Some(BODY)))), Ok(true), "a signature is enough");
}
