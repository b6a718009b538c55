//! How does a signed zone prove that something is not there? By NSEC (RFC 4034 §4) or NSEC3
//! (RFC 5155), each made for the question and covering as little as can be (RFC 4470, RFC 7129
//! appendix B), so that a zone may change at any moment.

use hickory_proto::dnssec::Nsec3HashAlgorithm;
use hickory_proto::dnssec::rdata::{DNSSECRData, NSEC, NSEC3};
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};

use super::authority::Authority;
use super::signer::Signer;
use super::zone::DEFAULT_TTL;
use crate::world::Snapshot;

/// The longest label, in octets (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// What is proven not to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    /// The name, and a wildcard for it.
    Name,
    /// The type: at the name, or at the wildcard that stands for it.
    Type,
    /// A name closer than the wildcard that was expanded.
    CloserName,
}

/// The records that prove it, each with its signature.
pub(crate) fn prove(
    snapshot: &Snapshot,
    authority: &Authority<'_>,
    signer: &Signer,
    name: &LowerName,
    denied: Denied,
) -> Vec<Record> {
    let proof = Proof { snapshot, authority, signer };
    let mut records = Vec::new();
    if authority.holds(snapshot, name) {
        records.extend(proof.matching(name));
    } else {
        let (encloser, next_closer) = enclosers(snapshot, authority, name);
        let wildcard = child(b"*", &Name::from(&encloser)).map(LowerName::from);
        records.extend(proof.covering(&next_closer));
        if denied != Denied::CloserName {
            // NSEC shows the encloser by its neighbours; a hash shows only itself.
            if signer.nsec3_iterations().is_some() {
                records.extend(proof.matching(&encloser));
            }
            records.extend(wildcard.and_then(|wildcard| match denied {
                Denied::Type => proof.matching(&wildcard),
                _ => proof.covering(&wildcard),
            }));
        }
    }
    let signatures: Vec<Record> = records
        .iter()
        .filter_map(|record| signer.sign(std::slice::from_ref(record), record.name.num_labels()))
        .collect();
    records.extend(signatures);
    records
}

/// The closest name above that exists, and the name below it on the way to `name`.
fn enclosers(
    snapshot: &Snapshot,
    authority: &Authority<'_>,
    name: &LowerName,
) -> (LowerName, LowerName) {
    let mut next_closer = name.clone();
    loop {
        let encloser = next_closer.base_name();
        if encloser == authority.origin()
            || encloser.is_root()
            || authority.holds(snapshot, &encloser)
        {
            return (encloser, next_closer);
        }
        next_closer = encloser;
    }
}

struct Proof<'p> {
    snapshot: &'p Snapshot,
    authority: &'p Authority<'p>,
    signer: &'p Signer,
}

impl Proof<'_> {
    /// A record at the name, with the types that are there.
    fn matching(&self, name: &LowerName) -> Option<Record> {
        let mut types = self.authority.types(self.snapshot, name);
        match self.signer.nsec3_iterations() {
            None => {
                types.extend([RecordType::RRSIG, RecordType::NSEC]);
                let owner = Name::from(name);
                let next = child(&[0], &owner)?;
                Some(record(owner, DNSSECRData::NSEC(NSEC::new(next, types))))
            }
            Some(iterations) => {
                types.push(RecordType::RRSIG);
                let hash = hash(name, iterations)?;
                self.hashed(&hash, &step(&hash, 1), iterations, types)
            }
        }
    }

    /// A record whose interval holds the name and nothing that exists.
    fn covering(&self, name: &LowerName) -> Option<Record> {
        let Some(iterations) = self.signer.nsec3_iterations() else {
            let (owner, next) = neighbours(name)?;
            let types = [RecordType::RRSIG, RecordType::NSEC];
            return Some(record(owner, DNSSECRData::NSEC(NSEC::new(next, types))));
        };
        let hash = hash(name, iterations)?;
        self.hashed(&step(&hash, -1), &step(&hash, 1), iterations, Vec::new())
    }

    fn hashed(
        &self,
        owner: &[u8],
        next: &[u8],
        iterations: u16,
        types: Vec<RecordType>,
    ) -> Option<Record> {
        let owner = child(base32(owner).as_bytes(), &Name::from(&self.authority.origin()))?;
        let algorithm = Nsec3HashAlgorithm::SHA1;
        let data = NSEC3::new(algorithm, false, iterations, Vec::new(), next.to_vec(), types);
        Some(record(owner, DNSSECRData::NSEC3(data)))
    }
}

fn record(owner: Name, data: DNSSECRData) -> Record {
    Record::from_rdata(owner, DEFAULT_TTL, RData::DNSSEC(data))
}

fn child(label: &[u8], parent: &Name) -> Option<Name> {
    let labels = std::iter::once(label).chain(parent.iter());
    let mut name = Name::from_labels(labels).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// Names right before and right after the name and all that is below it (RFC 4471 §3).
fn neighbours(name: &LowerName) -> Option<(Name, Name)> {
    let name = Name::from(name);
    let label = name.iter().next()?.to_vec();
    let parent = name.base_name();
    let (last, head) = label.split_last()?;
    let mut before = head.to_vec();
    if *last > 0 {
        before.push(last - 1);
        before.resize((label.len() + 1).min(MAX_LABEL), u8::MAX);
    }
    let mut after = label.clone();
    if after.len() < MAX_LABEL {
        after.push(0);
    } else {
        *after.last_mut()? = last.saturating_add(1);
    }
    let before = if before.is_empty() { parent.clone() } else { child(&before, &parent)? };
    Some((before, child(&after, &parent)?))
}

fn hash(name: &LowerName, iterations: u16) -> Option<Vec<u8>> {
    let hash = Nsec3HashAlgorithm::SHA1.hash(&[], &Name::from(name), iterations).ok()?;
    Some(hash.as_ref().to_vec())
}

/// The hash right after (1) or before (-1).
fn step(hash: &[u8], by: i8) -> Vec<u8> {
    let mut stepped = hash.to_vec();
    for octet in stepped.iter_mut().rev() {
        *octet = octet.wrapping_add_signed(by);
        let carries = if by > 0 { 0 } else { u8::MAX };
        if *octet != carries {
            break;
        }
    }
    stepped
}

/// Base 32 with the extended hex alphabet, without padding (RFC 4648 §7, RFC 5155 §3.3).
fn base32(octets: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let bits = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let digit =
        |five: &[u8]| five.iter().fold(0_usize, |value, bit| value << 1 | usize::from(*bit));
    // A SHA-1 digest is 160 bits: 32 digits without a rest.
    bits.chunks_exact(5).map(|five| char::from(ALPHABET[digit(five)])).collect()
}
