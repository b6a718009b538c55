//! Sockets to the servers that were asked a moment ago, so that a question rarely opens one.
//!
//! Bounded in number and in age: a source port that somebody learned is soon worth nothing
//! (RFC 5452 §9.2).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::datagram::Datagrams;

/// Servers whose sockets are kept.
const SERVERS: usize = 128;

/// Sockets are used for this long, and then others are opened.
const USED_FOR: Duration = Duration::from_secs(60);

struct Entry {
    datagrams: Arc<Datagrams>,
    opened: Instant,
}

/// Sockets by the server they are connected to.
pub struct Pool {
    /// Opened for each server; each has a random port.
    sockets: usize,
    entries: Mutex<HashMap<SocketAddr, Entry>>,
}

impl Pool {
    /// A pool with so many sockets to each server, at least one.
    pub fn of(sockets: usize) -> Self {
        Self { sockets, entries: Mutex::default() }
    }

    /// The sockets to a server. Whoever still waits on older ones keeps them open.
    ///
    /// # Errors
    /// No socket can be opened: no such address family here, no route, too many files.
    pub async fn to(&self, server: SocketAddr) -> std::io::Result<Arc<Datagrams>> {
        if let Some(kept) = self.kept(server) {
            return Ok(kept);
        }
        let datagrams = Arc::new(Datagrams::open(server, self.sockets).await?);
        self.keep(server, Arc::clone(&datagrams));
        Ok(datagrams)
    }

    fn kept(&self, server: SocketAddr) -> Option<Arc<Datagrams>> {
        let entries = self.entries();
        let entry = entries.get(&server).filter(|entry| entry.opened.elapsed() < USED_FOR)?;
        Some(Arc::clone(&entry.datagrams))
    }

    fn keep(&self, server: SocketAddr, datagrams: Arc<Datagrams>) {
        let mut entries = self.entries();
        entries.retain(|_, entry| entry.opened.elapsed() < USED_FOR);
        if entries.len() >= SERVERS {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.opened);
            if let Some(oldest) = oldest.map(|(server, _)| *server) {
                entries.remove(&oldest);
            }
        }
        entries.insert(server, Entry { datagrams, opened: Instant::now() });
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
