//! What a host is asked only with its owner's consent: does it relay for anybody, has it the mailboxes
//! that it must have, does it tell who exists? MAIL and RCPT are sent, a message never.

use serde::{Deserialize, Serialize};

use crate::kernel::{Ask, Name, Reply, SmtpTranscript, Stage, Vantage};
use crate::records::smtp_reply;

/// Who a stranger's mail would be from and to: domains that are nobody's (RFC 2606 §3).
const STRANGER: &str = "relay-test@example.org";
const ELSEWHERE: &str = "relay-test@example.net";

/// What a host answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// MAIL FROM:<>, as bounces have it.
    pub null_sender: Told,
    pub postmaster: Told,
    pub abuse: Told,
    /// A mailbox that does not exist.
    pub nobody: Told,
    /// From a stranger to a stranger.
    pub relay: Told,
    /// The same with a source route over this domain.
    pub routed_relay: Told,
    pub verify_postmaster: Told,
    pub verify_nobody: Told,
    pub expand: Told,
}

/// An answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    Taken {
        code: u16,
    },
    /// Refused for good, and not for who we are.
    Refused {
        code: u16,
    },
    Untold,
}

impl Told {
    fn of(reply: Option<&Reply>) -> Self {
        match reply {
            Some(reply) if reply.is_positive() => Self::Taken { code: reply.code },
            Some(reply) if reply.is_permanent() && !smtp_reply::blames_client(reply, None) => {
                Self::Refused { code: reply.code }
            }
            _ => Self::Untold,
        }
    }

    pub fn is_taken(self) -> bool {
        matches!(self, Self::Taken { .. })
    }

    pub fn is_refused(self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether VRFY or EXPN told something (252 does not, RFC 5321 §3.5.3).
    pub fn is_disclosed(self) -> bool {
        matches!(self, Self::Taken { code: 250 | 251 })
    }
}

/// What is asked of a host of the domain.
pub fn questions(domain: &Name, vantage: &Vantage) -> Vec<Ask> {
    let bounce = |to: String| Ask::Envelope { mail_from: String::new(), rcpt_to: to };
    let relay = |to: String| Ask::Envelope { mail_from: STRANGER.to_owned(), rcpt_to: to };
    vec![
        bounce(format!("postmaster@{domain}")),
        bounce(format!("abuse@{domain}")),
        bounce(format!("{}@{domain}", nobody(vantage))),
        relay(ELSEWHERE.to_owned()),
        relay(routed(domain)),
        Ask::Verify { user: format!("postmaster@{domain}") },
        Ask::Verify { user: format!("{}@{domain}", nobody(vantage)) },
        Ask::Expand { list: "postmaster".to_owned() },
    ]
}

/// RFC 5321 §4.1.1.3: a source route is ignored, so the address behind it counts.
fn routed(domain: &Name) -> String {
    format!("@{domain}:{ELSEWHERE}")
}

fn nobody(vantage: &Vantage) -> String {
    format!("no-such-mailbox-{:08x}", vantage.salt & 0xffff_ffff)
}

impl Answers {
    /// Reads the answers to [`questions`].
    pub fn of(said: &SmtpTranscript, domain: &Name, vantage: &Vantage) -> Self {
        let told = |stage: Stage, sent: String| {
            let step = said
                .steps
                .iter()
                .find(|step| step.stage == stage && step.sent.as_deref() == Some(sent.as_str()));
            Told::of(step.map(|step| &step.reply))
        };
        let rcpt = |to: String| told(Stage::Rcpt, format!("RCPT TO:<{to}>"));
        let verify = |user: &str| told(Stage::Verify, format!("VRFY {user}@{domain}"));
        Self {
            null_sender: told(Stage::Mail, "MAIL FROM:<>".to_owned()),
            postmaster: rcpt(format!("postmaster@{domain}")),
            abuse: rcpt(format!("abuse@{domain}")),
            nobody: rcpt(format!("{}@{domain}", nobody(vantage))),
            relay: rcpt(ELSEWHERE.to_owned()),
            routed_relay: rcpt(routed(domain)),
            verify_postmaster: verify("postmaster"),
            verify_nobody: verify(&nobody(vantage)),
            expand: told(Stage::Expand, "EXPN postmaster".to_owned()),
        }
    }
}
