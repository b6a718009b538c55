//! Submits one message to each seed, then looks for it in its mailbox.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt};

use super::facts::{ProbeFacts, SeedEnd, SeedFacts};
use super::message::{Outgoing, outgoing};
use super::received::{sent_from, verdicts};
use crate::kernel::{
    MailboxError, MailboxQuery, MailboxReading, ProbeSpec, Reason, Reply, Seed, SmtpTranscript,
    Stage, StoppedBy, View,
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
    let begun = view.clock.now();
    let within =
        TimeDelta::milliseconds(i64::try_from(probe.deliver_within_ms).unwrap_or(i64::MAX / 8));
    let give_up = begun + within * 4;
    let sending: Vec<_> = probe.seeds.iter().map(|seed| send(view, probe, seed, give_up)).collect();
    let mut sent: Vec<Sent<'_>> = stream::iter(sending).buffered(AT_ONCE).collect().await;
    find_all(view, probe, &mut sent, within, give_up).await;
    let public = |ip: &IpAddr| is_public(*ip, &view.vantage.own_networks);
    let sending_ips: BTreeSet<IpAddr> =
        sent.iter().filter_map(|sent| sent.from).filter(public).collect();
    let seeds = sent.into_iter().map(|sent| SeedFacts {
        address: sent.seed.address.clone(),
        end: sent.end.unwrap_or(SeedEnd::Missing),
    });
    ProbeFacts { seeds: seeds.collect(), sending_ips: sending_ips.into_iter().collect() }
}

/// A message and what is known of it so far.
struct Sent<'a> {
    seed: &'a Seed,
    message: Outgoing,
    submitted: DateTime<Utc>,
    /// Nothing while it may still arrive.
    end: Option<SeedEnd>,
    /// The address that its receiver saw it come from.
    from: Option<IpAddr>,
}

async fn send<'a>(
    view: &View<'_>,
    probe: &ProbeSpec,
    seed: &'a Seed,
    give_up: DateTime<Utc>,
) -> Sent<'a> {
    let message = outgoing(probe, seed, view.vantage, view.clock.now());
    let end = submit(view, &message, give_up).await;
    Sent { seed, message, submitted: view.clock.now(), end, from: None }
}

/// Looks into the mailboxes of all that may still arrive, again and again with growing gaps, so that
/// a mailbox that stays empty keeps nobody else waiting.
async fn find_all(
    view: &View<'_>,
    probe: &ProbeSpec,
    sent: &mut [Sent<'_>],
    within: TimeDelta,
    give_up: DateTime<Utc>,
) {
    let mut gap = (within / 20).clamp(TimeDelta::milliseconds(200), TimeDelta::seconds(15));
    loop {
        let waiting: Vec<&mut Sent<'_>> =
            sent.iter_mut().filter(|sent| sent.end.is_none()).collect();
        if waiting.is_empty() {
            return;
        }
        let next = view.clock.now() + gap;
        let is_last = next >= give_up;
        let looks: Vec<_> =
            waiting.into_iter().map(|sent| look(view, probe, sent, within, is_last)).collect();
        stream::iter(looks).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        if is_last {
            return;
        }
        view.clock.sleep_until(next).await;
        gap = (gap + gap / 2).min(TimeDelta::seconds(15));
    }
}

/// One look into one mailbox.
async fn look(
    view: &View<'_>,
    probe: &ProbeSpec,
    sent: &mut Sent<'_>,
    within: TimeDelta,
    is_last: bool,
) {
    let query = MailboxQuery {
        kind: sent.seed.kind,
        host: sent.seed.host.clone(),
        port: sent.seed.port,
        user: sent.seed.user.clone(),
        secret: sent.seed.secret.clone(),
        message_id: sent.message.id.clone(),
    };
    match view.net.mailbox(query).await {
        MailboxReading::Read(report) => {
            let Some(found) = report.found.into_iter().next() else { return };
            sent.from = sent_from(&found.header);
            sent.end = Some(SeedEnd::Arrived {
                folder: found.folder,
                junk: found.junk,
                late: found.stored_at > sent.submitted + within + CLOCK_GRACE,
                verdicts: verdicts(&found.header, probe),
            });
        }
        // An account that is refused is refused again, and would be locked in the end.
        MailboxReading::Failed { error } if is_last || is_final(&error) => {
            sent.end = Some(SeedEnd::Unknown { reason: reason_of(&error) });
        }
        MailboxReading::Failed { .. } => {}
    }
}

fn is_final(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Login | MailboxError::Tls(_) | MailboxError::Protocol(_))
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

fn reason_of(error: &MailboxError) -> Reason {
    match error {
        MailboxError::Login => Reason::Refused,
        MailboxError::Tls(_) | MailboxError::Protocol(_) => Reason::Network,
        MailboxError::Unreachable(reason) => *reason,
    }
}
