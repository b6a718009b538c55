//! The grammars of records, certificates and replies that checks share. Pure: octets in, parts and
//! their faults out.

pub mod bimi;
pub mod caa;
pub mod canonical;
pub mod certificate;
pub mod cipher_suite;
pub mod display;
pub mod dkim_key;
pub mod dkim_signature;
pub mod dmarc;
pub mod dmarc_repair;
pub mod dmarc_uri;
pub mod dnssec;
pub mod issuance;
pub mod mark_certificate;
pub mod mta_sts;
pub mod provider;
pub mod rdap;
pub mod reverse;
pub mod revocation;
pub mod selectors;
pub mod smtp_reply;
pub mod special;
pub mod spf;
pub mod spf_lookalike;
pub mod spf_macro;
pub mod spf_repair;
pub mod svg;
pub mod tag_list;
pub mod tls_hello;
pub mod tls_rpt;
pub mod tlsa;
pub mod unsubscribe;
pub mod weak_key;
pub mod web_certificate;

#[cfg(test)]
pub(crate) mod tests;
