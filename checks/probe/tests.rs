//! Each end of a message, and what is said of it.

mod header;
mod own_verdicts;
mod returned;
mod round;

use super::Probe;
use super::facts::{Arrival, Bounce, FollowedStep, ProbeFacts, SeedEnd, SeedFacts, Verdicts};
use crate::kernel::{Name, ProbeSpec, Reason, Seed, Stage, Stream, Target, Vantage};
use crate::scripted::{self, probe};

/// The domain with its probe and the stream that it sends.
fn target(probe: ProbeSpec) -> Target {
    Target { probe: Some(probe), ..Target::new(Name::new("example.com")) }
}

fn arrival() -> Arrival {
    Arrival {
        folder: "INBOX".to_owned(),
        junk: false,
        late: false,
        slowest_hop: None,
        verdicts: Some(passes(true, true)),
        ..Arrival::default()
    }
}

/// SPF and DKIM that pass for From, or do not.
fn passes(spf: bool, dkim: bool) -> Verdicts {
    let word = |passes: bool| Some(if passes { "pass" } else { "fail" }.to_owned());
    Verdicts {
        spf: word(spf),
        dkim: word(dkim),
        dmarc: word(spf || dkim),
        spf_aligns: spf,
        dkim_aligns: dkim,
        authenticated: spf || dkim,
        ours: false,
    }
}

fn refused(reply: &str) -> SeedEnd {
    SeedEnd::Refused { stage: Stage::Message, code: 550, reply: reply.to_owned() }
}

fn bounced(reply: &str) -> SeedEnd {
    SeedEnd::Bounced(Bounce { status: None, reply: reply.to_owned(), reporter: None })
}

fn deferred(stage: Stage, to_the_end: bool) -> SeedEnd {
    SeedEnd::Deferred { stage, code: 451, reply: "451 later".to_owned(), to_the_end }
}

fn unknown(step: FollowedStep) -> SeedEnd {
    SeedEnd::Unknown { step, reason: Reason::Timeout }
}

/// What is said of messages that ended so.
fn said(ends: &[SeedEnd], target: &Target) -> Vec<String> {
    let seeds = ends.iter().enumerate().map(|(at, end)| {
        let address =
            if at == 0 { "seed@quay.example".to_owned() } else { format!("seed{at}@quay.example") };
        SeedFacts { address, end: end.clone() }
    });
    let facts = ProbeFacts { seeds: seeds.collect(), ..ProbeFacts::default() };
    scripted::judge::<Probe>(&facts, target, &Vantage::default())
}

