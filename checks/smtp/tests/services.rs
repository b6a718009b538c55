//! The services where users hand in mail: what they offer before encryption, and what is said where
//! they could not be asked.

use std::collections::BTreeMap;

use super::{lost, refused_hello, target, turned_away, vantage, works, world};
use crate::kernel::{
    Catalogue, CheckEntry, CheckStatus, Context, Finding, Lang, Name, Needs, Past, Reason,
    Service as Written, ServiceTls, Severity, Stage, Status, StoppedBy, Target, is_definite,
};
use crate::mx::Mx;
use crate::scripted::{conversation, judge, observe_after};
use crate::smtp::judge::judge as judgement;
use crate::smtp::{Host, Service, Session, Smtp, SmtpCode, SmtpFacts};

fn written(tls: ServiceTls) -> Written {
    let (url, host) = ("smtp://out.example.com".to_owned(), "out.example.com".to_owned());
    Written { url, host, port: 587, tls }
}

#[test]
fn services_with_starttls_are_judged_by_what_they_offer_before_it() {
    let host = "out.example.com";
    let offers = works;
    let told = &["warning smtp.plain-auth smtp://out.example.com"][..];
    let untold = &["indet. smtp.service-unknown smtp://out.example.com"][..];
    let timeout = conversation(&[], Stage::Connect, StoppedBy::Unknown(Reason::Timeout));
    #[rustfmt::skip]
    let cases = [
        ("passwords before encryption",  offers("mx|STARTTLS|AUTH PLAIN LOGIN"), ServiceTls::SmtpStarttls, told),
        ("in the old form",              offers("mx|STARTTLS|AUTH=LOGIN"),       ServiceTls::SmtpStarttls, told),
        ("none before encryption",       offers("mx|STARTTLS"),                  ServiceTls::SmtpStarttls, &[][..]),
        ("no password in the clear",     offers("mx|STARTTLS|AUTH SCRAM-SHA-256"), ServiceTls::SmtpStarttls, &[]),
        ("not told",                     timeout,                                ServiceTls::SmtpStarttls, untold),
        ("nobody listens",               lost(Stage::Connect, StoppedBy::ConnectionRefused), ServiceTls::SmtpStarttls, untold),
        ("it has no address",            lost(Stage::Connect, StoppedBy::NoAddress), ServiceTls::SmtpStarttls, untold),
        ("it turns us away",             turned_away(421, "too many connections"), ServiceTls::SmtpStarttls, untold),
        ("EHLO is put off",              refused_hello(421, "closing"),          ServiceTls::SmtpStarttls, untold),
        ("encrypted from the start",     offers("mx|AUTH PLAIN"),                ServiceTls::Implicit,     &[]),
    ];
    for (rule, said, tls, expected) in cases {
        let target = Target { services: vec![written(tls)], ..target() };
        let world = world(works("mx|STARTTLS"), works("mx|STARTTLS"));
        let world = world.a(host, &["192.0.2.87"]).smtp("192.0.2.87", said);
        let facts = observe_after::<Mx, Smtp>(&world, &target, &vantage());
        assert_eq!(judge::<Smtp>(&facts, &target, &vantage()), expected, "{rule}");
    }
}

#[test]
fn a_service_is_judged_where_no_mail_host_can_be() {
    let open = Service::Open { plain_auth: true };
    let services = [("smtp://out.example.com".to_owned(), open)].into();
    let target = Target { services: vec![written(ServiceTls::SmtpStarttls)], ..target() };
    let blocked = SmtpFacts { egress_blocked: true, services, ..SmtpFacts::default() };
    let said = judge::<Smtp>(&blocked, &target, &vantage());
    assert_eq!(
        said,
        ["info smtp.egress-blocked port 25", "warning smtp.plain-auth smtp://out.example.com"]
    );
    let without = SmtpFacts { egress_blocked: false, ..blocked };
    assert_eq!(judge::<Smtp>(&without, &target, &vantage()), said[1..]);
}

