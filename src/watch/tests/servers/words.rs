//! What servers say when nothing is wrong.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::json;
use vigie_checks::kernel::{Certificate, FoundMessage, TlsSession, Trust};

pub(super) const POLICY: &str = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\n\
                      max_age: 604800\n";

const NAMES: [&str; 7] = [
    "control-mx.vigie-lab.example",
    "mta-sts.example.com",
    "mx1.example.com",
    "mx2.example.com",
    "rdap.publicinterestregistry.org",
    "rdap.verisign.com",
    "smtp.example.com",
];

pub(super) static VALID: LazyLock<Vec<Certificate>> = LazyLock::new(|| certificate(&NAMES, 2027));
pub(super) static EXPIRED: LazyLock<Vec<Certificate>> = LazyLock::new(|| certificate(&NAMES, 2026));
pub(super) static FOREIGN: LazyLock<Vec<Certificate>> =
    LazyLock::new(|| certificate(&["login.hotel.example"], 2027));

/// One that ends in November of a year: long before or long after the simulated time.
fn certificate(names: &[&str], until: i32) -> Vec<Certificate> {
    let mut params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
            .unwrap();
    params.not_before = date_time_ymd(2026, 10, 1);
    params.not_after = date_time_ymd(until, 11, 20);
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    vec![Certificate::from_der(certificate.der())]
}

pub(super) fn session(chain: &[Certificate], trust: Trust) -> TlsSession {
    TlsSession {
        version: "TLSv1.3".to_owned(),
        cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
        chain: chain.to_vec(),
        trust,
    }
}

/// A domain object (RFC 9083 §5.3).
pub(super) fn registration(target: &str, on_hold: bool) -> String {
    let status = if on_hold { "client hold" } else { "client transfer prohibited" };
    json!({
        "objectClassName": "domain",
        "ldhName": target.rsplit('/').next(),
        "status": [status],
        "events": [{"eventAction": "expiration", "eventDate": "2029-01-01T00:00:00Z"}],
        "entities": [{
            "objectClassName": "entity",
            "roles": ["registrar"],
            "vcardArray": ["vcard", [["fn", {}, "text", "Registrar of the lab"]]],
        }],
        "secureDNS": {"delegationSigned": false},
    })
    .to_string()
}

pub(super) fn field(message: &str, name: &str) -> String {
    let mut fields = message.lines().filter_map(|line| line.split_once(": "));
    fields.find(|(its, _)| *its == name).map(|(_, value)| value.to_owned()).unwrap()
}

pub(super) fn arrived(at: DateTime<Utc>, message: &str) -> FoundMessage {
    let (header, body) = message.split_once("\r\n\r\n").unwrap();
    let noted = format!(
        "Return-Path: <news@example.com>\r\nAuthentication-Results: mx.quay.example;\r\n\
         \tspf=pass smtp.mailfrom=news@example.com;\r\n\tdkim=none;\r\n\
         \tdmarc=pass header.from=example.com\r\n\
         Received: from out.example.com (out.example.com [192.0.2.10])\r\n\
         \tby mx.quay.example with ESMTPS id 1;\r\n\t{}\r\n",
        at.to_rfc2822()
    );
    FoundMessage {
        folder: "INBOX".to_owned(),
        junk: false,
        stored_at: at,
        header: format!("{noted}{header}\r\n\r\n"),
        body: Some(body.to_owned()),
        tab: None,
    }
}
