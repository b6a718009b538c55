//! What is learned of chains and of hosts that are aliases.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use sha2::{Digest, Sha256};

use super::{HOST, record};
use crate::dane::observe::HeldAgainst;
use crate::dane::{Dane, Presented};
use crate::kernel::{
    Certificate, Data, Lookup, Name, Reason, Rtype, Target, TlsSession, Trust, Vantage,
};
use crate::mx::Mx;
use crate::records::dnssec::to_hex;
use crate::scripted::{Scripted, alias, holding, nodata, observe_after, vouched};

/// An authority of this name with a key of its own.
fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

#[test]
fn an_authority_vouches_by_its_key_and_for_the_names_of_the_host() {
    let (ours, namesake) = (authority("Anchor"), authority("Anchor"));
    let sent = |name: &str, with: &CertifiedIssuer<'static, KeyPair>| {
        let key = KeyPair::generate().unwrap();
        let leaf =
            CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, with).unwrap();
        TlsSession {
            version: "TLSv1.3".to_owned(),
            cipher: "TLS13_AES_128_GCM_SHA256".to_owned(),
            chain: [leaf.der(), ours.der()].map(|der| Certificate::from_der(der)).to_vec(),
            trust: Trust::UnknownIssuer,
        }
    };
    let records = [record(2, 0, 1, &Sha256::digest(ours.der()))];
    let (host, end, domain) = (Name::new(HOST), Name::new("in.example.net"), "example.com");
    #[rustfmt::skip]
    let cases = [
        ("signed by it",            sent(HOST, &ours),             (true, true)),
        ("by one of the same name", sent(HOST, &namesake),         (false, true)),
        ("for the domain",          sent(domain, &ours),           (true, true)),
        ("for the end of an alias", sent("in.example.net", &ours), (true, true)),
        ("for another name",        sent("mx2.example.com", &ours), (true, false)),
    ];
    for (rule, session, expected) in cases {
        let domain = &Name::new(domain);
        let held = HeldAgainst { records: &records, host: &host, base: Some(&end), domain };
        let Presented::Chain { authority: Some(top), .. } = held.session(&session) else {
            panic!("{rule}: the record stands for the authority that is sent");
        };
        assert_eq!((top.is_linked, top.names_host), expected, "{rule}");
    }
}

/// RFC 6698 §2.1.1: usage 2 is for what issued the leaf, also where the leaf issued itself.
#[test]
fn a_leaf_is_no_authority_of_its_own() {
    let (ours, key) = (authority("Anchor"), KeyPair::generate().unwrap());
    let leaf = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    let (alone, issued) =
        (leaf.clone().self_signed(&key).unwrap(), leaf.signed_by(&key, &ours).unwrap());
    let host = Name::new(HOST);
    for (rule, chain) in [
        ("it issued itself", vec![alone.der()]),
        ("beside its issuer", vec![issued.der(), ours.der()]),
    ] {
        let records = [record(2, 0, 1, &Sha256::digest(chain[0]))];
        let session = TlsSession {
            version: "TLSv1.3".to_owned(),
            cipher: "TLS13_AES_128_GCM_SHA256".to_owned(),
            chain: chain.into_iter().map(|der| Certificate::from_der(der)).collect(),
            trust: Trust::UnknownIssuer,
        };
        let held = HeldAgainst { records: &records, host: &host, base: None, domain: &host };
        let Presented::Chain { names_leaf: true, authority: None, .. } = held.session(&session)
        else {
            panic!("{rule}: the record stands for the leaf alone");
        };
    }
}

#[test]
fn the_end_of_a_signed_alias_is_looked_at_before_its_beginning() {
    let end = "in.example.net";
    let (at_end, at_host) = ("_25._tcp.in.example.net", "_25._tcp.mx1.example.com");
    let tlsa = |name: &str| {
        let hex = to_hex(&[&[3, 1, 1][..], &[7; 32]].concat());
        vouched(holding(name, vec![Data::Other { rtype: Rtype::TLSA, hex }]))
    };
    let world = |secure| {
        let mx = Data::Mx(crate::kernel::Mx { preference: 10, exchange: Name::new(HOST) });
        let alias = alias(HOST, end, "192.0.2.25");
        Scripted::new()
            .answer("example.com", Rtype::MX, vouched(holding("example.com", vec![mx])))
            .answer(HOST, Rtype::A, if secure { vouched(alias) } else { alias })
            .answer(HOST, Rtype::AAAA, nodata())
    };
    let both = |secure| {
        world(secure).answer(at_end, Rtype::TLSA, tlsa(at_end)).answer(
            at_host,
            Rtype::TLSA,
            tlsa(at_host),
        )
    };
    let lost = both(true).fails(at_end, Rtype::TLSA, Reason::Timeout);
    #[rustfmt::skip]
    let cases = [
        ("records at both",              both(true),                                             Some(end), Some(true)),
        ("records at its beginning",     world(true).answer(at_host, Rtype::TLSA, tlsa(at_host)), None,      Some(true)),
        ("records at its end",           world(true).answer(at_end, Rtype::TLSA, tlsa(at_end)),  Some(end), Some(true)),
        ("the end cannot be told",       lost,                                                   Some(end), None),
        ("an alias that is not signed",  both(false),                                            None,      Some(true)),
        ("no records at all",            world(true),                                            None,      Some(false)),
    ];
    for (rule, world, base, found) in cases {
        let target = Target::new(Name::new("example.com"));
        let facts = observe_after::<Mx, Dane>(&world, &target, &Vantage::default());
        let host = &facts.hosts[0];
        let has = match &host.tlsa {
            Lookup::Found(records) => Some(!records.is_empty()),
            Lookup::Absent { .. } => Some(false),
            Lookup::Unknown { .. } => None,
        };
        assert_eq!((host.base.clone(), has), (base.map(Name::new), found), "{rule}");
    }
}
