//! Submits one message to each seed, then looks for it in its mailbox.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt};

use super::facts::{ProbeFacts, SeedEnd, SeedFacts};
use super::message::{Outgoing, outgoing};
use super::received::{sent_from, verdicts};
use crate::kernel::{
    FoundMessage, MailboxError, MailboxQuery, MailboxReading, ProbeSpec, Reason, Reply, Seed,
    SmtpTranscript, Stage, StoppedBy, View,
};
use crate::records::special::is_public;

/// Messages under way at once.
const AT_ONCE: usize = 10;

/// The retries that a real sender makes after 4yz.
const RETRIES: [TimeDelta; 4] =
    [TimeDelta::seconds(30), TimeDelta::minutes(2), TimeDelta::minutes(5), TimeDelta::minutes(15)];

/// INTERNALDATE has whole seconds, and clocks differ a little.
const CLOCK_GRACE: TimeDelta = TimeDelta::seconds(2);

pub async fn observe(view: &View<'_>) -> ProbeFacts {
    let Some(probe) = &view.target.probe else { return ProbeFacts::default() };
    let following: Vec<_> = probe.seeds.iter().map(|seed| follow(view, probe, seed)).collect();
    let followed: Vec<(SeedFacts, Option<IpAddr>)> =
        stream::iter(following).buffered(AT_ONCE).collect().await;
    let public = |ip: &IpAddr| is_public(*ip, &view.vantage.own_networks);
    let sending_ips: BTreeSet<IpAddr> =
        followed.iter().filter_map(|(_, ip)| *ip).filter(public).collect();
    ProbeFacts {
        seeds: followed.into_iter().map(|(seed, _)| seed).collect(),
        sending_ips: sending_ips.into_iter().collect(),
    }
}

/// One message from its submission to its end, with the address it was seen to come from.
async fn follow(view: &View<'_>, probe: &ProbeSpec, seed: &Seed) -> (SeedFacts, Option<IpAddr>) {
    let begun = view.clock.now();
    let within =
        TimeDelta::milliseconds(i64::try_from(probe.deliver_within_ms).unwrap_or(i64::MAX / 8));
    let give_up = begun + within * 4;
    let message = outgoing(probe, seed, view.vantage, begun);
    let facts = |end| SeedFacts { address: seed.address.clone(), end };
    if let Some(end) = submit(view, &message, give_up).await {
        return (facts(end), None);
    }
    let submitted = view.clock.now();
    match find(view, seed, &message, within, give_up).await {
        Ok(Some(found)) => {
            let end = SeedEnd::Arrived {
                folder: found.folder,
                junk: found.junk,
                late: found.stored_at > submitted + within + CLOCK_GRACE,
                verdicts: verdicts(&found.header, probe),
            };
            (facts(end), sent_from(&found.header))
        }
        Ok(None) => (facts(SeedEnd::Missing), None),
        Err(reason) => (facts(SeedEnd::Unknown { reason }), None),
    }
}

/// Submits, with the retries of a real sender; nothing if the message was taken.
async fn submit(view: &View<'_>, message: &Outgoing, give_up: DateTime<Utc>) -> Option<SeedEnd> {
    let mut retries = RETRIES.iter();
    loop {
        let transcript = view.net.smtp(message.script.clone()).await;
        let end = end_of(&transcript)?;
        let next = retries.next().map(|wait| view.clock.now() + *wait).filter(|at| *at < give_up);
        match (&end, next) {
            (SeedEnd::Deferred { .. }, Some(at)) => view.clock.sleep_until(at).await,
            _ => return Some(end),
        }
    }
}

/// How a submission that was not taken ended.
fn end_of(transcript: &SmtpTranscript) -> Option<SeedEnd> {
    let stage = transcript.end.stage;
    if transcript.reply(Stage::Message).is_some_and(Reply::is_positive) {
        return None;
    }
    let unsubmitted = |why: &str| Some(SeedEnd::Unsubmitted { why: why.to_owned() });
    match &transcript.end.by {
        StoppedBy::Unknown(reason) => Some(SeedEnd::Unknown { reason: *reason }),
        StoppedBy::Closed => Some(SeedEnd::Unknown { reason: Reason::Network }),
        StoppedBy::ConnectionRefused => unsubmitted("connection-refused"),
        StoppedBy::NoAddress => unsubmitted("no-address"),
        StoppedBy::NotSmtp => unsubmitted("not-smtp"),
        StoppedBy::NotOffered => unsubmitted("not-offered"),
        StoppedBy::TlsFailed(words) => unsubmitted(words),
        StoppedBy::Reply | StoppedBy::Done => {
            let reply = transcript
                .steps
                .iter()
                .rev()
                .find(|step| step.stage == stage)
                .map(|step| &step.reply)?;
            let (code, text) = (reply.code, canonical(&reply.line()));
            Some(match stage {
                Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Message
                    if reply.is_permanent() =>
                {
                    SeedEnd::Refused { stage, code, reply: text }
                }
                Stage::Auth if reply.is_permanent() => SeedEnd::Unsubmitted { why: text },
                _ if reply.is_transient() => SeedEnd::Deferred { stage, code, reply: text },
                _ => SeedEnd::Unsubmitted { why: text },
            })
        }
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

/// Looks into the mailbox again and again, with growing gaps.
async fn find(
    view: &View<'_>,
    seed: &Seed,
    message: &Outgoing,
    within: TimeDelta,
    give_up: DateTime<Utc>,
) -> Result<Option<FoundMessage>, Reason> {
    let mut gap = (within / 20).clamp(TimeDelta::milliseconds(200), TimeDelta::seconds(15));
    let query = MailboxQuery {
        kind: seed.kind,
        host: seed.host.clone(),
        port: seed.port,
        user: seed.user.clone(),
        secret: seed.secret.clone(),
        message_id: message.id.clone(),
    };
    loop {
        let unreadable = match view.net.mailbox(query.clone()).await {
            MailboxReading::Read(report) => match report.found.into_iter().next() {
                Some(found) => return Ok(Some(found)),
                None => None,
            },
            MailboxReading::Failed { error } => Some(reason_of(&error)),
        };
        let next = view.clock.now() + gap;
        if next >= give_up {
            return unreadable.map_or(Ok(None), Err);
        }
        view.clock.sleep_until(next).await;
        gap = (gap + gap / 2).min(TimeDelta::seconds(15));
    }
}

fn reason_of(error: &MailboxError) -> Reason {
    match error {
        MailboxError::Login => Reason::Refused,
        MailboxError::Tls(_) | MailboxError::Protocol(_) => Reason::Network,
        MailboxError::Unreachable(reason) => *reason,
    }
}
