//! What was asked a moment ago is not asked again; what is being asked is waited for.
//!
//! Answers are kept no longer than their TTL and the limit given; conversations for their window.
//! A look past the cache asks anew and leaves its answer for others.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::{HashMap, HashMapExt as _};
use futures::future::{Either, FutureExt as _};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use vigie_checks::kernel::{
    Answer, Data, HttpsEnd, Message, Net, Rcode, Request, Response, SmtpTranscript, StoppedBy, To,
    Trust,
};

use super::layer::Layer;
use crate::metrics::Counter;

/// Entries from which on what has ended is looked for and dropped.
const FIRST_SWEEP: usize = 1_000;

/// Answers of DNS that are kept however few of them are asked for again. Of more than these, those
/// that nobody asked for again go first: what domains share stays, what is one domain's own does not.
const ANSWERS: usize = 1_792;

/// An answer of DNS that holds more octets than this is not kept: few do, and thousands of them
/// would fill the memory.
const HEAVY: usize = 16 << 10;

/// A file of more octets than this is large; of large ones the newest few are kept.
const LARGE: usize = 64 << 10;
const LARGE_FILES: usize = 16;

/// A failure is kept this long: enough for those who ask at the same moment.
const FAILURE_KEPT: Duration = Duration::from_secs(1);

/// An answer to a ClientHello of our own is kept this long.
const HELLO_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// A response and until when it holds.
#[derive(Default)]
struct Slot {
    filled: OnceCell<(Response, Instant)>,
    /// Somebody asked for it again since the last sweep.
    asked_again: AtomicBool,
}

impl Slot {
    fn holds(&self, now: Instant) -> bool {
        self.filled.get().is_none_or(|(_, until)| *until > now)
    }
}

/// The entries. What has ended is dropped whenever twice as many have come together as held after
/// the last sweep, so that memory follows what still holds.
struct Slots {
    by_request: HashMap<Request, Arc<Slot>>,
    next_sweep: usize,
    /// The requests for large files that are held, oldest first.
    large: VecDeque<Request>,
}

impl Default for Slots {
    fn default() -> Self {
        Self { by_request: HashMap::new(), next_sweep: FIRST_SWEEP, large: VecDeque::new() }
    }
}

impl Slots {
    /// Makes room for a large file that has come.
    fn hold_large(&mut self, request: Request) {
        if self.large.contains(&request) {
            return;
        }
        self.large.push_back(request);
        if self.large.len() > LARGE_FILES
            && let Some(oldest) = self.large.pop_front()
        {
            self.by_request.remove(&oldest);
        }
    }

    fn sweep(&mut self, now: Instant) {
        if self.by_request.len() < self.next_sweep {
            return;
        }
        self.by_request.retain(|_, slot| slot.holds(now));
        if self.by_request.len() > ANSWERS {
            self.by_request.retain(|request, slot| {
                let asked_again = slot.asked_again.swap(false, Ordering::Relaxed);
                asked_again || !slot.filled.initialized() || !matches!(request, Request::Dns(_))
            });
        }
        let held = self.by_request.len();
        self.next_sweep = FIRST_SWEEP.max(held + held.min(ANSWERS));
    }
}

/// The memory that the domains of a run, or of the daemon, share.
pub struct Memo {
    below: Arc<dyn Net>,
    slots: Mutex<Slots>,
    dns_limit: Duration,
    /// How long conversations and pages are kept.
    window: Duration,
    /// Requests that were answered from memory, or by waiting for who asked first.
    hits: Counter,
    /// Requests that the world was asked.
    misses: Counter,
}

impl Memo {
    pub fn new(below: Arc<dyn Net>, dns_limit: Duration, window: Duration) -> Arc<Self> {
        let (hits, misses) = (Counter::default(), Counter::default());
        Arc::new(Self { below, slots: Mutex::default(), dns_limit, window, hits, misses })
    }

    /// How many requests were answered from memory, and how many the world was asked.
    pub fn asked(&self) -> (u64, u64) {
        (self.hits.value(), self.misses.value())
    }