#[test]
fn each_end_says_exactly_what_is_wrong() {
    let arrived = SeedEnd::Arrived;
    let late = Arrival { late: true, slowest_hop: Some("mx.quay.example".to_owned()), ..arrival() };
    #[rustfmt::skip]
    let cases: [(&str, SeedEnd, &[&str]); 21] = [
        ("in the inbox, authenticated", arrived(arrival()), &[]),
        ("no verdict is no fault", arrived(Arrival { verdicts: None, ..arrival() }), &[]),
        ("none could be told", arrived(Arrival { verdicts: None, unjudged: Some("timeout".to_owned()), ..arrival() }), &["indet. probe.authentication-unknown newsletter → quay.example"]),
        ("in junk", arrived(Arrival { junk: true, ..arrival() }), &["error probe.in-spam newsletter → quay.example"]),
        ("changed on its way", arrived(Arrival { altered: vec!["body".to_owned()], ..arrival() }), &["warning probe.altered newsletter → quay.example"]),
        ("twice", arrived(Arrival { duplicated: true, ..arrival() }), &["warning probe.duplicated newsletter → quay.example"]),
        ("in another tab", arrived(Arrival { tab: Some("social".to_owned()), ..arrival() }), &["info probe.tab newsletter → quay.example"]),
        ("it came back", bounced("550 5.7.1 no"), &["critical probe.bounced newsletter → quay.example"]),
        ("it came back for its address", bounced("550 5.1.1 no"), &["critical probe.bounced newsletter → seed@quay.example"]),
        ("late", arrived(late), &["warning probe.late newsletter → quay.example"]),
        ("unauthenticated", arrived(Arrival { verdicts: Some(passes(false, false)), ..arrival() }), &["critical probe.not-authenticated newsletter → quay.example"]),
        ("refused by the receiver", refused("550 5.7.23 SPF"), &["critical probe.refused newsletter → quay.example"]),
        ("the only address is unknown", refused("550 5.1.1 no such user"), &["critical probe.refused newsletter → seed@quay.example"]),
        ("put off, also after the retries", deferred(Stage::Rcpt, false), &["warning probe.deferred newsletter → quay.example"]),
        ("put off to the end", deferred(Stage::Message, true), &["critical probe.deferred newsletter → quay.example"]),
        ("put off by the submission host", deferred(Stage::Greeting, true), &["critical probe.deferred newsletter"]),
        ("put off when it asks for the login", deferred(Stage::Auth, false), &["warning probe.deferred newsletter"]),
        ("put off for its sender", deferred(Stage::Mail, false), &["warning probe.deferred newsletter → quay.example"]),
        ("accepted and lost", SeedEnd::Missing, &["critical probe.not-arrived newsletter → quay.example"]),
        ("not submitted", SeedEnd::Unsubmitted { why: "535 no".to_owned() }, &["error probe.submit-unreachable newsletter"]),
        ("the mailbox could not tell", unknown(FollowedStep::Mailbox), &["indet. probe.mailbox-unreachable newsletter → quay.example"]),
    ];
    for (rule, end, expected) in cases {
        assert_eq!(said(&[end], &target(probe())), expected, "{rule}");
    }
}

#[test]
fn what_could_not_be_told_hides_authentication_at_that_receiver_alone() {
    let found = |ends: &[SeedEnd]| {
        let seed =
            |end: &SeedEnd| SeedFacts { address: "seed@quay.example".to_owned(), end: end.clone() };
        let facts = ProbeFacts { seeds: ends.iter().map(seed).collect(), ..ProbeFacts::default() };
        scripted::findings::<Probe>(&facts, &target(probe()), &Vantage::default()).remove(0)
    };
    let arrived = |arrival| found(&[SeedEnd::Arrived(arrival)]);
    let untold =
        arrived(Arrival { verdicts: None, unjudged: Some("timeout".to_owned()), ..arrival() });
    let unauthenticated = arrived(Arrival { verdicts: Some(passes(false, false)), ..arrival() });
    assert!(untold.may_hide(&unauthenticated));
    assert!(!untold.may_hide(&arrived(Arrival { junk: true, ..arrival() })));
    let elsewhere = crate::kernel::Finding {
        subject: "newsletter → elsewhere.example".to_owned(),
        ..unauthenticated
    };
    assert!(!untold.may_hide(&elsewhere));
}

#[test]
fn a_receiver_is_named_by_whoever_speaks_in_the_report() {
    let receiver = |end: SeedEnd| {
        let seeds = vec![SeedFacts { address: "seed@quay.example".to_owned(), end }];
        let facts = ProbeFacts { seeds, ..ProbeFacts::default() };
        let found = scripted::findings::<Probe>(&facts, &target(probe()), &Vantage::default());
        found[0].params["receiver"].clone()
    };
    let google = "550-5.7.26 unauthenticated, https://support.google.com/mail a12 - gsmtp";
    assert_eq!(receiver(bounced(google)), "quay.example (Google Workspace / Gmail)");
    assert_eq!(receiver(bounced("550 5.7.1 no")), "quay.example");
    let put_off = SeedEnd::Deferred {
        stage: Stage::Rcpt,
        code: 451,
        reply: google.to_owned(),
        to_the_end: false,
    };
    assert_eq!(receiver(refused(google)), "quay.example", "the submission host speaks");
    assert_eq!(receiver(put_off), "quay.example", "the submission host speaks");
}

