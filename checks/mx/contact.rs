//! What a conversation says of an address: does a mail host greet there?

use serde::{Deserialize, Serialize};

use crate::kernel::{Reason, SmtpTranscript, Stage, StoppedBy};
use crate::records::smtp_reply;

/// How port 25 of an address took our connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contact {
    /// 220: it takes mail.
    Greets,
    /// Nobody listens: connection refused.
    Refuses,
    /// It greets with 5yz and does not speak of us.
    Rejects,
    /// It turns us away for who we are or how often we come: nothing is known of others.
    Blocked,
    /// What answers does not speak SMTP.
    NotSmtp,
    /// No connection, or no greeting, in the time that we wait.
    Silent,
    /// The network does not carry us there, as when we have no IPv6.
    NoRoute,
    Untold {
        reason: Reason,
    },
}

impl Contact {
    /// What the beginning of a conversation says.
    pub fn of(transcript: &SmtpTranscript) -> Self {
        if let Some(greeting) = transcript.reply(Stage::Greeting) {
            return match greeting.code {
                220 => Self::Greets,
                _ if smtp_reply::blames_client(greeting, transcript.address) => Self::Blocked,
                _ if greeting.is_permanent() => Self::Rejects,
                _ if greeting.is_transient() => Self::Untold { reason: Reason::RateLimited },
                _ => Self::Untold { reason: Reason::Malformed },
            };
        }
        match &transcript.end.by {
            StoppedBy::ConnectionRefused => Self::Refuses,
            // Without an address nobody was asked: the time that the whole may take had run out.
            StoppedBy::Unknown(Reason::Timeout) if transcript.address.is_some() => Self::Silent,
            StoppedBy::Unknown(Reason::Network) if transcript.end.stage == Stage::Connect => {
                Self::NoRoute
            }
            StoppedBy::Unknown(reason) => Self::Untold { reason: *reason },
            StoppedBy::NotSmtp => Self::NotSmtp,
            StoppedBy::Closed | StoppedBy::NoAddress => Self::Untold { reason: Reason::Network },
            _ => Self::Untold { reason: Reason::Malformed },
        }
    }

    /// Definitely no mail is taken there.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Refuses | Self::Rejects)
    }

    /// A connection came about and somebody spoke: port 25 is open from here.
    pub fn proves_egress(self) -> bool {
        match self {
            Self::Greets | Self::Rejects | Self::Blocked | Self::NotSmtp => true,
            Self::Untold { reason } => matches!(reason, Reason::RateLimited | Reason::Malformed),
            Self::Refuses | Self::Silent | Self::NoRoute => false,
        }
    }

    /// No connection came about, whoever is to blame.
    pub fn is_out_of_reach(self) -> bool {
        matches!(self, Self::Refuses | Self::Silent | Self::NoRoute)
    }

    /// Why it could not be told whether mail is taken there.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Greets | Self::Refuses | Self::Rejects => None,
            Self::Blocked => Some(Reason::RateLimited),
            Self::NotSmtp => Some(Reason::Malformed),
            Self::Silent => Some(Reason::Timeout),
            Self::NoRoute => Some(Reason::Network),
            Self::Untold { reason } => Some(reason),
        }
    }
}

/// Whether port 25 of hosts that always greet could be reached from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    Passed,
    /// Every control host was asked and none could be reached.
    Failed,
    /// There is no control host.
    Off,
    /// Not every control host could be resolved or asked: proves nothing.
    Unknown,
}
