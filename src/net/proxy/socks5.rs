//! The SOCKS5 dialogue as a client (RFC 1928, 1929): greeting, login, one request, its reply.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::url::Login;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0x00;
const USER_AND_PASSWORD: u8 = 0x02;
const IPV4: u8 = 0x01;
const NAME: u8 = 0x03;
const IPV6: u8 = 0x04;

/// What the proxy is asked for (RFC 1928 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Connect = 0x01,
    UdpAssociate = 0x03,
}

/// Why the proxy did not do as asked.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A reply code other than 0 (RFC 1928 §6).
    Reply(u8),
    /// The proxy wants another login than we have.
    Login,
    /// What it sent is not SOCKS5.
    Protocol,
    /// The connection to the proxy broke, after the request was sent if `asked`.
    Connection { error: io::Error, asked: bool },
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Connection { error, asked: false }
    }
}

/// Logs in and asks; the address is the one bound for us (RFC 1928 §6).
pub(super) async fn request(
    stream: &mut TcpStream,
    login: Option<&Login>,
    command: Command,
    to: SocketAddr,
) -> Result<SocketAddr, Refusal> {
    authenticate(stream, login).await?;
    let mut asked = vec![VERSION, command as u8, 0];
    write_address(&mut asked, to);
    stream.write_all(&asked).await?;
    read_reply(stream).await
}

async fn authenticate(stream: &mut TcpStream, login: Option<&Login>) -> Result<(), Refusal> {
    let methods: &[u8] = if login.is_some() { &[NO_LOGIN, USER_AND_PASSWORD] } else { &[NO_LOGIN] };
    let mut greeting = vec![VERSION, u8::try_from(methods.len()).expect("one or two methods")];
    greeting.extend_from_slice(methods);
    stream.write_all(&greeting).await?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await?;
    match (chosen, login) {
        ([VERSION, NO_LOGIN], _) => Ok(()),
        ([VERSION, USER_AND_PASSWORD], Some(login)) => log_in(stream, login).await,
        ([VERSION, _], _) => Err(Refusal::Login),
        _ => Err(Refusal::Protocol),
    }
}

/// RFC 1929 §2.
async fn log_in(stream: &mut TcpStream, login: &Login) -> Result<(), Refusal> {
    let mut message = vec![1];
    for text in [login.user.as_str(), login.password.expose_secret()] {
        message.push(u8::try_from(text.len()).map_err(|_| Refusal::Login)?);
        message.extend_from_slice(text.as_bytes());
    }
    stream.write_all(&message).await?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    if answer[1] == 0 { Ok(()) } else { Err(Refusal::Login) }
}

async fn read_reply(stream: &mut TcpStream) -> Result<SocketAddr, Refusal> {
    let after_asking = |error| Refusal::Connection { error, asked: true };
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.map_err(after_asking)?;
    match head {
        [VERSION, 0, _, kind] => read_address(stream, kind).await,
        [VERSION, code, ..] => Err(Refusal::Reply(code)),
        _ => Err(Refusal::Protocol),
    }
}

async fn read_address(stream: &mut TcpStream, kind: u8) -> Result<SocketAddr, Refusal> {
    let address = match kind {
        IPV4 => {
            let mut octets = [0; 4];
            stream.read_exact(&mut octets).await?;
            IpAddr::from(octets)
        }
        IPV6 => {
            let mut octets = [0; 16];
            stream.read_exact(&mut octets).await?;
            IpAddr::from(octets)
        }
        NAME => {
            let length = usize::from(stream.read_u8().await?);
            let mut name = [0; 255];
            stream.read_exact(&mut name[..length]).await?;
            // Nobody asked for a name; as for an unspecified address, the proxy's own is meant.
            IpAddr::V4(Ipv4Addr::UNSPECIFIED)
        }
        _ => return Err(Refusal::Protocol),
    };
    Ok(SocketAddr::new(address, stream.read_u16().await?))
}

/// ATYP, address and port in network order (RFC 1928 §5).
pub(super) fn write_address(octets: &mut Vec<u8>, to: SocketAddr) {
    match to.ip() {
        IpAddr::V4(address) => {
            octets.push(IPV4);
            octets.extend_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            octets.push(IPV6);
            octets.extend_from_slice(&address.octets());
        }
    }
    octets.extend_from_slice(&to.port().to_be_bytes());
}

/// The source and the content of a datagram from the proxy (RFC 1928 §7); nothing for a fragment
/// or what is no such datagram.
pub(super) fn unwrap_datagram(datagram: &[u8]) -> Option<(SocketAddr, &[u8])> {
    let [_, _, 0, kind, rest @ ..] = datagram else {
        return None;
    };
    let (address, rest) = match *kind {
        IPV4 => {
            let (octets, rest) = rest.split_first_chunk::<4>()?;
            (IpAddr::V4(Ipv4Addr::from(*octets)), rest)
        }
        IPV6 => {
            let (octets, rest) = rest.split_first_chunk::<16>()?;
            (IpAddr::V6(Ipv6Addr::from(*octets)), rest)
        }
        _ => return None,
    };
    let (port, content) = rest.split_first_chunk::<2>()?;
    Some((SocketAddr::new(address, u16::from_be_bytes(*port)), content))
}
