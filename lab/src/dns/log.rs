//! What was asked of a server of the lab?

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use super::{Asked, Question};

/// The questions kept; older ones are only counted.
const CAPACITY: usize = 4_096;

/// One question that arrived.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// When it arrived.
    pub time: SystemTime,
    /// The name, in the case it was asked in.
    pub name: Name,
    /// The type.
    pub rtype: RecordType,
    /// Who was asked, and how.
    pub asked: Asked,
}

/// A count of all questions, and the latest of them.
#[derive(Debug, Default)]
pub struct QuestionLog {
    count: AtomicU64,
    latest: Mutex<VecDeque<LogEntry>>,
}

impl QuestionLog {
    pub(crate) fn note(&self, question: &Question) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let entry = LogEntry {
            time: SystemTime::now(),
            name: question.name.clone(),
            rtype: question.rtype,
            asked: question.asked,
        };
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == CAPACITY {
            latest.pop_front();
        }
        latest.push_back(entry);
    }

    /// How many questions arrived.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// The latest questions, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<LogEntry> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.iter().cloned().collect()
    }
}
