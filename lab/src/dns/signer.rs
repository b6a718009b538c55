//! How are the lab's zones signed? When they are asked (RFC 4034 §3), each by one Ed25519 key that
//! follows from its name, so that equal worlds give equal keys.
//!
//! RSASHA1 keys and signatures are octets that look like some: nobody should verify them.

use std::cell::OnceCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hickory_proto::dnssec::rdata::sig::SigInput;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, NSEC3PARAM, RRSIG};
use hickory_proto::dnssec::{Algorithm, DigestType, Nsec3HashAlgorithm, PublicKeyBuf, TBS};
use hickory_proto::rr::{DNSClass, LowerName, Name, RData, Record, SerialNumber};
use ring::digest;
use ring::signature::{Ed25519KeyPair, KeyPair};
use vigie_scenario::{Ds, KeyAlgorithm, Signatures, SignedZone};

use super::zone::DEFAULT_TTL;

/// A zone key that is also the secure entry point (RFC 4034 §2.1.1).
const FLAGS: u16 = 257;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long signatures are valid in all.
const VALIDITY: Duration = Duration::from_secs(15 * 24 * 3_600);

/// The key of one zone, and how it is used.
pub(crate) struct Signer {
    origin: Name,
    seed: Vec<u8>,
    /// Worked out of the seed when first needed: that costs as much as a signature.
    pair: OnceCell<Ed25519KeyPair>,
    zone: SignedZone,
}

impl Signer {
    pub(crate) fn of(origin: &LowerName, zone: SignedZone) -> Self {
        let seed = digest::digest(&digest::SHA256, format!("vigie lab key of {origin}").as_bytes());
        let seed = seed.as_ref().to_vec();
        Self { origin: Name::from(origin), seed, pair: OnceCell::new(), zone }
    }

    /// Whether the zone serves keys and signatures at all.
    pub(crate) fn serves_signatures(&self) -> bool {
        self.zone.signatures != Signatures::Missing
    }

    /// The additional NSEC3 iterations; `None` where the zone denies by NSEC.
    pub(crate) fn nsec3_iterations(&self) -> Option<u16> {
        self.zone.nsec3_iterations
    }

    /// The DNSKEY record of the zone.
    pub(crate) fn dnskey(&self) -> Record {
        self.record(DNSSECRData::DNSKEY(self.key()))
    }

    /// The NSEC3PARAM record of a zone that denies by NSEC3 (RFC 5155 §4).
    pub(crate) fn nsec3param(&self) -> Option<Record> {
        let iterations = self.zone.nsec3_iterations?;
        let param = NSEC3PARAM::new(Nsec3HashAlgorithm::SHA1, false, iterations, Vec::new());
        Some(self.record(DNSSECRData::NSEC3PARAM(param)))
    }

    /// The DS records that the zone above holds.
    pub(crate) fn ds(&self) -> Option<Record> {
        let of = |signer: &Self, digest_type| {
            let key = signer.key();
            let digest = key.to_digest(&self.origin, digest_type).ok()?;
            let tag = key.calculate_key_tag().ok()?;
            let ds = DS::new(tag, self.algorithm(), digest_type, digest.as_ref().to_vec());
            Some(self.record(DNSSECRData::DS(ds)))
        };
        match self.zone.ds {
            Ds::Missing => None,
            Ds::Published => of(self, DigestType::SHA256),
            Ds::Sha1 => of(self, DigestType::SHA1),
            Ds::OfAnotherKey => {
                let mut other = Self::of(&LowerName::new(&self.origin), self.zone);
                other.seed.reverse();
                of(&other, DigestType::SHA256)
            }
        }
    }

    /// The signature over records that are one RRset; `labels` is the count of the owner in the
    /// zone, which differs from that of the name asked for under a wildcard (RFC 4034 §3.1.3).
    pub(crate) fn sign(&self, records: &[Record], labels: u8) -> Option<Record> {
        let first = records.first()?;
        let (inception, expiration) = self.dates();
        let input = SigInput {
            type_covered: first.record_type(),
            algorithm: self.algorithm(),
            num_labels: labels,
            original_ttl: first.ttl,
            sig_expiration: SerialNumber::new(expiration),
            sig_inception: SerialNumber::new(inception),
            key_tag: self.key().calculate_key_tag().ok()?,
            signer_name: self.origin.clone(),
        };
        let data = TBS::from_input(&first.name, DNSClass::IN, &input, records.iter()).ok()?;
        let signature = RRSIG::from_sig(input, self.signature(data.as_ref()));
        let data = RData::DNSSEC(DNSSECRData::RRSIG(signature));
        Some(Record::from_rdata(first.name.clone(), first.ttl, data))
    }

    fn signature(&self, data: &[u8]) -> Vec<u8> {
        if self.zone.algorithm == KeyAlgorithm::RsaSha1 {
            return self.filler(128);
        }
        let mut signature = self.pair().sign(data).as_ref().to_vec();
        if self.zone.signatures == Signatures::Wrong {
            signature.reverse();
        }
        signature
    }

    /// Inception and expiration in seconds since 1970, on whole hours.
    fn dates(&self) -> (u32, u32) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let hour = Duration::from_secs(now.as_secs() / HOUR.as_secs() * HOUR.as_secs());
        let expiration = match self.zone.signatures {
            Signatures::Expired => hour.saturating_sub(DAY),
            Signatures::Ending => hour + 2 * HOUR,
            Signatures::Valid | Signatures::Wrong | Signatures::Missing => hour + VALIDITY - DAY,
        };
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        (seconds(expiration.saturating_sub(VALIDITY)), seconds(expiration))
    }

    fn algorithm(&self) -> Algorithm {
        match self.zone.algorithm {
            KeyAlgorithm::Ed25519 => Algorithm::ED25519,
            KeyAlgorithm::RsaSha1 => Algorithm::from_u8(5),
        }
    }

    fn key(&self) -> DNSKEY {
        let octets = match self.zone.algorithm {
            KeyAlgorithm::Ed25519 => self.pair().public_key().as_ref().to_vec(),
            // RFC 3110 §2: the length of the exponent, the exponent, the modulus.
            KeyAlgorithm::RsaSha1 => [vec![3, 1, 0, 1], self.filler(128)].concat(),
        };
        DNSKEY::with_flags(FLAGS, PublicKeyBuf::new(octets, self.algorithm()))
    }

    fn pair(&self) -> &Ed25519KeyPair {
        self.pair.get_or_init(|| {
            Ed25519KeyPair::from_seed_unchecked(&self.seed).expect("a SHA-256 digest is a seed")
        })
    }

    fn filler(&self, length: usize) -> Vec<u8> {
        self.seed.iter().copied().cycle().map(|octet| octet | 1).take(length).collect()
    }

    fn record(&self, data: DNSSECRData) -> Record {
        Record::from_rdata(self.origin.clone(), DEFAULT_TTL, RData::DNSSEC(data))
    }
}

/// The DNSKEY record of the root, as a master file has it.
pub(crate) fn root_key() -> String {
    let root = LowerName::new(&Name::root());
    let key = Signer::of(&root, SignedZone::default()).dnskey();
    format!(". {DEFAULT_TTL} IN DNSKEY {}\n", key.data)
}
