//! Opening connections, and telling apart why one did not open.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use vigie_checks::kernel::Reason;

use super::datagrams::Datagrams;
use super::socks5::{self, Command, Refusal};
use super::url::Proxy;

/// Answers of a relay that may wait to be read, in octets; the system may give less.
const RECEIVE_BUFFER: usize = 1 << 20;

/// Opens connections to the world, through a proxy if there is one.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    proxy: Option<Arc<Proxy>>,
}

/// Why a connection did not open.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens there: definite.
    #[error("{to}: connection refused")]
    Refused { to: SocketAddr },
    #[error("{to}: the connection did not open in time")]
    Timeout { to: SocketAddr },
    /// The network failed, on our side or under way.
    #[error("{to}: {detail}")]
    Network { to: SocketAddr, detail: String },
    /// The proxy itself cannot be used.
    #[error("{proxy}: {detail}")]
    Proxy { proxy: String, detail: String },
    /// The proxy relays no datagrams; TCP through it may still work.
    #[error("{proxy}: offers no UDP ASSOCIATE")]
    UdpNotOffered { proxy: String },
}

impl ConnectError {
    /// Why nothing is known of the other side; nothing when it refused, which is definite.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { .. } => None,
            Self::Timeout { .. } => Some(Reason::Timeout),
            Self::Network { .. } | Self::Proxy { .. } | Self::UdpNotOffered { .. } => {
                Some(Reason::Network)
            }
        }
    }
}

impl Connector {
    pub fn direct() -> Self {
        Self::default()
    }

    pub fn through(proxy: Proxy) -> Self {
        Self { proxy: Some(Arc::new(proxy)) }
    }

    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_deref()
    }

    /// Opens a TCP connection.
    ///
    /// # Errors
    /// It was refused, did not open in time, or the network or the proxy failed.
    pub async fn connect(
        &self,
        to: SocketAddr,
        within: Duration,
    ) -> Result<TcpStream, ConnectError> {
        let opening = async {
            match &self.proxy {
                None => TcpStream::connect(to).await.map_err(|error| classify(to, &error)),
                Some(proxy) => connect_through(proxy, to).await,
            }
        };
        let stream = timeout(within, opening).await.map_err(|_| ConnectError::Timeout { to })??;
        // Short commands wait for replies: Nagle's algorithm would only delay them. A socket that
        // cannot be told so works all the same.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    /// Opens a socket for datagrams relayed by the proxy; nothing when there is no proxy.
    ///
    /// # Errors
    /// The proxy offers no relay ([`ConnectError::UdpNotOffered`]), or cannot be used.
    pub async fn associate(&self, within: Duration) -> Result<Option<Datagrams>, ConnectError> {
        let Some(proxy) = &self.proxy else {
            return Ok(None);
        };
        let failed = |detail: String| ConnectError::Proxy { proxy: proxy.to_string(), detail };
        timeout(within, associate_through(proxy))
            .await
            .map_err(|_| failed(format!("no answer within {within:?}")))?
            .map(Some)
    }
}

fn classify(to: SocketAddr, error: &io::Error) -> ConnectError {
    match error.kind() {
        ErrorKind::ConnectionRefused => ConnectError::Refused { to },
        // The system gave up by itself, after retries of its own.
        ErrorKind::TimedOut => ConnectError::Timeout { to },
        _ => ConnectError::Network { to, detail: error.to_string() },
    }
}

async fn connect_through(proxy: &Proxy, to: SocketAddr) -> Result<TcpStream, ConnectError> {
    let mut stream = reach(proxy).await?;
    match socks5::request(&mut stream, proxy.login.as_ref(), Command::Connect, to).await {
        Ok(_) => Ok(stream),
        Err(refusal) => Err(explain(proxy, to, refusal)),
    }
}

async fn associate_through(proxy: &Proxy) -> Result<Datagrams, ConnectError> {
    let failed = |error: io::Error| ConnectError::Proxy {
        proxy: proxy.to_string(),
        detail: error.to_string(),
    };
    let mut control = reach(proxy).await?;
    let peer = control.peer_addr().map_err(failed)?;
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await.map_err(failed)?;
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
    // RFC 1928 §4: zeros when the address that datagrams will come from is not known yet.
    let ours = SocketAddr::new(any, 0);
    let bound =
        socks5::request(&mut control, proxy.login.as_ref(), Command::UdpAssociate, ours).await;
    let relay = match bound {
        Ok(relay) if relay.ip().is_unspecified() => SocketAddr::new(peer.ip(), relay.port()),
        Ok(relay) => relay,
        Err(Refusal::Reply(_) | Refusal::Connection { asked: true, .. }) => {
            return Err(ConnectError::UdpNotOffered { proxy: proxy.to_string() });
        }
        Err(refusal) => return Err(explain(proxy, peer, refusal)),
    };
    socket.connect(relay).await.map_err(failed)?;
    Ok(Datagrams::new(control, socket))
}

/// A connection to the proxy itself; its host is the admin's, so the system resolves it.
async fn reach(proxy: &Proxy) -> Result<TcpStream, ConnectError> {
    TcpStream::connect((proxy.host.as_str(), proxy.port)).await.map_err(|error| {
        ConnectError::Proxy { proxy: proxy.to_string(), detail: error.to_string() }
    })
}

/// The meaning of the proxy's refusal for the address asked (RFC 1928 §6).
fn explain(proxy: &Proxy, to: SocketAddr, refusal: Refusal) -> ConnectError {
    let unusable = |detail: String| ConnectError::Proxy { proxy: proxy.to_string(), detail };
    match refusal {
        Refusal::Reply(0x05) => ConnectError::Refused { to },
        Refusal::Reply(0x06) => ConnectError::Timeout { to },
        Refusal::Reply(code) => {
            let detail = match code {
                0x01 => "the proxy failed",
                0x02 => "the proxy does not allow it",
                0x03 => "network unreachable from the proxy",
                0x04 => "host unreachable from the proxy",
                0x07 => "the proxy does not know the command",
                0x08 => "the proxy does not know the address family",
                _ => "the proxy gave an unknown reply",
            };
            ConnectError::Network { to, detail: detail.to_owned() }
        }
        Refusal::Login => unusable("the login is refused".to_owned()),
        Refusal::Protocol => unusable("what it sent is not SOCKS5".to_owned()),
        Refusal::Connection { error, .. } => unusable(error.to_string()),
    }
}
