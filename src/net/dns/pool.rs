//! Sockets to the servers that were asked a moment ago, so that a question rarely opens one.
//!
//! Bounded in number and in age: a source port that somebody learned is soon worth nothing
//! (RFC 5452 §9.2).

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::HashMap;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::datagram::Datagrams;
use crate::net::proxy::{ConnectError, Connector};

/// Servers whose sockets are kept.
const SERVERS: usize = 128;

/// Sockets are used for this long, and then others are opened.
const USED_FOR: Duration = Duration::from_secs(60);

type Opening = Arc<OnceCell<Arc<Datagrams>>>;

struct Entry {
    /// Opened once for all who ask at the same moment.
    datagrams: Opening,
    opened: Instant,
}

impl Entry {
    fn is_usable(&self) -> bool {
        self.opened.elapsed() < USED_FOR
            && self.datagrams.get().is_none_or(|datagrams| !datagrams.have_ended())
    }
}

/// Sockets by the server they are connected to.
pub struct Pool {
    /// Opened for each server; each has a random port.
    sockets: usize,
    connector: Connector,
    entries: Mutex<HashMap<SocketAddr, Entry>>,
}

impl Pool {
    /// A pool with so many sockets to each server, at least one.
    pub fn of(sockets: usize) -> Self {
        Self::through(sockets, Connector::direct())
    }

    /// As [`Self::of`], by the proxy if the connector has one.
    pub fn through(sockets: usize, connector: Connector) -> Self {
        Self { sockets, connector, entries: Mutex::default() }
    }

    /// The sockets to a server. Whoever still waits on older ones keeps them open.
    ///
    /// # Errors
    /// No socket can be opened (no such address family here, no route, too many files), or the
    /// proxy relays none.
    pub async fn to(&self, server: SocketAddr) -> Result<Arc<Datagrams>, ConnectError> {
        let opening = self.opening(server);
        let opened = opening.get_or_try_init(|| async {
            // Boxed: who asks over sockets that are open is not to take the room of opening them.
            Box::pin(Datagrams::open(server, self.sockets, &self.connector)).await.map(Arc::new)
        });
        opened.await.cloned()
    }

    /// The entry of a server: the one that is kept, else a new one.
    fn opening(&self, server: SocketAddr) -> Opening {
        let mut entries = self.entries();
        if let Some(entry) = entries.get(&server).filter(|entry| entry.is_usable()) {
            return Arc::clone(&entry.datagrams);
        }
        entries.retain(|_, entry| entry.is_usable());
        if entries.len() >= SERVERS {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.opened);
            if let Some(oldest) = oldest.map(|(server, _)| *server) {
                entries.remove(&oldest);
            }
        }
        let datagrams = Opening::default();
        let opened = Instant::now();
        entries.insert(server, Entry { datagrams: Arc::clone(&datagrams), opened });
        datagrams
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
