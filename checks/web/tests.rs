use chrono::{DateTime, TimeDelta};

mod header;
mod messages;

use super::{Answer, Site, Web, WebFacts};
use crate::kernel::{Name, Profile, Reason, Target, Trust, Vantage};
use crate::records::tests::certificate as leaf;
use crate::records::web_certificate::WebCertificate;
use crate::scripted::{Scripted, judge, observe};

fn target() -> Target {
    Target::new(Name::new("example.com"))
}

/// A page under a certificate for `name`, in date at the epoch, where tests are judged.
fn page(status: u16, name: &str) -> Answer {
    let epoch = DateTime::UNIX_EPOCH;
    let leaf = leaf(name, epoch - TimeDelta::days(1), epoch + TimeDelta::days(60));
    let certificate = Box::new(WebCertificate { leaf, trust: Trust::Trusted });
    Answer::Page { status, certificate }
}

fn say(apex: Answer, www: Answer) -> Vec<String> {
    let site = |host: &str, answer| Site { host: Name::new(host), answer };
    let facts = WebFacts {
        sites: vec![site("example.com", apex), site("www.example.com", www)],
        ..WebFacts::default()
    };
    judge::<Web>(&facts, &target(), &Vantage::default())
}

#[test]
fn one_host_that_answers_is_enough() {
    let good = || page(200, "example.com");
    let www = || page(200, "www.example.com");
    let lost = || Answer::Unknown { reason: Reason::Timeout };
    let fails = &["warning web.site-unreachable example.com"][..];
    let unknown = &["indet. web.unknown example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("both answer",                     good(),                  www(),              &[][..]),
        ("only the domain",                 good(),                  Answer::NoAddress,  &[]),
        ("only www",                        Answer::Refused,         www(),              &[]),
        ("any page is one",                 page(404, "example.com"), Answer::NoAddress, &[]),
        ("refused, and no www",             Answer::Refused,         Answer::NoAddress,  fails),
        ("refused at both",                 Answer::Refused,         Answer::Refused,    fails),
        ("a certificate of another",        page(200, "else.test"),  Answer::NoAddress,  fails),
        ("only www, refused",               Answer::NoAddress,       Answer::Refused,    fails),
        ("it fails",                        page(503, "example.com"), Answer::NoAddress, unknown),
        ("no answer at one",                Answer::Refused,         lost(),             unknown),
        ("no site at all",                  Answer::NoAddress,       Answer::NoAddress,  &[]),
    ];
    for (rule, apex, www, expected) in cases {
        assert_eq!(say(apex, www), expected, "{rule}");
    }
}

#[test]
fn a_domain_that_sends_nothing_is_not_asked() {
    let world = Scripted::new();
    let receiver = Target { profile: Profile::Receiver, ..target() };
    assert!(observe::<Web>(&world, &receiver, &Vantage::default()).sites.is_empty());
    assert!(world.asked.lock().unwrap().is_empty());
}
