//! What is published of a certificate, and what is said of it then. Scripted worlds look at the epoch
//! and judge at any day.

use rcgen::{
    BasicConstraints, CertificateRevocationListParams, CertifiedIssuer, CrlDistributionPoint,
    CustomExtension, DnType, IsCa, KeyIdMethod, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};

use super::*;
use crate::kernel::{HttpsEnd, Octets, Page};

const HOST: &str = "authority.example.net";

type Authority = CertifiedIssuer<'static, KeyPair>;

/// An issuer with the root above it.
struct Issuers {
    root: Authority,
    between: Authority,
}

impl Issuers {
    fn new() -> Self {
        let params = |name: &str| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            params
        };
        let key = || KeyPair::generate().unwrap();
        let root = Authority::self_signed(params("root"), key()).unwrap();
        let mut below = params("between");
        below.custom_extensions = vec![ca_issuers("/root.crt")];
        Self { between: Authority::signed_by(below, key(), &root).unwrap(), root }
    }

    /// A leaf below both that says where its issuer is, and where it would be listed.
    fn leaf(&self) -> Certificate {
        let mut params = CertificateParams::new(vec!["mx1.example.com".to_owned()]).unwrap();
        params.not_before = time::OffsetDateTime::from_unix_timestamp(START).unwrap();
        params.not_after = params.not_before + time::Duration::days(200);
        params.serial_number = Some(SerialNumber::from(7_u64));
        params.custom_extensions = vec![ca_issuers("/between.crt")];
        let uris = vec![format!("http://{HOST}/list.crl")];
        params.crl_distribution_points = vec![CrlDistributionPoint { uris }];
        let signed = params.signed_by(&KeyPair::generate().unwrap(), &self.between).unwrap();
        Certificate::from_der(signed.der())
    }

    /// A list that names the leaf or not, current at the epoch.
    fn list(&self, names_it: bool) -> HttpsEnd {
        let at = time::OffsetDateTime::UNIX_EPOCH;
        let entry = RevokedCertParams {
            serial_number: SerialNumber::from(7_u64),
            revocation_time: at,
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: at,
            next_update: at + time::Duration::days(1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: if names_it { vec![entry] } else { Vec::new() },
            key_identifier_method: KeyIdMethod::Sha256,
        };
        file(list.signed_by(&self.between).unwrap().der())
    }
}

/// The extension that names a file of the authority as its issuer's certificate.
fn ca_issuers(path: &str) -> CustomExtension {
    let tagged =
        |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let url = tagged(0x86, format!("http://{HOST}{path}").as_bytes());
    let method = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02";
    let access = tagged(0x30, &tagged(0x30, &[&method[..], &url].concat()));
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access)
}

fn file(der: &[u8]) -> HttpsEnd {
    HttpsEnd::Page(Page { status: 200, body: Octets(der.to_vec()), ..Page::default() })
}

fn status(status: u16) -> HttpsEnd {
    HttpsEnd::Page(Page { status, ..Page::default() })
}

fn silence() -> HttpsEnd {
    HttpsEnd::Unknown(Reason::Timeout)
}

/// A world whose mail host sends this chain, and whose authority answers so.
fn publishing(chain: Vec<Certificate>, trust: Trust, files: Vec<(&str, HttpsEnd)>) -> Scripted {
    let mut shown = presents(chain[0].clone(), trust);
    if let Some(session) = &mut shown.tls {
        session.chain = chain;
    }
    let world = world(shown.clone(), shown).a(HOST, &["192.0.2.90"]);
    files.into_iter().fold(world, |world, (path, end)| world.file(HOST, path, end))
}

const INCOMPLETE: &str = "warning tls.chain-incomplete mx1.example.com";
const UNTRUSTED: &str = "warning tls.untrusted mx1.example.com";
const UNKNOWN: &str = "indet. tls.chain-unknown mx1.example.com";
const REVOKED: &str = "error tls.revoked mx1.example.com";
const UNLISTED: &str = "indet. tls.revocation-unknown mx1.example.com";

#[test]
fn a_chain_that_lacks_links_is_told_from_one_that_leads_nowhere() {
    let ours = Issuers::new();
    let leaf = ours.leaf();
    let (between, root) = (ours.between.der().to_vec(), ours.root.der().to_vec());
    let stranger = Issuers::new().between.der().to_vec();
    let sent = Certificate::from_der(&between);
    let below_root = |trusted: &[u8], files: Vec<(&'static str, HttpsEnd)>| {
        let files = files.into_iter().chain([("/list.crl", ours.list(false))]).collect();
        publishing(vec![leaf.clone()], Trust::UnknownIssuer, files).trusts(trusted)
    };
    let with_issuer = |files: Vec<(&'static str, HttpsEnd)>| {
        let files = files.into_iter().chain([("/list.crl", ours.list(false))]).collect();
        publishing(vec![leaf.clone(), sent.clone()], Trust::UnknownIssuer, files).trusts(&root)
    };
    let issuer = || ("/between.crt", file(&between));
    let nobody: &[u8] = &[];
    #[rustfmt::skip]
    let cases = [
        ("one link is missing",            below_root(&between, vec![issuer()]),                              &[INCOMPLETE][..]),
        ("two links are missing",          below_root(&root, vec![issuer(), ("/root.crt", file(&root))]),     &[INCOMPLETE]),
        ("the second of the links",        with_issuer(vec![("/root.crt", file(&root))]),                     &[INCOMPLETE]),
        ("nobody trusted is above",        below_root(nobody, vec![issuer(), ("/root.crt", file(&root))]),    &[UNTRUSTED]),
        ("another issuer is published",    below_root(&between, vec![("/between.crt", file(&stranger))]),     &[UNTRUSTED, UNLISTED]),
        ("nothing is published",           below_root(&between, vec![("/between.crt", status(404))]),         &[UNTRUSTED, UNLISTED]),
        ("no answer",                      below_root(&between, vec![("/between.crt", silence())]),           &[UNKNOWN, UNLISTED]),
        ("it fails",                       below_root(&between, vec![("/between.crt", status(503))]),         &[UNKNOWN, UNLISTED]),
        ("it is no certificate",           below_root(&between, vec![("/between.crt", file(b"PKCS #7"))]),    &[UNKNOWN, UNLISTED]),
        ("no answer for the second link",  below_root(&root, vec![issuer(), ("/root.crt", silence())]),       &[UNKNOWN]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, day(1)).0, expected, "{rule}");
    }
}

