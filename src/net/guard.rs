//! May this address be connected to? Addresses learned from the world that are private or special
//! are refused, so that a record cannot make us knock inside our own network.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use ipnet::IpNet;

use vigie_checks::kernel::{Net, Peer, Reason, Request, Response, To};
use vigie_checks::records::special::is_public;

/// Refuses special addresses unless they lie in a network of our own, or all are allowed.
pub struct Guard {
    below: Arc<dyn Net>,
    own_networks: Vec<IpNet>,
    allow_private: bool,
}

impl Guard {
    pub fn new(below: Arc<dyn Net>, own_networks: Vec<IpNet>, allow_private: bool) -> Self {
        Self { below, own_networks, allow_private }
    }

    fn refuses(&self, request: &Request) -> bool {
        let learned = match request {
            Request::Smtp(script) => learned(&script.peer),
            Request::Tls(script) => learned(&script.peer),
            Request::Dns(question) => match question.to {
                To::Server(address) => Some(address),
                To::Resolver | To::OtherResolver => None,
            },
            Request::Https(request) => Some(request.address),
            Request::Mailbox(_) => None,
        };
        learned.is_some_and(|address| !self.allows(address))
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.allow_private || is_public(address, &self.own_networks)
    }
}

fn learned(peer: &Peer) -> Option<IpAddr> {
    match peer {
        Peer::Learned { address, .. } => Some(*address),
        Peer::Written { .. } => None,
    }
}

#[async_trait]
impl Net for Guard {
    async fn exchange(&self, request: Request) -> Response {
        if self.refuses(&request) {
            return Response::failed(&request, Reason::PrivateAddress);
        }
        self.below.exchange(request).await
    }
}
