//! The lab's mailboxes as the client reads them, and servers that misbehave.

use std::net::IpAddr;

use async_trait::async_trait;
use chrono::NaiveDate;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vigie_checks::kernel::Sought;
use vigie_lab::Lab;
use vigie_lab::mailbox::Folder as LabFolder;
use vigie_scenario::Scenario;

use super::bounded::Bounded;
use super::folder::Folder;
use super::*;

const WORLD: &str = r#"
name = "two mailboxes"
[target]
domain = "quay.example"
[hosts."192.0.2.103".imap]
name        = "imap.quay.example"
users       = { "seed@quay.example" = "seed" }
junk_folder = "Courrier ind&AOk-sirable"
[hosts."192.0.2.104".imap]
name        = "imap.mistral.example"
users       = { "seed@mistral.example" = "seed" }
certificate = "self-signed"
[expect]
findings = []
"#;

const ID: &str = "<vigie-1@example.com>";

/// Knows one address.
struct Known(IpAddr);

#[async_trait]
impl Resolve for Known {
    async fn addresses(&self, _: &Name) -> Lookup<Vec<IpAddr>> {
        Lookup::Found(vec![self.0])
    }
}

async fn lab() -> (Lab, MailboxClient) {
    let lab = Lab::start(&Scenario::parse(WORLD).expect("written above")).await.expect("it starts");
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let root = folder.path().join("ca.pem");
    std::fs::write(&root, lab.ca_pem()).expect("the folder can be written");
    let client = MailboxClient {
        connector: Connector::through(lab.proxy().parse().expect("the lab prints a proxy")),
        roots: Roots::load(&[root]).expect("the lab has a root"),
        secrets: Arc::new(HashMap::from([
            ("right".to_owned(), "seed".to_owned().into()),
            ("wrong".to_owned(), "sand".to_owned().into()),
        ])),
        resolve: Arc::new(Known("192.0.2.103".parse().expect("an address"))),
    };
    (lab, client)
}

fn query(kind: MailboxKind) -> MailboxQuery {
    MailboxQuery {
        kind,
        host: "imap.quay.example".to_owned(),
        port: if kind == MailboxKind::Imap { 143 } else { 993 },
        user: "seed@quay.example".to_owned(),
        secret: "right".to_owned(),
        message_id: ID.to_owned(),
        sought: Sought::Copies,
        since: NaiveDate::default(),
    }
}

fn message(padding: usize) -> Vec<u8> {
    format!("X-Padding: {}\r\nMessage-ID: {ID}\r\n\r\nhello\r\n", "x".repeat(padding)).into_bytes()
}

