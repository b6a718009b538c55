//! The faults that come and go: what leaves nothing to be told, and what would be so if it stayed.

use std::net::IpAddr;

use vigie_checks::kernel::Stage;
use vigie_scenario::{Fault, FaultAnswer};

use super::super::servers::{Mood, Post, Talk, Web};
use super::super::week::everywhere;

const MX: [&str; 2] = ["192.0.2.25", "198.51.100.25"];

pub fn hosts() -> impl Iterator<Item = IpAddr> {
    MX.into_iter().map(|address| address.parse().unwrap())
}

/// A fault and where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trouble {
    /// Port 25 of the whole world.
    Port25(Talk),
    /// The domain's mail hosts: the first, the second, or both.
    Hosts(usize, Talk),
    Policy(Web),
    Registry(Web),
    Relay(Talk),
    Mailbox(Post),
    /// Every question.
    Dns(FaultAnswer),
    /// Every question to the lists; with `Lie` they answer everybody with this.
    Lists(FaultAnswer, &'static str),
    /// One name of the domain.
    Name(&'static str, FaultAnswer),
}

use Trouble::*;

const BUSY: &str = "4.3.2 too busy, come back later";

/// What leaves nothing to be told, however long it lasts.
pub const SPELLS: &[Trouble] = &[
    Port25(Talk::Silence),
    Port25(Talk::NoRoute),
    Port25(Talk::Refused),
    Hosts(2, Talk::NoRoute),
    Hosts(2, Talk::Tarpit),
    Hosts(0, Talk::Tarpit),
    Hosts(0, Talk::Silence),
    Hosts(2, Talk::Reset(Stage::Greeting)),
    Hosts(2, Talk::Reset(Stage::Ehlo)),
    Hosts(0, Talk::Reset(Stage::Starttls)),
    Hosts(2, Talk::Reset(Stage::Handshake)),
    Hosts(2, Talk::HangsUp(Stage::Greeting)),
    Hosts(1, Talk::HangsUp(Stage::Ehlo)),
    Hosts(2, Talk::HangsUp(Stage::Starttls)),
    Hosts(2, Talk::HangsUp(Stage::Handshake)),
    Hosts(2, Talk::Says(Stage::Greeting, 421, BUSY)),
    Hosts(1, Talk::Says(Stage::Greeting, 421, BUSY)),
    Hosts(2, Talk::Says(Stage::Ehlo, 451, BUSY)),
    Hosts(2, Talk::Says(Stage::Starttls, 421, BUSY)),
    Hosts(2, Talk::Says(Stage::Greeting, 554, "5.7.1 your address [203.0.113.9] is blocked")),
    Policy(Web::Silence),
    Policy(Web::Reset),
    Policy(Web::Alert),
    Policy(Web::Status(429)),
    Policy(Web::Status(500)),
    Policy(Web::Status(503)),
    Registry(Web::Silence),
    Registry(Web::Refused),
    Registry(Web::Reset),
    Registry(Web::Alert),
    Registry(Web::Captured),
    Registry(Web::Status(404)),
    Registry(Web::Status(429)),
    Registry(Web::Status(503)),
    Relay(Talk::Silence),
    Relay(Talk::NoRoute),
    Relay(Talk::Reset(Stage::Rcpt)),
    Relay(Talk::HangsUp(Stage::Ehlo)),
    Relay(Talk::HangsUp(Stage::Message)),
    Relay(Talk::Greylists),
    Mailbox(Post::Silence),
    Mailbox(Post::Reset),
    Mailbox(Post::LoginRefused),
    Mailbox(Post::Alert),
    Mailbox(Post::Garbage),
    Dns(FaultAnswer::Timeout),
    Dns(FaultAnswer::Servfail),
    Dns(FaultAnswer::Nxdomain),
    Dns(FaultAnswer::Garbage),
    Dns(FaultAnswer::TruncateAndDropTcp),
    Lists(FaultAnswer::Refused, ""),
    Lists(FaultAnswer::Servfail, ""),
    Lists(FaultAnswer::Timeout, ""),
    // "Too many questions", and everybody is listed by a list that was given up.
    Lists(FaultAnswer::Lie, "127.255.255.255"),
    Lists(FaultAnswer::Lie, "127.0.0.2"),
    Name("mx1.example.com", FaultAnswer::Servfail),
    Name("example.com", FaultAnswer::Timeout),
];

/// What would be so if it stayed.
pub const GUSTS: &[Trouble] = &[
    Hosts(0, Talk::Refused),
    Hosts(2, Talk::Refused),
    Hosts(2, Talk::Silence),
    Hosts(2, Talk::Slow),
    Hosts(1, Talk::Endless),
    Hosts(2, Talk::Endless),
    Hosts(1, Talk::Says(Stage::Greeting, 554, "no service")),
    Hosts(2, Talk::Says(Stage::Ehlo, 502, "what?")),
    Hosts(2, Talk::Says(Stage::Starttls, 454, "no TLS now")),
    Hosts(0, Talk::Alert),
    Hosts(2, Talk::Alert),
    Hosts(2, Talk::Plain),
    Policy(Web::Refused),
    Policy(Web::Captured),
    Policy(Web::Status(404)),
    Registry(Web::OnHold),
    Name("example.com", FaultAnswer::Nodata),
    Name("_dmarc.example.com", FaultAnswer::Nxdomain),
    Name("10.2.0.192.in-addr.arpa", FaultAnswer::Nxdomain),
    Name("s1._domainkey.example.com", FaultAnswer::Nxdomain),
    Name("mx2.example.com", FaultAnswer::Nodata),
    Name("mta-sts.example.com", FaultAnswer::Nxdomain),
    Name("_spf.example.net", FaultAnswer::Nxdomain),
];

impl Trouble {
    pub fn befall(self, mood: &mut Mood, faults: &mut Vec<Fault>) {
        let named =
            |name: &str, answer| Fault { name: Some(name.to_owned()), ..everywhere(answer) };
        match self {
            Port25(talk) => mood.port_25 = Some(talk),
            Hosts(which, talk) => {
                let hit = hosts().enumerate().filter(|(number, _)| which == 2 || which == *number);
                mood.hosts.extend(hit.map(|(_, address)| (address, talk)));
            }
            Policy(web) => mood.policy = Some(web),
            Registry(web) => mood.registry = Some(web),
            Relay(talk) => mood.relay = Some(talk),
            Mailbox(post) => mood.mailbox = Some(post),
            Dns(answer) => faults.push(everywhere(answer)),
            Name(name, answer) => faults.push(named(name, answer)),
            Lists(answer, address) => {
                for zone in ["*.bl.example.net", "*.dbl.example.net"] {
                    let address = address.parse().ok();
                    faults.push(Fault { address, ..named(zone, answer) });
                }
            }
        }
    }
}
