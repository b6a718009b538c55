//! The page: first vigie itself, from one look at the store, then the results, a few domains at a time.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{Stream, stream};
use vigie_checks::kernel::{CheckStatus, Name, Severity};

use super::families::{
    ATTEMPT_TIME, ATTEMPTS, BEAT_AT, BEATS, BLIND, BUILD, CERTIFICATE_END, DARK, DEFINITE,
    DELIVERY, DISABLED, DOMAINS, INCIDENTS, LAG, MEMO, OLDEST, OUTBOX, REGISTRATION_END, RELOADED,
    RELOADED_AT, RUN_TIME, RUNNING, RUNS, SCHEDULER_WORKS, SEVERITY, STARTED, STATUS, STORE_SIZE,
    WAITING, WRITE_FAILURES, WRITE_TIME,
};
use super::results::Word;
use super::{Figures, Results};
use crate::metrics::{Family, Format, Text};
use crate::store::{ChannelState, OutboxState, Queued, StoreError};

/// Domains of one chunk of the page.
const AT_ONCE: usize = 200;

/// What the store is asked for.
struct Asked {
    size: u64,
    queued: Vec<Queued>,
    channels: Vec<ChannelState>,
    incidents: Vec<(String, Severity, u64)>,
    blind: Vec<(String, u64)>,
    sees_nothing: bool,
}

