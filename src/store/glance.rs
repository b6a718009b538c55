//! The overview in memory: read once, then told of all that this process writes, so that a page of ten
//! thousand domains asks the database nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use vigie_checks::kernel::{CheckStatus, Name, Severity, worst};
use vigie_checks::names::Part;

use super::overview::{CheckState, DomainState};
use super::row::to_the_micros;
use super::span::{NewSpan, SpanKey};
use super::{Store, StoreError};

/// What every domain's checks said last, by domain.
pub type Domains = HashMap<Name, Arc<DomainState>>;

/// Something that was written, and matters at a glance.
#[derive(Debug)]
pub(super) enum Written {
    Seen { key: SpanKey, status: CheckStatus, worst: Option<Severity>, at: DateTime<Utc> },
    Forgotten(Name),
}

impl Written {
    pub fn of(new: &NewSpan<'_>) -> Self {
        Self::Seen {
            key: new.key.clone(),
            status: new.outcome.status,
            worst: worst(&new.outcome.findings),
            at: to_the_micros(new.seen_at),
        }
    }
}

/// What is held of it.
#[derive(Debug, Default)]
pub(super) struct Glance {
    /// Only one reads the database for it.
    reading: tokio::sync::Mutex<()>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
enum Held {
    /// Nobody asked yet.
    #[default]
    Nothing,
    /// The database is being read; what is written meanwhile.
    Reading(Vec<Written>),
    All(Domains),
}

impl Glance {
    /// Takes what was committed.
    pub fn take(&self, committed: Vec<Written>) {
        match &mut *self.held() {
            Held::Nothing => {}
            Held::Reading(meanwhile) => meanwhile.extend(committed),
            Held::All(domains) => committed.into_iter().for_each(|written| take(domains, written)),
        }
    }

    fn all(&self) -> Option<Domains> {
        match &*self.held() {
            Held::All(domains) => Some(domains.clone()),
            _ => None,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Each change is whole before anything can panic.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take(domains: &mut Domains, written: Written) {
    let (key, status, worst, at) = match written {
        Written::Forgotten(domain) => {
            domains.remove(&domain);
            return;
        }
        Written::Seen { key, status, worst, at } => (key, status, worst, at),
    };
    let domain = domains.entry(key.domain.clone()).or_insert_with(|| {
        Arc::new(DomainState { domain: key.domain.clone(), checks: Vec::new() })
    });
    // Pages that are being made keep theirs.
    let checks = &mut Arc::make_mut(domain).checks;
    let place = (key.check.as_str(), key.instance.as_str());
    match checks.binary_search_by(|state| state.part.names().cmp(&place)) {
        Ok(at_place) => {
            let state = &mut checks[at_place];
            // It was read with the others already.
            if at < state.last_seen {
                return;
            }
            if state.status != status {
                state.since = at;
            }
            (state.status, state.worst, state.last_seen) = (status, worst, at);
        }
        Err(at_place) => {
            let part = Part::of(&key.check, &key.instance);
            let state = CheckState::of(part, status, worst, at);
            // There are many domains: none has room for more checks than it has.
            checks.reserve_exact(1);
            checks.insert(at_place, state);
        }
    }
}

impl Store {
    /// As [`Store::overview`], of a history that nobody but this process writes: the database is read at
    /// the first call alone.
    ///
    /// # Errors
    /// As there.
    pub async fn glance(&self) -> Result<Domains, StoreError> {
        if let Some(all) = self.glance.all() {
            return Ok(all);
        }
        let _only = self.glance.reading.lock().await;
        if let Some(all) = self.glance.all() {
            return Ok(all);
        }
        *self.glance.held() = Held::Reading(Vec::new());
        let read = self.overview().await;
        let mut held = self.glance.held();
        let Held::Reading(meanwhile) = std::mem::take(&mut *held) else {
            // Only the reader, of whom there is one, ends the reading.
            return read.map(by_name);
        };
        let mut domains = by_name(read?);
        meanwhile.into_iter().for_each(|written| take(&mut domains, written));
        *held = Held::All(domains.clone());
        Ok(domains)
    }
}

fn by_name(all: Vec<DomainState>) -> Domains {
    let sorted = |mut state: DomainState| {
        // Databases differ in how they order words.
        state.checks.sort_by(|a, b| a.part.cmp(&b.part));
        state.checks.shrink_to_fit();
        (state.domain.clone(), Arc::new(state))
    };
    all.into_iter().map(sorted).collect()
}
