use super::command::{Announced, Command, Malformed, Reader, Token};
use super::sequence::SequenceSet;
use super::{ImapHost, Port, serve};
use crate::Accounts;
use crate::ca::{CertificateAuthority, CertificateKind};
use crate::mailbox::{Folder, MailboxFaults, Mailboxes};
use crate::running::Running;
use async_imap::Session;
use futures::TryStreamExt;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const ADDRESS: &str = "probe@example.net";
const MESSAGE: &str = "From: news@example.com\r\nSubject: first\r\n light\r\n\
                       Message-ID: <1@example.com>\r\n\r\nhello\r\n";

struct World {
    mailboxes: Mailboxes,
    ca: Arc<CertificateAuthority>,
    running: Running,
}

async fn world() -> World {
    let mailboxes = Mailboxes::default();
    mailboxes.open(ADDRESS);
    let ca = Arc::new(CertificateAuthority::new().unwrap());
    let account = ("probe".to_owned(), "correct horse".to_owned());
    let host = ImapHost {
        name: "imap.example.net".to_owned(),
        certificate: Some(CertificateKind::Valid),
        accounts: Accounts::new([account]),
        tab: None,
        junk_folder: "Junk E-mail".to_owned(),
        mailboxes: mailboxes.clone(),
        ca: Arc::clone(&ca),
    };
    let running = serve(host, Port::ImplicitTls).await.unwrap();
    World { mailboxes, ca, running }
}

impl World {
    async fn connect(&self) -> async_imap::Client<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(self.running.addr()).await.unwrap();
        let name = ServerName::try_from("imap.example.net").unwrap();
        let connector = TlsConnector::from(self.ca.client_config().unwrap());
        let mut client = async_imap::Client::new(connector.connect(name, tcp).await.unwrap());
        client.read_response().await.unwrap().expect("a greeting");
        client
    }

    async fn log_in(&self) -> Session<TlsStream<TcpStream>> {
        let client = self.connect().await;
        let logged_in = client.login("probe", "correct horse").await;
        logged_in.map_err(|(error, _)| error).unwrap()
    }
}

#[tokio::test]
async fn a_client_reads_what_was_delivered() {
    let world = world().await;
    world.mailboxes.deliver(ADDRESS, Folder::Inbox, MESSAGE.into());
    let mut session = world.log_in().await;
    assert_eq!(session.select("INBOX").await.unwrap().exists, 1);
    let found = session.uid_search("HEADER Message-ID \"<1@example.com>\"").await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [1]);
    assert!(session.uid_search("SUBJECT other").await.unwrap().is_empty());
    let query = "(UID INTERNALDATE RFC822.SIZE FLAGS BODY.PEEK[])";
    let messages: Vec<_> =
        session.uid_fetch("1", query).await.unwrap().try_collect().await.unwrap();
    assert_eq!(messages[0].body(), Some(MESSAGE.as_bytes()));
    assert_eq!(messages[0].size, Some(u32::try_from(MESSAGE.len()).unwrap()));
    assert_eq!(messages[0].flags().count(), 0);
    assert!(messages[0].internal_date().is_some());
    let query = "(BODY[HEADER.FIELDS (SUBJECT)])";
    let messages: Vec<_> = session.fetch("1", query).await.unwrap().try_collect().await.unwrap();
    assert_eq!(messages[0].flags().count(), 1, "reading without PEEK marks as seen");
    session.logout().await.unwrap();
}

#[tokio::test]
async fn the_junk_folder_is_told_by_its_attribute() {
    let world = world().await;
    world.mailboxes.deliver(ADDRESS, Folder::Junk, MESSAGE.into());
    let mut session = world.log_in().await;
    let folders: Vec<_> =
        session.list(Some(""), Some("*")).await.unwrap().try_collect().await.unwrap();
    let junk = folders.iter().find(|folder| {
        let attributes = folder.attributes();
        attributes.iter().any(|a| format!("{a:?}").contains("Junk"))
    });
    assert_eq!(junk.unwrap().name(), "Junk E-mail");
    let status = session.status("Junk E-mail", "(MESSAGES UNSEEN)").await.unwrap();
    assert_eq!((status.exists, status.unseen), (1, Some(1)));
    assert!(session.select("Archive").await.is_err());
}

#[tokio::test]
async fn a_deleted_message_is_gone_after_expunge() {
    let world = world().await;
    for _ in 0..3 {
        world.mailboxes.deliver(ADDRESS, Folder::Inbox, MESSAGE.into());
    }
    let mut session = world.log_in().await;
    session.select("INBOX").await.unwrap();
    let stored = session.store("2", "+FLAGS (\\Deleted)").await.unwrap();
    assert_eq!(stored.try_collect::<Vec<_>>().await.unwrap().len(), 1);
    let gone: Vec<_> = session.expunge().await.unwrap().try_collect().await.unwrap();
    assert_eq!(gone, [2]);
    let mut left: Vec<_> = session.uid_search("ALL").await.unwrap().into_iter().collect();
    left.sort_unstable();
    assert_eq!(left, [1, 3]);
}

