mod certificate;
mod dkim_key;
mod dmarc;
pub mod keys;
mod smtp_reply;
mod special;
mod tag_list;
mod tls_hello;
