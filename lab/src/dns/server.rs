//! The resolver on sockets: UDP and TCP on one loopback port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::answer::respond;
use super::message::{answering, decode, encode, question_of};
use super::{Answer, Asked, At, LogEntry, QuestionLog, Reply, Transport};
use crate::world::World;

/// Readers of the UDP socket; each answers what it reads before it reads on.
const UDP_READERS: usize = 4;

/// Late answers under way at a time; further ones are lost, as datagrams may be.
const MAX_LATE_ANSWERS: usize = 4_096;

/// TCP connections at a time; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 512;

/// How long a TCP connection may idle (RFC 7766 §6.2.3).
const IDLE: Duration = Duration::from_secs(30);

/// The largest datagram that is read, in octets.
const MAX_DATAGRAM: usize = 4_096;

/// How often a port is drawn that both UDP and TCP must have free.
const PORT_ATTEMPTS: usize = 32;

/// Questions that may wait to be read, in octets.
const BURST: usize = 4 << 20;

/// The resolver of a world, on a free loopback port; it ends when dropped.
#[derive(Debug)]
pub struct DnsServer {
    /// Where it listens, by UDP and TCP.
    pub addr: SocketAddr,
    log: Arc<QuestionLog>,
    _tasks: JoinSet<()>,
}

impl DnsServer {
    /// Starts the resolver of a world.
    ///
    /// # Errors
    /// When no loopback port can be had.
    pub async fn start(world: World) -> io::Result<Self> {
        let (udp, tcp) = bind().await?;
        let addr = udp.local_addr()?;
        let log = Arc::new(QuestionLog::default());
        let service = Service { world, log: Arc::clone(&log) };
        let mut tasks = JoinSet::new();
        let udp = Arc::new(udp);
        let late = Arc::new(Semaphore::new(MAX_LATE_ANSWERS));
        for _ in 0..UDP_READERS {
            tasks.spawn(read_datagrams(Arc::clone(&udp), service.clone(), Arc::clone(&late)));
        }
        tasks.spawn(accept(tcp, service));
        Ok(Self { addr, log, _tasks: tasks })
    }

    /// How many questions arrived.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.log.count()
    }

    /// The latest questions, oldest first.
    #[must_use]
    pub fn log(&self) -> Vec<LogEntry> {
        self.log.entries()
    }
}

async fn bind() -> io::Result<(UdpSocket, TcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORT_ATTEMPTS {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match UdpSocket::bind(tcp.local_addr()?).await {
            Ok(udp) => {
                make_room(&udp);
                return Ok((udp, tcp));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Lets a burst of questions wait its turn; where the system gives less, some are lost, as they
/// would be anywhere.
pub(crate) fn make_room(socket: &UdpSocket) {
    let _ = socket2::SockRef::from(socket).set_recv_buffer_size(BURST);
}

/// Answers octets with octets, for whoever listens.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub world: World,
    pub log: Arc<QuestionLog>,
}

/// The octets to send, and when; `None` says nothing.
pub(crate) struct Response {
    pub after: Duration,
    pub octets: Option<Vec<u8>>,
    /// The stream ends here.
    pub hangs_up: bool,
}

impl Service {
    pub(crate) fn serve(&self, octets: &[u8], asked: Asked) -> Response {
        let message = match decode(octets) {
            Ok(message) => message,
            Err(octets) => {
                return Response { after: Duration::ZERO, octets, hangs_up: false };
            }
        };
        let answer = match question_of(&message, asked) {
            Ok(question) => {
                self.log.note(&question);
                respond(&self.world, &message, &question)
            }
            Err(code) => Answer {
                after: Duration::ZERO,
                reply: Reply::Message(Box::new(answering(&message, code))),
            },
        };
        Response {
            after: answer.after,
            octets: encode(&answer.reply, &message, asked.transport),
            hangs_up: matches!(answer.reply, Reply::HangUp),
        }
    }
}

async fn read_datagrams(socket: Arc<UdpSocket>, service: Service, late: Arc<Semaphore>) {
    let mut buffer = [0; MAX_DATAGRAM];
    let mut waiting = JoinSet::new();
    loop {
        // An error here is an earlier answer's, whose asker is gone.
        let Ok((length, asker)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        while waiting.try_join_next().is_some() {}
        let response = service.serve(&buffer[..length], Asked::RESOLVER);
        let Some(octets) = response.octets else {
            continue;
        };
        if response.after.is_zero() {
            let _ = socket.send_to(&octets, asker).await;
        } else if let Ok(permit) = Arc::clone(&late).try_acquire_owned() {
            let socket = Arc::clone(&socket);
            waiting.spawn(async move {
                sleep(response.after).await;
                let _ = socket.send_to(&octets, asker).await;
                drop(permit);
            });
        }
    }
}

async fn accept(listener: TcpListener, service: Service) {
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        while connections.try_join_next().is_some() {}
        let service = service.clone();
        connections.spawn(async move {
            let _ = serve_stream(stream, &service, At::Resolver).await;
            drop(permit);
        });
    }
}

/// Answers the questions of one stream in their order (RFC 1035 §4.2.2), until it ends, idles
/// or is hung up on.
pub(crate) async fn serve_stream<S>(mut stream: S, service: &Service, at: At) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let asked = Asked { at, transport: Transport::Tcp };
    let mut octets = Vec::new();
    loop {
        let length = timeout(IDLE, stream.read_u16()).await??;
        octets.resize(usize::from(length), 0);
        timeout(IDLE, stream.read_exact(&mut octets)).await??;
        let response = service.serve(&octets, asked);
        if response.hangs_up {
            return stream.shutdown().await;
        }
        if !response.after.is_zero() {
            sleep(response.after).await;
        }
        if let Some(answer) = response.octets {
            let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
            let mut framed = length.to_be_bytes().to_vec();
            framed.extend(answer);
            timeout(IDLE, stream.write_all(&framed)).await??;
        }
    }
}
