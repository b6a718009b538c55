use super::{Answers, Offer, Session, Smtp, SmtpFacts, Starttls, consent};
use crate::kernel::{
    Ask, Because, CheckEntry, Context, Controls, Data, End, Mx as Record, Name, Needs, Past,
    Reason, Reply, Rtype, SmtpStep, SmtpTranscript, Stage, StoppedBy, Target, TlsSession, Trust,
    Vantage,
};
use crate::mx::Mx;
use crate::scripted::{Scripted, conversation, holding, judge, nodata, observe_after};

mod services;

fn target() -> Target {
    Target::new(Name::new("example.com"))
}

fn vantage() -> Vantage {
    Vantage {
        helo: "vigie.test".to_owned(),
        own_networks: vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        controls: Controls { smtp_hosts: vec![Name::new("control.test")], zones: Vec::new() },
        ..Vantage::default()
    }
}

/// One MX host with an address of each family and these conversations; a control that greets.
fn world(v4: SmtpTranscript, v6: SmtpTranscript) -> Scripted {
    let mx = Data::Mx(Record { preference: 10, exchange: Name::new("mx1.example.com") });
    Scripted::new()
        .answer("example.com", Rtype::MX, holding("example.com", vec![mx]))
        .a("mx1.example.com", &["192.0.2.1"])
        .aaaa("mx1.example.com", &["2001:db8::1"])
        .smtp("192.0.2.1", v4)
        .smtp("2001:db8::1", v6)
        .a("control.test", &["192.0.2.250"])
        .smtp("192.0.2.250", hello("mx|STARTTLS"))
}

fn hello(ehlo: &str) -> SmtpTranscript {
    let replies = [(Stage::Greeting, 220, "mx"), (Stage::Ehlo, 250, ehlo)];
    conversation(&replies, Stage::Quit, StoppedBy::Done)
}

/// As [`hello`], with a session that STARTTLS set up.
fn works(ehlo: &str) -> SmtpTranscript {
    let session = TlsSession {
        version: "TLSv1.3".to_owned(),
        cipher: String::new(),
        chain: Vec::new(),
        trust: Trust::Trusted,
    };
    SmtpTranscript { tls: Some(session), ..hello(ehlo) }
}

fn no_tls(code: u16, text: &str) -> SmtpTranscript {
    let replies = [
        (Stage::Greeting, 220, "mx"),
        (Stage::Ehlo, 250, "mx|STARTTLS"),
        (Stage::Starttls, code, text),
    ];
    conversation(&replies, Stage::Starttls, StoppedBy::Reply)
}

fn shaken(words: &str) -> SmtpTranscript {
    let failed = StoppedBy::TlsFailed(words.to_owned());
    let end = End { stage: Stage::Handshake, by: failed };
    SmtpTranscript { end, ..no_tls(220, "go ahead") }
}

fn refused_hello(code: u16, text: &str) -> SmtpTranscript {
    let replies = [(Stage::Greeting, 220, "mx"), (Stage::Ehlo, code, text)];
    conversation(&replies, Stage::Ehlo, StoppedBy::Reply)
}

fn turned_away(code: u16, text: &str) -> SmtpTranscript {
    conversation(&[(Stage::Greeting, code, text)], Stage::Greeting, StoppedBy::Reply)
}

fn lost(stage: Stage, by: StoppedBy) -> SmtpTranscript {
    let replies = [(Stage::Greeting, 220, "mx")];
    let come_so_far = if stage == Stage::Ehlo { 1 } else { 0 };
    conversation(&replies[..come_so_far], stage, by)
}

fn observed(world: &Scripted) -> SmtpFacts {
    observe_after::<Mx, Smtp>(world, &target(), &vantage())
}

fn say(world: &Scripted) -> Vec<String> {
    judge::<Smtp>(&observed(world), &target(), &vantage())
}

