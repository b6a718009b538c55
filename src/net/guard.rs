//! May this address be connected to? Addresses learned from the world that are private or special
//! are refused, so that a record cannot make us knock inside our own network.

use std::future::ready;
use std::net::IpAddr;

use futures::future::Either;
use ipnet::IpNet;

use vigie_checks::kernel::{Peer, Reason, Request, Response, To};
use vigie_checks::records::special::is_public;

use super::layer::Layer;

/// Refuses special addresses unless they lie in a network of our own, or all are allowed.
pub struct Guard<N> {
    below: N,
    own_networks: Vec<IpNet>,
    allow_private: bool,
}

impl<N> Guard<N> {
    pub fn new(below: N, own_networks: Vec<IpNet>, allow_private: bool) -> Self {
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
            Request::Http(request) => Some(request.address),
            Request::Trust(_) | Request::Mailbox(_) => None,
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

impl<N: Layer> Layer for Guard<N> {
    fn pass(&self, request: Request) -> impl Future<Output = Response> + Send {
        match self.refuses(&request) {
            true => Either::Left(ready(Response::failed(&request, Reason::PrivateAddress))),
            false => Either::Right(self.below.pass(request)),
        }
    }
}

#[cfg(test)]
mod tests {
    use vigie_checks::kernel::{HttpReply, HttpRequest, Name, Net};

    use super::*;
    use crate::net::layer::Layered;

    /// Answers whatever comes through.
    struct Open;

    impl Layer for Open {
        async fn pass(&self, request: Request) -> Response {
            Response::failed(&request, Reason::Timeout)
        }
    }

    #[tokio::test]
    async fn a_certificate_cannot_make_us_ask_inside_our_own_network() {
        let guard: Box<dyn Net> = Box::new(Layered(Guard::new(Open, Vec::new(), false)));
        let ask = async |address: &str| {
            let (host, target) = (Name::new("crl.example.net"), "/".to_owned());
            let address = address.parse().unwrap();
            guard.http(HttpRequest { address, host, target, most: 1 }).await
        };
        for inside in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"] {
            assert_eq!(ask(inside).await, HttpReply::failed(Reason::PrivateAddress), "{inside}");
        }
        assert_eq!(ask("9.9.9.9").await, HttpReply::failed(Reason::Timeout));
    }
}
