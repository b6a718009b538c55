//! Datagrams relayed by the proxy (RFC 1928 §7), for questions to a zone's own name servers.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use tokio::net::{TcpStream, UdpSocket};

use super::socks5;

/// The longest header: reserved, fragment, ATYP, IPv6 address and port.
const HEADER: usize = 22;

/// A datagram socket at the proxy. It lasts as long as this value: the proxy ends the association
/// when the connection it was asked on closes.
#[derive(Debug)]
pub struct Datagrams {
    control: TcpStream,
    socket: UdpSocket,
}

impl Datagrams {
    pub(super) fn new(control: TcpStream, socket: UdpSocket) -> Self {
        Self { control, socket }
    }

    /// Waits until the proxy ends the association.
    pub async fn ended(&self) {
        let mut octet = [0; 1];
        while self.control.readable().await.is_ok() {
            match self.control.try_read(&mut octet) {
                Ok(0) => return,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Sends one datagram to an address of the world.
    ///
    /// # Errors
    /// The relay cannot be reached.
    pub async fn send_to(&self, content: &[u8], to: SocketAddr) -> io::Result<()> {
        self.socket.send(&wrapped(content, to)).await.map(|_| ())
    }

    /// As [`Self::send_to`], but it ends as [`io::ErrorKind::WouldBlock`] where that would have to wait.
    ///
    /// # Errors
    /// The relay cannot be reached, or not at once.
    pub fn try_send_to(&self, content: &[u8], to: SocketAddr) -> io::Result<()> {
        self.socket.try_send(&wrapped(content, to)).map(|_| ())
    }

    /// As [`Self::send_to`], for those who poll.
    pub fn poll_send_to(
        &self,
        context: &mut Context<'_>,
        content: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        let datagram = wrapped(content, to);
        self.socket.poll_send(context, &datagram).map_ok(|_| content.len())
    }

    /// As [`Self::recv_from`], for those who poll; the header takes no room of `buffer`.
    pub fn poll_recv_from(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let mut datagram = vec![0; HEADER + buffer.len()];
        loop {
            let mut read = ReadBuf::new(&mut datagram);
            ready!(self.socket.poll_recv(context, &mut read))?;
            if let Some((from, content)) = socks5::unwrap_datagram(read.filled()) {
                let kept = content.len().min(buffer.len());
                buffer[..kept].copy_from_slice(&content[..kept]);
                return Poll::Ready(Ok((kept, from)));
            }
        }
    }

    /// Waits for the next datagram and gives its length in `buffer` and its source. Fragments and
    /// datagrams without a header are dropped; what does not fit with its header is cut.
    ///
    /// # Errors
    /// The relay cannot be reached.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        loop {
            let length = self.socket.recv(buffer).await?;
            if let Some((from, content)) = socks5::unwrap_datagram(&buffer[..length]) {
                let kept = content.len();
                buffer.copy_within(length - kept..length, 0);
                return Ok((kept, from));
            }
        }
    }
}

fn wrapped(content: &[u8], to: SocketAddr) -> Vec<u8> {
    let mut datagram = Vec::with_capacity(HEADER + content.len());
    datagram.extend_from_slice(&[0, 0, 0]);
    socks5::write_address(&mut datagram, to);
    datagram.extend_from_slice(content);
    datagram
}
