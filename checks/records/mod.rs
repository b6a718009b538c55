//! The grammars of records that checks share. Pure: text in, terms and their faults out.

pub mod spf;
pub mod spf_macro;
