//! What was learned of the domain's mail hosts, in one canonical form.

use std::collections::BTreeMap;
use std::net::IpAddr;

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use super::contact::{Contact, Control};
use crate::kernel::{Addresses, Lookup, Mx, Name, SmtpScript, SmtpTranscript, View};

/// Where the mail of a domain goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MxFacts {
    /// The MX records, lowest preference first.
    pub records: Lookup<Vec<Mx>>,
    /// The hosts that take the mail, lowest preference first; the domain itself where it has no MX
    /// (RFC 5321 §5.1). None for a null MX, nor for a parked domain without MX.
    pub hosts: Vec<Host>,
    /// The port-25 control, asked when no host could be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
}

/// A host that takes mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    pub preference: u16,
    /// The canonical name, where the MX names an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_of: Option<Name>,
    pub addresses: Addresses,
    /// The addresses that were connected to: public ones, or private ones where they are allowed.
    pub contacts: BTreeMap<IpAddr, Contact>,
}

impl MxFacts {
    /// RFC 7505 §3: exactly one record, preference 0, the root as its target.
    pub fn is_null(&self) -> bool {
        matches!(self.records.found().map(Vec::as_slice),
            Some([only]) if only.preference == 0 && only.exchange.is_root())
    }

    /// Port 25 is closed from here, so that nothing can be said of what hosts offer.
    pub fn is_egress_blocked(&self) -> bool {
        self.control == Some(Control::Failed)
    }

    /// How each address was found, over all hosts.
    pub fn contacts(&self) -> impl Iterator<Item = Contact> {
        self.hosts.iter().flat_map(|host| host.contacts.values().copied())
    }

    /// What each address says beyond its greeting, by host, in the conversation that `mx` began;
    /// where there was no good greeting nobody is asked again.
    pub async fn conversations(&self, view: &View<'_>) -> Vec<(Name, BTreeMap<IpAddr, Heard>)> {
        let hosts = self.hosts.iter().filter(|host| !host.contacts.is_empty());
        join_all(hosts.map(|host| async {
            let greeting = host.contacts.iter().filter(|(_, contact)| **contact == Contact::Greets);
            let said = inspect(view, &host.name, greeting.map(|(address, _)| *address)).await;
            let mut heard: BTreeMap<IpAddr, Heard> = host
                .contacts
                .iter()
                .map(|(address, contact)| (*address, Heard::NoGreeting(*contact)))
                .collect();
            heard.extend(said.into_iter().map(|(address, said)| (address, Heard::of(said))));
            (host.name.clone(), heard)
        }))
        .await
    }
}

/// What an address said.
#[derive(Clone, Debug)]
pub enum Heard {
    /// Nothing that lets mail in.
    NoGreeting(Contact),
    /// A conversation that began with a good greeting.
    Conversation(SmtpTranscript),
}

impl Heard {
    fn of(said: SmtpTranscript) -> Self {
        match Contact::of(&said) {
            Contact::Greets => Self::Conversation(said),
            contact => Self::NoGreeting(contact),
        }
    }
}

/// Talks to every address of a host at the same time.
pub(super) async fn inspect(
    view: &View<'_>,
    host: &Name,
    addresses: impl Iterator<Item = IpAddr>,
) -> BTreeMap<IpAddr, SmtpTranscript> {
    let talks = addresses.map(|address| async move {
        let script = SmtpScript::inspect(address, host, &view.vantage.helo);
        (address, view.net.smtp(script).await)
    });
    join_all(talks).await.into_iter().collect()
}
