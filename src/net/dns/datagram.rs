//! Many questions over a few UDP sockets to one server, or over associations of the proxy.
//!
//! Only that server's datagrams are read; ids are random and each answer
//! must repeat its question (RFC 5452).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::HashMap;
use tokio::net::UdpSocket;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use vigie_checks::kernel::{Question, Reason};

use super::wire::{self, Received};
use crate::net::proxy::{self, ConnectError, Connector};

/// The largest datagram that is read, in octets, with the header of a proxy.
const LARGEST: usize = 4096;

/// Answers that may wait to be read, in octets; the system may give less.
const RECEIVE_BUFFER: usize = 1 << 20;

/// Questions under way at once over one socket: more would be lost where a server reads slowly.
const UNDER_WAY: usize = 128;

/// Opening an association at the proxy may take this long.
const ASSOCIATE: Duration = Duration::from_secs(10);

type Verdict = Result<Received, Reason>;

struct Waiting {
    question: Question,
    tell: oneshot::Sender<Verdict>,
}

type Pending = Mutex<HashMap<u16, Waiting>>;

enum Socket {
    /// Connected to the server.
    Direct(UdpSocket),
    Relayed {
        relay: proxy::Datagrams,
        server: SocketAddr,
    },
}

impl Socket {
    async fn open(server: SocketAddr, connector: &Connector) -> Result<Self, ConnectError> {
        match connector.associate(ASSOCIATE).await? {
            Some(relay) => Ok(Self::Relayed { relay, server }),
            None => connected(server)
                .await
                .map(Self::Direct)
                .map_err(|error| ConnectError::Network { to: server, detail: error.to_string() }),
        }
    }

    async fn send(&self, octets: &[u8]) -> io::Result<()> {
        match self.send_at_once(octets) {
            // Boxed: only a socket that is new or full needs it, and a question under way is not to take its room.
            Err(full) if full.kind() == io::ErrorKind::WouldBlock => {
                Box::pin(self.send_in_turn(octets)).await
            }
            sent => sent,
        }
    }

    fn send_at_once(&self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Direct(socket) => socket.try_send(octets).map(|_| ()),
            Self::Relayed { relay, server } => relay.try_send_to(octets, *server),
        }
    }

    async fn send_in_turn(&self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Direct(socket) => socket.send(octets).await.map(|_| ()),
            Self::Relayed { relay, server } => relay.send_to(octets, *server).await,
        }
    }

    /// The length of the server's next datagram.
    async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Direct(socket) => socket.recv(buffer).await,
            Self::Relayed { relay, server } => loop {
                let (length, from) = relay.recv_from(buffer).await?;
                if from == *server {
                    return Ok(length);
                }
            },
        }
    }

    /// Waits until nothing can come any more.
    async fn ended(&self) {
        match self {
            Self::Direct(_) => std::future::pending().await,
            Self::Relayed { relay, .. } => relay.ended().await,
        }
    }
}

async fn connected(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    // Without it a burst of answers may be lost, which costs a retry and nothing else.
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
    Ok(socket)
}

struct Lane {
    socket: Arc<Socket>,
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
    turns: Semaphore,
}

impl Datagrams {
    /// Opens so many sockets to a server, at least one; each has a random source port of its own.
    ///
    /// # Errors
    /// No socket can be opened here, or the proxy relays none.
    pub async fn open(
        server: SocketAddr,
        sockets: usize,
        connector: &Connector,
    ) -> Result<Self, ConnectError> {
        let mut lanes = vec![Lane::open(server, connector).await?];
        while lanes.len() < sockets {
            lanes.push(Lane::open(server, connector).await?);
        }
        let turns = Semaphore::new(lanes.len() * UNDER_WAY);
        Ok(Self { lanes, next: AtomicUsize::new(0), turns })
    }

    /// Whether an association of the proxy has ended, so that others are to be opened.
    pub fn have_ended(&self) -> bool {
        self.lanes.iter().any(|lane| lane.reader.is_finished())
    }

    /// Sends a question and waits for its answer; the caller bounds the time.
    pub async fn exchange(&self, question: &Question, recursion: bool) -> Verdict {
        let _turn = self.turns.acquire().await.map_err(|_| Reason::Network)?;
        let lane = &self.lanes[self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len()];
        let (tell, answer) = oneshot::channel();
        let ticket = lane.register(question, tell)?;
        let octets = wire::encode(question, ticket.id, recursion)?;
        if let Err(error) = lane.socket.send(&octets).await {
            // ICMP's word on an earlier question, which the system says once: whoever waits learns it here.
            if is_of_the_way(&error) {
                fail_all(&lane.pending);
            }
            return Err(Reason::Network);
        }
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
    async fn open(server: SocketAddr, connector: &Connector) -> Result<Self, ConnectError> {
        let socket = Arc::new(Socket::open(server, connector).await?);
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

async fn read(socket: Arc<Socket>, pending: Arc<Pending>) {
    let mut buffer = vec![0; LARGEST];
    loop {
        let received = tokio::select! {
            received = socket.receive(&mut buffer) => received,
            () = socket.ended() => break,
        };
        match received {
            Ok(length) => deliver(&buffer[..length], &pending),
            // ICMP said that nobody listens there: whoever waits learns it now.
            Err(_) => fail_all(&pending),
        }
    }
    fail_all(&pending);
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

/// Whether it is about the server or the way there, not about the datagram at hand.
fn is_of_the_way(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable)
}

fn fail_all(pending: &Pending) {
    for (_, waiting) in lock(pending).drain() {
        let _ = waiting.tell.send(Err(Reason::Network));
    }
}
