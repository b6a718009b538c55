//! One mail address, over the submission host of an account.
//!
//! The mails of an incident are one thread. A mail that must pass over the very domain that is broken
//! says so. Limits: one recipient; several are several channels, or a list's address.

mod message;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};
use vigie_checks::kernel::{
    Auth, Lang, Lookup, Mail, Name, Peer, Reason, SmtpScript, SmtpTls, SmtpTranscript, StoppedBy,
};

use self::message::Envelope;
use super::excerpt::excerpt;
use super::{Answer, Channel, Delivery, PreviewError};
use crate::alerts::notice::text::Measure;
use crate::alerts::notice::{Notice, Room};
use crate::alerts::{ChannelError, ChannelSettings, Network};
use crate::config::{Host, MailAccount};
use crate::net::proxy::Connector;
use crate::net::smtp::{Resolve, SmtpClient, Timeouts};

/// The name under which the client has the password.
const SECRET: &str = "channel";

/// A mail is read on a page; what is longer is read by nobody.
const ROOM: Room = Room::of(100_000, Measure::Characters);

/// A mailbox that alerts go to. Has no `Debug`: the password is a secret.
pub(super) struct Email {
    client: SmtpClient,
    envelope: Envelope,
    helo: String,
    port: u16,
    tls: SmtpTls,
    user: Option<String>,
    lang: Lang,
    zone: Tz,
}

impl Email {
    pub(super) fn open(
        settings: &ChannelSettings,
        submit: &MailAccount,
        from: &str,
        to: &str,
        network: &Network,
    ) -> Result<Self, ChannelError> {
        let refused = |_| ChannelError::Proxy { channel: settings.name.clone() };
        let proxy = settings.proxy.as_ref().map(|proxy| proxy.expose_secret().trim().parse());
        let proxy = proxy.transpose().map_err(refused)?;
        let secrets: HashMap<String, SecretString> =
            submit.password.iter().map(|password| (SECRET.to_owned(), password.clone())).collect();
        let host = match &submit.url.host {
            Host::Name(name) => name.to_string(),
            Host::Address(address) => address.to_string(),
        };
        Ok(Self {
            client: SmtpClient {
                connector: proxy.map_or_else(Connector::direct, Connector::through),
                roots: network.roots.clone(),
                secrets: Arc::new(secrets),
                resolve: Arc::new(Addresses(network.clone())),
                timeouts: Timeouts::default(),
            },
            envelope: Envelope { from: from.to_owned(), to: to.to_owned(), host },
            helo: network.helo.clone(),
            port: submit.url.port,
            // A mailbox's address is refused where the configuration is read.
            tls: submit.url.smtp_tls().unwrap_or(SmtpTls::Required),
            user: submit.url.user.clone(),
            lang: settings.lang,
            zone: settings.zone,
        })
    }

    fn script(&self, message: String) -> SmtpScript {
        let auth = self.user.clone().map(|user| Auth { user, secret: SECRET.to_owned() });
        SmtpScript {
            peer: Peer::Written { host: self.envelope.host.clone(), port: self.port },
            server_name: Name::new(&self.envelope.host),
            helo: self.helo.clone(),
            tls: self.tls,
            mail: Some(Mail {
                auth,
                mail_from: self.envelope.from.clone(),
                rcpt_to: self.envelope.to.clone(),
                message,
            }),
            hello: None,
            asks: Vec::new(),
        }
    }
}

#[async_trait]
impl Channel for Email {
    async fn send(&self, delivery: &Delivery<'_>) -> Answer {
        let notice = match Notice::read(delivery.body, self.lang, self.zone) {
            Ok(notice) => notice.fitted(ROOM),
            Err(error) => return Answer::Refused { status: None, error: error.to_string() },
        };
        let script = self.script(self.envelope.message(&notice, delivery.id));
        let left = delivery.deadline.saturating_duration_since(Instant::now());
        let mut client = self.client.clone();
        client.timeouts.greeting = client.timeouts.greeting.min(left);
        match timeout_at(delivery.deadline, client.converse(&script)).await {
            Err(_) => failed(None, "no answer in time".to_owned()),
            Ok(transcript) => answer(&transcript),
        }
    }

    fn preview(&self, delivery: &Delivery<'_>) -> Result<String, PreviewError> {
        let notice = Notice::read(delivery.body, self.lang, self.zone)?.fitted(ROOM);
        Ok(self.envelope.shown(&notice, delivery.id))
    }
}

fn failed(status: Option<u16>, error: String) -> Answer {
    Answer::Failed { status, error, retry_after: None }
}

/// A mail that was taken is delivered, whatever was said after it.
fn answer(transcript: &SmtpTranscript) -> Answer {
    if transcript.taken_at.is_some() {
        return Answer::Accepted { status: 250 };
    }
    let stage = transcript.end.stage;
    // A goodbye may follow it.
    let last = transcript.reply(stage);
    let status = last.map(|reply| reply.code);
    match (&transcript.end.by, last) {
        (StoppedBy::Reply, Some(reply)) => {
            let said = excerpt(reply.line().as_bytes(), &[]);
            let error = format!("at {stage}: {said}");
            match reply.is_permanent() {
                true => Answer::Refused { status, error },
                false => failed(status, error),
            }
        }
        (by, _) => failed(status, format!("at {stage}: {}", stopped(by))),
    }
}

fn stopped(by: &StoppedBy) -> String {
    match by {
        StoppedBy::Done | StoppedBy::Reply => "the message was not taken".to_owned(),
        StoppedBy::ConnectionRefused => "connection refused".to_owned(),
        StoppedBy::NoAddress => "the host has no address".to_owned(),
        StoppedBy::NotSmtp => "what answers does not speak SMTP".to_owned(),
        StoppedBy::NotOffered => "the host does not offer what is required".to_owned(),
        StoppedBy::TlsFailed(why) => {
            format!("TLS failed: {}", excerpt(why.as_bytes(), &[]))
        }
        StoppedBy::Closed => "the host closed the connection".to_owned(),
        StoppedBy::Unknown(reason) => format!("no answer: {reason}"),
    }
}

/// Channels use the system's resolver; what the admin wrote is reached as written.
struct Addresses(Network);

#[async_trait]
impl Resolve for Addresses {
    async fn addresses(&self, host: &Name) -> Lookup<Vec<IpAddr>> {
        match self.0.resolver.addresses(host.as_str()).await {
            Ok(addresses) if addresses.is_empty() => Lookup::Absent { nxdomain: false },
            Ok(addresses) => Lookup::Found(addresses),
            Err(_) => Lookup::Unknown { reason: Reason::Network },
        }
    }
}
