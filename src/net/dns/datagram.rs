//! Many questions over a few UDP sockets to one server.
//!
//! Sockets are connected, so only that server's datagrams arrive; ids are random and each answer
//! must repeat its question (RFC 5452).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use vigie_checks::kernel::{Question, Reason};

use super::wire::{self, Received};

/// What the kernel may hold for us while a burst is read, in octets.
const LARGEST: usize = 4096;

type Verdict = Result<Received, Reason>;

struct Waiting {
    question: Question,
    tell: oneshot::Sender<Verdict>,
}

type Pending = Mutex<HashMap<u16, Waiting>>;

struct Lane {
    socket: Arc<UdpSocket>,
    pending: Arc<Pending>,
    reader: JoinHandle<()>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// A server that is asked over UDP.
pub struct Datagrams {
    lanes: Vec<Lane>,
    next: AtomicUsize,
}

impl Datagrams {
    /// Opens so many sockets to a server, at least one; each has a random source port of its own.
    pub async fn open(server: SocketAddr, sockets: usize) -> std::io::Result<Self> {
        let mut lanes = vec![Lane::open(server).await?];
        while lanes.len() < sockets {
            lanes.push(Lane::open(server).await?);
        }
        Ok(Self { lanes, next: AtomicUsize::new(0) })
    }

    /// Sends a question and waits for its answer; the caller bounds the time.
    pub async fn exchange(&self, question: &Question, recursion: bool) -> Verdict {
        let lane = &self.lanes[self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len()];
        let (tell, answer) = oneshot::channel();
        let ticket = lane.register(question, tell)?;
        let octets = wire::encode(question, ticket.id, recursion)?;
        lane.socket.send(&octets).await.map_err(|_| Reason::Network)?;
        answer.await.unwrap_or(Err(Reason::Network))
    }
}

/// Takes a question off the waiting list however its asker ends.
struct Ticket<'a> {
    id: u16,
    pending: &'a Pending,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        lock(self.pending).remove(&self.id);
    }
}

fn lock(pending: &Pending) -> std::sync::MutexGuard<'_, HashMap<u16, Waiting>> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lane {
    async fn open(server: SocketAddr) -> std::io::Result<Self> {
        let any: IpAddr = if server.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        let socket = Arc::new(UdpSocket::bind((any, 0)).await?);
        socket.connect(server).await?;
        let pending = Arc::new(Pending::default());
        let reader = tokio::spawn(read(Arc::clone(&socket), Arc::clone(&pending)));
        Ok(Self { socket, pending, reader })
    }

    fn register(
        &self,
        question: &Question,
        tell: oneshot::Sender<Verdict>,
    ) -> Result<Ticket<'_>, Reason> {
        let mut pending = lock(&self.pending);
        if pending.len() > usize::from(u16::MAX / 2) {
            return Err(Reason::Network);
        }
        let id = loop {
            let id = rand::random::<u16>();
            if !pending.contains_key(&id) {
                break id;
            }
        };
        pending.insert(id, Waiting { question: question.clone(), tell });
        Ok(Ticket { id, pending: &self.pending })
    }
}

async fn read(socket: Arc<UdpSocket>, pending: Arc<Pending>) {
    let mut buffer = vec![0; LARGEST];
    loop {
        match socket.recv(&mut buffer).await {
            Ok(length) => deliver(&buffer[..length], &pending),
            // ICMP said that nobody listens there: whoever waits learns it now.
            Err(_) => fail_all(&pending),
        }
    }
}

fn deliver(octets: &[u8], pending: &Pending) {
    let [high, low, ..] = octets else { return };
    let id = u16::from_be_bytes([*high, *low]);
    let mut pending = lock(pending);
    let Some(waiting) = pending.get(&id) else { return };
    let Some(verdict) = wire::decode(octets, &waiting.question, id, false) else { return };
    if let Some(waiting) = pending.remove(&id) {
        // The asker may have given up meanwhile; then nobody is left to tell.
        let _ = waiting.tell.send(verdict);
    }
}

fn fail_all(pending: &Pending) {
    for (_, waiting) in lock(pending).drain() {
        let _ = waiting.tell.send(Err(Reason::Network));
    }
}
