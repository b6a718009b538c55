//! Which host did the admin write? Hosts with ports, resolvers and proxies, reached as written.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
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

/// A resolver that the command line takes as well; the net opens it.
pub(super) fn resolver(written: &str) -> Result<String, BadValue> {
    let written = written.trim();
    let place = match written.split_once("://") {
        None if matches!(written, "system" | "recursive") => return Ok(written.to_owned()),
        None => written,
        Some(("tls", place)) => place.trim_end_matches('/'),
        Some(("https", url)) => url.split(['/', '?']).next().unwrap_or_default(),
        Some(_) => "",
    };
    let slip = suggest::did_you_mean(written, ["system", "recursive"]);
    match split_port(place) {
        Ok(_) if slip.is_none() => Ok(written.to_owned()),
        _ => Err(BadValue::new("is not a resolver").hint(Some(slip.unwrap_or_else(|| {
            "write system, ADDRESS:PORT, tls://HOST or https://URL".to_owned()
        })))),
    }
}

/// A SOCKS5 proxy (RFC 1928), perhaps with an account (RFC 1929). The message never repeats it.
pub(super) fn proxy(written: &SecretString) -> Result<(), BadValue> {
    let written = written.expose_secret().trim();
    let rest = written.strip_prefix("socks5://").ok_or_else(|| {
        BadValue::new("is not a SOCKS5 proxy").hint(Some("write it like socks5://127.0.0.1:1080"))
    })?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (account, place) =
        rest.rsplit_once('@').map_or((None, rest), |(a, place)| (Some(a), place));
    // RFC 1929 §2: a length octet before each.
    let fits = |part: &str| (1..=255).contains(&percent_decode_str(part).count());
    let account_fits = |account: &str| {
        account.split_once(':').is_some_and(|(user, password)| fits(user) && fits(password))
    };
    if account.is_some_and(|account| !account_fits(account)) {
        return Err(BadValue::new(
            "has an account that is not user:password, each at most 255 octets",
        ));
    }
    match split_port(place)? {
        (_, Some(_)) => Ok(()),
        (_, None) => {
            Err(BadValue::new("names no port").hint(Some("write it like socks5://127.0.0.1:1080")))
        }
    }
}

/// The address of a web service: `http` or `https`. The message never repeats it.
pub(super) fn web_url(written: &SecretString) -> Result<(), BadValue> {
    let refuse = || BadValue::new("is not an http or https address");
    let (scheme, rest) = written.expose_secret().trim().split_once("://").ok_or_else(refuse)?;
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    match matches!(scheme, "http" | "https") {
        true => split_port(place).map(|_| ()),
        false => Err(refuse()),
    }
}
