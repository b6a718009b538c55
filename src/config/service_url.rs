//! Which service do the domain's users reach? `imaps://imap.example.com`, and what it implies.

use vigie_checks::kernel::{Service, ServiceTls};

use super::host::split_port;
use super::mistake::BadValue;
use super::suggest;

const SCHEMES: [(&str, ServiceTls, u16); 5] = [
    ("smtps", ServiceTls::Implicit, 465),
    ("smtp", ServiceTls::SmtpStarttls, 587),
    ("imaps", ServiceTls::Implicit, 993),
    ("pop3s", ServiceTls::Implicit, 995),
    ("https", ServiceTls::Implicit, 443),
];

/// Reads the URL of a service whose certificate is looked at.
///
/// # Errors
/// It is no URL of a known scheme with a host.
pub fn read(written: &str) -> Result<Service, BadValue> {
    let (scheme, rest) = written.split_once("://").ok_or_else(|| {
        BadValue::predicate("is not a URL", "n’est pas une URL").hint(
            "write it like imaps://imap.example.com",
            "écrire par exemple imaps://imap.example.com",
        )
    })?;
    let lower = scheme.to_ascii_lowercase();
    let known = SCHEMES.iter().find(|(name, ..)| *name == lower);
    let (scheme, tls, default_port) = *known.ok_or_else(|| {
        BadValue::predicate(
            format!(
                "has the unknown scheme `{scheme}`; smtps, smtp, imaps, pop3s and https are known"
            ),
            format!(
                "a le schéma inconnu `{scheme}` ; smtps, smtp, imaps, pop3s et https sont connus"
            ),
        )
        .suggest(suggest::did_you_mean(&lower, SCHEMES.iter().map(|(name, ..)| *name)))
    })?;
    if rest.contains(['@', '?', '#']) {
        return Err(BadValue::predicate(
            "names more than a host and a port",
            "nomme plus qu’un hôte et un port",
        ));
    }
    let (host, port) = split_port(rest.strip_suffix('/').unwrap_or(rest))?;
    let port = port.unwrap_or(default_port);
    Ok(Service {
        url: if port == default_port {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{port}")
        },
        host: host.to_string(),
        port,
        tls,
    })
}
