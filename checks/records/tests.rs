mod certificate;
mod dmarc;
mod smtp_reply;
mod special;
mod tag_list;
