mod certificate;
mod dkim_key;
mod dmarc;
mod smtp_reply;
mod special;
mod tag_list;
