//! What was taken in? Reports go into the history some at a time, so that the daemon can write between.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use tracing::warn;
use vigie_checks::kernel::Name;

use super::content::Found;
use super::sources::{Batch, look_through};
use super::{Place, Unread};
use crate::store::{Report, Store, StoreError, Tally};

/// Files and messages that are written together.
const TOGETHER: usize = 100;

/// What was not read that is told one by one.
const TOLD: usize = 1000;

/// What was taken in of one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainIntake {
    /// Reports that are new.
    pub new: u64,
    /// Reports that were there already.
    pub known: u64,
    /// The time that the new ones tell of.
    pub range: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// What the new ones counted.
    pub tally: Tally,
    /// The new ones by reporter.
    pub reporters: BTreeMap<String, u64>,
}

/// What was taken in, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    pub domains: BTreeMap<Name, DomainIntake>,
    pub unread: Vec<(Place, Unread)>,
    /// What was not read beyond those.
    pub unread_beyond: u64,
    /// Messages and files that hold no report, as nobody said they do.
    pub passed_over: u64,
}

impl Intake {
    /// Whether everything that should be a report was read.
    pub fn is_whole(&self) -> bool {
        self.unread.is_empty()
    }

    fn add(&mut self, report: Report, is_new: bool) {
        let domain = self.domains.entry(report.domain).or_default();
        if !is_new {
            domain.known += 1;
            return;
        }
        domain.new += 1;
        let (begins, ends) = domain.range.unwrap_or((report.begins_at, report.ends_at));
        domain.range = Some((begins.min(report.begins_at), ends.max(report.ends_at)));
        *domain.reporters.entry(report.reporter).or_default() += 1;
        let (sum, more) = (&mut domain.tally, report.tally);
        for (sum, more) in [
            (&mut sum.messages, more.messages),
            (&mut sum.aligned, more.aligned),
            (&mut sum.by_dkim, more.by_dkim),
            (&mut sum.by_spf, more.by_spf),
            (&mut sum.quarantined, more.quarantined),
            (&mut sum.rejected, more.rejected),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    fn refuse(&mut self, place: Place, why: Unread) {
        if self.unread.len() < TOLD {
            self.unread.push((place, why));
        } else {
            self.unread_beyond += 1;
        }
    }
}

/// Takes in everything at `paths`, into the history at `url`; `-` is standard input.
///
/// # Errors
/// The history cannot be opened or written.
pub async fn take_in(
    url: &str,
    paths: Vec<PathBuf>,
    now: DateTime<Utc>,
) -> Result<Intake, StoreError> {
    take_from(url, now, move |told| look_through(&paths, now, told)).await
}

/// Takes in everything that `look` tells; a panic of it goes on here, so that no part passes for the whole.
pub(super) async fn take_from(
    url: &str,
    now: DateTime<Utc>,
    look: impl FnOnce(&mut dyn FnMut(Batch) -> bool) + Send + 'static,
) -> Result<Intake, StoreError> {
    let there = Store::open_to_read(url).await;
    let is_new = matches!(there, Ok(None));
    if let Ok(Some(there)) = there {
        there.close().await;
    }
    let store = Store::open(url).await?;
    // Who stands in another folder than the daemon, and names its history by a relative path, is told.
    if is_new {
        warn!(store = %Store::place(url), "there was no history there; one is begun");
    }
    let (sender, mut batches) = mpsc::channel::<Batch>(TOGETHER);
    // A thread of its own: reading waits for files, and for whoever writes to standard input.
    let reading =
        std::thread::spawn(move || look(&mut |batch| sender.blocking_send(batch).is_ok()));
    let mut intake = Intake::default();
    let mut together = Vec::new();
    while batches.recv_many(&mut together, TOGETHER).await > 0 {
        write(&store, together.drain(..).flatten().collect(), now, &mut intake).await?;
    }
    // It is at its end: the sender went with it.
    if let Err(panic) = reading.join() {
        std::panic::resume_unwind(panic);
    }
    store.close().await;
    Ok(intake)
}

/// Writes the reports of some files in one transaction, and counts what was found.
async fn write(
    store: &Store,
    found: Batch,
    now: DateTime<Utc>,
    intake: &mut Intake,
) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    for (place, found) in found {
        match found {
            Found::Report(report) => {
                let is_new = write.put_report(&report, now).await?;
                intake.add(*report, is_new);
            }
            Found::Not(why) => intake.refuse(place, why),
            Found::NoReport => intake.passed_over += 1,
        }
    }
    write.commit().await
}
