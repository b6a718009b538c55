//! How did handing in a message end, and when is it tried again? (RFC 5321 §4.2.1, 4.5.4.1)

use std::net::IpAddr;

use chrono::TimeDelta;

use super::facts::{FollowedStep, SeedEnd};
use crate::kernel::{Reason, Reply, SmtpTranscript, Stage, StoppedBy};

/// After 4yz a real sender tries again 30 s, 2, 5 and 15 min later, each after the last.
const RETRIES: [TimeDelta; 4] = [
    TimeDelta::seconds(30),
    TimeDelta::seconds(150),
    TimeDelta::seconds(450),
    TimeDelta::seconds(1350),
];

/// When a message is tried again, counted from its first try.
pub struct Schedule {
    retries: Vec<TimeDelta>,
    cut: bool,
}

impl Schedule {
    /// The retries that fit into the time; where it is too short for all of them, the last try is
    /// at its end.
    pub fn within(time: TimeDelta) -> Self {
        let mut retries: Vec<TimeDelta> =
            RETRIES.into_iter().filter(|after| *after < time).collect();
        let cut = retries.len() < RETRIES.len();
        if cut {
            retries.push(time);
        }
        Self { retries, cut }
    }

    pub fn tries(&self) -> impl Iterator<Item = TimeDelta> {
        self.retries.iter().copied()
    }

    /// Whether the last try is at the end of the time.
    pub fn lasts_to_the_end(&self) -> bool {
        self.cut
    }
}

/// How a submission that was not taken ended; nothing if it was. `to_the_end` is of the last try.
pub fn end_of(transcript: &SmtpTranscript, to_the_end: bool) -> Option<SeedEnd> {
    if transcript.reply(Stage::Message).is_some_and(Reply::is_positive) {
        return None;
    }
    let unsubmitted = |why: &str| Some(SeedEnd::Unsubmitted { why: why.to_owned() });
    let unknown = |reason| Some(SeedEnd::Unknown { step: FollowedStep::Submission, reason });
    match &transcript.end.by {
        StoppedBy::Unknown(reason) => unknown(*reason),
        StoppedBy::Closed => unknown(Reason::Network),
        StoppedBy::ConnectionRefused => unsubmitted("connection-refused"),
        StoppedBy::NoAddress => unsubmitted("no-address"),
        StoppedBy::NotSmtp => unsubmitted("not-smtp"),
        StoppedBy::NotOffered => unsubmitted("not-offered"),
        StoppedBy::TlsFailed(words) => unsubmitted(words),
        StoppedBy::Reply | StoppedBy::Done => {
            let stage = transcript.end.stage;
            Some(match transcript.reply(stage) {
                Some(reply) => refusal(stage, reply, to_the_end),
                // A tape that was cut: there is an end, and no reply.
                None => {
                    SeedEnd::Unknown { step: FollowedStep::Submission, reason: Reason::NotRecorded }
                }
            })
        }
    }
}

fn refusal(stage: Stage, reply: &Reply, to_the_end: bool) -> SeedEnd {
    let (code, text) = (reply.code, canonical(&reply.line()));
    match stage {
        _ if reply.is_transient() => SeedEnd::Deferred { stage, code, reply: text, to_the_end },
        Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Message if reply.is_permanent() => {
            SeedEnd::Refused { stage, code, reply: text }
        }
        _ => SeedEnd::Unsubmitted { why: text },
    }
}

/// A reply without what differs from one message to the next: queue ids and the like.
fn canonical(reply: &str) -> String {
    let is_address = |word: &str| {
        word.trim_matches(['[', ']', '(', ')', ',', '.', ';']).parse::<IpAddr>().is_ok()
    };
    let is_id = |word: &&str| {
        word.len() > 11
            && word.chars().any(|c| c.is_ascii_digit())
            && !word.contains('@')
            && !is_address(word)
    };
    let words = reply.split(' ').filter(|word| !is_id(word) || word.contains("://"));
    words.collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
