use std::io::Write;
use std::path::PathBuf;

use chrono::Utc;
use rustls::pki_types::ServerName;
use vigie_checks::kernel::Trust;

use super::authority::{Authority, self_signed};
use super::{Roots, RootsError};

#[test]
fn a_chain_is_worth_what_its_issuer_is_whatever_its_dates() {
    let ours = Authority::new("ours");
    let other = Authority::new("other");
    let roots = ours.roots();
    let nobody = Roots::nobody();
    #[rustfmt::skip]
    let cases = [
        ("issued by a trusted root",     ours.leaf("mx.test", -1, 30),   &roots,  Trust::Trusted),
        ("expired, issuer still trusted", ours.leaf("mx.test", -90, -1), &roots,  Trust::Trusted),
        ("not valid yet",                ours.leaf("mx.test", 5, 30),    &roots,  Trust::Trusted),
        ("issued by a root unknown here", other.leaf("mx.test", -1, 30), &roots,  Trust::UnknownIssuer),
        ("vouched for by itself alone",  self_signed("mx.test"),         &roots,  Trust::SelfSigned),
        ("no roots to hold it against",  ours.leaf("mx.test", -1, 30),   &nobody, Trust::NotJudged),
    ];
    for (rule, leaf, roots, expected) in cases {
        assert_eq!(roots.judge(&leaf.chain, Utc::now()), expected, "{rule}");
    }
}

#[test]
fn a_chain_of_a_root_that_the_admin_named_is_judged_without_those_of_the_system() {
    let ours = Authority::new("ours");
    let roots = Roots::filled_by(ours.roots().store(), |_| panic!("the system's roots are read"));
    let leaf = ours.leaf("mx.test", -1, 30);
    assert_eq!(roots.judge(&leaf.chain, Utc::now()), Trust::Trusted);
}

#[test]
fn a_host_is_relied_on_only_when_trusted_in_date_and_named() {
    let ours = Authority::new("ours");
    let roots = ours.roots();
    #[rustfmt::skip]
    let cases = [
        ("all is well",        ours.leaf("mx.test", -1, 30),             None),
        ("another name",       ours.leaf("other.test", -1, 30),          Some("it does not name the host")),
        ("past its end",       ours.leaf("mx.test", -90, -1),            Some("it has expired")),
        ("before its start",   ours.leaf("mx.test", 5, 30),              Some("it is not valid yet")),
        ("an unknown issuer",  Authority::new("other").leaf("mx.test", -1, 30), Some("its issuer is not trusted here")),
    ];
    let host = ServerName::try_from("mx.test").unwrap();
    for (rule, leaf, expected) in cases {
        let said = roots.rely_on(&leaf.chain, &host).err().map(|error| error.to_string());
        let expected = expected.map(|reason| format!("the certificate is not valid: {reason}"));
        assert_eq!(said, expected, "{rule}");
    }
}

#[test]
fn a_file_of_roots_that_is_of_no_use_is_named() {
    let mut empty = tempfile::NamedTempFile::new().unwrap();
    empty.write_all(b"no certificate here\n").unwrap();
    let empty = empty.path().to_path_buf();
    assert!(
        matches!(Roots::load(std::slice::from_ref(&empty)), Err(RootsError::Empty { path }) if path == empty)
    );

    let missing = PathBuf::from("/nonexistent/roots.pem");
    let error = Roots::load(&[missing]).unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent/roots.pem: cannot be read"), "{error}");
}
