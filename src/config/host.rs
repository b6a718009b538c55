//! Which host did the admin write? Hosts with ports, resolvers and proxies, reached as written.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use secrecy::SecretString;
use serde::Serialize;
use vigie_checks::kernel::Name;

use super::mistake::BadValue;
use super::suggest;

/// A host by name or address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    Name(Name),
    Address(IpAddr),
}

impl FromStr for Host {
    type Err = BadValue;

    fn from_str(written: &str) -> Result<Self, BadValue> {
        let bare = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(written).parse() {
            return Ok(Self::Address(address));
        }
        let ascii = idna::domain_to_ascii(written).unwrap_or_default();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name = Name::new(&ascii);
        match !ascii.is_empty() && ascii.chars().all(allowed) && name.is_askable() {
            true if !name.is_root() => Ok(Self::Name(name)),
            _ => Err(BadValue::new("does not name a host")),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(address) => write!(f, "{address}"),
        }
    }
}

/// `host`, `host:port`, `[v6]:port` or a bare IPv6 address.
pub(super) fn split_port(written: &str) -> Result<(Host, Option<u16>), BadValue> {
    let bare_v6 = written.matches(':').count() > 1 && !written.starts_with('[');
    let (host, port) = match written.rsplit_once(':') {
        Some((host, port)) if !bare_v6 && !port.ends_with(']') => (host, Some(port)),
        _ => (written, None),
    };
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) if port > 0 => Some(port),
        Some(_) => return Err(BadValue::new("has a port that is not a number from 1 to 65535")),
    };
    Ok((host.parse()?, port))
}

/// Whom DNS questions go to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub enum Resolver {
    /// The system's own.
    System,
    /// From the root, without anybody between.
    Recursive,
    /// UDP and TCP.
    Plain { host: Host, port: u16 },
    /// DNS over TLS (RFC 7858).
    Tls { host: Host, port: u16 },
    /// DNS over HTTPS (RFC 8484).
    Https { url: String },
}

impl FromStr for Resolver {
    type Err = BadValue;

    fn from_str(written: &str) -> Result<Self, BadValue> {
        const WORDS: [&str; 2] = ["system", "recursive"];
        match written {
            "system" => return Ok(Self::System),
            "recursive" => return Ok(Self::Recursive),
            _ => {}
        }
        if let Some(place) = written.strip_prefix("tls://") {
            let (host, port) = split_port(place)?;
            return Ok(Self::Tls { host, port: port.unwrap_or(853) });
        }
        if let Some(rest) = written.strip_prefix("https://") {
            split_port(rest.split('/').next().unwrap_or_default())?;
            return Ok(Self::Https { url: written.to_owned() });
        }
        let refuse = || {
            BadValue::new(format!("is not a resolver: `{written}`")).hint(Some(
                suggest::did_you_mean(written, WORDS).unwrap_or_else(|| {
                    "write system, recursive, ADDRESS:PORT, tls://HOST or https://URL".to_owned()
                }),
            ))
        };
        // A bare word is a slip far more often than a host without a dot.
        let looks_like_host = written.contains(['.', ':']);
        let (host, port) = split_port(written).map_err(|_| refuse())?;
        match looks_like_host {
            true => Ok(Self::Plain { host, port: port.unwrap_or(53) }),
            false => Err(refuse()),
        }
    }
}

impl fmt::Display for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Recursive => f.write_str("recursive"),
            Self::Plain { host, port } => write!(f, "{host}:{port}"),
            Self::Tls { host, port } => write!(f, "tls://{host}:{port}"),
            Self::Https { url } => f.write_str(url),
        }
    }
}

impl From<Resolver> for String {
    fn from(resolver: Resolver) -> Self {
        resolver.to_string()
    }
}

/// A SOCKS5 proxy (RFC 1928), perhaps with an account (RFC 1929).
#[derive(Clone, Debug, Serialize)]
#[serde(into = "String")]
pub struct Proxy {
    pub host: Host,
    pub port: u16,
    pub account: Option<ProxyAccount>,
}

/// User and password of a proxy.
#[derive(Clone, Debug)]
pub struct ProxyAccount {
    pub user: String,
    pub password: SecretString,
}

impl FromStr for Proxy {
    type Err = BadValue;

    fn from_str(written: &str) -> Result<Self, BadValue> {
        let rest = written.strip_prefix("socks5://").ok_or_else(|| {
            BadValue::new("is not a SOCKS5 proxy").hint(Some("write it like socks5://127.0.0.1:1080"))
        })?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (account, place) = match rest.rsplit_once('@') {
            Some((account, place)) => (Some(proxy_account(account)?), place),
            None => (None, rest),
        };
        let (host, port) = split_port(place)?;
        Ok(Self { host, port: port.unwrap_or(1080), account })
    }
}

fn proxy_account(written: &str) -> Result<ProxyAccount, BadValue> {
    let refuse = || BadValue::new("has an account that is not user:password, each at most 255 octets");
    let decode = |part: &str| {
        let text = percent_encoding::percent_decode_str(part).decode_utf8().map_err(|_| refuse())?;
        // RFC 1929 §2: a length octet before each.
        if (1..=255).contains(&text.len()) { Ok(text.into_owned()) } else { Err(refuse()) }
    };
    let (user, password) = written.split_once(':').ok_or_else(refuse)?;
    Ok(ProxyAccount { user: decode(user)?, password: decode(password)?.into() })
}

impl Proxy {
    /// Whether the written form holds a password.
    pub(super) fn is_secret(written: &str) -> bool {
        written.contains('@')
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.account {
            Some(account) => write!(f, "socks5://{}:***@{}:{}", account.user, self.host, self.port),
            None => write!(f, "socks5://{}:{}", self.host, self.port),
        }
    }
}

impl From<Proxy> for String {
    fn from(proxy: Proxy) -> Self {
        proxy.to_string()
    }
}
