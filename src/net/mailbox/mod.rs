//! Is a message in a mailbox? Read over verified TLS, without changing anything.
//!
//! Bounded in folders, hits, octets and time. A mailbox that cannot be read says nothing of delivery.

mod bounded;
mod folder;
mod imap;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use vigie_checks::kernel::{
    Lookup, MailboxError, MailboxKind, MailboxQuery, MailboxReading, MailboxReport, Name, Reason,
};

use super::proxy::Connector;
use super::smtp::Resolve;
use super::trust::{HandshakeError, Roots, TlsNeed, handshake};
use bounded::Bounded;

/// Opening the connection.
const CONNECT: Duration = Duration::from_secs(10);

/// One command with its answer, or a handshake.
const COMMAND: Duration = Duration::from_secs(20);

/// The whole reading.
const WHOLE: Duration = Duration::from_secs(60);

/// What comes in of one reading: lists of folders, and the headers of a few messages.
const OCTETS: usize = 4 * 1024 * 1024;

/// A connection that secrets may go over.
type Secured = Bounded<TlsStream<TcpStream>>;

/// Reads mailboxes.
#[derive(Clone)]
pub struct MailboxClient {
    pub connector: Connector,
    pub roots: Roots,
    /// Passwords, by the name that queries give them.
    pub secrets: Arc<HashMap<String, SecretString>>,
    pub resolve: Arc<dyn Resolve>,
}

impl MailboxClient {
    /// Looks for the message in every folder, the inbox and junk first, until it is found.
    pub async fn read(&self, query: &MailboxQuery) -> MailboxReading {
        match timeout(WHOLE, self.look(query)).await {
            Ok(Ok(report)) => MailboxReading::Read(report),
            Ok(Err(error)) => MailboxReading::Failed { error },
            Err(_) => MailboxReading::failed(Reason::Timeout),
        }
    }

    async fn look(&self, query: &MailboxQuery) -> Result<MailboxReport, MailboxError> {
        let password = self.secrets.get(&query.secret).ok_or(MailboxError::Login)?;
        let connection = self.connect(query).await?;
        let client = match query.kind {
            MailboxKind::Imaps => imap::greeted(self.secure(connection, query).await?).await?,
            MailboxKind::Imap => {
                let connection = imap::start_tls(connection).await?;
                imap::Client::new(self.secure(connection, query).await?)
            }
        };
        imap::look(client, query, password).await
    }

    async fn connect(&self, query: &MailboxQuery) -> Result<TcpStream, MailboxError> {
        let addresses: Vec<IpAddr> = match query.host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => match self.resolve.addresses(&Name::new(&query.host)).await {
                Lookup::Found(addresses) => addresses,
                Lookup::Absent { .. } => return Err(MailboxError::Unreachable(Reason::Network)),
                Lookup::Unknown { reason } => return Err(MailboxError::Unreachable(reason)),
            },
        };
        let mut last = Reason::Network;
        for address in addresses.into_iter().take(4) {
            match self.connector.connect(SocketAddr::new(address, query.port), CONNECT).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = error.reason().unwrap_or(Reason::Network),
            }
        }
        Err(MailboxError::Unreachable(last))
    }

    /// TLS with the host that the admin wrote, or nothing.
    async fn secure(
        &self,
        connection: TcpStream,
        query: &MailboxQuery,
    ) -> Result<Secured, MailboxError> {
        let shaken = handshake(connection, &query.host, &self.roots, TlsNeed::Identity);
        let shaken = timeout(COMMAND, shaken).await.map_err(|_| late())?;
        let shaken = shaken.map_err(|error| match error {
            HandshakeError::Tls(words) => MailboxError::Tls(words),
            HandshakeError::Connection(_) => MailboxError::Unreachable(Reason::Network),
        })?;
        match shaken.refused {
            Some(untrusted) => Err(MailboxError::Tls(untrusted.to_string())),
            None => Ok(Bounded::new(shaken.stream, OCTETS)),
        }
    }
}

fn late() -> MailboxError {
    MailboxError::Unreachable(Reason::Timeout)
}
