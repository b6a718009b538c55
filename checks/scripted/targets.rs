//! What the administrator wrote of the domain.

use crate::kernel::{MailboxKind, Name, ProbeSpec, Seed, SmtpTls, Stream};

/// A stream of which nothing else is known.
pub fn stream(name: &str, from: &str) -> Stream {
    Stream {
        name: name.to_owned(),
        from: Name::new(from),
        mail_from: None,
        dkim: None,
        ips: Vec::new(),
        helo: None,
        bulk: false,
        links: Vec::new(),
        one_click: None,
    }
}

/// A probe of `example.com` to one mailbox at `quay.example`.
pub fn probe() -> ProbeSpec {
    let seed = Seed {
        address: "seed@quay.example".to_owned(),
        kind: MailboxKind::Imaps,
        host: "imap.quay.example".to_owned(),
        port: 993,
        user: "seed".to_owned(),
        secret: "seed".to_owned(),
    };
    ProbeSpec {
        name: "newsletter".to_owned(),
        from: "news@example.com".to_owned(),
        mail_from: "news@example.com".to_owned(),
        submit_host: "smtp.example.com".to_owned(),
        submit_port: 465,
        submit_tls: SmtpTls::Implicit,
        submit_user: None,
        submit_secret: "submit".to_owned(),
        seeds: vec![seed],
        returns: None,
        deliver_within_ms: 60_000,
        most_ms: None,
        trusted_authserv: None,
    }
}
