//! What was learned of the domain's mail hosts, in one canonical form.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use super::alias::Rests;
use super::contact::{Contact, Control};
use crate::kernel::{Addresses, Lookup, Mx, Name, SmtpScript, SmtpTranscript, View};
use crate::records::provider;

/// Where the mail of a domain goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MxFacts {
    /// The MX records, lowest preference first.
    pub records: Lookup<Vec<Mx>>,
    /// The hosts that take the mail, lowest preference first; the domain itself where it has no MX
    /// (RFC 5321 §5.1). None for a null MX; not connected to for a parked domain without MX.
    pub hosts: Vec<Host>,
    /// The port-25 control, asked when no host could be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
    /// The same over IPv6, asked when an address of it refuses connections while others greet, and nobody
    /// spoke over IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_ipv6: Option<Control>,
    /// Whether SPF lets anybody send in the domain's name; asked where the MX is null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spf_authorises: Option<Lookup<bool>>,
    /// Whether SPF says that nobody sends in the domain's name, one sign of a parked domain; asked where there is
    /// no MX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spf_is_closed: Option<Lookup<bool>>,
    /// Where bounces go, for the return paths of streams under other names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub return_paths: BTreeMap<Name, ReturnPath>,
    /// The providers that the hosts are recognised as, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
}

impl Host {
    /// The addresses of one family that were connected to, with how they took it.
    pub(super) fn family(&self, v4: bool) -> impl Iterator<Item = (IpAddr, Contact)> {
        let of_family = move |(address, _): &(&IpAddr, &Contact)| address.is_ipv4() == v4;
        let contacts = self.contacts.iter().filter(of_family);
        contacts.map(|(address, contact)| (*address, *contact))
    }

    /// IPv4 takes mail and IPv6 definitely does not.
    pub(super) fn greets_over_ipv4_alone(&self) -> bool {
        self.family(true).any(|(_, contact)| contact == Contact::Greets)
            && self.family(false).next().is_some()
            && self.family(false).all(|(_, contact)| contact.is_refusal())
    }

    /// The addresses of one family where nobody listens.
    pub(super) fn refusing(&self, v4: bool) -> Vec<IpAddr> {
        let refused = self.family(v4).filter(|(_, contact)| *contact == Contact::Refuses);
        refused.map(|(address, _)| address).collect()
    }
}

/// Where the bounces of a return path go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnPath {
    pub records: Lookup<Vec<Mx>>,
    /// Asked where it has no MX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Addresses>,
}

/// A host that takes mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    pub preference: u16,
    /// The canonical name, where the MX names an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_of: Option<Name>,
    /// What rests on the name, where it is an alias that has addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests: Option<Rests>,
    pub addresses: Addresses,
    /// The domain that it lies under, if nobody holds that; asked where it has no address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unregistered: Option<Name>,
    /// The host that was meant, where the name ends with the domain by mistake and has an address without that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<Name>,
    /// The addresses that were connected to: public ones, or private ones where they are allowed.
    pub contacts: BTreeMap<IpAddr, Contact>,
}

impl MxFacts {
    /// What an MX set alone says.
    pub fn of(records: Lookup<Vec<Mx>>) -> Self {
        let exchanges = records.found().into_iter().flatten().map(|record| &record.exchange);
        let providers = provider::names_of(exchanges).into_iter().map(str::to_owned).collect();
        Self {
            records,
            hosts: Vec::new(),
            control: None,
            control_ipv6: None,
            spf_authorises: None,
            spf_is_closed: None,
            return_paths: BTreeMap::new(),
            providers,
        }
    }

    pub fn is_null(&self) -> bool {
        is_null(&self.records)
    }

    /// Port 25 is closed from here, so that nothing can be said of what hosts offer.
    pub fn is_egress_blocked(&self) -> bool {
        self.control == Some(Control::Failed)
    }

    /// IPv6 carries us to port 25 from here, as far as anybody can tell.
    pub(super) fn sees_ipv6(&self) -> bool {
        matches!(self.control_ipv6, Some(Control::Passed | Control::Off)) || self.heard_over_ipv6()
    }

    /// Some host spoke with us over IPv6.
    pub(super) fn heard_over_ipv6(&self) -> bool {
        let mut contacts = self.hosts.iter().flat_map(|host| host.family(false));
        contacts.any(|(_, contact)| contact.proves_egress())
    }

    pub fn host(&self, name: &Name) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == *name)
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

/// RFC 7505 §3: exactly one record, preference 0, the root as its target.
pub(super) fn is_null(records: &Lookup<Vec<Mx>>) -> bool {
    matches!(records.found().map(Vec::as_slice),
        Some([only]) if only.preference == 0 && only.exchange.is_root())
}

/// What an address said.
#[derive(Clone, Debug)]
pub enum Heard {
    /// Nothing that lets mail in.
    NoGreeting(Contact),
    /// A conversation that began with a good greeting.
    Conversation(Arc<SmtpTranscript>),
}

impl Heard {
    /// What became of a conversation.
    pub fn of(said: Arc<SmtpTranscript>) -> Self {
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
) -> BTreeMap<IpAddr, Arc<SmtpTranscript>> {
    let talks = addresses.map(|address| async move {
        let script = SmtpScript::inspect(address, host, &view.vantage.helo);
        (address, view.net.smtp(script).await)
    });
    join_all(talks).await.into_iter().collect()
}
