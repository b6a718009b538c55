//! What is known of a message before its content? The envelope and where it came from.

use std::net::IpAddr;

/// Who hands over a message, from whom, to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The client's address, simulated when the lab's own relay plays the client.
    pub client: IpAddr,
    /// What the client called itself.
    pub helo: String,
    /// The reverse path; empty is the null sender.
    pub mail_from: String,
    /// The recipients that were accepted.
    pub recipients: Vec<String>,
    /// How it was handed over, as written in `Received` (RFC 3848): `ESMTP`, `ESMTPS`, …
    pub protocol: &'static str,
}

/// The words of RFC 3848 for how a message is handed over.
pub fn protocol(extended: bool, tls: bool, authenticated: bool) -> &'static str {
    match (extended, tls, authenticated) {
        (false, _, _) => "SMTP",
        (true, false, false) => "ESMTP",
        (true, true, false) => "ESMTPS",
        (true, false, true) => "ESMTPA",
        (true, true, true) => "ESMTPSA",
    }
}