#[test]
fn addresses_with_and_without_starttls_are_named() {
    let seen = observed(&world(works("mx|STARTTLS"), hello("mx")));
    let found = crate::scripted::findings::<Smtp>(&seen, &target(), &vantage());
    let found = found.iter().find(|one| one.id == "smtp.starttls-inconsistent");
    let params = &found.expect("they differ").params;
    assert_eq!(params["with"], "mx1.example.com (192.0.2.1)");
    assert_eq!(params["without"], "mx1.example.com (2001:db8::1)");
}

#[test]
fn a_host_is_judged_by_its_answer_to_ehlo() {
    let open = || works("mx|SIZE 1000|STARTTLS");
    let slow = || {
        let mut said = open();
        said.steps[0].ms = 30_001;
        said
    };
    let plain = || hello("mx|SIZE 1000");
    let timeout = StoppedBy::Unknown(Reason::Timeout);
    let network = || SmtpTranscript::failed(Reason::Network);
    const INCONSISTENT: &str = "warning smtp.starttls-inconsistent example.com";
    let lacks_at_all = &["error smtp.no-starttls mx1.example.com"][..];
    let lacks = &["error smtp.no-starttls mx1.example.com", INCONSISTENT][..];
    let no_esmtp = &["error smtp.ehlo-refused mx1.example.com"][..];
    let babble = &["error smtp.protocol-error mx1.example.com"][..];
    let rejects = &["warning smtp.banner-rejects mx1.example.com"][..];
    let broken = &["error smtp.starttls-broken mx1.example.com"][..];
    let blocked = &["indet. smtp.blocked-us mx1.example.com"][..];
    let untold = &["indet. smtp.timeout mx1.example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, SmtpTranscript, SmtpTranscript, &[&str])> = vec![
        ("offered everywhere",               open(),                                              open(),    &[]),
        ("offered nowhere",                  plain(),                                             plain(),   lacks_at_all),
        ("offered at one address",           open(),                                              plain(),   lacks),
        ("masked by a firewall",             hello("mx|XXXXXXXA"),                                open(),    lacks),
        ("no extensions at all",             hello("mx"),                                         open(),    lacks),
        ("a list that names us",             turned_away(554, "blocked using zen.spamhaus.org"),  open(),    blocked),
        ("a rate",                           turned_away(421, "too many connections"),            open(),    blocked),
        ("greylisting at EHLO",              refused_hello(450, "4.7.1 greylisted"),              open(),    blocked),
        ("a bare 421",                       turned_away(421, "mx closing"),                      open(),    untold),
        ("a bare 451 at EHLO",               refused_hello(451, "try later"),                     open(),    untold),
        ("EHLO refused for good",            refused_hello(502, "not implemented"),               open(),    no_esmtp),
        ("slow to greet",                    slow(),                                              open(),    &["warning smtp.banner-slow mx1.example.com"]),
        ("passwords in plain text",          works("mx|AUTH PLAIN|STARTTLS"),                     open(),    &["warning smtp.plain-auth mx1.example.com"]),
        ("an AUTH that shows no password",   works("mx|AUTH CRAM-MD5|STARTTLS"),                  open(),    &[]),
        ("TLS not available",                no_tls(454, "TLS not available"),                    open(),    broken),
        ("STARTTLS refused for good",        no_tls(502, "not implemented"),                      open(),    broken),
        ("STARTTLS refused to us",           no_tls(450, "4.7.0 too many connections"),           open(),    untold),
        ("STARTTLS answered by 421",         no_tls(421, "closing"),                              open(),    untold),
        ("an alert",                         shaken("received fatal alert: HandshakeFailure"),    open(),    broken),
        ("versions that we do not speak",    shaken("received fatal alert: ProtocolVersion"),     open(),    &[]),
        ("silent after EHLO",                lost(Stage::Ehlo, timeout.clone()),                  open(),    untold),
        ("closed after EHLO",                lost(Stage::Ehlo, StoppedBy::Closed),                open(),    untold),
        ("silent from the start",            lost(Stage::Connect, timeout),                       open(),    untold),
        ("another protocol",                 lost(Stage::Greeting, StoppedBy::NotSmtp),           open(),    babble),
        ("no way to a family from here",     open(),                                              network(), &[]),
        ("no way, and plain on the other",   plain(),                                             network(), lacks_at_all),
        ("no way to any address",            network(),                                           network(), untold),
        ("a refusal is for mx to say",       lost(Stage::Connect, StoppedBy::ConnectionRefused),  open(),    &[]),
        ("a greeting of 554",                turned_away(554, "no service"),                      open(),    rejects),
        ("554, the other untold",            turned_away(554, "no service"),                      lost(Stage::Ehlo, StoppedBy::Closed), untold),
        ("554, no way to the other family",  turned_away(554, "no service"),                      network(), &["error smtp.banner-rejects mx1.example.com"]),
        ("one plain, one untold",            plain(), lost(Stage::Ehlo, StoppedBy::Closed), &["error smtp.no-starttls mx1.example.com", "indet. smtp.timeout mx1.example.com"]),
    ];
    for (rule, v4, v6, expected) in cases {
        assert_eq!(say(&world(v4, v6)), expected, "{rule}");
    }
}

