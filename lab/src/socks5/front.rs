//! The front itself: it listens, agrees, hands over, and remembers who went where.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::associate::associate;
use super::connect::{connect, refuse};
use super::wire::{Command, greet, read_request};
use crate::dns::{LogEntry, QuestionLog, Service};
use crate::running::send_at_once;
use crate::world::World;

/// Connections at a time; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 1_024;

/// How long a client may take to say what it wants.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The connection attempts kept; older ones are forgotten.
const CAPACITY: usize = 4_096;

/// A connection attempt to a simulated address and port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// When it was asked for.
    pub time: SystemTime,
    /// The simulated address and port.
    pub target: SocketAddr,
}

/// The SOCKS5 front of a world, on a free loopback port; it ends when dropped.
#[derive(Debug)]
pub struct Socks5 {
    /// Where it listens.
    pub addr: SocketAddr,
    connections: Arc<Connections>,
    questions: Arc<QuestionLog>,
    _tasks: JoinSet<()>,
}

type Connections = Mutex<VecDeque<Connection>>;

impl Socks5 {
    /// Starts the front of a world.
    ///
    /// # Errors
    /// When no loopback port can be had.
    pub async fn start(world: World) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let questions = Arc::new(QuestionLog::default());
        let connections = Arc::<Connections>::default();
        let front = Front {
            names: Service { world, log: Arc::clone(&questions) },
            connections: Arc::clone(&connections),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, front));
        Ok(Self { addr, connections, questions, _tasks: tasks })
    }

    /// The latest connection attempts, oldest first.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        let kept = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().copied().collect()
    }

    /// The latest questions to the zones' own servers, oldest first.
    #[must_use]
    pub fn questions(&self) -> Vec<LogEntry> {
        self.questions.entries()
    }
}

#[derive(Clone)]
struct Front {
    names: Service,
    connections: Arc<Connections>,
}

async fn accept(listener: TcpListener, front: Front) {
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut clients = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
            return;
        };
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        send_at_once(&client);
        while clients.try_join_next().is_some() {}
        let front = front.clone();
        clients.spawn(async move {
            // How a client ends is its own affair.
            let _ = front.serve(client).await;
            drop(permit);
        });
    }
}

impl Front {
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let handshake = async {
            greet(&mut client).await?;
            read_request(&mut client).await
        };
        match timeout(HANDSHAKE, handshake).await?? {
            Ok((Command::Connect, target)) => {
                self.note(target);
                connect(client, target, &self.names).await
            }
            Ok((Command::UdpAssociate, _)) => associate(client, &self.names).await,
            Err(code) => refuse(&mut client, code).await,
        }
    }

    fn note(&self, target: SocketAddr) {
        let mut kept = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == CAPACITY {
            kept.pop_front();
        }
        kept.push_back(Connection { time: SystemTime::now(), target });
    }
}
