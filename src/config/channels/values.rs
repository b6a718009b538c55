//! What may stand under the keys of one kind alone? Nothing that is refused is repeated.

use secrecy::{ExposeSecret, SecretString};

use super::super::mistake::BadValue;

/// An integration key of PagerDuty's Events API v2: 32 letters and digits.
pub(super) fn routing_key(secret: &SecretString) -> Result<(), BadValue> {
    let key = secret.expose_secret().trim();
    match key.len() == 32 && key.bytes().all(|octet| octet.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => {
            let what = BadValue::predicate(
                "is not an integration key: 32 letters and digits",
                "n’est pas une clé d’intégration : 32 lettres et chiffres",
            );
            Err(what.hint(
                "PagerDuty shows it under Integrations, Events API v2",
                "la prendre dans PagerDuty, sous Integrations, Events API v2",
            ))
        }
    }
}

/// A topic of ntfy: at most 64 letters, digits, `-` and `_`.
pub(super) fn topic(secret: &SecretString) -> Result<(), BadValue> {
    let topic = secret.expose_secret().trim();
    let fits = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    match (1..=64).contains(&topic.len()) && topic.bytes().all(fits) {
        true => Ok(()),
        false => Err(BadValue::predicate(
            "is not a topic: at most 64 letters, digits, - and _",
            "n’est pas un sujet : au plus 64 lettres, chiffres, - et _",
        )),
    }
}

/// What goes into a header or a path.
pub(super) fn token(secret: &SecretString) -> Result<(), BadValue> {
    let token = secret.expose_secret().trim();
    let fits = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'/' | b'?' | b'#');
    match token.len() <= 4096 && token.bytes().all(fits) {
        true => Ok(()),
        false => Err(BadValue::predicate(
            "is not a token: printable, without spaces and slashes",
            "n’est pas un jeton : imprimable, sans espaces ni barres obliques",
        )),
    }
}

/// A chat of Telegram.
pub(super) fn chat(written: &str) -> Result<String, BadValue> {
    let written = written.trim();
    let is_number = written.parse::<i64>().is_ok();
    let name = written.strip_prefix('@').unwrap_or_default();
    let fits = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'_';
    match is_number || (!name.is_empty() && name.bytes().all(fits)) {
        true => Ok(written.to_owned()),
        false => {
            let what = BadValue::predicate(
                "is not a chat of Telegram",
                "n’est pas une conversation Telegram",
            );
            Err(what.hint(
                "write its number, such as \"-1001234567890\", or \"@name\"",
                "écrire son numéro, par exemple \"-1001234567890\", ou \"@nom\"",
            ))
        }
    }
}

/// A room of Matrix, by its id.
pub(super) fn room(written: &str) -> Result<String, BadValue> {
    let written = written.trim();
    let refuse = |en: &str, fr: &str| {
        BadValue::predicate(en, fr)
            .hint("write it like !opaque:example.org", "écrire par exemple !opaque:example.org")
    };
    let no_id = || refuse("is not the id of a room", "n’est pas l’identifiant d’un salon");
    match written.as_bytes() {
        [b'#', ..] => Err(refuse(
            "is an alias; the id of the room is needed",
            "est un alias ; il faut l’identifiant du salon",
        )),
        [b'!', rest @ ..] if !rest.is_empty() && rest.len() < 255 => {
            match rest.iter().all(u8::is_ascii_graphic) {
                true => Ok(written.to_owned()),
                false => Err(no_id()),
            }
        }
        _ => Err(no_id()),
    }
}
