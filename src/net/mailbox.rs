//! Is a message in a mailbox? Read by IMAP over verified TLS, without changing anything.
//!
//! Bounded in folders, hits, octets and time. A mailbox that cannot be read says nothing of delivery.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_imap::types::{Name as Folder, NameAttribute};
use async_imap::{Client, Session};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use vigie_checks::kernel::{
    FoundMessage, Lookup, MailboxError, MailboxKind, MailboxQuery, MailboxReading, MailboxReport,
    Name, Reason,
};

use super::proxy::Connector;
use super::smtp::Resolve;
use super::trust::{HandshakeError, Roots, TlsNeed, handshake};

/// Opening the connection.
const CONNECT: Duration = Duration::from_secs(10);

/// The whole reading.
const WHOLE: Duration = Duration::from_secs(60);

/// Folders that are looked into.
const FOLDER_LIMIT: usize = 30;

/// Copies of one message that are fetched of a folder.
const HIT_LIMIT: usize = 5;

/// Octets kept of a header section.
const HEADER_LIMIT: usize = 64 * 1024;

/// Names that mean junk where the server marks no folder (RFC 6154 is younger than many servers).
const JUNK_NAMES: [&str; 6] =
    ["junk", "spam", "junk e-mail", "bulk mail", "courrier indésirable", "indésirables"];

type Stream = TlsStream<TcpStream>;

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
    /// Looks for the message in every folder.
    pub async fn read(&self, query: &MailboxQuery) -> MailboxReading {
        match timeout(WHOLE, self.look(query)).await {
            Ok(Ok(report)) => MailboxReading::Read(report),
            Ok(Err(error)) => MailboxReading::Failed { error },
            Err(_) => MailboxReading::failed(Reason::Timeout),
        }
    }

    async fn look(&self, query: &MailboxQuery) -> Result<MailboxReport, MailboxError> {
        let mut session = self.log_in(query).await?;
        let folders = folders(&mut session).await?;
        let mut report = MailboxReport::default();
        let mut unread = None;
        for (folder, junk) in folders {
            match find(&mut session, &folder, junk, &query.message_id).await {
                Ok(found) => report.found.extend(found),
                Err(error) => unread = unread.or(Some(error)),
            }
        }
        // What was found stands, whether or not the server says goodbye.
        let _ = session.logout().await;
        // A folder that cannot be read hides nothing that was found elsewhere.
        match unread {
            Some(error) if report.found.is_empty() => Err(error),
            _ => Ok(report),
        }
    }

    async fn log_in(&self, query: &MailboxQuery) -> Result<Session<Stream>, MailboxError> {
        let password = self.secrets.get(&query.secret).ok_or(MailboxError::Login)?;
        let connection = self.connect(query).await?;
        let shaken = handshake(connection, &query.host, &self.roots, TlsNeed::Identity).await;
        let shaken = shaken.map_err(|error| match error {
            HandshakeError::Tls(words) => MailboxError::Tls(words),
            HandshakeError::Connection(_) => MailboxError::Unreachable(Reason::Network),
        })?;
        if let Some(untrusted) = shaken.refused {
            return Err(MailboxError::Tls(untrusted.to_string()));
        }
        let mut client = Client::new(shaken.stream);
        let greeting =
            client.read_response().await.map_err(|_| MailboxError::Unreachable(Reason::Network))?;
        greeting.ok_or(MailboxError::Unreachable(Reason::Network))?;
        let logged_in = client.login(&query.user, password.expose_secret()).await;
        logged_in.map_err(|(error, _)| match error {
            async_imap::error::Error::No(_) | async_imap::error::Error::Bad(_) => {
                MailboxError::Login
            }
            other => protocol(&other),
        })
    }

    async fn connect(&self, query: &MailboxQuery) -> Result<TcpStream, MailboxError> {
        if query.kind == MailboxKind::Imap {
            return Err(MailboxError::Protocol(
                "imap with STARTTLS is not offered yet; use imaps".to_owned(),
            ));
        }
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
}

/// The folders that can be selected, each with whether it is for junk.
async fn folders(session: &mut Session<Stream>) -> Result<Vec<(String, bool)>, MailboxError> {
    let listed = session.list(Some(""), Some("*")).await.map_err(|error| protocol(&error))?;
    let listed: Vec<Folder> = listed.try_collect().await.map_err(|error| protocol(&error))?;
    let selectable = |folder: &&Folder| !folder.attributes().contains(&NameAttribute::NoSelect);
    let some = listed.iter().filter(selectable).take(FOLDER_LIMIT);
    Ok(some.map(|folder| (folder.name().to_owned(), is_junk(folder))).collect())
}

fn is_junk(folder: &Folder) -> bool {
    let marked = folder.attributes().contains(&NameAttribute::Junk);
    let last = folder.name().rsplit(['/', '.']).next().unwrap_or_default().to_lowercase();
    marked || JUNK_NAMES.contains(&last.as_str())
}

async fn find(
    session: &mut Session<Stream>,
    folder: &str,
    junk: bool,
    message_id: &str,
) -> Result<Vec<FoundMessage>, MailboxError> {
    session.examine(folder).await.map_err(|error| protocol(&error))?;
    let quoted = message_id.replace(['"', '\\', '\r', '\n'], "");
    let search = format!("HEADER Message-ID \"{quoted}\"");
    let hits = session.uid_search(search).await.map_err(|error| protocol(&error))?;
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    let mut hits: Vec<u32> = hits.into_iter().collect();
    hits.sort_unstable();
    hits.truncate(HIT_LIMIT);
    let set = hits.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let fetched = session.uid_fetch(set, "(INTERNALDATE BODY.PEEK[HEADER])").await;
    let fetched = fetched.map_err(|error| protocol(&error))?;
    let messages: Vec<_> = fetched.try_collect().await.map_err(|error| protocol(&error))?;
    let found = messages.iter().map(|message| {
        let header = message.header().unwrap_or_default();
        FoundMessage {
            folder: folder.to_owned(),
            junk,
            // Without a date nothing can be called late.
            stored_at: message
                .internal_date()
                .map_or(DateTime::UNIX_EPOCH, |at| at.with_timezone(&Utc)),
            header: String::from_utf8_lossy(&header[..header.len().min(HEADER_LIMIT)]).into_owned(),
        }
    });
    Ok(found.collect())
}

fn protocol(error: &async_imap::error::Error) -> MailboxError {
    match error {
        async_imap::error::Error::Io(_) | async_imap::error::Error::ConnectionLost => {
            MailboxError::Unreachable(Reason::Network)
        }
        other => MailboxError::Protocol(
            other.to_string().chars().filter(|c| !c.is_control()).take(200).collect(),
        ),
    }
}
