use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};

use crate::kernel::{Data, Mx, Name, Record, Rtype, Text};
use crate::records::dnssec::signature::{Holding, holding};
use crate::records::dnssec::{Dnskey, to_hex};

/// A key, and the signature that it made over one record.
struct Signed {
    key: (&'static [u8], &'static str),
    zone: &'static str,
    name: &'static str,
    data: Data,
    /// Type covered to key tag, then the name of the signer.
    head: (Rtype, u8, u8, [u32; 2], u16),
    signature: &'static str,
}

impl Signed {
    fn key(&self) -> Dnskey {
        let octets = [self.key.0, &STANDARD.decode(self.key.1).unwrap()].concat();
        Dnskey::read(&Data::Other { rtype: Rtype::DNSKEY, hex: to_hex(&octets) }).unwrap()
    }

    fn answers(&self, name: &str) -> Vec<Record> {
        let (covered, algorithm, labels, [expiration, inception], tag) = self.head;
        let mut octets = [covered.0.to_be_bytes(), [algorithm, labels]].concat();
        for number in [3600, expiration, inception] {
            octets.extend(number.to_be_bytes());
        }
        octets.extend(tag.to_be_bytes());
        for label in self.zone.split('.') {
            octets.push(u8::try_from(label.len()).unwrap());
            octets.extend(label.as_bytes());
        }
        octets.push(0);
        octets.extend(STANDARD.decode(self.signature).unwrap());
        let rrsig = Data::Other { rtype: Rtype::RRSIG, hex: to_hex(&octets) };
        let record = |data| Record { name: Name::new(name), ttl: 60, data };
        vec![record(self.data.clone()), record(rrsig)]
    }

    fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(i64::from(self.head.3[1]), 0).unwrap() + TimeDelta::days(1)
    }

    fn holds(&self, name: &str, keys: &[Dnskey], now: DateTime<Utc>) -> Option<Holding> {
        holding(&self.answers(name), &Name::new(name), self.data.rtype(), keys, now)
    }
}

/// RFC 6605 §6.1.
fn ecdsa() -> Signed {
    Signed {
        key: (
            &[1, 1, 3, 13],
            "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
        ),
        zone: "example.net",
        name: "www.example.net",
        data: Data::A("192.0.2.1".parse().unwrap()),
        head: (Rtype::A, 13, 3, [1_284_026_679, 1_281_607_479], 55648),
        signature: "qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
    }
}

/// RFC 8080 §6.
fn ed25519() -> Signed {
    Signed {
        key: (&[1, 1, 3, 15], "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="),
        zone: "example.com",
        name: "example.com",
        data: Data::Mx(Mx { preference: 10, exchange: Name::new("mail.example.com") }),
        head: (Rtype::MX, 15, 2, [1_440_021_600, 1_438_207_200], 3613),
        signature: "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
    }
}

/// Made with OpenSSL over *.example.com.
fn rsa() -> Signed {
    Signed {
        key: (
            &[1, 0, 3, 8],
            "AwEAAdPMx8Gaqn+rk+i/TEniEyNG6TRk0hlgiveMk25Ve7jycX+e9kTbUYIQ7dmVTcNy8vN4Dox6jXdphsAphyNlfbq6KWa25g/WOzJ/MrhV0gPCVIIISzbFLozG1M9RerurFBrVskVyt4xX0yC1+uQgOQWTWNVae3pzbupRDJDLTPGH",
        ),
        zone: "example.com",
        name: "any.name.example.com",
        data: Data::Txt(Text::new(vec![b"v=spf1 -all".to_vec()])),
        head: (Rtype::TXT, 8, 2, [1_440_021_600, 1_438_207_200], 58303),
        signature: "ab1UxSD0oJOrZBTSJYVSMAbCZ3GV8NVLqDg3BLmbH87aG1r4GozbzM1JpDBKrIsXlJmhcLdkkGKq1cxItT53kF7ZXV+j4LxsHtdalaWKR3mRGWESeB9txC838PXeSwzaoVYhMQ5LCd4U4ShUDIdrvnF2NKxYeclrSevp2ah7Rc8=",
    }
}

#[test]
fn a_signature_holds_by_its_key_and_in_its_time() {
    let holds = Some(Holding::Holds);
    let fails = Some(Holding::Fails);
    for signed in [ecdsa(), ed25519(), rsa()] {
        let (key, now) = (signed.key(), signed.at());
        let own = std::slice::from_ref(&key);
        assert_eq!(signed.holds(signed.name, own, now), holds, "{}", signed.name);
        let later = now + TimeDelta::days(400);
        assert_eq!(signed.holds(signed.name, own, later), fails, "it has ended");
        assert_eq!(signed.holds(signed.name, own, now - TimeDelta::days(2)), fails, "not yet");
        assert_eq!(signed.holds("another.example.org", own, now), fails, "of another name");
        let mut other = Signed { data: Data::Ns(Name::new("ns.example.net")), ..signed };
        assert_eq!(other.holds(other.name, own, now), fails, "of another type");
        other.data = Data::Txt(Text::new(vec![b"v=spf1 +all".to_vec()]));
        assert_eq!(other.holds(other.name, own, now), fails, "other data");
    }
}

#[test]
fn every_algorithm_of_the_keys_must_sign() {
    let signed = ed25519();
    let both = [signed.key(), ecdsa().key()];
    assert_eq!(signed.holds(signed.name, &both, signed.at()), Some(Holding::Fails));
    let unknown = [signed.key(), Dnskey { algorithm: 16, ..ecdsa().key() }];
    assert_eq!(signed.holds(signed.name, &unknown, signed.at()), Some(Holding::Untold));
    let nothing = holding(&[], &Name::new(signed.name), Rtype::MX, &both, signed.at());
    assert_eq!(nothing, None, "there is nothing to sign");
}
