//! `[web]`: where are the pages and the API, and who may open them?

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::host;
use super::mistake::BadValue;
use super::reader::{Section, not_empty};
use super::secret::redacted_option;

#[derive(Clone, Debug, Serialize)]
pub struct Web {
    /// Address and port; loopback unless there is a token. Default: `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// The address under which people open the pages, where it is not `listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What every request must bear. Default: none, and then only this host is listened to.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "redacted_option")]
    pub token: Option<SecretString>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            url: None,
            token: None,
        }
    }
}

pub(super) fn read(mut section: Section<'_, '_>) -> Web {
    let token = section.checked_secret("token", check_token);
    let listen = section.parsed("listen", listen);
    let web = Web {
        listen: listen.unwrap_or(Web::default().listen),
        url: section.parsed("url", url),
        token,
    };
    if !section.is_written("token") && !web.listen.ip().is_loopback() {
        let what = BadValue::sentence(
            format!("`listen` is {}, open to others, without a `token`", web.listen),
            format!("`listen` est {}, ouvert à d’autres, sans `token`", web.listen),
        );
        let what = what.hint(
            "add token = { file = \"…\" }, or listen on 127.0.0.1",
            "ajouter token = { file = \"…\" }, ou écouter sur 127.0.0.1",
        );
        section.refuse(section.value_span("listen"), what);
    }
    section.finish();
    web
}

/// It travels in one field of HTTP (RFC 9110 §5.5).
fn check_token(token: &SecretString) -> Result<(), BadValue> {
    match token.expose_secret().bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()) {
        true => Ok(()),
        false => Err(BadValue::predicate(
            "is not one line of ASCII letters, digits and signs",
            "n’est pas une seule ligne de lettres ASCII, de chiffres et de signes",
        )),
    }
}

fn listen(written: &str) -> Result<SocketAddr, BadValue> {
    let written = written.replace("localhost:", "127.0.0.1:");
    written.parse().map_err(|_| {
        BadValue::predicate("is not an address and port", "n’est pas une adresse avec son port")
            .hint("write it like 127.0.0.1:8080", "écrire par exemple 127.0.0.1:8080")
    })
}

fn url(written: &str) -> Result<String, BadValue> {
    let written = not_empty(written)?;
    host::web_url(&written.clone().into())?;
    Ok(written.trim_end_matches('/').to_owned())
}
