//! The message that is sent: short, plain, and marked as automatic (RFC 3834 §5).

use chrono::{DateTime, Utc};

use crate::kernel::{Auth, Name};
use crate::kernel::{Mail, Peer, ProbeSpec, Seed, SmtpScript, Vantage};

/// What the subject says.
pub const SUBJECT: &str = "vigie test send";

/// A message with the id that it is looked for by.
pub struct Outgoing {
    pub id: String,
    pub body: String,
    pub script: SmtpScript,
}

/// The message to one seed. Its id is unique for run and seed.
pub fn outgoing(probe: &ProbeSpec, seed: &Seed, vantage: &Vantage, now: DateTime<Utc>) -> Outgoing {
    let label = vantage.random_label(&format!(
        "{} {} {}",
        probe.name,
        seed.address,
        now.timestamp_micros()
    ));
    let domain = probe.from.rsplit_once('@').map_or("invalid", |(_, domain)| domain);
    let id = format!("<{label}@{domain}>");
    let body = format!("This message checks that mail of {domain} arrives. It can be deleted.\r\n");
    let message = format!(
        "From: <{}>\r\nTo: <{}>\r\nSubject: {SUBJECT}\r\nDate: {}\r\nMessage-ID: {id}\r\n\
         Auto-Submitted: auto-generated\r\nX-Vigie-Probe: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}",
        probe.from,
        seed.address,
        now.to_rfc2822(),
        probe.name.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect::<String>(),
    );
    let auth =
        probe.submit_user.clone().map(|user| Auth { user, secret: probe.submit_secret.clone() });
    let script = SmtpScript {
        peer: Peer::Written { host: probe.submit_host.clone(), port: probe.submit_port },
        server_name: Name::new(&probe.submit_host),
        helo: vantage.helo.clone(),
        tls: probe.submit_tls,
        mail: Some(Mail {
            auth,
            mail_from: probe.mail_from.clone(),
            rcpt_to: seed.address.clone(),
            message,
        }),
        hello: None,
        asks: Vec::new(),
    };
    Outgoing { id, body, script }
}
