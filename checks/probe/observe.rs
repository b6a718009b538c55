//! Submits one message to each seed, then looks for it in its mailbox.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt};

use super::bounce::bounce;
use super::compare::{altered, is_unaltered};
use super::facts::{Arrival, FollowedStep, ProbeFacts, SeedEnd, SeedFacts, Verdicts};
use super::judge::stream_of;
use super::message::{Outgoing, outgoing};
use super::own_verdicts::{Seen, own_verdicts};
use super::received::{Trace, fields, return_path, seals};
use super::submission::{Schedule, end_of};
use super::verdicts::{Written, of_signature};
use crate::kernel::{
    FoundMessage, MailboxError, MailboxQuery, MailboxReading, MailboxReport, Name, ProbeSpec,
    Reason, Seed, SeenGreeting, Sought, Stream, View,
};
use crate::records::unsubscribe::OneClickHeader;

/// Messages under way at once.
const AT_ONCE: usize = 10;

/// INTERNALDATE has whole seconds, and clocks differ a little.
const CLOCK_GRACE: TimeDelta = TimeDelta::seconds(2);

/// A server on the way does not say where it took the message from.
const ORIGIN_HIDDEN: &str = "origin-hidden";

/// Further copies of a message are counted so long after the first.
const COPIES_AFTER: TimeDelta = TimeDelta::seconds(5);

pub async fn observe(view: &View<'_>) -> ProbeFacts {
    let Some(probe) = &view.target.probe else { return ProbeFacts::default() };
    let round = Round::of(view, probe);
    let sending: Vec<_> = probe.seeds.iter().map(|seed| round.send(seed)).collect();
    let mut sent: Vec<Sent<'_>> = stream::iter(sending).buffered(AT_ONCE).collect().await;
    round.find_all(&mut sent).await;
    round.count_copies(&mut sent).await;
    let sending_ips: BTreeSet<IpAddr> = sent.iter().filter_map(|sent| sent.from).collect();
    let greetings: BTreeSet<SeenGreeting> = sent
        .iter()
        .filter_map(|sent| Some(SeenGreeting { address: sent.from?, helo: sent.helo.clone()? }))
        .collect();
    let seeds = sent.into_iter().map(|sent| SeedFacts {
        address: sent.seed.address.clone(),
        end: sent.end.unwrap_or_else(|| round.unseen(sent.taken_at)),
    });
    ProbeFacts {
        seeds: seeds.collect(),
        sending_ips: sending_ips.into_iter().collect(),
        greetings: greetings.into_iter().collect(),
    }
}

/// A message and what is known of it so far.
struct Sent<'a> {
    seed: &'a Seed,
    message: Outgoing,
    taken_at: DateTime<Utc>,
    /// Nothing while it may still arrive.
    end: Option<SeedEnd>,
    /// The mailbox for reports refused us, and is not asked again.
    returns_shut: Option<Reason>,
    /// The public address that its receiver saw it come from, and the name given there in EHLO.
    from: Option<IpAddr>,
    helo: Option<String>,
}

/// What the messages of a round share.
struct Round<'a> {
    view: &'a View<'a>,
    probe: &'a ProbeSpec,
    stream: Option<&'a Stream>,
    within: TimeDelta,
    /// Four times `within` after the round began, or earlier where less is given.
    give_up: DateTime<Utc>,
    /// Less is given: what is not known then may still come.
    cut: bool,
}

impl<'a> Round<'a> {
    fn of(view: &'a View<'_>, probe: &'a ProbeSpec) -> Self {
        let ms = i64::try_from(probe.deliver_within_ms).unwrap_or(i64::MAX);
        // A year is longer than any message is waited for.
        let within = TimeDelta::milliseconds(ms.min(365 * 86_400_000));
        let stream = stream_of(probe, &view.target.streams);
        let most = probe.most_ms.and_then(|ms| i64::try_from(ms).ok()).map(TimeDelta::milliseconds);
        let most = most.filter(|most| *most < within * 4);
        let give_up = view.now + most.unwrap_or(within * 4);
        Self { view, probe, stream, within, give_up, cut: most.is_some() }
    }

    /// What a message came to that no mailbox held until the end. What a host took at last, after it
    /// had put us off, has not had its time then.
    fn unseen(&self, taken_at: DateTime<Utc>) -> SeedEnd {
        if self.cut || self.give_up - taken_at < self.within {
            SeedEnd::Unknown { step: FollowedStep::Mailbox, reason: Reason::Timeout }
        } else {
            SeedEnd::Missing
        }
    }