#[test]
fn what_cannot_be_asked_is_skipped_with_its_reason() {
    let refused = || lost(Stage::Connect, StoppedBy::ConnectionRefused);
    let silent = || lost(Stage::Connect, StoppedBy::Unknown(Reason::Timeout));
    let no_mx = world(refused(), refused()).answer("example.com", Rtype::MX, nodata());
    let null = Data::Mx(Record { preference: 0, exchange: Name::new(".") });
    let null = holding("example.com", vec![null]);
    let blocked = world(silent(), silent()).smtp("192.0.2.250", silent());
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &str, &[&str])> = vec![
        ("no mail host",       no_mx,                                                        "no-mail-host",   &[]),
        ("a null MX",          world(silent(), silent()).answer("example.com", Rtype::MX, null), "no-mail-host", &[]),
        ("nobody takes mail",  world(refused(), turned_away(554, "no")),                     "unreachable",    &[]),
        ("no way out",         blocked,                                                      "egress-blocked", &["smtp.egress-blocked"]),
    ];
    for (rule, world, word, expected) in cases {
        let facts = serde_json::to_value(observed(&world)).unwrap();
        let (target, vantage, needs) = (target(), vantage(), Needs::default());
        let now = chrono::DateTime::UNIX_EPOCH;
        let past = Past::default();
        let context =
            Context { target: &target, vantage: &vantage, needs: &needs, past: &past, now };
        let entry = CheckEntry::of::<Smtp>();
        let (findings, because) = entry.judge(&entry.read(&facts.into()).unwrap(), &context);
        assert_eq!(because, Some(Because::NothingToAsk { what: word.to_owned() }), "{rule}");
        let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, expected, "{rule}");
    }
}

#[test]
fn facts_keep_the_extensions_without_their_order() {
    let facts =
        observed(&world(hello("mx|SIZE 1000|AUTH=LOGIN|8bitmime|SIZE 9"), works("mx|STARTTLS")));
    let sessions: Vec<&Session> = facts.hosts[0].addresses.values().collect();
    let offer = |extensions: &[&str], size, starttls, plain_auth| {
        let extensions = extensions.iter().map(|word| (*word).to_owned()).collect();
        Session::Open(Offer { extensions, size, starttls, plain_auth, slow_greeting: false })
    };
    let first = offer(&["8BITMIME", "AUTH", "SIZE"], Some(1000), Starttls::NotOffered, true);
    assert_eq!(sessions, [&first, &offer(&["STARTTLS"], None, Starttls::Works, false)]);
}

