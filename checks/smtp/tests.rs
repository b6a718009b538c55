use super::{Session, Smtp, SmtpFacts};
use crate::kernel::{
    Because, CheckEntry, Context, Controls, Data, Mx as Record, Name, Needs, Past, Reason, Rtype,
    SmtpTranscript, Stage, StoppedBy, Target, Vantage,
};
use crate::mx::Mx;
use crate::scripted::{Scripted, conversation, holding, judge, nodata, observe_after};

fn target() -> Target {
    Target::new(Name::new("example.com"))
}

fn vantage() -> Vantage {
    Vantage {
        helo: "vigie.test".to_owned(),
        own_networks: vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        controls: Controls { smtp_hosts: vec![Name::new("control.test")] },
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
fn a_host_is_judged_by_its_answer_to_ehlo() {
    let open = || hello("mx|SIZE 1000|STARTTLS");
    let plain = || hello("mx|SIZE 1000");
    let timeout = StoppedBy::Unknown(Reason::Timeout);
    let network = || SmtpTranscript::failed(Reason::Network);
    let lacks = &["error smtp.no-starttls mx1.example.com"][..];
    let blocked = &["indet. smtp.blocked-us mx1.example.com"][..];
    let untold = &["indet. smtp.timeout mx1.example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, SmtpTranscript, SmtpTranscript, &[&str])> = vec![
        ("offered everywhere",               open(),                                              open(),    &[]),
        ("offered nowhere",                  plain(),                                             plain(),   lacks),
        ("offered at one address",           open(),                                              plain(),   lacks),
        ("masked by a firewall",             hello("mx|XXXXXXXA"),                                open(),    lacks),
        ("no extensions at all",             hello("mx"),                                         open(),    lacks),
        ("a list that names us",             turned_away(554, "blocked using zen.spamhaus.org"),  open(),    blocked),
        ("a rate",                           turned_away(421, "too many connections"),            open(),    blocked),
        ("greylisting at EHLO",              refused_hello(450, "4.7.1 greylisted"),              open(),    blocked),
        ("a bare 421",                       turned_away(421, "mx closing"),                      open(),    untold),
        ("a bare 451 at EHLO",               refused_hello(451, "try later"),                     open(),    untold),
        ("EHLO refused for good",            refused_hello(502, "not implemented"),               open(),    untold),
        ("silent after EHLO",                lost(Stage::Ehlo, timeout.clone()),                  open(),    untold),
        ("closed after EHLO",                lost(Stage::Ehlo, StoppedBy::Closed),                open(),    untold),
        ("silent from the start",            lost(Stage::Connect, timeout),                       open(),    untold),
        ("another protocol",                 lost(Stage::Greeting, StoppedBy::NotSmtp),           open(),    untold),
        ("no way to a family from here",     open(),                                              network(), &[]),
        ("no way, and plain on the other",   plain(),                                             network(), lacks),
        ("no way to any address",            network(),                                           network(), untold),
        ("a refusal is for mx to say",       lost(Stage::Connect, StoppedBy::ConnectionRefused),  open(),    &[]),
        ("so is a greeting of 554",          turned_away(554, "no service"),                      open(),    &[]),
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
        let (findings, because) = CheckEntry::of::<Smtp>().judge(&facts, &context).unwrap();
        assert_eq!(because, Some(Because::NothingToAsk { what: word.to_owned() }), "{rule}");
        let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, expected, "{rule}");
    }
}

#[test]
fn facts_keep_the_extensions_without_their_order_or_parameters() {
    let facts =
        observed(&world(hello("mx|SIZE 1000|AUTH=LOGIN|8bitmime|SIZE 9"), hello("mx|STARTTLS")));
    let sessions: Vec<&Session> = facts.hosts[0].addresses.values().collect();
    let extensions = ["8BITMIME", "AUTH", "SIZE"].map(str::to_owned).to_vec();
    assert_eq!(sessions, [&Session::NoStarttls { extensions }, &Session::Starttls]);
}