#[tokio::test]
async fn mail_that_comes_during_a_session_is_found_and_lost_mail_is_not() {
    let world = world().await;
    let mut session = world.log_in().await;
    session.examine("INBOX").await.unwrap();
    assert!(session.uid_search("ALL").await.unwrap().is_empty());
    world.mailboxes.deliver(ADDRESS, Folder::Inbox, MESSAGE.into());
    let lossy = MailboxFaults { lose: true, ..MailboxFaults::default() };
    world.mailboxes.set_faults(ADDRESS, lossy);
    world.mailboxes.deliver(ADDRESS, Folder::Inbox, MESSAGE.into());
    assert_eq!(session.uid_search("UNSEEN").await.unwrap().len(), 1);
    let marking = session.run_command_and_check_ok("STORE 1 +FLAGS (\\Seen)");
    assert!(marking.await.is_err(), "the folder was opened by EXAMINE");
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let world = world().await;
    let client = world.connect().await;
    let (error, _) = client.login("probe", "wrong").await.unwrap_err();
    assert!(error.to_string().contains("AUTHENTICATIONFAILED"), "{error}");
}

fn read(lines: &[&str]) -> Result<Command, Malformed> {
    let mut reader = Reader::default();
    for line in lines {
        reader.line(line.as_bytes())?;
    }
    reader.finish()
}

#[test]
fn a_command_is_read_with_its_quotes_lists_and_brackets() {
    let text = |text: &str| Token::Text(text.to_owned());
    #[rustfmt::skip]
    let cases = [
        ("words",               "a UID fetch 1:*",       vec![text("1:*")]),
        ("quotes with escapes", r#"a x "b \"c\" d""#,    vec![text("b \"c\" d")]),
        ("a list",              "a x (b (c))",           vec![Token::List(vec![text("b"), Token::List(vec![text("c")])])]),
        ("brackets hold all",   "a x BODY[H (A B)]<0.9>", vec![text("BODY[H (A B)]<0.9>")]),
    ];
    for (name, line, arguments) in cases {
        assert_eq!(read(&[line]).unwrap().arguments, arguments, "{name}");
    }
}

#[test]
fn what_breaks_the_grammar_or_a_bound_is_refused() {
    let deep = format!("a x {}", "(".repeat(20));
    #[rustfmt::skip]
    let cases = [
        ("an open parenthesis",       "a x (b"),
        ("one too many closed",       "a x b)"),
        ("an open quote",             "a x \"b"),
        ("no command",                "a"),
        ("nested too deep",           deep.as_str()),
        ("a literal over the limit",  "a x {9999999}"),
        ("a literal without a size",  "a x {b}"),
    ];
    for (name, line) in cases {
        assert!(read(&[line]).is_err(), "{name}");
    }
}

#[test]
fn a_literal_takes_its_place_in_the_command() {
    let mut reader = Reader::default();
    let announced = reader.line(b"a LOGIN {5}").unwrap();
    assert_eq!(announced, Some(Announced { size: 5, waits: true }));
    reader.literal(b"probe".to_vec()).unwrap();
    let announced = reader.line(b" {2+}").unwrap();
    assert_eq!(announced, Some(Announced { size: 2, waits: false }));
    reader.literal(b"pw".to_vec()).unwrap();
    assert_eq!(reader.line(b"").unwrap(), None);
    let arguments = reader.finish().unwrap().arguments;
    assert_eq!(arguments, ["probe", "pw"].map(|word| Token::Text(word.to_owned())));
}

#[test]
fn a_set_names_its_numbers() {
    #[rustfmt::skip]
    let cases = [
        ("a number",            "3",      vec![3]),
        ("a range either way",  "4:2",    vec![2, 3, 4]),
        ("a list",              "1,5",    vec![1, 5]),
        ("to the last",         "4:*",    vec![4, 5]),
        ("past the last",       "9:*",    vec![5]),
    ];
    for (name, text, numbers) in cases {
        let set = SequenceSet::parse(text, 5).unwrap();
        let named: Vec<u32> = (1..=5).filter(|&number| set.contains(number)).collect();
        assert_eq!(named, numbers, "{name}");
    }
    for text in ["", "0", "a", "1:", "1,,2", "-1", "99999999999"] {
        assert_eq!(SequenceSet::parse(text, 5), None, "{text}");
    }
}
