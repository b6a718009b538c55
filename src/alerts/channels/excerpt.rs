//! What may be kept of a receiver's reply? Its beginning, escaped, without what must stay secret.
//! Limits: a secret that a receiver writes in another encoding is not recognised.

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// Characters kept of a reply.
const KEPT: usize = 500;
/// Shorter parts of an address are words like `api`, or stand in any text.
const SHORTEST_SECRET: usize = 6;

/// The texts that no error may repeat: the address in its parts, and the secrets.
pub(super) fn hidden_parts(url: &Url, secrets: &[SecretString]) -> Vec<SecretString> {
    let mut parts = vec![url.as_str().to_owned(), url.path().to_owned()];
    parts.extend(url.query().map(|query| format!("{}?{query}", url.path())));
    parts.extend(url.query().map(str::to_owned));
    parts.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    parts.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
    parts.extend(url.password().map(str::to_owned));
    parts.extend(secrets.iter().map(|secret| secret.expose_secret().trim().to_owned()));
    parts.retain(|part| part.len() >= SHORTEST_SECRET);
    // The longest first: what is left of a long one must not survive a short one inside it.
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts.into_iter().map(SecretString::from).collect()
}

/// The beginning of a reply on one line, with the hidden parts taken out and everything that is
/// not printable escaped.
pub(super) fn excerpt(reply: &[u8], hidden: &[SecretString]) -> String {
    let mut text = String::from_utf8_lossy(reply).into_owned();
    for part in hidden {
        text = text.replace(part.expose_secret(), "[hidden]");
    }
    let mut line = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        match character {
            _ if count == KEPT => {
                line.push('…');
                break;
            }
            '"' | '\'' => line.push(character),
            _ => line.extend(character.escape_debug()),
        }
    }
    line
}
