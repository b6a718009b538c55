//! Datagrams relayed by the proxy (RFC 1928 §7), for questions to a zone's own name servers.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpStream, UdpSocket};

use super::socks5;

/// The longest header: reserved, fragment, ATYP, IPv6 address and port.
const HEADER: usize = 22;

/// A datagram socket at the proxy. It lasts as long as this value: the proxy ends the association
/// when the connection it was asked on closes.
#[derive(Debug)]
pub struct Datagrams {
    _control: TcpStream,
    socket: UdpSocket,
}

impl Datagrams {
    pub(super) fn new(control: TcpStream, socket: UdpSocket) -> Self {
        Self { _control: control, socket }
    }

    /// Sends one datagram to an address of the world.
    ///
    /// # Errors
    /// The relay cannot be reached.
    pub async fn send_to(&self, content: &[u8], to: SocketAddr) -> io::Result<()> {
        let mut datagram = Vec::with_capacity(HEADER + content.len());
        datagram.extend_from_slice(&[0, 0, 0]);
        socks5::write_address(&mut datagram, to);
        datagram.extend_from_slice(content);
        self.socket.send(&datagram).await.map(|_| ())
    }

    /// Waits for the next datagram and gives its length in `buffer` and its source. Fragments and
    /// datagrams without a header are dropped; what does not fit is cut.
    ///
    /// # Errors
    /// The relay cannot be reached.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let mut datagram = vec![0; HEADER + buffer.len()];
        loop {
            let length = self.socket.recv(&mut datagram).await?;
            if let Some((from, content)) = socks5::unwrap_datagram(&datagram[..length]) {
                let kept = content.len().min(buffer.len());
                buffer[..kept].copy_from_slice(&content[..kept]);
                return Ok((kept, from));
            }
        }
    }
}
