//! What became of each message of a round. No timing, no queue ids: equal worlds give equal facts.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{Name, Reason, SeenGreeting, Stage};
use crate::records::unsubscribe::OneClickHeader;

/// The facts of the check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeFacts {
    /// In the order of the probe's seeds.
    pub seeds: Vec<SeedFacts>,
    /// The public addresses that receivers saw the messages come from, sorted.
    pub sending_ips: Vec<IpAddr>,
    /// What receivers saw given in EHLO from these addresses, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub greetings: Vec<SeenGreeting>,
}

/// One seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedFacts {
    pub address: String,
    #[serde(flatten)]
    pub end: SeedEnd,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum SeedEnd {
    /// The submission host does not take mail from the probe; `why` is a short word or its reply.
    Unsubmitted {
        why: String,
    },
    /// 5yz: for good.
    Refused {
        stage: Stage,
        code: u16,
        reply: String,
    },
    /// 4yz, also after the retries.
    Deferred {
        stage: Stage,
        code: u16,
        reply: String,
        /// It was still so when four times `deliver_within` had passed.
        to_the_end: bool,
    },
    /// A report came back that it could not be delivered.
    Bounced(Bounce),
    Arrived(Arrival),
    /// Accepted, and in no folder in time.
    Missing,
    /// Nothing is known of it, since this step of its way could not tell.
    Unknown {
        step: FollowedStep,
        reason: Reason,
    },
}

/// What a report says of the message (RFC 3464 §2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounce {
    /// The enhanced status code, such as `5.1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The words of the host that refused it, or of the one that gave up.
    pub reply: String,
    /// The host that reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter: Option<String>,
}

/// A message in its mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    pub folder: String,
    pub junk: bool,
    /// It came after `deliver_within`, by the receiving server's clock.
    pub late: bool,
    /// Where a late message stayed longest: the host that wrote so in its Received field, or the
    /// host of the mailbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest_hop: Option<String>,
    /// The receiver's verdicts, or ours where it wrote none; absent where none can be expected, and
    /// where it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<Verdicts>,
    /// It crossed the internet, and neither its receiver nor we could tell what its authentication is
    /// worth: why, as a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjudged: Option<String>,
    /// What is not as it was sent: `subject`, `body`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub altered: Vec<String>,
    /// More than one copy lies in the folder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicated: bool,
    /// The tab beside the main one that the provider shows it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab: Option<String>,
    /// What its header says of unsubscribing, of a bulk stream that does say something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_click: Option<Box<OneClickHeader>>,
    /// The seals of the forwarders that it came by, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seals: Vec<Seal>,
}

/// An ARC-Seal field (RFC 8617 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seal {
    pub instance: u8,
    pub domain: Name,
    pub selector: String,
    /// What it says of the chain before it: `none`, `pass`, `fail`.
    pub verdict: String,
}

/// A step on the way of a message that we take part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum FollowedStep {
    /// Handing it in.
    Submission,
    /// Looking for it.
    Mailbox,
    /// Looking where it would come back to.
    Returns,
}

/// What is said of a message's authentication (RFC 8601).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    pub spf: Option<String>,
    pub dkim: Option<String>,
    pub dmarc: Option<String>,
    /// SPF is a pass that aligns with From.
    pub spf_aligns: bool,
    /// DKIM is a pass that aligns with From.
    pub dkim_aligns: bool,
    /// DMARC is a pass or, where it has no verdict, SPF or DKIM is one that aligns.
    pub authenticated: bool,
    /// What the receiver did not write of them is ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ours: bool,
}

/// What the delivery rate needs of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Arrived,
    Junk,
    Refused,
    Deferred,
    Missing,
    Unknown,
}

impl SeedEnd {
    /// How it counts, and the reply or folder in one line.
    pub fn delivery(&self) -> (Delivery, &str) {
        match self {
            Self::Arrived(Arrival { junk: false, folder, .. }) => (Delivery::Arrived, folder),
            Self::Arrived(Arrival { folder, .. }) => (Delivery::Junk, folder),
            Self::Refused { reply, .. } | Self::Bounced(Bounce { reply, .. }) => {
                (Delivery::Refused, reply)
            }
            Self::Deferred { reply, .. } => (Delivery::Deferred, reply),
            Self::Missing => (Delivery::Missing, ""),
            Self::Unsubmitted { why } => (Delivery::Unknown, why),
            Self::Unknown { .. } => (Delivery::Unknown, ""),
        }
    }
}
