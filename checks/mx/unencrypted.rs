//! Why was a conversation with a good greeting not encrypted, and would it be for others?

use std::net::IpAddr;

use crate::kernel::{
    ClientHello, HelloReply, Name, Reason, SmtpScript, SmtpTranscript, Stage, StoppedBy, Suites,
    TlsVersion, View,
};
use crate::records::smtp_reply;

/// What senders that insist on encryption meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unencrypted {
    /// STARTTLS is not offered.
    NotOffered,
    /// It is offered, and refused for good.
    Refused,
    /// Its handshake is refused, whatever is offered.
    HandshakeFails,
    Untold(Reason),
}

impl Unencrypted {
    /// What a conversation without a session says of the host.
    pub async fn of(view: &View<'_>, host: &Name, address: IpAddr, said: &SmtpTranscript) -> Self {
        let told = Self::by_replies(said);
        if !matches!(said.end.by, StoppedBy::TlsFailed(_)) {
            return told;
        }
        // Senders with more ciphers than ours may get through: they are asked for as `tls` does.
        let hello = ClientHello { version: TlsVersion::Tls12, suites: Suites::All };
        let script = SmtpScript::offer(address, host, &view.vantage.helo, hello);
        match view.net.smtp(script).await.hello.clone() {
            Some(HelloReply::Alert { description }) if description != PROTOCOL_VERSION => {
                Self::HandshakeFails
            }
            _ => told,
        }
    }

    fn by_replies(said: &SmtpTranscript) -> Self {
        match said.reply(Stage::Ehlo) {
            Some(ehlo) if ehlo.code == 250 && !smtp_reply::offers(ehlo, "STARTTLS") => {
                return Self::NotOffered;
            }
            _ => {}
        }
        match (said.reply(Stage::Starttls), &said.end.by) {
            (Some(reply), _)
                if reply.is_permanent() && !smtp_reply::blames_client(reply, said.address) =>
            {
                Self::Refused
            }
            (_, StoppedBy::Unknown(reason)) => Self::Untold(*reason),
            (_, StoppedBy::Closed) => Self::Untold(Reason::Network),
            _ => Self::Untold(Reason::NotOffered),
        }
    }
}

/// The alert of a host that speaks other versions (RFC 8446 §6.2), which some senders still do.
const PROTOCOL_VERSION: u8 = 70;
