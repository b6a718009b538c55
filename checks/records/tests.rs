mod bimi;
mod caa;
mod certificate;
mod dkim_key;
mod dmarc;
mod dmarc_repair;
pub mod keys;
mod mark_certificate;
mod mta_sts;
mod provider;
mod rdap;
mod reverse;
mod smtp_reply;
mod special;
mod spf_lookalike;
mod svg;
mod tag_list;
mod tls_hello;
mod tls_rpt;
mod weak_key;

/// Texts as facts hold them.
pub(crate) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
