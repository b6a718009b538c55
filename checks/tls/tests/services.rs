//! Services that nobody can use, and those of which it could not be told.

use super::{Service, Tls, stopped, target, vantage};
use crate::kernel::{Reason, Service as Written, ServiceTls, Stage, StoppedBy, Target};
use crate::mx::Mx;
use crate::scripted::{Scripted, conversation, judge, observe_after};

const URL: &str = "smtp://out.example.com";

#[test]
fn what_nobody_can_use_is_told_from_what_could_not_be_seen() {
    let unreachable = &["error tls.service-unreachable smtp://out.example.com"][..];
    let unencrypted = &["error tls.service-unencrypted smtp://out.example.com"][..];
    let untold = &["indet. tls.not-tested smtp://out.example.com"][..];
    let lost = |by| conversation(&[], Stage::Connect, by);
    let offers = (Stage::Ehlo, 250, "mx|STARTTLS");
    let refused = |code, text| {
        stopped(&[offers, (Stage::Starttls, code, text)], Stage::Starttls, StoppedBy::Reply)
    };
    let shaken = |by| stopped(&[offers, (Stage::Starttls, 220, "go")], Stage::Handshake, by);
    #[rustfmt::skip]
    let cases = [
        ("nobody listens",              lost(StoppedBy::ConnectionRefused),              unreachable),
        ("its host has no address",     lost(StoppedBy::NoAddress),                      unreachable),
        ("silence",                     lost(StoppedBy::Unknown(Reason::Timeout)),       untold),
        ("no network",                  lost(StoppedBy::Unknown(Reason::Network)),       untold),
        ("no STARTTLS",                 stopped(&[], Stage::Quit, StoppedBy::Done),      unencrypted),
        ("EHLO alone was heard",        stopped(&[offers], Stage::Starttls, StoppedBy::Closed), untold),
        ("it refuses STARTTLS",         refused(554, "no"),                              unencrypted),
        ("it puts STARTTLS off",        refused(454, "later"),                           untold),
        ("it turns us away",            refused(554, "your ip is on a blocklist"),       untold),
        ("an alert",                    shaken(StoppedBy::TlsFailed("alert".to_owned())), unencrypted),
        ("silence in the handshake",    shaken(StoppedBy::Unknown(Reason::Timeout)),     untold),
        ("EHLO is put off",             conversation(&[(Stage::Ehlo, 421, "closing")], Stage::Ehlo, StoppedBy::Reply), untold),
    ];
    let (host, address) = ("out.example.com", "192.0.2.87");
    let written = Written {
        url: URL.to_owned(),
        host: host.to_owned(),
        port: 587,
        tls: ServiceTls::SmtpStarttls,
    };
    let target = Target { services: vec![written], ..target() };
    for (rule, said, expected) in cases {
        let world = Scripted::default().a(host, &[address]).smtp(address, said);
        let facts = observe_after::<Mx, Tls>(&world, &target, &vantage());
        assert!(!matches!(facts.services[URL], Service::Shown { .. }), "{rule}");
        assert_eq!(judge::<Tls>(&facts, &target, &vantage()), expected, "{rule}");
    }
}
