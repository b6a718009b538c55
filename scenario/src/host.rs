//! Who answers at a simulated address: mail, mailboxes, web pages, names.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

use crate::handling::Handling;

/// The services of one simulated address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// A mail server.
    pub smtp: Option<SmtpHost>,
    /// Mailboxes, read by IMAP: over TLS on port 993, with STARTTLS on port 143.
    pub imap: Option<ImapHost>,
    /// Web pages over TLS on port 443.
    pub https: Option<HttpsHost>,
    /// Files over plain HTTP on port 80, such as authorities publish.
    pub http: Option<HttpHost>,
    /// How the name server at this address differs from its peers.
    pub dns: Option<NameServer>,
}

/// A mail server (RFC 5321).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpHost {
    /// The name in its greeting and its answer to EHLO.
    pub name: String,
    /// The ports where it listens for mail from other servers.
    #[serde(default = "port_25")]
    pub ports: Vec<u16>,
    /// Whether it offers STARTTLS (RFC 3207).
    #[serde(default = "yes")]
    pub starttls: bool,
    /// The certificate it presents.
    #[serde(default)]
    pub certificate: Certificate,
    /// The whole greeting reply, such as `554 no service`; absent = 220 with its name.
    pub greeting: Option<String>,
    /// The pause before the greeting, in milliseconds.
    #[serde(default)]
    pub greeting_after_ms: u64,
    /// It takes passwords before encryption (against RFC 8314 §3.3).
    #[serde(default)]
    pub auth_in_plain: bool,
    /// VRFY tells which of `mailboxes` exist (RFC 5321 §7.3 advises against).
    #[serde(default)]
    pub confirms_users: bool,
    /// What it accepts that is out of date.
    #[serde(default)]
    pub old_tls: OldTls,
    /// Replies that differ from the usual ones.
    #[serde(default)]
    pub replies: SmtpReplies,
    /// What it insists on before it takes a message.
    #[serde(default)]
    pub judges: Judges,
    /// The addresses it takes mail for; empty = every name of the domains whose MX it is.
    #[serde(default)]
    pub mailboxes: Vec<String>,
    /// It accepts the connection and never greets.
    #[serde(default)]
    pub silent: bool,
    /// Its greeting has no last line; `silent` wins over it.
    #[serde(default)]
    pub endless: bool,
    /// The pause before each reply, in milliseconds (a tarpit).
    #[serde(default)]
    pub delay_ms: u64,
    /// Where it hangs up instead of answering.
    pub hangs_up_at: Option<SmtpStage>,
    /// It puts off the first RCPT of each (address, sender, recipient) with 451 (RFC 6647 §2.4).
    #[serde(default)]
    pub greylists: bool,
    /// Nothing listens: the connection is refused.
    #[serde(default)]
    pub refuse: bool,
    /// The connection attempt is never answered.
    #[serde(default)]
    pub drop: bool,
    /// What it does to the mail it took.
    #[serde(default)]
    pub handles: Handling,
    /// Users may send through it (RFC 6409).
    pub submission: Option<Submission>,
}

/// Handshakes of the past that a host accepts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OldTls {
    /// The versions below TLS 1.2.
    #[serde(default)]
    pub versions: Vec<OldVersion>,
    /// The suite that it takes when broken ones alone are offered, by its IANA number.
    pub broken_suite: Option<u16>,
    /// The one suite that it knows in TLS 1.2, by its IANA number.
    pub suite: Option<u16>,
    /// It knows nothing from TLS 1.2 on.
    #[serde(default)]
    pub nothing_newer: bool,
}

/// A version of SSL or TLS below 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum OldVersion {
    #[serde(rename = "SSLv2")]
    Ssl2,
    #[serde(rename = "SSLv3")]
    Ssl3,
    #[serde(rename = "TLSv1.0")]
    Tls10,
    #[serde(rename = "TLSv1.1")]
    Tls11,
}

/// Replies given in place of the usual ones, each a whole reply (`550 5.1.1 no such user`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpReplies {
    /// To EHLO.
    pub ehlo: Option<String>,
    /// To STARTTLS.
    pub starttls: Option<String>,
    /// To MAIL.
    pub mail: Option<String>,
    /// To RCPT.
    pub rcpt: Option<String>,
    /// To the end of DATA.
    pub data: Option<String>,
}

/// A point of a conversation (RFC 5321 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmtpStage {
    /// EHLO or HELO.
    Ehlo,
    /// STARTTLS.
    Starttls,
    /// AUTH, at its end.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// The DATA command.
    Data,
    /// The end of the message.
    Message,
}

/// What a receiver insists on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judges {
    /// Nothing: it takes all mail and stamps what it saw.
    #[default]
    Nobody,
    /// An SPF pass (RFC 7208 §2.6.3).
    Spf,
    /// The policy that DMARC finds (RFC 9989).
    Dmarc,
    /// Nothing, yet it files SPF and DMARC failures into Junk.
    Junk,
}

