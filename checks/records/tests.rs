mod certificate;
mod smtp_reply;
mod special;
