//! The octets of RFC 1928: greeting, request, reply, and the header of relayed datagrams.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0x00;
const NO_ACCEPTABLE_METHOD: u8 = 0xff;
const ADDRESS_V4: u8 = 1;
const ADDRESS_NAME: u8 = 3;
const ADDRESS_V6: u8 = 4;

/// RFC 1928 §4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Connect,
    UdpAssociate,
}

/// RFC 1928 §6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplyCode {
    Succeeded = 0x00,
    GeneralFailure = 0x01,
    HostUnreachable = 0x04,
    ConnectionRefused = 0x05,
    CommandNotSupported = 0x07,
    AddressTypeNotSupported = 0x08,
}

/// What the client asks for, or the code of its refusal.
pub(super) type Request = Result<(Command, SocketAddr), ReplyCode>;

/// Agrees on no authentication (RFC 1928 §3).
pub(super) async fn greet<S>(stream: &mut S) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let version = stream.read_u8().await?;
    if version != VERSION {
        return Err(io::Error::other("not SOCKS version 5"));
    }
    let mut methods = vec![0; stream.read_u8().await?.into()];
    stream.read_exact(&mut methods).await?;
    if methods.contains(&NO_AUTHENTICATION) {
        return stream.write_all(&[VERSION, NO_AUTHENTICATION]).await;
    }
    stream.write_all(&[VERSION, NO_ACCEPTABLE_METHOD]).await?;
    Err(io::Error::other("authentication is wanted"))
}

/// Reads the request (RFC 1928 §4) to its end.
pub(super) async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Request> {
    let [version, command, _, address_type] = read_array(stream).await?;
    if version != VERSION {
        return Err(io::Error::other("not SOCKS version 5"));
    }
    let address = match address_type {
        ADDRESS_V4 => Some(IpAddr::from(read_array::<_, 4>(stream).await?)),
        ADDRESS_V6 => Some(IpAddr::from(read_array::<_, 16>(stream).await?)),
        ADDRESS_NAME => {
            let mut name = vec![0; stream.read_u8().await?.into()];
            stream.read_exact(&mut name).await?;
            None
        }
        _ => return Ok(Err(ReplyCode::AddressTypeNotSupported)),
    };
    let port = stream.read_u16().await?;
    let Some(address) = address else {
        return Ok(Err(ReplyCode::AddressTypeNotSupported));
    };
    let command = match command {
        1 => Command::Connect,
        3 => Command::UdpAssociate,
        _ => return Ok(Err(ReplyCode::CommandNotSupported)),
    };
    Ok(Ok((command, SocketAddr::new(address, port))))
}

async fn read_array<S: AsyncRead + Unpin, const N: usize>(stream: &mut S) -> io::Result<[u8; N]> {
    let mut octets = [0; N];
    stream.read_exact(&mut octets).await?;
    Ok(octets)
}

/// Writes the reply (RFC 1928 §6).
pub(super) async fn write_reply<S: AsyncWrite + Unpin>(
    stream: &mut S,
    code: ReplyCode,
    bound: SocketAddr,
) -> io::Result<()> {
    let mut octets = vec![VERSION, code as u8, 0];
    push_address(&mut octets, bound);
    stream.write_all(&octets).await
}

/// A datagram with its header (RFC 1928 §7), for the client.
pub(super) fn wrap(from: SocketAddr, data: &[u8]) -> Vec<u8> {
    let mut octets = vec![0, 0, 0];
    push_address(&mut octets, from);
    octets.extend_from_slice(data);
    octets
}

/// Where a client's datagram goes, and its data; `None` for fragments, names and broken headers.
pub(super) fn unwrap(octets: &[u8]) -> Option<(SocketAddr, &[u8])> {
    let (&[_, _, 0, address_type], rest) = octets.split_first_chunk()? else {
        return None;
    };
    let (address, rest) = match address_type {
        ADDRESS_V4 => {
            let (address, rest) = rest.split_first_chunk::<4>()?;
            (IpAddr::from(Ipv4Addr::from(*address)), rest)
        }
        ADDRESS_V6 => {
            let (address, rest) = rest.split_first_chunk::<16>()?;
            (IpAddr::from(Ipv6Addr::from(*address)), rest)
        }
        _ => return None,
    };
    let (port, data) = rest.split_first_chunk::<2>()?;
    Some((SocketAddr::new(address, u16::from_be_bytes(*port)), data))
}

fn push_address(octets: &mut Vec<u8>, address: SocketAddr) {
    match address.ip() {
        IpAddr::V4(v4) => {
            octets.push(ADDRESS_V4);
            octets.extend(v4.octets());
        }
        IpAddr::V6(v6) => {
            octets.push(ADDRESS_V6);
            octets.extend(v6.octets());
        }
    }
    octets.extend(address.port().to_be_bytes());
}
