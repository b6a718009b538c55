//! How the walk reaches servers: directly, or through the proxy.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_resolver::net::runtime::iocompat::AsyncIoTokioAsStd;
use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider, TokioHandle, TokioTime};
use tokio::net::{TcpStream, UdpSocket};

use crate::net::proxy::{Connector, Datagrams};

/// Opening a connection may take this long, where the walk names no time.
const CONNECT: Duration = Duration::from_secs(5);

/// Sockets for the walk.
#[derive(Clone)]
pub struct Transport {
    connector: Connector,
    tasks: TokioHandle,
}

impl Transport {
    pub fn through(connector: Connector) -> Self {
        Self { connector, tasks: TokioHandle::default() }
    }
}

type Opening<T> = Pin<Box<dyn Send + Future<Output = io::Result<T>>>>;

impl RuntimeProvider for Transport {
    type Handle = TokioHandle;
    type Timer = TokioTime;
    type Udp = Socket;
    type Tcp = AsyncIoTokioAsStd<TcpStream>;

    fn create_handle(&self) -> Self::Handle {
        self.tasks.clone()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        _: Option<SocketAddr>,
        within: Option<Duration>,
    ) -> Opening<Self::Tcp> {
        let connector = self.connector.clone();
        Box::pin(async move {
            let opened = connector.connect(server, within.unwrap_or(CONNECT)).await;
            opened.map(AsyncIoTokioAsStd).map_err(io::Error::other)
        })
    }

    fn bind_udp(&self, local: SocketAddr, _: SocketAddr) -> Opening<Self::Udp> {
        let connector = self.connector.clone();
        Box::pin(async move {
            match connector.associate(CONNECT).await {
                Ok(Some(relay)) => Ok(Socket::Relayed(relay)),
                Ok(None) => UdpSocket::bind(local).await.map(Socket::Direct),
                Err(error) => Err(io::Error::other(error)),
            }
        })
    }
}

/// A socket for datagrams.
pub enum Socket {
    Direct(UdpSocket),
    Relayed(Datagrams),
}

impl DnsUdpSocket for Socket {
    type Time = TokioTime;

    fn poll_recv_from(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        match self {
            Self::Direct(socket) => DnsUdpSocket::poll_recv_from(socket, context, buffer),
            Self::Relayed(relay) => relay.poll_recv_from(context, buffer),
        }
    }

    fn poll_send_to(
        &self,
        context: &mut Context<'_>,
        buffer: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Direct(socket) => UdpSocket::poll_send_to(socket, context, buffer, target),
            Self::Relayed(relay) => relay.poll_send_to(context, buffer, target),
        }
    }
}
