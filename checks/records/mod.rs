//! The grammars of records that checks share. Pure: text in, terms and their faults out.

pub mod spf;
pub mod spf_macro;
//! Pure readers of what checks share: certificates, replies, address ranges.

pub mod certificate;
pub mod smtp_reply;
pub mod special;
#[cfg(test)]
mod tests;
