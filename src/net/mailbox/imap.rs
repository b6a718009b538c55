//! IMAP (RFC 3501): log in, list the folders, look for one message in each, and for reports on it.

use std::collections::HashSet;

use async_imap::Session;
use async_imap::error::Error;
use async_imap::types::{Name as Listed, NameAttribute};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;
use vigie_checks::kernel::{
    FoundMessage, MailboxError, MailboxQuery, MailboxReport, Reason, Sought,
};

use super::folder::{Folder, INBOX, JUNK};
use super::{Bounded, COMMAND, Secured, late};

/// Folders that are looked into.
const FOLDER_LIMIT: usize = 100;

/// Copies of one message that are fetched of a folder.
const HIT_LIMIT: usize = 5;

/// What is fetched of a message: its date, and at most 64 KiB of its header and of its body.
const ITEMS: &str = "(INTERNALDATE BODY.PEEK[HEADER]<0.65536> BODY.PEEK[TEXT]<0.65536>)";

/// What is fetched of a report.
const REPORT: &str = "BODY.PEEK[]<0.65536>";

/// Reports on one message that are fetched of a folder.
const REPORT_LIMIT: usize = 3;

/// Of Gmail (https://developers.google.com/workspace/gmail/imap/imap-extensions): its own search,
/// which knows the tabs.
const GMAIL: &str = "X-GM-EXT-1";

/// Gmail's tabs beside the main one.
const TABS: [&str; 4] = ["promotions", "social", "updates", "forums"];

/// What may come in before TLS: a greeting and the answer to STARTTLS.
const PLAIN_OCTETS: usize = 64 * 1024;

/// A client that may log in.
pub(super) type Client = async_imap::Client<Secured>;

/// A client that was greeted.
pub(super) async fn greeted(stream: Secured) -> Result<Client, MailboxError> {
    let mut client = Client::new(stream);
    greeting(&mut client).await?;
    Ok(client)
}

/// Asks for TLS (RFC 3501 §6.2.1). What the host said before it counts for nothing after.
pub(super) async fn start_tls(connection: TcpStream) -> Result<TcpStream, MailboxError> {
    let mut client = async_imap::Client::new(Bounded::new(connection, PLAIN_OCTETS));
    greeting(&mut client).await?;
    within(client.run_command_and_check_ok("STARTTLS", None)).await.map_err(
        |error| match error {
            MailboxError::Protocol(_) => MailboxError::Tls("STARTTLS is not offered".to_owned()),
            other => other,
        },
    )?;
    Ok(client.into_inner().into_inner())
}

async fn greeting<S>(client: &mut async_imap::Client<S>) -> Result<(), MailboxError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + std::fmt::Debug + Send,
{
    let greeting = timeout(COMMAND, client.read_response()).await.map_err(|_| late())?;
    let lost = MailboxError::Unreachable(Reason::Network);
    greeting.ok().flatten().map(drop).ok_or(lost)
}

/// Logs in and looks for the message; nothing is marked as read.
pub(super) async fn look(
    client: Client,
    query: &MailboxQuery,
    password: &SecretString,
) -> Result<MailboxReport, MailboxError> {
    let logged_in = timeout(COMMAND, client.login(&query.user, password.expose_secret())).await;
    let logged_in = logged_in.map_err(|_| late())?;
    let mut session = logged_in.map_err(|(error, _)| match error {
        Error::No(_) | Error::Bad(_) => MailboxError::Login,
        other => told(&other),
    })?;
    let (folders, left_out) = folders(&mut session).await?;
    let mut report = MailboxReport::default();
    if query.sought.copies() {
        report.unread = left_out.then_some(Reason::Truncated);
        find_copies(&mut session, &folders, query, &mut report).await?;
    }
    if query.sought.reports() && report.found.is_empty() {
        match find_reports(&mut session, &folders, query, &mut report).await {
            Err(MailboxError::Protocol(_)) if query.sought == Sought::Either => {
                report.unread = Some(Reason::Refused);
            }
            ended => ended?,
        }
    }
    // What was found stands, whether or not the server says goodbye.
    let _ = timeout(COMMAND, session.logout()).await;
    Ok(report)
}

async fn find_copies(
    session: &mut Session<Secured>,
    folders: &[Folder],
    query: &MailboxQuery,
    report: &mut MailboxReport,
) -> Result<(), MailboxError> {
    for folder in folders {
        match find(session, folder, &query.message_id).await {
            Ok(found) => report.found = found,
            // A folder that is refused hides nothing in the others; a lost connection does.
            Err(MailboxError::Protocol(_)) => report.unread = Some(Reason::Refused),
            Err(error) => return Err(error),
        }
        if !report.found.is_empty() {
            report.unread = None;
            let tab = tab(session, folder, &query.message_id).await;
            report.found.iter_mut().for_each(|copy| copy.tab.clone_from(&tab));
            return Ok(());
        }
    }
    Ok(())
}

