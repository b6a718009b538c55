//! The grammars of records, certificates and replies that checks share. Pure: octets in, parts and
//! their faults out.

pub mod certificate;
pub mod dkim_key;
pub mod dmarc;
pub mod dmarc_repair;
pub mod dmarc_uri;
pub mod providers;
pub mod selectors;
pub mod smtp_reply;
pub mod special;
pub mod spf;
pub mod spf_lookalike;
pub mod spf_macro;
pub mod tag_list;
pub mod weak_key;

#[cfg(test)]
pub(crate) mod tests;