#[test]
fn services_end_the_check_only_where_there_is_no_mail_host() {
    let host = |session| {
        let addresses = [("192.0.2.1".parse().unwrap(), session)].into();
        vec![Host { name: Name::new("mx1.example.com"), addresses, answers: None }]
    };
    let blocked = SmtpFacts { egress_blocked: true, ..SmtpFacts::default() };
    let of = |hosts| SmtpFacts { hosts, ..SmtpFacts::default() };
    #[rustfmt::skip]
    let cases = [
        ("no mail host",      of(Vec::new()),                None),
        ("no way out",        blocked,                       Some("egress-blocked")),
        ("nobody listens",    of(host(Session::Unreachable)), Some("unreachable")),
        ("all mail refused",  of(host(Session::Rejects)),    Some("unreachable")),
        ("a host that turns us away", of(host(Session::Blocked)), None),
    ];
    let (target, vantage) = (target(), vantage());
    let (needs, past, now) = (Needs::default(), Past::default(), chrono::DateTime::UNIX_EPOCH);
    let context = Context { target: &target, vantage: &vantage, needs: &needs, past: &past, now };
    for (rule, facts, expected) in cases {
        let open = Service::Open { plain_auth: false };
        let services = [("smtp://out.example.com".to_owned(), open)].into();
        let facts = SmtpFacts { services, ..facts };
        assert_eq!(judgement(&facts, &context).nothing_to_ask, expected, "{rule}");
    }
}

#[test]
fn a_service_that_could_not_be_asked_hides_what_was_found_of_it_alone() {
    let finding = |code: SmtpCode, subject: &str| {
        let status = match code {
            SmtpCode::ServiceUnknown => Status::Indeterminate,
            _ => Status::Fail,
        };
        Finding {
            id: format!("smtp.{}", <&str>::from(code)),
            severity: Severity::Warning,
            status,
            subject: subject.to_owned(),
            params: BTreeMap::new(),
            evidence: serde_json::Value::Null,
            fix: Vec::new(),
            withheld: None,
        }
    };
    let untold = finding(SmtpCode::ServiceUnknown, "smtp://out.example.com");
    #[rustfmt::skip]
    let cases = [
        ("its own",        finding(SmtpCode::PlainAuth,  "smtp://out.example.com"), true),
        ("another's",      finding(SmtpCode::PlainAuth,  "smtp://in.example.com"),  false),
        ("a mail host's",  finding(SmtpCode::NoStarttls, "mx1.example.com"),        false),
    ];
    for (rule, before, expected) in cases {
        assert_eq!(untold.may_hide(&before), expected, "{rule}");
    }
    assert!(is_definite(CheckStatus::Indeterminate, &[untold]));
}

#[test]
fn the_same_services_are_looked_at_whatever_their_encryption() {
    let service = |number: usize| {
        let tls = if number < 16 { ServiceTls::Implicit } else { ServiceTls::SmtpStarttls };
        Written { url: format!("service {number}"), ..written(tls) }
    };
    let target = Target { services: (0..20).map(service).collect(), ..target() };
    let world = world(works("mx|STARTTLS"), works("mx|STARTTLS"));
    assert!(observe_after::<Mx, Smtp>(&world, &target, &vantage()).services.is_empty());
}

#[test]
fn a_sentence_on_a_service_says_where_it_is() {
    let target = Target { services: vec![written(ServiceTls::SmtpStarttls)], ..target() };
    let open = Service::Open { plain_auth: true };
    let services = [("smtp://out.example.com".to_owned(), open)].into();
    let facts = serde_json::to_value(SmtpFacts { services, ..SmtpFacts::default() }).unwrap();
    let (vantage, needs, past) = (vantage(), Needs::default(), Past::default());
    let now = chrono::DateTime::UNIX_EPOCH;
    let context = Context { target: &target, vantage: &vantage, needs: &needs, past: &past, now };
    let entry = CheckEntry::of::<Smtp>();
    let (findings, _) = entry.judge(&entry.read(&facts.into()).unwrap(), &context);
    let message = Catalogue::words(&findings[0], Lang::En).message;
    assert_eq!(
        message,
        "smtp://out.example.com offers AUTH PLAIN or LOGIN before STARTTLS at out.example.com:587."
    );
}
