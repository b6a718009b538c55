//! The test send of a scenario. Its waits take no time: where it sleeps, the lab's clock is put forward.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use vigie::config::{MailAccount, MailUrl, Probe, SeedMailbox, parse_duration};
use vigie::run::{DomainAudit, Recorded, Sender, audit_tape};
use vigie_checks::kernel::{Clock, Name, Net, Request, Response, Tape, Target, Vantage};
use vigie_lab::LabClock;
use vigie_scenario::Scenario;

use crate::stage::{Said, memo, target, vantage};

/// What the configuration would know of the scenario's probe.
fn probe(scenario: &Scenario) -> Option<Probe> {
    let written = scenario.probe.as_ref()?;
    let url = |written: &str| -> MailUrl {
        written.parse().unwrap_or_else(|error| panic!("{written}: {error:?}"))
    };
    let account = |account: &vigie_scenario::MailAccount| MailAccount {
        url: url(&account.url),
        password: account.password.clone().map(SecretString::from),
    };
    let seed = |seed: &vigie_scenario::Seed| SeedMailbox {
        address: seed.address.clone(),
        mailbox: account(&seed.mailbox),
    };
    Some(Probe {
        name: written.name.clone(),
        domain: Name::new(&scenario.target.domain),
        schedule: None,
        from: written.from.clone(),
        mail_from: written.mail_from.clone().unwrap_or_else(|| written.from.clone()),
        submit: account(&written.submit),
        seeds: written.seeds.iter().map(seed).collect(),
        returns: written.returns.as_ref().map(account),
        deliver_within: parse_duration(&written.deliver_within).expect("the scenario has a time"),
        max_per_hour: None,
        trusted_authserv: written.trusted_authserv.clone(),
    })
}

/// The passwords of the scenario's probe.
pub fn secrets(scenario: &Scenario) -> HashMap<String, SecretString> {
    probe(scenario).map(|probe| probe.secrets()).unwrap_or_default()
}

fn target_of(scenario: &Scenario) -> Target {
    Target { probe: probe(scenario).map(|probe| probe.spec()), ..target(scenario) }
}

/// Sends over real sockets, on the lab's time.
pub async fn send(scenario: &Scenario, net: Arc<dyn Net>, clock: &LabClock) -> Said {
    let net: Arc<dyn Net> = Arc::new(OnLabTime { below: net, clock: clock.clone() });
    let vantage = Arc::new(vantage());
    let sender = Sender {
        memo: memo(net),
        vantage: Arc::clone(&vantage),
        clock: Arc::new(Forward(clock.clone())),
        own_networks: vantage.own_networks.clone(),
        allow_private: false,
    };
    said(sender.send(target_of(scenario)).await, &vantage)
}

/// Judges what was recorded, at the time it was.
pub async fn send_again(scenario: &Scenario, recorded: Tape, at: DateTime<Utc>) -> Said {
    let vantage = Arc::new(vantage());
    let (target, selection) = (target_of(scenario), Sender::selection());
    let recorded = Recorded { tape: recorded, ..Recorded::default() };
    let audit = audit_tape(target, &selection, &vantage, None, recorded, at).await;
    said(audit.expect("no overlay was given"), &vantage)
}

fn said(audit: DomainAudit, vantage: &Vantage) -> Said {
    Said::of(audit, Sender::selection(), vantage.clone())
}

/// Whoever sleeps puts the lab's clock forward instead.
struct Forward(LabClock);

#[async_trait]
impl Clock for Forward {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    async fn sleep_until(&self, when: DateTime<Utc>) {
        self.0.put_forward(when);
        // The servers share this thread pool; a loop of looks leaves them their turn.
        tokio::task::yield_now().await;
    }
}

/// Says on the lab's time when a message was taken.
struct OnLabTime {
    below: Arc<dyn Net>,
    clock: LabClock,
}

#[async_trait]
impl Net for OnLabTime {
    async fn exchange(&self, request: Request) -> Response {
        let mut response = self.below.exchange(request).await;
        if let Response::Smtp(transcript) = &mut response {
            let transcript = Arc::make_mut(transcript);
            transcript.taken_at = transcript.taken_at.map(|at| self.clock.at(at));
        }
        response
    }
}