/// The certificate a server presents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// By the lab's authority, for the server's name, in its dates.
    #[default]
    Valid,
    /// It has ended.
    Expired,
    /// It ends in three days.
    Expiring,
    /// Signed by its own key.
    SelfSigned,
    /// For another name.
    WrongName,
    /// By an authority that nobody trusts.
    UnknownCa,
    /// For an RSA key of 1024 bits.
    WeakKey,
    /// By an issuer below the lab's authority that is not shown; the leaf says that it is to be had at
    /// `http://authority.example.net/issuer.crt`.
    Incomplete,
    /// By that issuer, which is shown; the leaf says that it would be listed at
    /// `http://authority.example.net/revoked.crl` if it were revoked.
    Listed,
    /// None: the handshake fails.
    None,
}

/// A relay for its users, on port 465 (implicit TLS) and port 587 (STARTTLS).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// User → password.
    pub users: BTreeMap<String, String>,
    /// The simulated address that its mail leaves from.
    pub sends_from: IpAddr,
    /// The name that it greets with from an address; from others with the name of the host.
    #[serde(default)]
    pub greets_as: BTreeMap<IpAddr, String>,
    /// The port of implicit TLS (RFC 8314 §3.3).
    #[serde(default = "port_465")]
    pub implicit_tls: u16,
    /// The port of STARTTLS.
    #[serde(default = "port_587")]
    pub starttls: u16,
    /// How it signs what it sends; absent = it does not.
    pub dkim: Option<Signing>,
}

/// The identity that a relay signs with (RFC 6376 §3.5, `d=` and `s=`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// The signing domain.
    pub domain: String,
    /// The selector.
    pub selector: String,
}

/// Mailboxes that can be read by IMAP (RFC 3501, RFC 8314).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImapHost {
    /// The name its certificate is for.
    pub name: Option<String>,
    /// User → password.
    pub users: BTreeMap<String, String>,
    /// The folder for junk (RFC 6154 `\Junk`).
    #[serde(default = "junk")]
    pub junk_folder: String,
    /// The certificate it presents.
    #[serde(default)]
    pub certificate: Certificate,
    /// How long arrived mail stays unseen, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// Accepted mail is lost.
    #[serde(default)]
    pub lose: bool,
    /// The tab that it shows all mail in, by Gmail's extensions; absent = it has none.
    pub tab: Option<String>,
}

/// Web pages over TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpsHost {
    /// The host name its certificate is for.
    pub name: String,
    /// The certificate it presents.
    #[serde(default)]
    pub certificate: Certificate,
    /// Path → page; any other path is 404.
    #[serde(default)]
    pub paths: BTreeMap<String, HttpsPage>,
    /// Nothing listens: the connection is refused.
    #[serde(default)]
    pub refuse: bool,
    /// The connection attempt is never answered.
    #[serde(default)]
    pub drop: bool,
}

/// Files over plain HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpHost {
    /// Path → page; any other path is 404.
    #[serde(default)]
    pub paths: BTreeMap<String, HttpsPage>,
    /// Nothing listens: the connection is refused.
    #[serde(default)]
    pub refuse: bool,
    /// The connection attempt is never answered.
    #[serde(default)]
    pub drop: bool,
}

/// A file of the lab's authority (RFC 5280 §4.2.1.13, §4.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// The certificate of the issuer below its root.
    Issuer,
    /// A list of revoked certificates that names every `listed` one.
    List,
    /// A list that names none.
    EmptyList,
    /// A list whose successor is overdue.
    OldList,
    /// A list that another key signed.
    ForgedList,
}

/// One page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpsPage {
    /// The status (RFC 9110 §15).
    #[serde(default = "ok")]
    pub status: u16,
    /// The body; `{in 3 days}` in it becomes the moment that many days from now (RFC 3339).
    #[serde(default)]
    pub body: String,
    /// The status of the answer to POST; absent = 405.
    pub post: Option<u16>,
    /// A file of the lab's authority, in place of the body.
    pub publishes: Option<Published>,
    /// The media type.
    #[serde(default = "text_plain")]
    pub content_type: String,
    /// Further header fields, such as `Location`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How many line ends follow the body, to make it huge.
    #[serde(default)]
    pub padding: u32,
    /// How long the answer takes, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
}

/// How one name server differs from the others of its zones.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameServer {
    /// It refuses TCP (against RFC 7766 §5).
    #[serde(default)]
    pub refuses_tcp: bool,
    /// Its own version of some zones, as in `[zones]`; it serves them even when not named by
    /// their NS records.
    #[serde(default)]
    pub zones: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}

fn port_25() -> Vec<u16> {
    vec![25]
}

fn port_465() -> u16 {
    465
}

fn port_587() -> u16 {
    587
}

fn junk() -> String {
    "Junk".to_owned()
}

fn ok() -> u16 {
    200
}

fn text_plain() -> String {
    "text/plain".to_owned()
}