fn found(reading: MailboxReading) -> Vec<(String, bool, usize)> {
    let MailboxReading::Read(report) = reading else { panic!("{reading:?}") };
    assert_eq!(report.unread, None);
    let found = report.found.into_iter();
    found.map(|message| (message.folder, message.junk, message.header.len())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_found_with_its_folder_over_either_kind_of_tls() {
    let (lab, client) = lab().await;
    for kind in [MailboxKind::Imaps, MailboxKind::Imap] {
        assert_eq!(found(client.read(&query(kind)).await), [], "{kind:?}: nothing came yet");
    }
    lab.mailboxes().deliver("seed@quay.example", LabFolder::Junk, message(1));
    for kind in [MailboxKind::Imaps, MailboxKind::Imap] {
        let found = found(client.read(&query(kind)).await);
        assert_eq!(found.len(), 1, "{kind:?}");
        assert_eq!((found[0].0.as_str(), found[0].1), ("Courrier indésirable", true), "{kind:?}");
    }
    lab.mailboxes().deliver("seed@quay.example", LabFolder::Inbox, message(1));
    let first = found(client.read(&query(MailboxKind::Imaps)).await);
    assert_eq!((first.len(), first[0].0.as_str()), (1, "INBOX"), "the inbox comes first");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_huge_header_only_the_first_64_kib_are_read() {
    let (lab, client) = lab().await;
    lab.mailboxes().deliver("seed@quay.example", LabFolder::Inbox, message(200_000));
    let found = found(client.read(&query(MailboxKind::Imaps)).await);
    assert_eq!((found.len(), found[0].2), (1, 65_536));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_says_why() {
    let (_lab, client) = lab().await;
    let wrong = MailboxQuery { secret: "wrong".to_owned(), ..query(MailboxKind::Imaps) };
    let plain = MailboxQuery { secret: "wrong".to_owned(), ..query(MailboxKind::Imap) };
    for query in [wrong, plain] {
        let refused = MailboxReading::Failed { error: MailboxError::Login };
        assert_eq!(client.read(&query).await, refused);
    }
    let elsewhere = MailboxQuery { host: "192.0.2.104".to_owned(), ..query(MailboxKind::Imaps) };
    let other = client.read(&elsewhere).await;
    assert!(matches!(other, MailboxReading::Failed { error: MailboxError::Tls(_) }), "{other:?}");
    let nobody = MailboxQuery { port: 9, ..query(MailboxKind::Imaps) };
    assert!(matches!(client.read(&nobody).await, MailboxReading::Failed { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_starttls_gets_no_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound socket").port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        stream.write_all(b"* OK ready\r\n").await.expect("it listens");
        let mut heard = String::new();
        let mut octet = [0];
        while !heard.ends_with('\n') && stream.read_exact(&mut octet).await.is_ok() {
            heard.push(char::from(octet[0]));
        }
        let tag = heard.split(' ').next().unwrap_or_default().to_owned();
        let _ = stream.write_all(format!("{tag} BAD unknown command\r\n").as_bytes()).await;
        let _ = stream.read_to_string(&mut heard).await;
        heard
    });
    let (_lab, client) = lab().await;
    let client = MailboxClient { connector: Connector::direct(), ..client };
    let query = MailboxQuery { host: "127.0.0.1".to_owned(), port, ..query(MailboxKind::Imap) };
    let reading = client.read(&query).await;
    assert!(
        matches!(reading, MailboxReading::Failed { error: MailboxError::Tls(_) }),
        "{reading:?}"
    );
    drop(client);
    let heard = heard.await.expect("the host ended");
    assert!(heard.contains("STARTTLS") && !heard.contains("seed"), "{heard}");
}

#[test]
fn a_folder_has_the_name_that_people_read() {
    #[rustfmt::skip]
    let cases = [
        ("plain",                 "INBOX",                         "INBOX",                 false, 0),
        ("an accent",             "Courrier ind&AOk-sirable",      "Courrier indésirable",  true,  1),
        ("below another",         "INBOX/Spam",                    "INBOX/Spam",            true,  1),
        ("a name that ends so",   "No spam",                       "No spam",               false, 2),
        ("an ampersand",          "R&-D",                          "R&D",                   false, 2),
        ("Japanese and Chinese",  "~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語", false, 2),
        ("a shift that is open",  "A&AOk",                         "A&AOk",                 false, 2),
        ("half a character",      "A&AO-",                         "A&AO-",                 false, 2),
        ("a lone surrogate",      "A&2AA-",                        "A&2AA-",                false, 2),
        ("a control character",   "A&AAc-B",                       "A\u{fffd}B",            false, 2),
    ];
    for (rule, written, name, junk, place) in cases {
        let folder = Folder::new(written, Some("/"), false);
        assert_eq!(
            (folder.name.as_str(), folder.junk, folder.place()),
            (name, junk, place),
            "{rule}"
        );
        assert_eq!(folder.written, written, "{rule}: the server gets its own spelling");
    }
    assert!(Folder::new("Verschoben", Some("."), true).junk, "the server’s mark counts");
}

#[tokio::test]
async fn a_stream_ends_when_more_comes_than_it_may_hold() {
    let mut all = String::new();
    let mut enough = Bounded::new(&b"four"[..], 4);
    enough.read_to_string(&mut all).await.expect("that much may come");
    let mut less = Bounded::new(&b"four"[..], 3);
    assert!(less.read_to_string(&mut all).await.is_err());
}
