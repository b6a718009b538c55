//! A page over HTTPS as it is asked for and as it came (RFC 9110, 9112).
//!
//! One request, one reply: redirects are never followed, the reply says where they lead. Any
//! certificate is accepted; what it is worth is judged afterwards.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Bilingual, Name, Reason, TlsSession};

/// The longest URL that is read, in octets.
const LONGEST_URL: usize = 2048;

/// What is done with the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Method {
    Get,
    Head,
    Post,
}

/// What is posted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Posted {
    pub media_type: String,
    pub text: String,
}

/// One request to one address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HttpsRequest {
    pub method: Method,
    /// Learned from the world; a private one is refused unless allowed.
    pub address: IpAddr,
    pub port: u16,
    /// The name in SNI and in the Host field.
    pub host: Name,
    /// Path and query (RFC 9112 §3.2.1).
    pub target: String,
    /// The media types that are wanted; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posted: Option<Posted>,
    /// The octets of the body that are read at the most, never more than 1 MiB.
    pub most: u32,
}

impl HttpsRequest {
    /// GET of a URL at one address of its host.
    pub fn get(url: &HttpsUrl, address: IpAddr, most: u32) -> Self {
        Self {
            method: Method::Get,
            address,
            port: url.port,
            host: url.host.clone(),
            target: url.target.clone(),
            accept: None,
            posted: None,
            most,
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpsReply {
    /// The session, as soon as there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSession>,
    pub end: HttpsEnd,
}

/// How the request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpsEnd {
    Page(Page),
    /// Nobody listens there. Definite.
    ConnectionRefused,
    /// The handshake failed, with the alert or the reason in words.
    TlsFailed(String),
    /// What answers does not speak HTTP/1.1, or its header had no end.
    NotHttp,
    /// The other side closed before the page was whole.
    Closed,
    /// No exchange, or none that ended.
    Unknown(Reason),
}

impl HttpsReply {
    /// A request that did not come about, for the reason given.
    pub fn failed(reason: Reason) -> Self {
        Self::ended(HttpsEnd::Unknown(reason))
    }

    /// An end without a session.
    pub fn ended(end: HttpsEnd) -> Self {
        Self { tls: None, end }
    }
}

/// A response of any status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub status: u16,
    /// Content-Type as sent (RFC 9110 §8.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Where a redirect leads, as sent (RFC 9110 §10.2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// A coding that was applied although none was asked for (RFC 9110 §8.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// When to come again, as sent (RFC 9110 §10.2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    pub body: Octets,
    /// There was more than was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Page {
    /// The media type in lower case without its parameters; empty if none was sent.
    pub fn media_type(&self) -> String {
        let sent = self.content_type.as_deref().unwrap_or_default();
        sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }
}

/// Octets: text in JSON where they are UTF-8, else an object with their base64.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Octets(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Binary { base64: String },
}

impl From<Written> for Octets {
    fn from(written: Written) -> Self {
        use base64::Engine;
        match written {
            Written::Text(text) => Self(text.into_bytes()),
            // A damaged tape holds nothing here.
            Written::Binary { base64 } => {
                Self(base64::engine::general_purpose::STANDARD.decode(base64).unwrap_or_default())
            }
        }
    }
}

impl From<Octets> for Written {
    fn from(octets: Octets) -> Self {
        use base64::Engine;
        String::from_utf8(octets.0).map_or_else(
            |error| Self::Binary {
                base64: base64::engine::general_purpose::STANDARD.encode(error.as_bytes()),
            },
            Self::Text,
        )
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

/// An `https:` URL whose host is a name, in the parts that are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HttpsUrl {
    pub host: Name,
    pub port: u16,
    /// Path and query, from the first slash on.
    pub target: String,
}

/// Why a text is not a URL that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    TooLong,
    Scheme,
    Octets,
    User,
    Host,
    Port,
}

impl UrlError {
    /// What people are told.
    pub fn words(self) -> Bilingual {
        let (en, fr) = match self {
            Self::TooLong => {
                let fr = format!("elle dépasse {LONGEST_URL} octets");
                return Bilingual::new(format!("url: longer than {LONGEST_URL} octets"), fr);
            }
            Self::Scheme => ("url: of another scheme", "elle est d’un autre schéma"),
            Self::Octets => (
                "url: octets that a URL does not hold",
                "elle contient des octets qui n’entrent dans aucune URL",
            ),
            Self::User => (
                "url: carries a user or a password",
                "elle porte un nom d’utilisateur ou un mot de passe",
            ),
            Self::Host => ("url: its host is not a name", "son hôte n’est pas un nom"),
            Self::Port => (
                "url: its port is none that is asked",
                "son port n’est pas de ceux que l’on interroge",
            ),
        };
        Bilingual::new(en, fr)
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)
    }
}

impl HttpsUrl {
    /// The page at a path of a host, on port 443.
    pub fn new(host: &Name, target: &str) -> Self {
        Self { host: host.clone(), port: 443, target: target.to_owned() }
    }

    /// Reads a URL (RFC 3986, 9110 §4.2.2) without its fragment. Addresses as hosts are refused in
    /// every form that a browser would read as one (dotted, one number, hexadecimal).
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, UrlError> {
        let (host, port, target) = parts(written, "https", 443)?;
        Ok(Self { host, port, target })
    }

    /// The target without its query, where tokens are.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }
}

/// Host, port and target of a URL of that scheme, whose port is `usual` unless it is written.
pub(super) fn parts(
    written: &str,
    scheme: &str,
    usual: u16,
) -> Result<(Name, u16, String), UrlError> {
    if written.len() > LONGEST_URL {
        return Err(UrlError::TooLong);
    }
    if !written.bytes().all(|octet| octet.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&octet)) {
        return Err(UrlError::Octets);
    }
    let (its_scheme, rest) = written.split_once("://").ok_or(UrlError::Scheme)?;
    if !its_scheme.eq_ignore_ascii_case(scheme) {
        return Err(UrlError::Scheme);
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    if authority.contains('@') {
        return Err(UrlError::User);
    }
    // RFC 3986 §3.2.2: an address of another family than names have.
    if authority.starts_with('[') {
        return Err(UrlError::Host);
    }
    let (host, port) = match authority.split_once(':') {
        None => (authority, usual),
        Some((host, "")) => (host, usual),
        Some((host, port)) => (host, port.parse().map_err(|_| UrlError::Port)?),
    };
    let slash = if target.starts_with('/') { "" } else { "/" };
    Ok((host_name(host)?, port, format!("{slash}{target}")))
}

fn host_name(written: &str) -> Result<Name, UrlError> {
    let name = Name::new(written);
    let is_label = |label: &&str| {
        label.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
    };
    let labels = name.labels();
    let top = labels.last().copied().unwrap_or_default();
    // A last label that reads as a number makes the whole an IPv4 address (WHATWG URL §3.5).
    let is_number = top.bytes().all(|octet| octet.is_ascii_digit()) || top.starts_with("0x");
    let is_name = name.is_askable() && labels.len() > 1 && labels.iter().all(is_label);
    if is_name && !is_number { Ok(name) } else { Err(UrlError::Host) }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            443 => write!(f, "https://{}{}", self.host, self.target),
            port => write!(f, "https://{}:{port}{}", self.host, self.target),
        }
    }
}

impl TryFrom<String> for HttpsUrl {
    type Error = UrlError;

    fn try_from(written: String) -> Result<Self, UrlError> {
        Self::parse(&written)
    }
}

impl From<HttpsUrl> for String {
    fn from(url: HttpsUrl) -> Self {
        url.to_string()
    }
}

#[cfg(test)]
mod tests;
