//! How does a host that is behind the times shake hands? A canned ServerHello for versions and
//! suites that no library of today speaks; everything else is left to the real handshake.

use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a client may take for its hello, and to close after the answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Octets of a hello that are looked at.
const LONGEST: usize = 4096;
/// The alert protocol_version(70), fatal (RFC 5246 §7.2).
const PROTOCOL_VERSION: [u8; 7] = [21, 3, 1, 0, 2, 2, 70];
/// Null, export, RC4, DES and triple DES suites of the IANA registry.
const BROKEN: [u16; 20] = [
    0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x0016,
    0x003b, 0xc006, 0xc007, 0xc008, 0xc010, 0xc011, 0xc012, 0x00ff,
];

/// What a host still accepts, or no longer has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OldTls {
    /// Versions below TLS 1.2 that it goes on with, as on the wire; `[0, 2]` is SSL 2.0.
    pub versions: Vec<[u8; 2]>,
    /// The suite that it takes when a client offers broken ones alone.
    pub broken_suite: Option<u16>,
    /// The suite that it takes from any hello of TLS 1.2 without 1.3, in place of a real handshake.
    pub suite: Option<u16>,
    /// It knows nothing from TLS 1.2 on.
    pub nothing_newer: bool,
}

/// A client's first message, as far as it matters here.
struct Hello {
    version: [u8; 2],
    suites: Vec<u16>,
}

impl OldTls {
    /// Looks at the hello that waits in the stream; `true` when it was answered here.
    pub(crate) async fn answer(&self, stream: &mut TcpStream) -> io::Result<bool> {
        if *self == Self::default() {
            return Ok(false);
        }
        let octets = timeout(PATIENCE, peek(stream)).await??;
        let Some(answer) = read(&octets).and_then(|hello| self.reply(&hello)) else {
            return Ok(false);
        };
        let mut hello = vec![0; octets.len()];
        stream.read_exact(&mut hello).await?;
        stream.write_all(&answer).await?;
        // The client reads and closes; an early close of ours could cut the answer short.
        let _ = timeout(PATIENCE, stream.read(&mut [0; 64])).await;
        Ok(true)
    }

    fn reply(&self, hello: &Hello) -> Option<Vec<u8>> {
        let is_broken = hello.suites.iter().all(|suite| BROKEN.contains(suite));
        if self.versions.contains(&hello.version) {
            return Some(match hello.version {
                [0, 2] => vec![0x80, 11, 4, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0],
                version => server_hello(version, *hello.suites.first()?),
            });
        }
        let is_tls12 = hello.version == [3, 3];
        match (is_tls12, self.broken_suite, self.suite) {
            (true, ..) if self.nothing_newer => Some(PROTOCOL_VERSION.to_vec()),
            (true, Some(suite), _) if is_broken => Some(server_hello([3, 3], suite)),
            (true, _, Some(suite)) if hello.suites.contains(&suite) => {
                Some(server_hello([3, 3], suite))
            }
            // Of a library of today: no version that it knows, or no suite in common.
            (true, _, Some(_)) => Some(vec![21, 3, 3, 0, 2, 2, 40]),
            _ => None,
        }
    }
}

/// The first record whole, or as much of it as is looked at.
async fn peek(stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut octets = vec![0; LONGEST];
    loop {
        let length = stream.peek(&mut octets).await?;
        let seen = &octets[..length];
        let whole = match seen {
            [] => 0,
            [first, second, ..] if first & 0x80 != 0 => {
                usize::from(first & 0x7f) << 8 | usize::from(*second)
            }
            [_, _, _, high, low, ..] => 5 + (usize::from(*high) << 8 | usize::from(*low)),
            _ => usize::MAX,
        };
        if length >= whole.min(LONGEST) {
            return Ok(seen.to_vec());
        }
        // The rest of the hello is under way; a peek does not wait for more than there is.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn read(octets: &[u8]) -> Option<Hello> {
    match octets {
        [first, _, 1, 0, 2, ..] if first & 0x80 != 0 => {
            Some(Hello { version: [0, 2], suites: Vec::new() })
        }
        [22, 3, ..] => {
            let version = [*octets.get(9)?, *octets.get(10)?];
            let at = 44 + usize::from(*octets.get(43)?);
            let length = usize::from(*octets.get(at)?) << 8 | usize::from(*octets.get(at + 1)?);
            let suites = octets.get(at + 2..at + 2 + length)?;
            let suites = suites.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]]));
            Some(Hello { version, suites: suites.collect() })
        }
        _ => None,
    }
}

fn server_hello(version: [u8; 2], suite: u16) -> Vec<u8> {
    let mut octets = vec![22, version[0], version[1], 0, 42, 2, 0, 0, 38, version[0], version[1]];
    octets.extend([0x4c; 32]);
    octets.push(0);
    octets.extend(suite.to_be_bytes());
    octets.push(0);
    octets
}
