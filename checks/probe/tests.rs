//! Each end of a message, and what is said of it.

use super::facts::{ProbeFacts, SeedEnd, SeedFacts, Verdicts};
use super::received::{sent_from, verdicts};
use super::{Probe, judge};
use crate::kernel::{
    CheckEntry, Context, MailboxKind, Name, Needs, Past, ProbeSpec, Reason, Seed, SmtpTls, Stage,
    Target, Vantage,
};

const PROBE: CheckEntry = CheckEntry::of::<Probe>();

fn probe() -> ProbeSpec {
    let seed = Seed {
        address: "seed@quay.example".to_owned(),
        kind: MailboxKind::Imaps,
        host: "imap.quay.example".to_owned(),
        port: 993,
        user: "seed".to_owned(),
        secret: "seed".to_owned(),
    };
    ProbeSpec {
        name: "newsletter".to_owned(),
        from: "news@example.com".to_owned(),
        mail_from: "news@example.com".to_owned(),
        submit_host: "smtp.example.com".to_owned(),
        submit_port: 465,
        submit_tls: SmtpTls::Implicit,
        submit_user: None,
        submit_secret: "submit".to_owned(),
        seeds: vec![seed],
        deliver_within_ms: 60_000,
        trusted_authserv: None,
    }
}

fn arrived(junk: bool, late: bool, authenticated: bool) -> SeedEnd {
    let word = |passes: bool| Some(if passes { "pass" } else { "fail" }.to_owned());
    let verdicts = Verdicts {
        spf: word(authenticated),
        dkim: None,
        dmarc: word(authenticated),
        authenticated,
    };
    SeedEnd::Arrived { folder: "INBOX".to_owned(), junk, late, verdicts: Some(verdicts) }
}

fn refused(reply: &str) -> SeedEnd {
    SeedEnd::Refused { stage: Stage::Message, code: 550, reply: reply.to_owned() }
}

#[test]
fn each_end_says_exactly_what_is_wrong() {
    let deferred =
        SeedEnd::Deferred { stage: Stage::Rcpt, code: 451, reply: "451 later".to_owned() };
    let unsubmitted = SeedEnd::Unsubmitted { why: "535 no".to_owned() };
    let unknown = SeedEnd::Unknown { reason: Reason::Timeout };
    let cases: [(&str, SeedEnd, &[&str]); 11] = [
        ("in the inbox, authenticated", arrived(false, false, true), &[]),
        (
            "no verdict is no fault",
            SeedEnd::Arrived {
                folder: "INBOX".to_owned(),
                junk: false,
                late: false,
                verdicts: None,
            },
            &[],
        ),
        ("in junk", arrived(true, false, true), &["error probe.in-spam newsletter → quay.example"]),
        ("late", arrived(false, true, true), &["warning probe.late newsletter → quay.example"]),
        (
            "unauthenticated",
            arrived(false, false, false),
            &["critical probe.not-authenticated newsletter → quay.example"],
        ),
        (
            "refused by the receiver",
            refused("550 5.7.23 SPF"),
            &["critical probe.refused newsletter → quay.example"],
        ),
        (
            "an unknown address is its own",
            refused("550 5.1.1 no such user"),
            &["warning probe.refused newsletter → seed@quay.example"],
        ),
        ("put off to the end", deferred, &["warning probe.deferred newsletter → quay.example"]),
        (
            "accepted and lost",
            SeedEnd::Missing,
            &["critical probe.not-arrived newsletter → quay.example"],
        ),
        ("not submitted", unsubmitted, &["error probe.submit-unreachable newsletter"]),
        ("not known", unknown, &["info probe.mailbox-unreachable newsletter → quay.example"]),
    ];
    for (rule, end, expected) in cases {
        let seeds = vec![SeedFacts { address: "seed@quay.example".to_owned(), end }];
        let facts = serde_json::to_value(ProbeFacts { seeds, sending_ips: Vec::new() })
            .expect("plain data");
        let target = Target { probe: Some(probe()), ..Target::new(Name::new("example.com")) };
        let now = chrono::DateTime::UNIX_EPOCH;
        let context = Context {
            target: &target,
            vantage: &Vantage::default(),
            needs: &Needs::default(),
            past: &Past::default(),
            now,
        };
        let (findings, because) =
            PROBE.judge(&facts, &context).expect("the facts are of this check");
        let said: Vec<String> =
            findings.iter().map(|f| format!("{} {} {}", f.severity, f.id, f.subject)).collect();
        assert_eq!(said, expected, "{rule}");
        assert_eq!(because, None, "{rule}");
    }
}

#[test]
fn a_cause_at_one_receiver_is_one_finding() {
    let seeds = (0..10).map(|n| SeedFacts {
        address: format!("seed{n}@quay.example"),
        end: refused("550 5.7.1 no"),
    });
    let facts = ProbeFacts { seeds: seeds.collect(), sending_ips: Vec::new() };
    assert_eq!(judge::judge(&facts, &probe()).len(), 1);
}

#[test]
fn the_topmost_header_fields_count() {
    let header = "Received: from smtp.example.com (helo [203.0.113.45])\r\n\tby mx.quay.example; date\r\n\
        Authentication-Results: mx.quay.example; spf=fail smtp.mailfrom=news@example.com;\r\n\
        \tdkim=pass header.d=example.com; dmarc=pass header.from=example.com\r\n\
        Received: from elsewhere ([192.0.2.1]) by smtp.example.com; date\r\n\
        Authentication-Results: forged.example; dmarc=fail\r\n";
    assert_eq!(sent_from(header), "203.0.113.45".parse().ok());
    let said = verdicts(header, &probe()).expect("there is such a field");
    assert_eq!(
        (said.spf.as_deref(), said.dkim.as_deref(), said.authenticated),
        (Some("fail"), Some("pass"), true)
    );
    let trusting = ProbeSpec { trusted_authserv: Some("forged.example".to_owned()), ..probe() };
    assert!(!verdicts(header, &trusting).expect("there is such a field").authenticated);
}

#[test]
fn without_dmarc_a_pass_has_to_align() {
    let cases = [
        ("an aligned SPF pass", "spf=pass smtp.mailfrom=bounce.example.com", Some(true)),
        ("a pass of another domain", "spf=pass smtp.mailfrom=postvite.example", Some(false)),
        ("an aligned signature", "spf=fail; dkim=pass header.d=example.com", Some(true)),
        ("nothing passes", "spf=softfail; dkim=none", Some(false)),
        ("no policy, aligned", "spf=pass smtp.mailfrom=example.com; dmarc=none", Some(true)),
        ("a policy that fails", "spf=pass smtp.mailfrom=example.com; dmarc=fail", Some(false)),
        ("the receiver could not tell", "spf=temperror; dmarc=temperror", None),
        ("no method is no verdict", "none", None),
    ];
    for (rule, results, expected) in cases {
        let header = format!("Authentication-Results: mx; {results}\r\n");
        assert_eq!(verdicts(&header, &probe()).map(|said| said.authenticated), expected, "{rule}");
    }
}
