use std::io::Write;

use base64::Engine;
use flate2::Compression;
use flate2::write::GzEncoder;
use rcgen::{CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, KeyPair};

use crate::records::mark_certificate::{MarkCertificate, digest};

/// A mark certificate in PEM for the name, holding these octets as its logo.
pub(crate) fn mark(name: &str, logo: &[u8], purpose: bool) -> String {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if purpose {
        let brand_indicator = vec![1, 3, 6, 1, 5, 5, 7, 3, 31];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(brand_indicator)];
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(logo).unwrap();
    let base64 = base64::engine::general_purpose::STANDARD.encode(packed.finish().unwrap());
    let uri = format!("data:image/svg+xml;base64,{base64}");
    // An IA5String of that text, as it stands inside the extension.
    let length = u16::try_from(uri.len()).unwrap().to_be_bytes();
    let content = [&[0x16, 0x82], &length[..], uri.as_bytes()].concat();
    let logotype = [1, 3, 6, 1, 5, 5, 7, 1, 12];
    params.custom_extensions = vec![CustomExtension::from_oid_content(&logotype, content)];
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

#[test]
fn a_mark_certificate_holds_names_purpose_and_logo() {
    let read = MarkCertificate::read(mark("example.com", b"<svg/>", true).as_bytes()).unwrap();
    assert_eq!(read.leaf.names, ["example.com"]);
    assert!(read.has_purpose);
    assert_eq!(read.logo, Some(digest(b"<svg/>")));
    let other = MarkCertificate::read(mark("example.com", b"<svg/>", false).as_bytes()).unwrap();
    assert!(!other.has_purpose);
}

#[test]
fn a_logo_that_unpacks_to_more_than_is_shown_is_cut() {
    let bomb = vec![b' '; 4_000_000];
    let read = MarkCertificate::read(mark("example.com", &bomb, true).as_bytes()).unwrap();
    assert_eq!(read.logo, Some(digest(&bomb[..32 * 1024 + 1])));
}

#[test]
fn what_is_no_certificate_is_nothing() {
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in ["", "<html>", damaged] {
        assert!(MarkCertificate::read(text.as_bytes()).is_none(), "{text}");
    }
}
