use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope, CustomExtension, DnType, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams,
    SerialNumber,
};
use time::OffsetDateTime;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::kernel::HttpUrl;
use crate::records::issuance::{Published, is_issued_by, is_self_issued, published};
use crate::records::revocation::{ListError, Revoked, look_up};

const NOW: i64 = 1_767_225_600; // 2026-01-01
const URL: &str = "http://crl.example.net/part-1.crl";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn at(days: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW + days * 86_400).unwrap()
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn params(name: &str, usages: &[KeyUsagePurpose]) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = usages.to_vec();
    params
}

fn authority(name: &str, usages: &[KeyUsagePurpose]) -> Authority {
    Authority::self_signed(params(name, usages), KeyPair::generate().unwrap()).unwrap()
}

/// One that may sign what authorities sign.
fn usual(name: &str) -> Authority {
    authority(name, &[KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign])
}

/// A leaf of that serial number.
fn leaf(issuer: &Authority, serial: u64) -> Vec<u8> {
    let mut params = CertificateParams::new(vec!["mx.example.com".to_owned()]).unwrap();
    params.serial_number = Some(SerialNumber::from(serial));
    params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![URL.to_owned()] }];
    params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().to_vec()
}

/// A list of one entry, current for two days around now.
fn list(serial: u64) -> CertificateRevocationListParams {
    let entry = RevokedCertParams {
        serial_number: SerialNumber::from(serial),
        revocation_time: at(-3),
        reason_code: Some(RevocationReason::Superseded),
        invalidity_date: None,
    };
    CertificateRevocationListParams {
        this_update: at(-1),
        next_update: at(1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: vec![entry],
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

fn part(url: &str, scope: Option<CrlScope>) -> Option<CrlIssuingDistributionPoint> {
    let distribution_point = CrlDistributionPoint { uris: vec![url.to_owned()] };
    Some(CrlIssuingDistributionPoint { distribution_point, scope })
}

#[test]
fn a_list_is_believed_for_its_signature_its_dates_and_its_scope() {
    let ours = usual("ours");
    let other = usual("other");
    let namesake =
        Issuer::new(params("ours", &[KeyUsagePurpose::CrlSign]), KeyPair::generate().unwrap());
    let of = |params: CertificateRevocationListParams| params.signed_by(&ours).unwrap();
    let revoked =
        || Ok(Some(Revoked { since: now() - TimeDelta::days(3), cause: "superseded".to_owned() }));
    let mut empty = list(7);
    empty.revoked_certs.clear();
    let dated = |from, until| CertificateRevocationListParams {
        this_update: at(from),
        next_update: at(until),
        ..list(7)
    };
    let scoped = |url, scope| CertificateRevocationListParams {
        issuing_distribution_point: part(url, scope),
        ..list(7)
    };
    #[rustfmt::skip]
    let cases = [
        ("it names the leaf",               of(list(7)),                                        revoked()),
        ("it names another",                of(list(8)),                                        Ok(None)),
        ("it names none",                   of(empty),                                          Ok(None)),
        ("its last moment",                 of(dated(-2, 0)),                                   revoked()),
        ("its successor is overdue",        of(dated(-3, -1)),                                  Err(ListError::Outdated)),
        ("of the future",                   of(dated(1, 2)),                                    Err(ListError::Outdated)),
        ("another authority's",             list(7).signed_by(&other).unwrap(),                 Err(ListError::NotProven)),
        ("by another key of the same name", list(7).signed_by(&namesake).unwrap(),              Err(ListError::NotProven)),
        ("the part that the leaf is in",    of(scoped(URL, None)),                              revoked()),
        ("of servers' certificates",        of(scoped(URL, Some(CrlScope::UserCertsOnly))),     revoked()),
        ("another part",                    of(scoped("http://crl.example.net/part-2.crl", None)), Err(ListError::Elsewhere)),
        ("of authorities alone",            of(scoped(URL, Some(CrlScope::CaCertsOnly))),       Err(ListError::Elsewhere)),
    ];
    let (leaf, url) = (leaf(&ours, 7), HttpUrl::parse(URL).unwrap());
    for (rule, list, expected) in cases {
        assert_eq!(look_up(&leaf, ours.der(), list.der(), &url, now()), expected, "{rule}");
    }
    let list = of(list(7));
    let stranger = look_up(&leaf, other.der(), list.der(), &url, now());
    assert_eq!(stranger, Err(ListError::NotProven), "the issuer of another leaf");
    let half = &list.der()[..list.der().len() / 2];
    assert_eq!(look_up(&leaf, ours.der(), half, &url, now()), Err(ListError::Malformed));
}

#[test]
fn a_key_that_may_not_sign_lists_proves_none() {
    let ours = authority("ours", &[KeyUsagePurpose::KeyCertSign]);
    let may = Issuer::new(
        params("ours", &[KeyUsagePurpose::CrlSign]),
        KeyPair::from_pem(&ours.key().serialize_pem()).unwrap(),
    );
    let list = list(7).signed_by(&may).unwrap();
    let url = HttpUrl::parse(URL).unwrap();
    let said = look_up(&leaf(&ours, 7), ours.der(), list.der(), &url, now());
    assert_eq!(said, Err(ListError::NotProven));
}

#[test]
fn an_issuer_is_who_signed_whatever_it_is_called() {
    let (ours, namesake) = (usual("ours"), usual("ours"));
    let list_signer = authority("ours", &[KeyUsagePurpose::CrlSign]);
    let signed = leaf(&ours, 1);
    assert!(is_issued_by(&signed, ours.der()));
    assert!(!is_issued_by(&signed, namesake.der()), "another key");
    assert!(!is_issued_by(&leaf(&list_signer, 1), list_signer.der()), "it may sign lists alone");
    assert!(!is_issued_by(&signed, &signed), "a leaf is no authority");
    assert!(!is_issued_by(&signed, b"no certificate"));
    assert!(is_self_issued(ours.der()) && !is_self_issued(&signed));
}

#[test]
fn where_an_issuer_publishes_is_read_for_plain_http_alone() {
    let ours = usual("ours");
    let mut params = CertificateParams::new(vec!["mx.example.com".to_owned()]).unwrap();
    let uris = ["ldap://crl.example.net/cn=a", URL, "http://192.0.2.1/a.crl"];
    let uris = uris.map(str::to_owned).to_vec();
    params.crl_distribution_points = vec![CrlDistributionPoint { uris }];
    // OCSP at http://o.x.ne, then caIssuers at http://a.x.ne (RFC 5280 §4.2.2.1).
    let access = b"\x30\x36\
        \x30\x19\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x0dhttp://o.x.ne\
        \x30\x19\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x0dhttp://a.x.ne";
    let access = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access.to_vec());
    params.custom_extensions = vec![access];
    let leaf = params.signed_by(&KeyPair::generate().unwrap(), &ours).unwrap();
    let url = |written: &str| HttpUrl::parse(written).unwrap();
    let expected = Published { issuers: vec![url("http://a.x.ne")], lists: vec![url(URL)] };
    assert_eq!(published(leaf.der()), expected);
    assert_eq!(published(b"no certificate"), Published::default());
}

#[test]
fn a_list_that_was_touched_anywhere_is_not_believed() {
    let ours = usual("ours");
    let (leaf, url) = (leaf(&ours, 7), HttpUrl::parse(URL).unwrap());
    let sound = list(8).signed_by(&ours).unwrap().der().to_vec();
    assert_eq!(look_up(&leaf, ours.der(), &sound, &url, now()), Ok(None));
    let (_, read) = CertificateRevocationList::from_der(&sound).unwrap();
    // After what is signed stands the signature, one octet of which says how many bits it lacks.
    let signed = read.tbs_cert_list.as_ref().len();
    assert!(signed > 100 && signed < sound.len());
    for at in 0..signed {
        let mut touched = sound.clone();
        touched[at] ^= 1;
        assert!(look_up(&leaf, ours.der(), &touched, &url, now()).is_err(), "octet {at}");
    }
}

proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
        let url = HttpUrl::parse(URL).unwrap();
        let _ = (published(&octets), look_up(&octets, &octets, &octets, &url, now()));
    }
}