/// The tab that Gmail shows a message of the inbox in; nothing for the main one, and elsewhere.
async fn tab(session: &mut Session<Secured>, folder: &Folder, message_id: &str) -> Option<String> {
    let capabilities = within(session.capabilities()).await.ok()?;
    if folder.place() != INBOX || !capabilities.has_str(GMAIL) {
        return None;
    }
    let id: String = message_id.chars().filter(|c| !"<>\"\\\r\n ".contains(*c)).collect();
    for tab in TABS {
        let asked = format!("X-GM-RAW \"rfc822msgid:{id} category:{tab}\"");
        if !within(session.uid_search(asked)).await.ok()?.is_empty() {
            return Some(tab.to_owned());
        }
    }
    None
}

/// Reports go to the inbox, or are taken for junk.
async fn find_reports(
    session: &mut Session<Secured>,
    folders: &[Folder],
    query: &MailboxQuery,
    report: &mut MailboxReport,
) -> Result<(), MailboxError> {
    let since = query.since.format("%d-%b-%Y");
    let search = format!("SINCE {since} BODY \"{}\"", quoted(&query.message_id));
    for folder in folders.iter().filter(|folder| folder.place() <= JUNK) {
        within(session.examine(&folder.written)).await?;
        let hits = within(session.uid_search(&search)).await?;
        if hits.is_empty() {
            continue;
        }
        let set = set_of(hits, REPORT_LIMIT);
        let fetched: Vec<_> =
            within(async { session.uid_fetch(set, REPORT).await?.try_collect().await }).await?;
        let bodies = fetched.iter().take(REPORT_LIMIT).filter_map(|message| message.body());
        report.reports.extend(bodies.map(|body| String::from_utf8_lossy(body).into_owned()));
    }
    Ok(())
}

/// The folders that can be selected, in the order of looking, and whether some are left out.
async fn folders(session: &mut Session<Secured>) -> Result<(Vec<Folder>, bool), MailboxError> {
    let listed: Vec<Listed> =
        within(async { session.list(Some(""), Some("*")).await?.try_collect().await }).await?;
    let selectable = |folder: &&Listed| !folder.attributes().contains(&NameAttribute::NoSelect);
    let mut folders: Vec<Folder> = listed
        .iter()
        .filter(selectable)
        .map(|folder| {
            let marked = folder.attributes().contains(&NameAttribute::Junk);
            Folder::new(folder.name(), folder.delimiter(), marked)
        })
        .collect();
    folders.sort_by_key(Folder::place);
    let left_out = folders.len() > FOLDER_LIMIT;
    folders.truncate(FOLDER_LIMIT);
    Ok((folders, left_out))
}

async fn find(
    session: &mut Session<Secured>,
    folder: &Folder,
    message_id: &str,
) -> Result<Vec<FoundMessage>, MailboxError> {
    within(session.examine(&folder.written)).await?;
    let search = format!("HEADER Message-ID \"{}\"", quoted(message_id));
    let hits = within(session.uid_search(search)).await?;
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    let set = set_of(hits, HIT_LIMIT);
    let fetched: Vec<_> =
        within(async { session.uid_fetch(set, ITEMS).await?.try_collect().await }).await?;
    let found = fetched.iter().take(HIT_LIMIT).map(|message| FoundMessage {
        folder: folder.name.clone(),
        junk: folder.junk,
        // Without a date nothing can be called late.
        stored_at: message
            .internal_date()
            .map_or(DateTime::UNIX_EPOCH, |at| at.with_timezone(&Utc)),
        header: String::from_utf8_lossy(message.header().unwrap_or_default()).into_owned(),
        body: message.text().map(|body| String::from_utf8_lossy(body).into_owned()),
        tab: None,
    });
    Ok(found.collect())
}

fn quoted(message_id: &str) -> String {
    message_id.replace(['"', '\\', '\r', '\n'], "")
}

/// The first of these messages, as a command names them.
fn set_of(hits: HashSet<u32>, most: usize) -> String {
    let mut hits: Vec<u32> = hits.into_iter().collect();
    hits.sort_unstable();
    hits.truncate(most);
    hits.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// One command, in its time.
async fn within<T>(command: impl Future<Output = Result<T, Error>>) -> Result<T, MailboxError> {
    let ended = timeout(COMMAND, command).await.map_err(|_| late())?;
    ended.map_err(|error| told(&error))
}

fn told(error: &Error) -> MailboxError {
    match error {
        Error::Io(_) | Error::ConnectionLost => MailboxError::Unreachable(Reason::Network),
        other => MailboxError::Protocol(
            other.to_string().chars().filter(|c| !c.is_control()).take(200).collect(),
        ),
    }
}