/// A family of results, and the value that a word has in it.
type OfResults = (&'static Family, fn(&Word) -> Option<f64>);

const RESULTS: [OfResults; 6] = [
    (&STATUS, |word| Some(status(word.status))),
    (&SEVERITY, |word| Some(word.worst.map_or(0.0, severity))),
    (&DEFINITE, |word| word.definite_at.map(seconds)),
    (&CERTIFICATE_END, |word| word.end.filter(|_| word.part.check() == "tls").map(seconds)),
    (&REGISTRATION_END, |word| {
        word.end.filter(|_| word.part.check() == "registration").map(seconds)
    }),
    (&DELIVERY, |word| word.arrived.map(|(arrived, sent)| f64::from(arrived) / f64::from(sent))),
];

/// The page, in chunks.
///
/// # Errors
/// The store cannot be read.
pub async fn page(
    figures: &Figures,
    format: Format,
) -> Result<impl Stream<Item = String> + Send + use<>, StoreError> {
    let asked = ask(figures).await?;
    let mut text = Text::new(format);
    tell_itself(&mut text, figures);
    tell_store(&mut text, figures, &asked);
    Ok(stream::iter(Place::first(Arc::clone(&figures.results), text)))
}

async fn ask(figures: &Figures) -> Result<Asked, StoreError> {
    let store = &figures.store;
    Ok(Asked {
        size: store.size().await?,
        queued: store.queued().await?,
        channels: store.channels().await?,
        incidents: store.unresolved_counts().await?,
        blind: store.blind_counts().await?,
        sees_nothing: store.darkness().await?.is_some_and(|dark| dark.seen_since.is_none()),
    })
}

fn tell_itself(text: &mut Text, figures: &Figures) {
    let one = |text: &mut Text, family: &Family, value: f64| {
        text.family(family);
        text.sample(family, &[], value);
    };
    text.family(&BUILD);
    text.sample(&BUILD, &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    one(text, &STARTED, seconds(figures.started));
    let (successful, at) = figures.reloads.last();
    one(text, &RELOADED, f64::from(u8::from(successful)));
    one(text, &RELOADED_AT, seconds(at));
    let working = figures.working.borrow().clone();
    text.family(&DOMAINS);
    text.count(&DOMAINS, &[], working.settings.domains.len() as u64);
    let run = figures.scheduler.figures();
    one(text, &SCHEDULER_WORKS, f64::from(u8::from(figures.scheduler.works())));
    text.family(&WAITING);
    text.count(&WAITING, &[], run.waiting() as u64);
    text.family(&RUNNING);
    text.count(&RUNNING, &[], run.running() as u64);
    text.family(&RUNS);
    text.count(&RUNS, &[("end", "ended")], run.ended.value());
    text.count(&RUNS, &[("end", "panicked")], run.panicked.value());
    text.family(&LAG);
    text.histogram(&LAG, &run.lag);
    text.family(&RUN_TIME);
    text.histogram(&RUN_TIME, &run.took);
    let beats = &figures.beats;
    text.family(&BEATS);
    text.count(&BEATS, &[("end", "heard")], beats.heard.value());
    text.count(&BEATS, &[("end", "failed")], beats.failed.value());
    text.count(&BEATS, &[("end", "withheld")], beats.withheld.value());
    text.family(&BEAT_AT);
    if let Some(at) = beats.last() {
        text.sample(&BEAT_AT, &[], seconds(at));
    }
    let (hits, misses) = working.site.memo.asked();
    text.family(&MEMO);
    text.count(&MEMO, &[("answered", "hit")], hits);
    text.count(&MEMO, &[("answered", "miss")], misses);
}

fn tell_store(text: &mut Text, figures: &Figures, asked: &Asked) {
    text.family(&STORE_SIZE);
    text.count(&STORE_SIZE, &[], asked.size);
    text.family(&WRITE_TIME);
    text.histogram(&WRITE_TIME, &figures.store.figures().writes);
    text.family(&WRITE_FAILURES);
    text.count(&WRITE_FAILURES, &[], figures.store.figures().failures.value());
    text.family(&INCIDENTS);
    for (state, severity, incidents) in &asked.incidents {
        let severity = severity.to_string();
        text.count(&INCIDENTS, &[("state", state), ("severity", &severity)], *incidents);
    }
    text.family(&DARK);
    text.sample(&DARK, &[], f64::from(u8::from(asked.sees_nothing)));
    text.family(&BLIND);
    for (check, blind) in &asked.blind {
        text.count(&BLIND, &[("check", check)], *blind);
    }
    tell_channels(text, figures, asked);
}

/// Channels of the configuration alone: what waits for others is nobody's any more.
fn tell_channels(text: &mut Text, figures: &Figures, asked: &Asked) {
    let working = figures.working.borrow().clone();
    let names = || working.settings.channels.iter().map(|channel| channel.name.as_str());
    let queued = |name: &str, state: OutboxState| {
        asked.queued.iter().find(|queued| queued.channel == name && queued.state == state)
    };
    text.family(&OUTBOX);
    for name in names() {
        for state in [OutboxState::Pending, OutboxState::Dead] {
            let messages = queued(name, state).map_or(0, |queued| queued.messages);
            text.count(&OUTBOX, &[("channel", name), ("state", &state.to_string())], messages);
        }
    }
    text.family(&OLDEST);
    for name in names() {
        if let Some(pending) = queued(name, OutboxState::Pending) {
            text.sample(&OLDEST, &[("channel", name)], seconds(pending.oldest));
        }
    }
    text.family(&DISABLED);
    for name in names() {
        let is_disabled = |state: &ChannelState| state.name == name && state.disabled_at.is_some();
        let disabled = asked.channels.iter().any(is_disabled);
        text.sample(&DISABLED, &[("channel", name)], f64::from(u8::from(disabled)));
    }
    text.family(&ATTEMPTS);
    for ((channel, end), count) in figures.deliverer.figures().ends() {
        text.count(&ATTEMPTS, &[("channel", &channel), ("end", end.into())], count);
    }
    text.family(&ATTEMPT_TIME);
    text.histogram(&ATTEMPT_TIME, &figures.deliverer.figures().took);
}

/// How far the results are told: every family over all domains, before the next.
pub(super) struct Place {
    results: Arc<Results>,
    text: Text,
    family: usize,
    after: Option<Name>,
}

impl Place {
    pub(super) fn first(results: Arc<Results>, text: Text) -> Self {
        Self { results, text, family: 0, after: None }
    }
}

impl Iterator for Place {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let (family, value) = *RESULTS.get(self.family)?;
        if self.after.is_none() {
            self.text.family(family);
        }
        let text = &mut self.text;
        self.after = self.results.after(self.after.as_ref(), AT_ONCE, |domain, word| {
            let Some(value) = value(word) else { return };
            let check = [
                ("domain", domain.as_str()),
                ("check", word.part.check()),
                ("probe", word.part.instance()),
            ];
            text.sample(family, &check, value);
        });
        if self.after.is_none() {
            self.family += 1;
            if self.family == RESULTS.len() {
                self.text.end();
            }
        }
        Some(self.text.take())
    }
}

fn status(status: CheckStatus) -> f64 {
    match status {
        CheckStatus::Pass => 0.0,
        CheckStatus::Fail => 1.0,
        CheckStatus::Indeterminate => 2.0,
        CheckStatus::Skipped => 3.0,
    }
}

fn severity(severity: Severity) -> f64 {
    match severity {
        Severity::Info => 1.0,
        Severity::Warning => 2.0,
        Severity::Error => 3.0,
        Severity::Critical => 4.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this age stay far below 2^52")]
fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}