#[test]
fn a_leaf_is_revoked_when_the_list_of_its_issuer_proves_it() {
    let (ours, other) = (Issuers::new(), Issuers::new());
    let whole = || vec![ours.leaf(), Certificate::from_der(ours.between.der())];
    let issuer = || ("/between.crt", file(ours.between.der()));
    let list = |names_it| ("/list.crl", ours.list(names_it));
    let trusted = |chain, files| publishing(chain, Trust::Trusted, files);
    #[rustfmt::skip]
    let cases = [
        ("it is listed",                  trusted(whole(), vec![list(true)]),                              day(1), &[REVOKED][..]),
        ("it is not",                     trusted(whole(), vec![list(false)]),                             day(1), &[]),
        ("the issuer has to be fetched",  trusted(vec![ours.leaf()], vec![issuer(), list(true)]),          day(1), &[REVOKED]),
        ("the issuer cannot be",          trusted(vec![ours.leaf()], vec![list(true)]),                    day(1), &[UNLISTED]),
        ("another authority's list",      trusted(whole(), vec![("/list.crl", other.list(true))]),         day(1), &[UNLISTED]),
        ("no list there",                 trusted(whole(), vec![("/list.crl", status(404))]),              day(1), &[UNLISTED]),
        ("no answer",                     trusted(whole(), vec![("/list.crl", silence())]),                day(1), &[UNLISTED]),
        ("no list in it",                 trusted(whole(), vec![("/list.crl", file(b"<html>"))]),          day(1), &[UNLISTED]),
        ("in its last second",            trusted(whole(), vec![list(true)]),                              day(200), &["warning tls.cert-expiring mx1.example.com", REVOKED]),
        ("it has expired since",          trusted(whole(), vec![list(true)]),                              day(201), &["warning tls.cert-expired mx1.example.com"]),
    ];
    for (rule, world, now, expected) in cases {
        assert_eq!(said(&world, now).0, expected, "{rule}");
    }
}

#[test]
fn facts_hold_no_date_of_a_list() {
    let ours = Issuers::new();
    let chain = vec![ours.leaf(), Certificate::from_der(ours.between.der())];
    let world = publishing(chain, Trust::Trusted, vec![("/list.crl", ours.list(false))]);
    let facts = observed(&world);
    let digest = facts.authorities.keys().next().unwrap();
    assert!(facts.certificates.contains_key(digest));
    let told = serde_json::to_string(&facts.authorities[digest]).unwrap();
    assert_eq!(told, r#"{"revocation":"not-listed"}"#);
}

#[test]
fn a_service_shows_a_whole_chain_that_is_not_revoked() {
    let ours = Issuers::new();
    let leaf = ours.leaf();
    let read = crate::records::certificate::read(&leaf.der().unwrap()).unwrap();
    let url = "imaps://mx1.example.com".to_owned();
    let say = |trust, authority: crate::tls::Authority| {
        let chain = Chain { certificate: read.sha256.clone(), above: Vec::new(), trust };
        let shown = Service::Shown { host: Name::new("mx1.example.com"), chain };
        let facts = TlsFacts {
            services: [(url.clone(), shown)].into(),
            certificates: [(read.sha256.clone(), read.clone())].into(),
            authorities: [(read.sha256.clone(), authority)].into(),
            ..TlsFacts::default()
        };
        let judged = crate::tls::judge::judge(&facts, day(1)).raised;
        let text = |raised: &crate::kernel::Raised| format!("{raised:?}");
        judged.iter().map(text).collect::<Vec<String>>().join("\n")
    };
    use crate::tls::{Authority, Completion, Revocation};
    let completes = Authority { completion: Some(Completion::Completes), revocation: None };
    let said = say(Trust::UnknownIssuer, completes);
    assert!(said.contains("certificate-chain-incomplete"), "{said}");
    let said = say(Trust::UnknownIssuer, Authority::default());
    assert!(said.contains("certificate-untrusted"), "{said}");
    let revoked = crate::records::revocation::Revoked { since: day(0), cause: "x".to_owned() };
    let revocation = Some(Revocation::Revoked(revoked));
    let said = say(Trust::Trusted, Authority { completion: None, revocation });
    assert!(said.contains("\"revoked\"") && said.contains(&url), "{said}");
}
