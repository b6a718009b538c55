//! Keeps what was asked and what came back, in a form that can be judged again.
//!
//! Within one run the same question is asked once, so that every check judges the same answer.

use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;
use futures::future::FutureExt as _;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tracing::{Level, debug, enabled};

use vigie_checks::kernel::{Net, Request, Response, Tape, TapeEntry};

use super::layer::{Exchange, Layer};
use super::said::{asked, came};

/// The recorder of one run over one domain.
pub struct Recorder<N> {
    below: N,
    shared: Mutex<HashMap<Request, Arc<OnceCell<Response>>>>,
    exchanges: AtomicUsize,
    /// Nothing where exchanges are only counted.
    entries: Option<Mutex<Vec<TapeEntry>>>,
}

impl<N: Layer> Recorder<N> {
    /// A recorder that keeps every exchange if `keeps_tape`, else only counts them.
    pub fn new(below: N, keeps_tape: bool) -> Arc<Self> {
        let entries = keeps_tape.then(Mutex::default);
        Arc::new(Self { below, shared: Mutex::default(), exchanges: AtomicUsize::new(0), entries })
    }

    /// What was exchanged so far, in an order that does not depend on timing; empty where
    /// exchanges are only counted.
    pub fn tape(&self) -> Tape {
        let Some(entries) = &self.entries else { return Tape::default() };
        let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner).clone();
        entries.sort_by_cached_key(|entry| serde_json::to_string(&entry.ask).unwrap_or_default());
        Tape { entries }
    }

    /// How many exchanges there were so far.
    pub fn exchanges(&self) -> usize {
        self.exchanges.load(Ordering::Relaxed)
    }

    fn ask(&self, request: &Request) -> impl Future<Output = Response> + Send {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        self.below.pass(request.clone()).inspect(move |got| self.note(request, got, begun))
    }

    fn note(&self, request: &Request, got: &Response, begun: Instant) {
        let is_followed = enabled!(Level::DEBUG);
        if self.entries.is_none() && !is_followed {
            return;
        }
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        if is_followed {
            debug!(ms, "{}: {}", asked(request), came(got));
        }
        if let Some(entries) = &self.entries {
            let entry = TapeEntry { ask: request.clone(), got: got.clone(), ms };
            entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        }
    }
}

impl<N: Layer> Net for Recorder<N> {
    /// A third of what checks ask was asked in the run before: that is handed out without a future of its own
    /// for the way through the layers below.
    fn exchange<'a, 'b>(&'a self, request: Request) -> Exchange<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        if !request.is_repeatable() {
            return Box::pin(async move { self.ask(&request).await });
        }
        let slot = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shared.entry(request.clone()).or_default())
        };
        if let Some(response) = slot.get() {
            return Box::pin(ready(response.clone()));
        }
        Box::pin(async move { slot.get_or_init(|| self.ask(&request)).await.clone() })
    }
}
