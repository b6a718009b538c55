//! Who has shown the token already, and until when is that remembered?
//!
//! Held in memory: a restart asks for the token again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A session lasts a working day.
pub const LIFE: Duration = Duration::from_secs(12 * 3600);

/// So many sessions at once; one more ends the one that would end first.
const MOST: usize = 256;

/// The sessions that are open, by the digest of their id: the id itself stands in the cookie alone.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<[u8; 32], Instant>>);

impl Sessions {
    /// Opens a session and gives its id: 256 random bits.
    pub fn begin(&self, now: Instant) -> String {
        let id = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let mut open = self.open();
        open.retain(|_, ends| *ends > now);
        if open.len() >= MOST {
            let first = open.iter().min_by_key(|(_, ends)| **ends).map(|(digest, _)| *digest);
            first.map(|digest| open.remove(&digest));
        }
        open.insert(digest(&id), now + LIFE);
        id
    }

    /// Whether an id is that of a session that has not ended.
    pub fn is_open(&self, id: &str, now: Instant) -> bool {
        self.open().get(&digest(id)).is_some_and(|ends| *ends > now)
    }

    /// Ends every session.
    pub fn end_all(&self) {
        self.open().clear();
    }

    /// Ends a session, if it is one.
    pub fn end(&self, id: &str) {
        self.open().remove(&digest(id));
    }

    fn open(&self) -> MutexGuard<'_, HashMap<[u8; 32], Instant>> {
        // Every change of the map is whole before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is looked up tells nothing of an id by the time it takes.
fn digest(id: &str) -> [u8; 32] {
    Sha256::digest(id).into()
}