#[test]
fn a_submission_that_could_not_tell_says_nothing_of_the_mailbox() {
    let seeds = vec![SeedFacts {
        address: "seed@quay.example".to_owned(),
        end: unknown(FollowedStep::Submission),
    }];
    let facts = ProbeFacts { seeds, ..ProbeFacts::default() };
    let findings = scripted::findings::<Probe>(&facts, &target(probe()), &Vantage::default());
    assert_eq!(findings[0].subject, "newsletter");
    assert_eq!(findings[0].params["host"], "smtp.example.com");
    assert_eq!(findings[0].evidence["step"], "submission");
    assert_eq!(findings[0].evidence["reason"], "timeout");
}

#[test]
fn a_mailbox_that_could_not_tell_is_named_by_its_host() {
    let end = unknown(FollowedStep::Mailbox);
    let seeds = vec![SeedFacts { address: "seed@quay.example".to_owned(), end }];
    let facts = ProbeFacts { seeds, ..ProbeFacts::default() };
    let findings = scripted::findings::<Probe>(&facts, &target(probe()), &Vantage::default());
    assert_eq!(findings[0].params["host"], "imap.quay.example");
}

#[test]
fn an_unknown_address_among_several_is_a_slip() {
    let mut long = probe();
    long.seeds.push(Seed { address: "seed1@quay.example".to_owned(), ..long.seeds[0].clone() });
    let ends = [SeedEnd::Arrived(arrival()), refused("550-5.1.1 no such user")];
    assert_eq!(
        said(&ends, &target(long)),
        ["warning probe.refused newsletter → seed1@quay.example"]
    );
}

#[test]
fn a_cause_at_one_receiver_is_one_finding_with_its_worst_severity() {
    let ends = [deferred(Stage::Rcpt, false), deferred(Stage::Rcpt, true), refused("550 no")];
    assert_eq!(
        said(&ends, &target(probe())),
        [
            "critical probe.refused newsletter → quay.example",
            "critical probe.deferred newsletter → quay.example",
        ]
    );
}

#[test]
fn what_the_stream_declares_should_pass_too() {
    let stream = |from: &str, ips: &[[u8; 4]], dkim: Option<&str>| Stream {
        dkim: dkim.map(str::to_owned),
        ips: ips.iter().map(|ip| (*ip).into()).collect(),
        ..scripted::stream("newsletter", from)
    };
    let signs = || stream("example.com", &[], Some("s1"));
    let sends = || stream("example.com", &[[203, 0, 113, 5]], None);
    let weak = &["warning probe.not-authenticated newsletter → quay.example"][..];
    #[rustfmt::skip]
    let cases = [
        ("SPF alone where DKIM is declared", signs(), passes(true, false), weak),
        ("DKIM where it is declared",        signs(), passes(false, true), &[]),
        ("DKIM alone where SPF is declared", sends(), passes(false, true), weak),
        ("SPF where it is declared",         sends(), passes(true, false), &[]),
        ("another domain’s stream",          stream("example.net", &[], Some("s1")), passes(true, false), &[]),
        ("another domain’s, the same bounces", Stream { mail_from: Some(Name::new("example.com")), ..stream("example.net", &[], Some("s1")) }, passes(true, false), &[]),
        ("another stream of the domain",     Stream { mail_from: Some(Name::new("bounce.example.com")), ..signs() }, passes(true, false), &[]),
        ("bounces go where they are declared", Stream { mail_from: Some(Name::new("example.com")), ..signs() }, passes(true, false), weak),
        ("the receiver could not tell",      signs(), Verdicts { dkim: Some("temperror".to_owned()), ..passes(true, false) }, &[]),
    ];
    for (rule, stream, verdicts, expected) in cases {
        let target = Target { streams: vec![stream], ..target(probe()) };
        let end = SeedEnd::Arrived(Arrival { verdicts: Some(verdicts), ..arrival() });
        assert_eq!(said(&[end], &target), expected, "{rule}");
    }
}
