//! The first octets of a handshake: a ClientHello of any version, and what answers it.
//! (RFC 5246 §7.4.1, RFC 6101 §5.6, RFC 6176)
//!
//! Nothing is negotiated: the hello asks whether a host would, and its random part is a constant.

use crate::kernel::{ClientHello, HelloReply, TlsVersion};
use crate::records::cipher_suite;

/// Octets that are read for an answer: a ServerHello has less than 300.
pub const LONGEST_REPLY: usize = 4096;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const WARNING: u8 = 1;

/// SSL 2.0 cipher kinds: RC4, RC2, IDEA, DES and triple DES with MD5.
const SSL2_KINDS: [[u8; 3]; 7] = [
    [1, 0, 0x80],
    [2, 0, 0x80],
    [3, 0, 0x80],
    [4, 0, 0x80],
    [5, 0, 0x80],
    [6, 0, 0x40],
    [7, 0, 0xc0],
];

/// The octets of a hello; `host` goes into SNI (RFC 6066 §3) where the version has extensions.
pub fn encode(hello: ClientHello, host: &str) -> Vec<u8> {
    match hello.version {
        TlsVersion::Ssl2 => encode_ssl2(),
        _ => encode_tls(hello, host),
    }
}

fn encode_ssl2() -> Vec<u8> {
    let kinds = SSL2_KINDS.concat();
    let challenge = [0x76; 16];
    let mut body = vec![1];
    put16(&mut body, wire(TlsVersion::Ssl2));
    put16(&mut body, kinds.len());
    put16(&mut body, 0);
    put16(&mut body, challenge.len());
    body.extend(kinds);
    body.extend(challenge);
    let mut octets = Vec::new();
    put16(&mut octets, 0x8000 | body.len());
    octets.extend(body);
    octets
}

fn encode_tls(hello: ClientHello, host: &str) -> Vec<u8> {
    let mut body = Vec::new();
    put16(&mut body, wire(hello.version));
    body.extend([0x76; 32]);
    body.push(0);
    let suites = cipher_suite::offered(hello);
    put16(&mut body, suites.len() * 2);
    suites.iter().for_each(|suite| put16(&mut body, usize::from(*suite)));
    body.extend([1, 0]);
    if hello.version != TlsVersion::Ssl3 {
        let extensions = extensions(hello, host);
        put16(&mut body, extensions.len());
        body.extend(extensions);
    }
    let mut handshake = vec![1, 0];
    put16(&mut handshake, body.len());
    handshake.extend(body);
    let mut octets = vec![HANDSHAKE];
    // RFC 5246 §E.1: the record bears the lowest version, so that old hosts read on.
    put16(&mut octets, wire(hello.version.min(TlsVersion::Tls10)));
    put16(&mut octets, handshake.len());
    octets.extend(handshake);
    octets
}

fn extensions(hello: ClientHello, host: &str) -> Vec<u8> {
    let mut all = Vec::new();
    let mut put = |number: usize, body: &[u8]| {
        put16(&mut all, number);
        put16(&mut all, body.len());
        all.extend(body);
    };
    let is_name = !host.is_empty() && host.len() < 256 && host.parse::<std::net::IpAddr>().is_err();
    if is_name {
        let mut names = Vec::new();
        put16(&mut names, host.len() + 3);
        names.push(0);
        put16(&mut names, host.len());
        names.extend(host.as_bytes());
        put(0, &names);
    }
    put(10, &[0, 8, 0, 29, 0, 23, 0, 24, 0, 25]); // RFC 8422 §5.1.1: curves
    put(11, &[1, 0]);
    if hello.version == TlsVersion::Tls12 {
        // RFC 5246 §7.4.1.4.1: SHA-2 first, SHA-1 for hosts that know nothing else.
        put(13, &[0, 16, 4, 1, 4, 3, 5, 1, 5, 3, 6, 1, 6, 3, 2, 1, 2, 3]);
    }
    all
}

/// Reads the octets that came so far; nothing while they are too few to say.
pub fn read(asked: TlsVersion, octets: &[u8]) -> Option<HelloReply> {
    let read = if asked == TlsVersion::Ssl2 { read_ssl2(octets) } else { read_tls(octets) };
    match read {
        None if octets.len() >= LONGEST_REPLY => Some(HelloReply::Malformed),
        read => read,
    }
}

fn read_tls(octets: &[u8]) -> Option<HelloReply> {
    let mut rest = octets;
    loop {
        let (&[kind, major, _, high, low], after) = rest.split_first_chunk::<5>()?;
        if !matches!(kind, ALERT | HANDSHAKE) || major != 3 {
            return Some(HelloReply::Malformed);
        }
        let length = usize::from(high) << 8 | usize::from(low);
        if kind == HANDSHAKE {
            return read_server_hello(after);
        }
        let record = after.get(..length)?;
        match record {
            // unrecognized_name as a warning (RFC 6066 §3): the hello follows.
            [WARNING, _] => rest = &after[length..],
            [_, description] => return Some(HelloReply::Alert { description: *description }),
            _ => return Some(HelloReply::Malformed),
        }
    }
}

fn read_server_hello(body: &[u8]) -> Option<HelloReply> {
    let (head, after) = body.split_first_chunk::<6>()?;
    if head[0] != SERVER_HELLO {
        return Some(HelloReply::Malformed);
    }
    // The random part and the session's name stand before the suite.
    let session = usize::from(*after.get(32)?);
    let suite = after.get(33 + session..35 + session)?;
    let suite = u16::from_be_bytes([suite[0], suite[1]]);
    Some(match version([head[4], head[5]]) {
        Some(version) => HelloReply::Accepted { version, suite },
        None => HelloReply::Malformed,
    })
}

fn read_ssl2(octets: &[u8]) -> Option<HelloReply> {
    let (&[first, _], after) = octets.split_first_chunk::<2>()?;
    if first & 0x80 == 0 {
        return read_tls(octets);
    }
    let (&[kind, _, _, high, low], _) = after.split_first_chunk::<5>()?;
    let is_hello = kind == 4 && usize::from(high) << 8 | usize::from(low) == wire(TlsVersion::Ssl2);
    Some(match is_hello {
        true => HelloReply::Accepted { version: TlsVersion::Ssl2, suite: 0 },
        false => HelloReply::Malformed,
    })
}

fn put16(octets: &mut Vec<u8>, number: usize) {
    octets.extend([(number >> 8) as u8, number as u8]);
}

fn wire(version: TlsVersion) -> usize {
    match version {
        TlsVersion::Ssl2 => 0x0002,
        TlsVersion::Ssl3 => 0x0300,
        TlsVersion::Tls10 => 0x0301,
        TlsVersion::Tls11 => 0x0302,
        TlsVersion::Tls12 => 0x0303,
    }
}

fn version(octets: [u8; 2]) -> Option<TlsVersion> {
    Some(match octets {
        [3, 0] => TlsVersion::Ssl3,
        [3, 1] => TlsVersion::Tls10,
        [3, 2] => TlsVersion::Tls11,
        [3, 3] => TlsVersion::Tls12,
        _ => return None,
    })
}
