//! Where is a mail account? `smtps://user@host:465`, `imaps://user@host`, and what they imply.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
use vigie_checks::kernel::{MailboxKind, SmtpTls};

use super::host::{Host, split_port};
use super::mistake::BadValue;
use super::suggest;

/// Kept readable in a user name (RFC 3986 §2.3); everything else is percent-encoded.
const USER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A submission or mailbox host, reached as written, with the account there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct MailUrl {
    pub scheme: MailScheme,
    pub user: Option<String>,
    pub host: Host,
    pub port: u16,
    /// `?tls=none`: plain text is allowed.
    pub plain: bool,
}

/// The protocol of a mail URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailScheme {
    /// TLS from the first octet (RFC 8314 §3.3), port 465.
    Smtps,
    /// STARTTLS required, port 587.
    Smtp,
    /// TLS from the first octet, port 993.
    Imaps,
    /// STARTTLS required, port 143.
    Imap,
}

const SCHEMES: [(&str, MailScheme, u16); 4] = [
    ("smtps", MailScheme::Smtps, 465),
    ("smtp", MailScheme::Smtp, 587),
    ("imaps", MailScheme::Imaps, 993),
    ("imap", MailScheme::Imap, 143),
];

impl MailUrl {
    /// How a submission is encrypted; none for a mailbox.
    pub fn smtp_tls(&self) -> Option<SmtpTls> {
        match (self.scheme, self.plain) {
            (MailScheme::Smtps, _) => Some(SmtpTls::Implicit),
            (MailScheme::Smtp, false) => Some(SmtpTls::Required),
            (MailScheme::Smtp, true) => Some(SmtpTls::None),
            (MailScheme::Imaps | MailScheme::Imap, _) => None,
        }
    }

    /// The protocol of a mailbox; none for a submission.
    pub fn mailbox_kind(&self) -> Option<MailboxKind> {
        match self.scheme {
            MailScheme::Imaps => Some(MailboxKind::Imaps),
            MailScheme::Imap => Some(MailboxKind::Imap),
            MailScheme::Smtps | MailScheme::Smtp => None,
        }
    }
}

impl FromStr for MailUrl {
    type Err = BadValue;

    fn from_str(written: &str) -> Result<Self, BadValue> {
        let (scheme, rest) = written.split_once("://").ok_or_else(|| {
            BadValue::predicate("is not a URL", "n’est pas une URL").hint(
                "write it like smtps://user@smtp.example.com or imaps://user@imap.example.com",
                "écrire par exemple smtps://user@smtp.example.com ou imaps://user@imap.example.com",
            )
        })?;
        let (scheme, default_port) = scheme_of(scheme)?;
        let (rest, plain) = options_of(rest, scheme)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user_of(user)?), place),
            None => (None, rest),
        };
        let (host, port) = split_port(place)?;
        Ok(Self { scheme, user, host, port: port.unwrap_or(default_port), plain })
    }
}

fn scheme_of(written: &str) -> Result<(MailScheme, u16), BadValue> {
    let lower = written.to_ascii_lowercase();
    if matches!(lower.as_str(), "pop3" | "pop3s") {
        let what = BadValue::predicate(
            "names a POP3 mailbox; pop3 is not offered yet",
            "nomme une boîte POP3 ; pop3 n’est pas encore pris en charge",
        );
        return Err(
            what.hint("use imaps:// for this mailbox", "utiliser imaps:// pour cette boîte")
        );
    }
    let found = SCHEMES.iter().find(|(name, ..)| *name == lower);
    found.map(|(_, scheme, port)| (*scheme, *port)).ok_or_else(|| {
        let known = SCHEMES.iter().map(|(name, ..)| *name);
        BadValue::predicate(
            format!("has the unknown scheme `{written}`; smtps, smtp, imaps and imap are known"),
            format!("a le schéma inconnu `{written}` ; smtps, smtp, imaps et imap sont connus"),
        )
        .suggest(suggest::did_you_mean(&lower, known))
    })
}

fn options_of(rest: &str, scheme: MailScheme) -> Result<(&str, bool), BadValue> {
    match rest.split_once('?') {
        None => Ok((rest, false)),
        Some((rest, "tls=none")) if scheme == MailScheme::Smtp => Ok((rest, true)),
        Some((_, "tls=none")) => Err(BadValue::predicate(
            "has `?tls=none`, which goes with smtp:// only",
            "a `?tls=none`, qui ne va qu’avec smtp://",
        )),
        Some(_) => Err(BadValue::predicate(
            "has an unknown option; `?tls=none` is the only one",
            "a une option inconnue ; `?tls=none` est la seule",
        )),
    }
}

fn user_of(written: &str) -> Result<String, BadValue> {
    if written.contains(':') {
        return Err(BadValue::predicate(
            "holds a password; write it under `password`",
            "contient un mot de passe ; l’écrire sous `password`",
        ));
    }
    let user = percent_decode_str(written).decode_utf8();
    match user {
        Ok(user) if !user.is_empty() && !user.chars().any(char::is_control) => {
            Ok(user.into_owned())
        }
        _ => Err(BadValue::predicate(
            "has a user name that is empty or not printable text",
            "a un nom d’utilisateur vide ou qui ne s’imprime pas",
        )),
    }
}

impl fmt::Display for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = SCHEMES.iter().find(|(_, scheme, _)| *scheme == self.scheme);
        let (name, ..) = name.expect("every scheme is in the table");
        write!(f, "{name}://")?;
        if let Some(user) = &self.user {
            write!(f, "{}@", utf8_percent_encode(user, USER))?;
        }
        write!(f, "{}:{}", self.host, self.port)?;
        f.write_str(if self.plain { "?tls=none" } else { "" })
    }
}

impl From<MailUrl> for String {
    fn from(url: MailUrl) -> Self {
        url.to_string()
    }
}