    fn exchange(
        &self,
        request: Request,
        fresh: bool,
    ) -> impl Future<Output = Response> + Send + '_ {
        if !request.is_repeatable() {
            return Either::Left(self.below.exchange(request));
        }
        let slot = self.slot(&request, fresh);
        Either::Right(async move {
            let filled = slot.filled.get_or_init(|| self.fill(&request));
            let response = filled.await.0.clone();
            let slots = || self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            if is_heavy(&response) {
                // Those who wait for it hold the slot.
                slots().by_request.remove(&request);
            } else if is_large(&response) {
                slots().hold_large(request);
            }
            response
        })
    }

    /// What the world says, and until when it holds.
    fn fill(&self, request: &Request) -> impl Future<Output = (Response, Instant)> + Send + '_ {
        self.below.exchange(request.clone()).map(|response| {
            let kept = self.kept(&response);
            (response, Instant::now() + kept)
        })
    }

    /// The slot of a request: the one that is being filled or still holds, else a new one.
    fn slot(&self, request: &Request, fresh: bool) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        slots.sweep(now);
        let held = slots.by_request.entry(request.clone());
        if let Entry::Occupied(held) = &held
            && held.get().holds(now)
            && !(fresh && held.get().filled.initialized())
        {
            held.get().asked_again.store(true, Ordering::Relaxed);
            self.hits.count();
            return Arc::clone(held.get());
        }
        self.misses.count();
        Arc::clone(held.insert_entry(Arc::default()).get())
    }

    /// Versions and ciphers change with a configuration, not with the hour; where conversations
    /// are not kept, neither is this.
    fn hello_window(&self) -> Duration {
        if self.window.is_zero() { Duration::ZERO } else { HELLO_KEPT.max(self.window) }
    }

    fn kept(&self, response: &Response) -> Duration {
        match response {
            Response::Dns(Answer::Message(message)) => lifetime(message).min(self.dns_limit),
            Response::Smtp(transcript) if transcript.hello.is_some() => self.hello_window(),
            Response::Smtp(transcript) if is_whole(transcript) => self.window,
            Response::Tls(reply) if reply.session.is_some() => self.window,
            Response::Https(reply) if is_definite(&reply.end) => self.window,
            Response::Http(reply) if is_definite(&reply.end) => self.window,
            Response::Trust(trust) if *trust != Trust::NotJudged => self.window,
            Response::Dns(Answer::Failed { .. })
            | Response::Smtp(_)
            | Response::Tls(_)
            | Response::Https(_)
            | Response::Http(_)
            | Response::Trust(_)
            | Response::Mailbox(_) => FAILURE_KEPT,
        }
    }
}

fn is_heavy(response: &Response) -> bool {
    matches!(response, Response::Dns(Answer::Message(message)) if message.octets() > HEAVY)
}

fn is_large(response: &Response) -> bool {
    let Response::Http(reply) = response else { return false };
    matches!(&reply.end, HttpsEnd::Page(page) if page.body.0.len() > LARGE)
}

fn is_whole(transcript: &SmtpTranscript) -> bool {
    !matches!(transcript.end.by, StoppedBy::Unknown(_) | StoppedBy::Closed)
}

/// A page that may be another in a moment (RFC 9110 §15.6, RFC 6585 §4) is none to keep.
fn is_definite(end: &HttpsEnd) -> bool {
    match end {
        HttpsEnd::Page(page) => page.status < 500 && page.status != 429,
        HttpsEnd::ConnectionRefused => true,
        _ => false,
    }
}

/// The smallest TTL of an answer; of a negative one, what its SOA says (RFC 2308 §5).
fn lifetime(message: &Message) -> Duration {
    if message.rcode != Rcode::NOERROR && message.rcode != Rcode::NXDOMAIN {
        return FAILURE_KEPT;
    }
    let answers = message.answers.iter().map(|record| record.ttl);
    let negative = message.authority.iter().filter_map(|record| match &record.data {
        Data::Soa(soa) => Some(soa.minimum.min(record.ttl)),
        _ => None,
    });
    Duration::from_secs(answers.chain(negative).min().unwrap_or(0).into())
}

/// What of the memory is good enough for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// All that it holds.
    Kept,
    /// A person asked, who may have mended something a moment ago: names and pages are asked anew.
    /// Conversations with mail hosts stay as far apart as politeness asks.
    Asked,
    /// Nothing; names are asked at another resolver where there is one.
    Second,
}

impl Freshness {
    fn passes_by(self, request: &Request) -> bool {
        match self {
            Self::Kept => false,
            Self::Asked => {
                matches!(request, Request::Dns(_) | Request::Https(_) | Request::Http(_))
            }
            Self::Second => true,
        }
    }
}

/// One run's view of the memo.
pub struct Memoised {
    memo: Arc<Memo>,
    freshness: Freshness,
}

impl Memoised {
    pub fn new(memo: Arc<Memo>, freshness: Freshness) -> Self {
        Self { memo, freshness }
    }
}

impl Layer for Memoised {
    fn pass(&self, mut request: Request) -> impl Future<Output = Response> + Send {
        if self.freshness == Freshness::Second
            && let Request::Dns(question) = &mut request
            && question.to == To::Resolver
        {
            question.to = To::OtherResolver;
        }
        let fresh = self.freshness.passes_by(&request);
        self.memo.exchange(request, fresh)
    }
}
