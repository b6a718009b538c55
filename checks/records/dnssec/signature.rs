//! Do the signatures over an RRset hold? (RFC 4034 §3.1.8.1 and §6, RFC 4035 §5.3)
//!
//! Denials are not looked at, nor is whether the keys themselves are to be trusted.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

use super::{Dnskey, Rrsig, from_hex, octets, wire};
use crate::kernel::{Data, Name, Record, Rtype};

/// Octets of an RRSIG before the name of its signer.
const FIXED: usize = 18;

/// What the signatures over one RRset come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// For every algorithm of the keys one is valid (RFC 6840 §5.11).
    Holds,
    Fails,
    /// An algorithm or a record that is not known here.
    Untold,
}

/// Whether the RRset of this name and type in an answer is signed with these keys; nothing if there is none.
pub fn holding(
    answers: &[Record],
    name: &Name,
    rtype: Rtype,
    keys: &[Dnskey],
    now: DateTime<Utc>,
) -> Option<Holding> {
    let own = || answers.iter().filter(|record| record.name == *name);
    let set: Vec<&Data> =
        own().map(|record| &record.data).filter(|data| data.rtype() == rtype).collect();
    if set.is_empty() {
        return None;
    }
    let Some(set) = set.into_iter().map(canonical).collect::<Option<BTreeSet<Vec<u8>>>>() else {
        return Some(Holding::Untold);
    };
    let signatures: Vec<(Rrsig, Vec<u8>)> = own()
        .filter_map(|record| {
            Some((Rrsig::read(&record.data)?, octets(&record.data, Rtype::RRSIG)?))
        })
        .filter(|(read, _)| read.covered == rtype)
        .collect();
    let algorithms: BTreeSet<u8> = keys.iter().map(|key| key.algorithm).collect();
    let mut holding = Holding::Holds;
    for algorithm in algorithms {
        let of_algorithm: Vec<&Dnskey> =
            keys.iter().filter(|key| key.algorithm == algorithm).collect();
        let is_valid = |(read, raw): &(Rrsig, Vec<u8>)| {
            let is_current = (read.inception..=read.expiration).contains(&now);
            let by = of_algorithm.iter().filter(|key| key.key_tag == read.key_tag);
            let signed = signed(raw, name, rtype, &set);
            is_current
                && read.algorithm == algorithm
                && signed.is_some_and(|(signed, signature)| {
                    by.into_iter().any(|key| verifies(key, &signed, signature) == Some(true))
                })
        };
        if signatures.iter().any(is_valid) {
            continue;
        }
        match is_known(algorithm) {
            true => return Some(Holding::Fails),
            false => holding = Holding::Untold,
        }
    }
    Some(holding)
}

/// What was signed, and the signature itself.
fn signed<'r>(
    raw: &'r [u8],
    name: &Name,
    rtype: Rtype,
    set: &BTreeSet<Vec<u8>>,
) -> Option<(Vec<u8>, &'r [u8])> {
    let signer = end_of_name(raw, FIXED)?;
    let mut signed = raw[..FIXED].to_vec();
    signed.extend(raw[FIXED..signer].to_ascii_lowercase());
    // RFC 4034 §3.1.3: fewer labels than the name has are those of the wildcard that it came from.
    let labels = name.labels();
    let kept = usize::from(raw[3]);
    let owner = match labels.len().checked_sub(kept)? {
        0 => name.clone(),
        above => Name::new(&labels[above..].join(".")).child("*"),
    };
    let owner = wire(&owner)?;
    for data in set {
        signed.extend(&owner);
        signed.extend(rtype.0.to_be_bytes());
        signed.extend([0, 1]);
        signed.extend(&raw[4..8]);
        signed.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        signed.extend(data);
    }
    Some((signed, &raw[signer..]))
}

/// Where an uncompressed name ends that begins at `start`.
fn end_of_name(raw: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let length = usize::from(*raw.get(at)?);
        at += 1 + length;
        if length == 0 {
            return (at <= raw.len()).then_some(at);
        }
    }
}

/// The data as they are signed (RFC 4034 §6.2).
fn canonical(data: &Data) -> Option<Vec<u8>> {
    Some(match data {
        Data::A(address) => address.octets().to_vec(),
        Data::Aaaa(address) => address.octets().to_vec(),
        Data::Cname(name) | Data::Ns(name) | Data::Ptr(name) => wire(name)?,
        Data::Mx(mx) => [mx.preference.to_be_bytes().to_vec(), wire(&mx.exchange)?].concat(),
        Data::Soa(soa) => {
            let numbers = [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum];
            let numbers = numbers.into_iter().flat_map(u32::to_be_bytes).collect();
            [wire(&soa.mname)?, wire(&soa.rname)?, numbers].concat()
        }
        Data::Txt(text) => {
            let mut octets = Vec::new();
            for string in text.strings() {
                octets.push(u8::try_from(string.len()).ok()?);
                octets.extend(string);
            }
            octets
        }
        Data::Other { hex, .. } => from_hex(hex)?,
    })
}

/// RFC 8624 §3.1: what is signed with today, but for Ed448, and RSA by SHA-1, which should not be.
fn is_known(algorithm: u8) -> bool {
    matches!(algorithm, 8 | 10 | 13 | 14 | 15)
}

/// Nothing if the key is of an algorithm that is not known here.
fn verifies(key: &Dnskey, signed: &[u8], signature: &[u8]) -> Option<bool> {
    let data = from_hex(&key.data)?;
    let public = data.get(4..)?;
    let by_point = |algorithm: &'static dyn VerificationAlgorithm| {
        // RFC 6605 §4: without the octet that says that the point is not compressed.
        let point = [&[4], public].concat();
        UnparsedPublicKey::new(algorithm, point).verify(signed, signature).is_ok()
    };
    let by_rsa = |parameters: &'static RsaParameters| {
        rsa(public).is_some_and(|key| key.verify(parameters, signed, signature).is_ok())
    };
    Some(match key.algorithm {
        8 => by_rsa(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        10 => by_rsa(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        13 => by_point(&ECDSA_P256_SHA256_FIXED),
        14 => by_point(&ECDSA_P384_SHA384_FIXED),
        15 => UnparsedPublicKey::new(&ED25519, public).verify(signed, signature).is_ok(),
        _ => return None,
    })
}

/// RFC 3110 §2: the length of the exponent in one octet or three, the exponent, the modulus.
fn rsa(public: &[u8]) -> Option<RsaPublicKeyComponents<&[u8]>> {
    let (length, rest) = match public {
        [0, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [length, rest @ ..] => (usize::from(*length), rest),
        [] => return None,
    };
    let (e, n) = rest.split_at_checked(length)?;
    Some(RsaPublicKeyComponents { n, e })
}