    async fn send(&self, seed: &'a Seed) -> Sent<'a> {
        let message = outgoing(self.probe, self.stream, seed, self.view.vantage, self.view.now);
        let submitted = self.submit(&message).await;
        let taken_at = *submitted.as_ref().unwrap_or(&self.view.now);
        Sent {
            seed,
            message,
            taken_at,
            end: submitted.err(),
            returns_shut: None,
            from: None,
            helo: None,
        }
    }

    /// Submits with the retries of a real sender; when the host took the message.
    async fn submit(&self, message: &Outgoing) -> Result<DateTime<Utc>, SeedEnd> {
        let View { net, clock, .. } = self.view;
        let begun = clock.now();
        let schedule = Schedule::within(self.within * 4);
        let mut tries = schedule.tries();
        loop {
            let transcript = net.smtp(message.script.clone()).await;
            let Some(end) = end_of(&transcript, schedule.lasts_to_the_end()) else {
                return Ok(transcript.taken_at.unwrap_or_else(|| clock.now()));
            };
            match (&end, tries.next()) {
                // It was not tried as long as a sender would.
                (SeedEnd::Deferred { .. }, Some(after))
                    if self.cut && begun + after >= self.give_up =>
                {
                    let (step, reason) = (FollowedStep::Submission, Reason::Timeout);
                    return Err(SeedEnd::Unknown { step, reason });
                }
                (SeedEnd::Deferred { .. }, Some(after)) => {
                    clock.sleep_until((begun + after).min(self.give_up)).await;
                }
                _ => return Err(end),
            }
        }
    }

    /// Looks into the mailboxes of all that may still arrive, again and again with growing gaps, so
    /// that a mailbox that stays empty keeps nobody else waiting.
    async fn find_all(&self, sent: &mut [Sent<'a>]) {
        let clock = self.view.clock;
        let longest = TimeDelta::seconds(15);
        let mut gap = (self.within / 20).clamp(TimeDelta::milliseconds(200), longest);
        loop {
            let waiting: Vec<_> = sent.iter_mut().filter(|sent| sent.end.is_none()).collect();
            let now = clock.now();
            let is_last = now >= self.give_up;
            let looks: Vec<_> = waiting.into_iter().map(|sent| self.look(sent, is_last)).collect();
            stream::iter(looks).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
            if is_last || sent.iter().all(|sent| sent.end.is_some()) {
                return;
            }
            clock.sleep_until((now + gap).min(self.give_up)).await;
            gap = (gap + gap / 2).min(longest);
        }
    }

    /// One look for one message, and for a report on it. Before the last one, what it cannot tell may
    /// still be told.
    async fn look(&self, sent: &mut Sent<'a>, is_last: bool) {
        let unknown = |reason| SeedEnd::Unknown { step: FollowedStep::Mailbox, reason };
        let elsewhere = self.probe.returns.as_ref();
        let sought = if elsewhere.is_some() { Sought::Copies } else { Sought::Either };
        match self.view.net.mailbox(self.query(sent, sent.seed, sought)).await {
            MailboxReading::Read(MailboxReport { found, reports, unread }) => {
                match (found.first(), reports.iter().find_map(|report| bounce(report))) {
                    (Some(message), _) => self.arrived(sent, message, found.len()).await,
                    (None, Some(bounce)) => sent.end = Some(SeedEnd::Bounced(bounce)),
                    (None, None) if is_last => sent.end = unread.map(unknown),
                    (None, None) => {}
                }
            }
            MailboxReading::Failed { error } if is_last || is_final(&error) => {
                sent.end = Some(unknown(reason_of(&error)));
            }
            MailboxReading::Failed { .. } => {}
        }
        let is_known = matches!(sent.end, Some(SeedEnd::Arrived(_) | SeedEnd::Bounced(_)));
        if let Some(returns) = elsewhere.filter(|_| !is_known) {
            self.look_for_report(sent, returns, is_last).await;
        }
    }

    /// Whether a message is missing or came back cannot be told where reports cannot be read.
    async fn look_for_report(&self, sent: &mut Sent<'a>, returns: &Seed, is_last: bool) {
        let mut why_not = sent.returns_shut;
        if why_not.is_none() {
            match self.view.net.mailbox(self.query(sent, returns, Sought::Reports)).await {
                MailboxReading::Read(MailboxReport { reports, .. }) => {
                    let bounced = reports.iter().find_map(|report| bounce(report));
                    sent.end = bounced.map(SeedEnd::Bounced).or_else(|| sent.end.take());
                }
                MailboxReading::Failed { error } => {
                    why_not = Some(reason_of(&error));
                    sent.returns_shut = why_not.filter(|_| is_final(&error));
                }
            }
        }
        if let Some(reason) = why_not.filter(|_| is_last && sent.end.is_none()) {
            sent.end = Some(SeedEnd::Unknown { step: FollowedStep::Returns, reason });
        }
    }

    /// Copies come one after the other: a moment after the first, they are counted once more.
    async fn count_copies(&self, sent: &mut [Sent<'a>]) {
        let is_one = |sent: &&mut Sent<'a>| matches!(&sent.end, Some(SeedEnd::Arrived(arrival)) if !arrival.duplicated);
        let arrived: Vec<_> = sent.iter_mut().filter(is_one).collect();
        if arrived.is_empty() {
            return;
        }
        let clock = self.view.clock;
        let then = clock.now() + (self.within / 20).min(COPIES_AFTER);
        clock.sleep_until(then.min(self.give_up)).await;
        let counts: Vec<_> = arrived.into_iter().map(|sent| self.count(sent)).collect();
        stream::iter(counts).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    }

    async fn count(&self, sent: &mut Sent<'a>) {
        let query = self.query(sent, sent.seed, Sought::Copies);
        if let (MailboxReading::Read(report), Some(SeedEnd::Arrived(arrival))) =
            (self.view.net.mailbox(query).await, &mut sent.end)
        {
            arrival.duplicated = report.found.len() > 1;
        }
    }

    async fn arrived(&self, sent: &mut Sent<'a>, found: &FoundMessage, copies: usize) {
        let fields = fields(&found.header);
        let trace = Trace::of(&fields, self.view.vantage);
        sent.from = trace.sent_from();
        sent.helo = sent.from.and_then(|address| trace.greeted_as(address));
        let late = found.stored_at > sent.taken_at + self.within + CLOCK_GRACE;
        let host = sent.seed.host.as_str();
        let verdicts = self.verdicts(sent, found, &trace).await;
        sent.end = Some(SeedEnd::Arrived(Arrival {
            folder: found.folder.clone(),
            junk: found.junk,
            late,
            slowest_hop: late.then(|| trace.slowest_hop(sent.taken_at, found.stored_at, host)),
            unjudged: verdicts.as_ref().and_then(|said| said.as_ref().err().cloned()),
            verdicts: verdicts.and_then(Result::ok),
            altered: altered(&sent.message, found),
            duplicated: copies > 1,
            tab: found.tab.clone(),
            one_click: self.one_click(sent, &trace).map(Box::new),
            seals: seals(&fields),
        }));
    }

    /// What the message's authentication is worth. What crossed no public hop, no receiver could
    /// authenticate.
    async fn verdicts(
        &self,
        sent: &Sent<'_>,
        found: &FoundMessage,
        trace: &Trace<'_>,
    ) -> Option<Result<Verdicts, String>> {
        if sent.from.is_none() && !trace.hides_origin() {
            return None;
        }
        let written = Written::read(trace, self.probe);
        if let Some(said) = written.verdicts() {
            return Some(Ok(said));
        }
        let Some(from) = sent.from else { return Some(Err(ORIGIN_HIDDEN.to_owned())) };
        let seen = Seen {
            found,
            from,
            helo: sent.helo.as_deref(),
            relayed: trace.was_relayed(),
            mail_from: return_path(trace.fields()).unwrap_or(&self.probe.mail_from),
            unaltered: is_unaltered(&sent.message, found),
        };
        Some(own_verdicts(self.view, self.probe, &seen, &written).await)
    }

    /// Of a bulk stream, if we wrote the fields or the service did.
    fn one_click(&self, sent: &Sent<'_>, trace: &Trace<'_>) -> Option<OneClickHeader> {
        let stream = self.stream.filter(|stream| stream.bulk)?;
        let has_field = trace.fields().iter().any(|(name, _)| name == "list-unsubscribe");
        if stream.one_click.is_none() && !has_field {
            return None;
        }
        // What crossed no public hop, no receiver could verify.
        let verdict = |domain: &Name, selector: &str| {
            sent.from.and_then(|_| of_signature(trace, self.probe, domain, selector))
        };
        Some(OneClickHeader::read(&stream.name, &self.probe.from, trace.fields(), verdict))
    }

    fn query(&self, sent: &Sent<'_>, mailbox: &Seed, sought: Sought) -> MailboxQuery {
        MailboxQuery {
            kind: mailbox.kind,
            host: mailbox.host.clone(),
            port: mailbox.port,
            user: mailbox.user.clone(),
            secret: mailbox.secret.clone(),
            message_id: sent.message.id.clone(),
            sought,
            // The day before: servers count days in zones of their own.
            since: (self.view.now - TimeDelta::days(1)).date_naive(),
        }
    }
}

/// An account that is refused is refused again, and would be locked in the end.
fn is_final(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Login | MailboxError::Tls(_))
}

fn reason_of(error: &MailboxError) -> Reason {
    match error {
        MailboxError::Login => Reason::LoginRefused,
        MailboxError::Tls(_) | MailboxError::Protocol(_) => Reason::Network,
        MailboxError::Unreachable(reason) => *reason,
    }
}
