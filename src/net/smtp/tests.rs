mod host;
mod inspection;
mod submission;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use vigie_checks::kernel::{Lookup, Name, Peer, SmtpScript, SmtpTls};

use super::{Resolve, SmtpClient, Timeouts};
use crate::net::proxy::Connector;
use crate::net::trust::Roots;

/// Knows one address for every name, or none.
struct Known(Lookup<Vec<IpAddr>>);

#[async_trait]
impl Resolve for Known {
    async fn addresses(&self, _: &Name) -> Lookup<Vec<IpAddr>> {
        self.0.clone()
    }
}

fn client(roots: Roots) -> SmtpClient {
    SmtpClient {
        connector: Connector::direct(),
        roots,
        secrets: Arc::new(HashMap::from([("mail".to_owned(), "s3cret".to_owned().into())])),
        resolve: Arc::new(Known(Lookup::Absent { nxdomain: true })),
        timeouts: Timeouts::default(),
    }
}

/// As [`client`], giving up soon.
fn hasty() -> SmtpClient {
    let soon = Duration::from_millis(400);
    let timeouts = Timeouts { greeting: soon, reply: soon, quit: soon, ..Timeouts::default() };
    SmtpClient { timeouts, ..client(Roots::nobody()) }
}

fn script(address: SocketAddr, tls: SmtpTls) -> SmtpScript {
    SmtpScript {
        peer: Peer::Learned { address: address.ip(), port: address.port() },
        server_name: Name::new("mx.test"),
        helo: "vigie.test".to_owned(),
        tls,
        mail: None,
        hello: None,
        asks: Vec::new(),
    }
}
