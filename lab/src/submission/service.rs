//! What happens to a message that is submitted? It is signed where configured and relayed at once
//! from a simulated address.

use super::{DkimSigning, Post, relay};
use crate::accounts::Accounts;
use crate::receiver::{queue_id, stamp};
use crate::resolver::Resolver;
use crate::smtp::{Envelope, Reply, SmtpHost};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// The submission side of a host.
pub struct Submission {
    accounts: Accounts,
    sends_from: RwLock<IpAddr>,
    greets_as: BTreeMap<IpAddr, String>,
    post: Post,
    resolver: Resolver,
    signing: Option<DkimSigning>,
}

impl Submission {
    /// A service for these accounts, whose mail leaves from that address through the post.
    pub fn new(accounts: Accounts, sends_from: IpAddr, post: Post, resolver: Resolver) -> Self {
        let (sends_from, greets_as) = (RwLock::new(sends_from), BTreeMap::new());
        Self { accounts, sends_from, greets_as, post, resolver, signing: None }
    }

    /// The same service, greeting with these names from their addresses.
    pub fn with_greetings(mut self, names: BTreeMap<IpAddr, String>) -> Self {
        self.greets_as = names;
        self
    }

    /// The same service, signing what it sends.
    pub fn with_signing(mut self, signing: DkimSigning) -> Self {
        self.signing = Some(signing);
        self
    }

    /// The address that mail leaves from now.
    pub fn sends_from(&self) -> IpAddr {
        *self.sends_from.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the service to another address; the next message leaves from there.
    pub fn set_sends_from(&self, address: IpAddr) {
        *self.sends_from.write().unwrap_or_else(PoisonError::into_inner) = address;
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Relays a submitted message, and answers as its receivers did.
    pub(crate) async fn answer_message(
        &self,
        host: &Arc<SmtpHost>,
        submitted: &Envelope,
        message: &[u8],
    ) -> Reply {
        let at = host.mailboxes().clock().now();
        let mut octets = stamp::received(host.name(), submitted, &queue_id(), at).into_bytes();
        if let Some(signing) = &self.signing {
            match signing.sign(message) {
                Ok(header) => octets.splice(0..0, header.into_bytes()),
                Err(error) => {
                    tracing::warn!(%error, "a message could not be signed");
                    return Reply::from("451 4.3.0 The message could not be signed");
                }
            };
        }
        octets.extend_from_slice(message);
        let client = self.sends_from();
        let helo = self.greets_as.get(&client).map_or(host.name(), String::as_str).to_owned();
        let outgoing = Envelope { client, helo, ..submitted.clone() };
        relay::deliver(&self.post, &self.resolver, &outgoing, &octets).await
    }
}
