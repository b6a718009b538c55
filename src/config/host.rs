//! Which host did the admin write? Hosts with ports, resolvers and proxies, reached as written.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use vigie_checks::kernel::{Bilingual, Name};

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
            _ => Err(BadValue::predicate("does not name a host", "ne désigne pas un hôte")),
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
        Some(_) => {
            return Err(BadValue::predicate(
                "has a port that is not a number from 1 to 65535",
                "a un port qui n’est pas un nombre de 1 à 65535",
            ));
        }
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
        _ => {
            let any = || {
                Bilingual::new(
                    "write system, ADDRESS:PORT, tls://HOST or https://URL",
                    "écrire system, ADRESSE:PORT, tls://HÔTE ou https://URL",
                )
            };
            let what = BadValue::predicate("is not a resolver", "n’est pas un résolveur");
            Err(what.suggest(Some(slip.unwrap_or_else(any))))
        }
    }
}

/// A SOCKS5 proxy (RFC 1928), perhaps with an account (RFC 1929). The message never repeats it.
pub(super) fn proxy(written: &SecretString) -> Result<(), BadValue> {
    let refuse = |en: &str, fr: &str| {
        BadValue::predicate(en, fr).hint(
            "write it like socks5://127.0.0.1:1080",
            "écrire par exemple socks5://127.0.0.1:1080",
        )
    };
    let written = written.expose_secret().trim();
    let rest = written
        .strip_prefix("socks5://")
        .ok_or_else(|| refuse("is not a SOCKS5 proxy", "n’est pas un proxy SOCKS5"))?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (account, place) =
        rest.rsplit_once('@').map_or((None, rest), |(a, place)| (Some(a), place));
    // RFC 1929 §2: a length octet before each.
    let fits = |part: &str| (1..=255).contains(&percent_decode_str(part).count());
    let account_fits = |account: &str| {
        account.split_once(':').is_some_and(|(user, password)| fits(user) && fits(password))
    };
    if account.is_some_and(|account| !account_fits(account)) {
        return Err(BadValue::predicate(
            "has an account that is not user:password, each at most 255 octets",
            "a un compte qui n’est pas user:password, 255 octets au plus pour chacun",
        ));
    }
    match split_port(place)? {
        (_, Some(_)) => Ok(()),
        (_, None) => Err(refuse("names no port", "ne nomme pas de port")),
    }
}

/// The address of a web service: `http` or `https`. The message never repeats it.
pub(super) fn web_url(written: &SecretString) -> Result<(), BadValue> {
    let refuse = || {
        BadValue::predicate(
            "is not an http or https address",
            "n’est pas une adresse http ou https",
        )
    };
    let (scheme, rest) = written.expose_secret().trim().split_once("://").ok_or_else(refuse)?;
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    match matches!(scheme, "http" | "https") {
        true => split_port(place).map(|_| ()),
        false => Err(refuse()),
    }
}
