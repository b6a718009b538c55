//! The message that is sent: short, plain, and marked as automatic (RFC 3834 §5).

use chrono::{DateTime, Utc};

use crate::kernel::{Auth, Name};
use crate::kernel::{Mail, Peer, ProbeSpec, Seed, SmtpScript, Stream, Vantage};

/// What the subject says.
pub const SUBJECT: &str = "vigie test send";

/// A message with the id that it is looked for by.
pub struct Outgoing {
    pub id: String,
    pub body: String,
    pub script: SmtpScript,
}

/// The message to one seed. Its id is unique for run and seed.
pub fn outgoing(
    probe: &ProbeSpec,
    stream: Option<&Stream>,
    seed: &Seed,
    vantage: &Vantage,
    now: DateTime<Utc>,
) -> Outgoing {
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
         Auto-Submitted: auto-generated\r\nX-Vigie-Probe: {}\r\n{}MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}",
        probe.from,
        seed.address,
        now.to_rfc2822(),
        probe.name.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect::<String>(),
        stream.and_then(unsubscribing).unwrap_or_default(),
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

/// RFC 5322 §2.1.1: a line has at most 998 characters.
const LONGEST_ADDRESS: usize = 900;

/// The fields that bulk mail bears (RFC 8058 §3.1): the service is to leave them and to sign them. Without
/// the query, where tokens are; whoever presses the button unsubscribes nobody.
fn unsubscribing(stream: &Stream) -> Option<String> {
    let url = stream.one_click.as_ref().filter(|_| stream.bulk)?;
    let address = format!("https://{}{}", url.host, url.path());
    (address.len() <= LONGEST_ADDRESS).then(|| {
        format!(
            "List-Unsubscribe: <{address}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        )
    })
}
