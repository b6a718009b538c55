//! How does an SMTP host behave? As a good one by default; every fault is one field.
//! Manners may change while the host runs; the next reply follows the new ones.

use crate::ca::CertificateKind;
use crate::old_tls::OldTls;
use std::collections::HashMap;
use std::time::Duration;
use vigie_scenario::Handling;

/// A point of the conversation at which a host may answer its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// EHLO or HELO.
    Ehlo,
    /// STARTTLS.
    StartTls,
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

/// What a client sees on connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Opening {
    /// A greeting.
    #[default]
    Greets,
    /// Nothing, as long as it waits.
    Silent,
    /// Lines of a greeting that has no last one.
    Endless,
}

/// How strictly a receiver looks at who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Takes everything, and writes down what it found.
    #[default]
    Nobody,
    /// Takes what SPF passes.
    Spf,
    /// Does with what fails DMARC as the policy says.
    Dmarc,
    /// Takes everything, and files what fails SPF or DMARC as junk.
    Junk,
}

/// The behaviour of a host, faults included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpManners {
    /// What a client sees first.
    pub opening: Opening,
    /// The greeting instead of `220 NAME ESMTP`, in full, right or wrong.
    pub greeting: Option<String>,
    /// The pause before the greeting.
    pub greeting_after: Duration,
    /// Whether passwords are taken before encryption.
    pub auth_in_plain: bool,
    /// Whether VRFY tells who exists.
    pub confirms_users: bool,
    /// What it accepts that is out of date.
    pub old_tls: OldTls,
    /// Whether STARTTLS is offered; `false` also plays a middlebox that strips it.
    pub starttls: bool,
    /// The certificate shown; `None` makes the handshake fail.
    pub certificate: Option<CertificateKind>,
    /// Replies instead of the usual ones. A refusal also keeps the command from being carried out.
    pub replies: HashMap<Stage, String>,
    /// How mail is judged.
    pub judges: Strictness,
    /// The pause before each reply (a tarpit).
    pub delay: Duration,
    /// Where the host hangs up instead of answering.
    pub disconnects_at: Option<Stage>,
    /// Whether the first RCPT of each (address, sender, recipient) is put off with 451.
    pub greylists: bool,
    /// What becomes of the mail it took.
    pub handles: Handling,
}

impl Default for SmtpManners {
    fn default() -> Self {
        Self {
            opening: Opening::Greets,
            greeting: None,
            greeting_after: Duration::ZERO,
            auth_in_plain: false,
            confirms_users: false,
            old_tls: OldTls::default(),
            starttls: true,
            certificate: Some(CertificateKind::Valid),
            replies: HashMap::new(),
            judges: Strictness::Nobody,
            delay: Duration::ZERO,
            disconnects_at: None,
            greylists: false,
            handles: Handling::default(),
        }
    }
}
