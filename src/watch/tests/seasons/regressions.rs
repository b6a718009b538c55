//! What is broken for good, one after the other.

use chrono::TimeDelta;
use vigie_checks::kernel::Stage;
use vigie_lab::world::World;

use super::super::servers::{Mood, Talk, Web};
use super::WORLD;
use super::troubles::hosts;

/// What is broken for good: by which findings it is told, within what period, and how.
pub struct Regression {
    pub told_as: &'static [&'static str],
    pub period: TimeDelta,
    pub breaks: fn(&World, &mut Mood),
    pub heals: fn(&World),
}

const HOUR: TimeDelta = TimeDelta::hours(1);
const SIX: TimeDelta = TimeDelta::hours(6);
pub const DAY: TimeDelta = TimeDelta::hours(24);

fn set(world: &World, name: &str, rtype: &str, records: &[&str]) {
    world.replace_rrset(name, rtype, records).unwrap();
}

fn everybody(mood: &mut Mood, talk: Talk) {
    mood.hosts.extend(hosts().map(|host| (host, talk)));
}

const SPF: &str = "\"v=spf1 ip4:192.0.2.10 include:_spf.example.net -all\"";
const DMARC: &str = "\"v=DMARC1; p=reject; rua=mailto:dmarc@example.com\"";
const PTR: &str = "10.2.0.192.in-addr.arpa";
const LISTED: &str = "10.2.0.192.bl.example.net";

pub fn regressions() -> Vec<Regression> {
    let row = |told_as, period, breaks, heals| Regression { told_as, period, breaks, heals };
    vec![
        row(
            &["spf."],
            HOUR,
            |w, _| set(w, "example.com", "TXT", &["\"v=spf1 +all\""]),
            |w| {
                set(w, "example.com", "TXT", &[SPF]);
            },
        ),
        row(
            &["spf."],
            HOUR,
            |w, _| set(w, "example.com", "TXT", &[]),
            |w| {
                set(w, "example.com", "TXT", &[SPF]);
            },
        ),
        row(
            &["dmarc."],
            HOUR,
            |w, _| set(w, "_dmarc.example.com", "TXT", &["\"v=DMARC1; p=none\""]),
            |w| set(w, "_dmarc.example.com", "TXT", &[DMARC]),
        ),
        row(
            &["dmarc."],
            HOUR,
            |w, _| set(w, "_dmarc.example.com", "TXT", &[]),
            |w| {
                set(w, "_dmarc.example.com", "TXT", &[DMARC]);
            },
        ),
        row(
            &["dkim."],
            HOUR,
            |w, _| set(w, "s1._domainkey.example.com", "TXT", &[]),
            |w| {
                set(w, "s1._domainkey.example.com", "TXT", &[&key()]);
            },
        ),
        row(
            &["ip."],
            HOUR,
            |w, _| set(w, PTR, "PTR", &[]),
            |w| {
                set(w, PTR, "PTR", &["out.example.com."]);
            },
        ),
        row(
            &["blocklist.ip-listed"],
            HOUR,
            |w, _| set(w, LISTED, "A", &["127.0.0.2"]),
            |w| {
                set(w, LISTED, "A", &[]);
            },
        ),
        row(
            &["mx."],
            HOUR,
            |w, _| set(w, "example.com", "MX", &[]),
            |w| {
                set(w, "example.com", "MX", &["10 mx1.example.com.", "20 mx2.example.com."]);
            },
        ),
        row(&["mx.all-unreachable"], HOUR, |_, mood| everybody(mood, Talk::Refused), |_| {}),
        row(&["mx.silent"], HOUR, |_, mood| everybody(mood, Talk::Silence), |_| {}),
        row(&["smtp.no-starttls"], SIX, |_, mood| everybody(mood, Talk::Plain), |_| {}),
        row(&["tls.", "mta-sts."], SIX, |_, mood| mood.certificate_expired = true, |_| {}),
        row(
            &["mta-sts.policy-unfetchable"],
            SIX,
            |_, mood| mood.policy = Some(Web::Status(404)),
            |_| {},
        ),
        row(&["registration.hold"], DAY, |_, mood| mood.registry = Some(Web::OnHold), |_| {}),
        row(
            &["probe.refused"],
            HOUR / 2,
            |_, mood| mood.relay = Some(Talk::Says(Stage::Rcpt, 550, "5.7.26 not authenticated")),
            |_| {},
        ),
    ]
}

/// The key that the world publishes.
fn key() -> String {
    let (_, after) = WORLD.split_once("s1._domainkey IN TXT ").unwrap();
    after.lines().next().unwrap().to_owned()
}
