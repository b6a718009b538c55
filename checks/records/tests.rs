use chrono::{DateTime, Utc};

use super::certificate::{Key, Reading};

mod bimi;
mod caa;
mod canonical;
mod certificate;
mod dkim_key;
pub(crate) mod dkim_signature;
mod dmarc;
mod dmarc_repair;
mod dnssec;
pub mod keys;
mod mark_certificate;
mod mta_sts;
mod provider;
mod rdap;
mod reverse;
mod revocation;
mod smtp_reply;
mod special;
mod spf_lookalike;
mod svg;
mod tag_list;
mod tls_hello;
mod tls_rpt;
mod unsubscribe;
mod weak_key;

/// Texts as facts hold them.
pub(crate) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A sound certificate for the name, by an authority, good from one moment to the other.
pub(crate) fn certificate(
    name: &str,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
) -> Reading {
    Reading {
        sha256: "aa".to_owned(),
        subject: name.to_owned(),
        issuer: "an authority".to_owned(),
        self_issued: false,
        names: vec![name.to_owned()],
        not_before,
        not_after,
        key: Key { kind: "EC".to_owned(), bits: 256 },
        signature: "1.2.840.10045.4.3.2".to_owned(),
    }
}
