//! An SMTP conversation as a script that is asked for and a transcript that comes back.
//!
//! The script says where to stop; DATA is only sent when it carries a message to submit.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ClientHello, HelloReply, Name, Reason, Service, TlsSession};

/// Whom to talk to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// An address learned from the world; private ones are refused unless allowed.
    Learned { address: IpAddr, port: u16 },
    /// A host that the admin wrote, reached as written.
    Written { host: String, port: u16 },
}

/// How the conversation is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmtpTls {
    /// Plain text to the end.
    None,
    /// STARTTLS where it is offered, any certificate (RFC 3207); what an MX is asked.
    IfOffered,
    /// STARTTLS or stop; the certificate must be trusted and name the host.
    Required,
    /// TLS from the first octet (RFC 8314 §3.3); the certificate must be trusted and name the host.
    Implicit,
}

/// The account to submit with. The password stays with the live layer, under `secret`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Auth {
    pub user: String,
    /// The name under which the live layer holds the password.
    pub secret: String,
}

/// A message to submit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mail {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Reverse-path without angle brackets; empty for the null sender.
    pub mail_from: String,
    pub rcpt_to: String,
    /// The whole message with CRLF line ends, before dot-stuffing.
    pub message: String,
}

/// What a mail host is asked with the consent of its owner, after EHLO. Nothing is ever sent on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// MAIL, RCPT if it is taken, RSET.
    Envelope {
        /// Without angle brackets; empty for the null sender.
        mail_from: String,
        /// Without angle brackets; may begin with a source route.
        rcpt_to: String,
    },
    /// VRFY (RFC 5321 §3.5.1).
    Verify { user: String },
    /// EXPN (RFC 5321 §3.5.1).
    Expand { list: String },
}

/// One conversation: connect, greeting, EHLO, STARTTLS and EHLO again as `tls` says, then the mail
/// if there is one, then QUIT.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SmtpScript {
    pub peer: Peer,
    /// The name in SNI and the one a certificate is held against.
    pub server_name: Name,
    /// The name in EHLO.
    pub helo: String,
    pub tls: SmtpTls,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Mail>,
    /// In place of the handshake after STARTTLS; the conversation ends with its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hello: Option<ClientHello>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Ask>,
}

impl SmtpScript {
    /// What an MX address is asked: the conversation that `mx`, `smtp` and `tls` share.
    pub fn inspect(address: IpAddr, server_name: &Name, helo: &str) -> Self {
        Self {
            peer: Peer::Learned { address, port: 25 },
            server_name: server_name.clone(),
            helo: helo.to_owned(),
            tls: SmtpTls::IfOffered,
            mail: None,
            hello: None,
            asks: Vec::new(),
        }
    }

    /// What a service of the domain is asked that sets up TLS with STARTTLS: the conversation that `smtp` and
    /// `tls` share.
    pub fn of_service(service: &Service, helo: &str) -> Self {
        Self {
            peer: Peer::Written { host: service.host.clone(), port: service.port },
            server_name: Name::new(&service.host),
            helo: helo.to_owned(),
            tls: SmtpTls::IfOffered,
            mail: None,
            hello: None,
            asks: Vec::new(),
        }
    }

    /// Whether an MX address would go on with a version and ciphers that we do not speak.
    pub fn offer(address: IpAddr, server_name: &Name, helo: &str, hello: ClientHello) -> Self {
        Self { hello: Some(hello), ..Self::inspect(address, server_name, helo) }
    }

    /// What an MX address is asked with its owner's consent.
    pub fn question(address: IpAddr, server_name: &Name, helo: &str, asks: Vec<Ask>) -> Self {
        Self { asks, ..Self::inspect(address, server_name, helo) }
    }
}

/// A point of the conversation.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Stage {
    /// Finding the address of a written host.
    Resolve,
    Connect,
    Greeting,
    Ehlo,
    Starttls,
    Handshake,
    /// EHLO after STARTTLS.
    EhloTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The reply to the message itself.
    Message,
    /// VRFY.
    Verify,
    /// EXPN.
    Expand,
    /// RSET.
    Reset,
    Quit,
}

/// A reply (RFC 5321 §4.2): its code and the text of each line, at most 100 lines of 512 octets,
/// octets outside printable ASCII and UTF-8 replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub code: u16,
    pub lines: Vec<String>,
}

impl Reply {
    /// The reply on one line, as logs show it.
    pub fn line(&self) -> String {
        format!("{} {}", self.code, self.lines.join(" / "))
    }

    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    pub fn is_permanent(&self) -> bool {
        (500..600).contains(&self.code)
    }

    pub fn is_transient(&self) -> bool {
        (400..500).contains(&self.code)
    }
}

/// One command and its reply. What is secret is not in `sent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpStep {
    pub stage: Stage,
    /// The command line, nothing for the greeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    pub reply: Reply,
    /// Milliseconds from the command to the whole reply.
    pub ms: u64,
}

/// How the conversation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub stage: Stage,
    pub by: StoppedBy,
}

/// What ended a conversation at its stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoppedBy {
    /// The script was done.
    Done,
    /// A reply that the script does not go on after; it is the last step.
    Reply,
    /// Nobody listens there: connection refused. Definite.
    ConnectionRefused,
    /// The name of a written host does not exist or has no address. Definite.
    NoAddress,
    /// What answers does not speak SMTP, or its reply had no end.
    NotSmtp,
    /// The host does not offer what the script requires (STARTTLS or AUTH).
    NotOffered,
    /// The handshake failed, with the alert or the reason in words.
    TlsFailed(String),
    /// The other side closed before its reply.
    Closed,
    /// No exchange, or none that ended.
    Unknown(Reason),
}

/// A whole conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpTranscript {
    /// The address that was reached, or tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<SmtpStep>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSession>,
    /// The answer to a ClientHello of the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hello: Option<HelloReply>,
    /// When the host took the message, by our clock; nothing if there was none or it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<DateTime<Utc>>,
    pub end: End,
}

impl SmtpTranscript {
    /// A conversation that did not begin, for the reason given.
    pub fn failed(reason: Reason) -> Self {
        Self::ended(Stage::Connect, StoppedBy::Unknown(reason))
    }

    /// A conversation without a step.
    pub fn ended(stage: Stage, by: StoppedBy) -> Self {
        let end = End { stage, by };
        Self { address: None, steps: Vec::new(), tls: None, hello: None, taken_at: None, end }
    }

    /// The reply at a stage, if the conversation came that far.
    pub fn reply(&self, stage: Stage) -> Option<&Reply> {
        self.steps.iter().rev().find(|step| step.stage == stage).map(|step| &step.reply)
    }
}
