//! A proxy as the admin writes it: `socks5://[user[:password]@]host[:port]`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use secrecy::SecretString;
use vigie_checks::kernel::Bilingual;

/// The port of SOCKS (IANA).
const DEFAULT_PORT: u16 = 1080;

/// A SOCKS5 proxy. Shown without its password.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    pub login: Option<Login>,
}

/// An account at the proxy (RFC 1929): 1 to 255 octets each.
#[derive(Clone, Debug)]
pub struct Login {
    pub user: String,
    pub password: SecretString,
}

/// What is wrong with a proxy as written. The text may hold a password, so it is not shown.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", self.words().en)]
pub enum ProxyError {
    Scheme,
    Host,
    Port,
    Login,
    Encoding,
}

impl ProxyError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        let words = match self {
            Self::Scheme => {
                Bilingual::new("the scheme is not socks5", "le schéma n’est pas socks5")
            }
            Self::Host => Bilingual::new(
                "the host is empty or not a name",
                "l’hôte est vide ou n’est pas un nom",
            ),
            Self::Port => Bilingual::new(
                "the port is not a number from 1 to 65535",
                "le port n’est pas un nombre de 1 à 65535",
            ),
            Self::Login => Bilingual::new(
                "user and password have 1 to 255 octets each",
                "l’utilisateur et le mot de passe ont chacun de 1 à 255 octets",
            ),
            Self::Encoding => Bilingual::new(
                "a percent sign is not followed by two hexadecimal digits of UTF-8 text",
                "un signe pour cent n’est pas suivi de deux chiffres hexadécimaux de texte UTF-8",
            ),
        };
        words.about("proxy")
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(written: &str) -> Result<Self, ProxyError> {
        let (scheme, rest) = written.split_once("://").ok_or(ProxyError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("socks5") {
            return Err(ProxyError::Scheme);
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(read_login(login)?), place),
            None => (None, rest),
        };
        let (host, port) = read_place(place)?;
        Ok(Self { host, port, login })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => write!(f, "socks5://[{address}]:{}", self.port),
            _ => write!(f, "socks5://{}:{}", self.host, self.port),
        }
    }
}

fn read_login(written: &str) -> Result<Login, ProxyError> {
    let (user, password) = written.split_once(':').unwrap_or((written, ""));
    let user = percent_decoded(user)?;
    let password = percent_decoded(password)?;
    let fits = |text: &str| (1..=255).contains(&text.len());
    if !fits(&user) || !fits(&password) {
        return Err(ProxyError::Login);
    }
    Ok(Login { user, password: password.into() })
}

fn read_place(place: &str) -> Result<(String, u16), ProxyError> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or(ProxyError::Host)?)),
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || b"-._:".contains(&octet);
    if host.is_empty() || !host.bytes().all(is_name) {
        return Err(ProxyError::Host);
    }
    let port = match port {
        None => DEFAULT_PORT,
        Some(written) => written.parse().ok().filter(|port| *port != 0).ok_or(ProxyError::Port)?,
    };
    Ok((host.to_owned(), port))
}

fn percent_decoded(text: &str) -> Result<String, ProxyError> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'%' {
            octets.push(octet);
            continue;
        }
        let mut digit = || rest.next().and_then(|d| char::from(d).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(ProxyError::Encoding);
        };
        octets.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits fit an octet"));
    }
    String::from_utf8(octets).map_err(|_| ProxyError::Encoding)
}