/// What is said of answers to the questions that need consent, as reply codes of: the null sender,
/// postmaster, abuse, nobody, both ways to relay, VRFY twice, EXPN.
fn said_of(codes: [u16; 9]) -> Vec<String> {
    let domain = Name::new("example.com");
    let vantage = vantage();
    let asks = consent::questions(&domain, &vantage);
    let mut said = works("mx|STARTTLS");
    let mut step = |stage, sent: String, code| {
        let reply = Reply { code, lines: vec!["as scripted".to_owned()] };
        said.steps.push(SmtpStep { stage, sent: Some(sent), reply, ms: 1 });
    };
    let mut left = codes[1..].iter().copied();
    for ask in asks {
        let code = left.next().expect("a code for each question");
        match ask {
            Ask::Envelope { mail_from, rcpt_to } => {
                let of_mail = if mail_from.is_empty() { codes[0] } else { 250 };
                step(Stage::Mail, format!("MAIL FROM:<{mail_from}>"), of_mail);
                step(Stage::Rcpt, format!("RCPT TO:<{rcpt_to}>"), code);
            }
            Ask::Verify { user } => step(Stage::Verify, format!("VRFY {user}"), code),
            Ask::Expand { list } => step(Stage::Expand, format!("EXPN {list}"), code),
        }
    }
    let answers = Answers::of(&said, &domain, &vantage);
    let mut facts = observed(&world(works("mx|STARTTLS"), works("mx|STARTTLS")));
    facts.hosts[0].answers = Some(answers);
    judge::<Smtp>(&facts, &target(), &vantage)
}

#[test]
fn answers_that_needed_consent_are_judged_one_by_one() {
    const SOUND: [u16; 9] = [250, 250, 250, 550, 554, 554, 252, 252, 502];
    let with = |changes: &[(usize, u16)]| {
        let mut codes = SOUND;
        changes.iter().for_each(|(at, code)| codes[*at] = *code);
        codes
    };
    let say = |row: &str| format!("{row} mx1.example.com");
    #[rustfmt::skip]
    let cases: [(&str, [u16; 9], &[&str]); 13] = [
        ("all as it should be",              SOUND,                                    &[]),
        ("no bounces",                       with(&[(0, 550)]),                        &["error smtp.null-sender-refused"]),
        ("bounces put off",                  with(&[(0, 451)]),                        &[]),
        ("no postmaster",                    with(&[(1, 550)]),                        &["error smtp.postmaster-refused"]),
        ("postmaster put off",               with(&[(1, 450)]),                        &[]),
        ("no abuse",                         with(&[(2, 550)]),                        &["warning smtp.abuse-refused"]),
        ("anybody is taken",                 with(&[(3, 250)]),                        &["info smtp.accepts-any"]),
        ("relays in both ways of writing",   with(&[(4, 250), (5, 250)]),              &["error smtp.open-relay"]),
        ("takes one of them only",           with(&[(4, 250)]),                        &[]),
        ("VRFY tells the two apart",         with(&[(6, 250), (7, 550)]),              &["info smtp.vrfy-expn"]),
        ("VRFY is refused to all",           with(&[(6, 550), (7, 550)]),              &[]),
        ("VRFY takes all",                   with(&[(6, 250), (7, 250)]),              &[]),
        ("EXPN is on",                       with(&[(8, 250)]),                        &["info smtp.vrfy-expn"]),
    ];
    for (rule, codes, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|row| say(row)).collect();
        assert_eq!(said_of(codes), expected, "{rule}");
    }
}

#[test]
fn nothing_more_than_a_greeting_is_asked_without_consent() {
    let world = world(works("mx|STARTTLS"), works("mx|STARTTLS"));
    let facts = observed(&world);
    assert!(facts.hosts[0].answers.is_none());
    let consenting = Target { intrusive: true, ..target() };
    let facts = observe_after::<Mx, Smtp>(&world, &consenting, &vantage());
    assert!(facts.hosts[0].answers.is_some());
}
