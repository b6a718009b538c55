//! `[network]`: through what does vigie see the world?

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Serialize, Serializer};
use vigie_checks::kernel::Controls;

use super::blocklists;
use super::host;
use super::mistake::BadValue;
use super::reader::{Section, not_empty};
use super::secret::beside;

#[derive(Clone, Debug, Serialize)]
pub struct Network {
    /// Whom DNS questions go to, in turn: `system`, `HOST:PORT`, `tls://HOST` or `https://URL`.
    /// Default: the system's own.
    pub resolver: Vec<String>,
    /// The name given in EHLO. Default: the name of this host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helo: Option<String>,
    /// A SOCKS5 proxy for every TCP connection to the world, `socks5://HOST:PORT`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown_proxy")]
    pub proxy: Option<SecretString>,
    /// PEM files of roots trusted beside the system's.
    pub ca: Vec<PathBuf>,
    /// Ranges that count as public and reachable here.
    pub own_networks: Vec<IpNet>,
    /// Whether private and other special addresses learned from the world may be connected to.
    pub allow_private: bool,
    /// The root servers, for a resolver that walks by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_hints: Option<PathBuf>,
    /// The DNSSEC anchors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_anchors: Option<PathBuf>,
    /// `none` switches the named control hosts off. Default: those of the catalogue.
    #[serde(skip_serializing_if = "are_on", serialize_with = "off")]
    pub controls: Controls,
    /// Which blocklists of the catalogue are asked: `major` (those that major receivers act on), `all`
    /// or `none`. Default: `major`.
    pub blocklists: blocklists::Asked,
    /// The most that one look at a domain may take; `--timeout` says another one.
    #[serde(skip)]
    pub time_per_domain: Duration,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            resolver: vec!["system".to_owned()],
            helo: None,
            proxy: None,
            ca: Vec::new(),
            own_networks: Vec::new(),
            allow_private: false,
            root_hints: None,
            trust_anchors: None,
            controls: catalogue_controls(),
            blocklists: blocklists::Asked::default(),
            time_per_domain: Duration::from_secs(60),
        }
    }
}

/// Hosts known to work, from `config/catalogue/controls.toml`.
fn catalogue_controls() -> Controls {
    toml::from_str(include_str!("../../config/catalogue/controls.toml"))
        .expect("the catalogue of controls is part of the program and read by a test")
}

pub(super) fn read(mut section: Section<'_, '_>) -> Network {
    let defaults = Network::default();
    let file = section.reading.source.file.clone();
    let path = |written: &str| Ok::<_, BadValue>(beside(&file, &not_empty(written)?));
    let network = Network {
        resolver: section.one_or_more("resolver", host::resolver).unwrap_or(defaults.resolver),
        helo: section.parsed("helo", |written| Ok(written.parse::<host::Host>()?.to_string())),
        proxy: section.checked_secret("proxy", host::proxy),
        ca: section.list("ca", path).unwrap_or_default(),
        own_networks: section.list("own_networks", range).unwrap_or_default(),
        allow_private: section.flag("allow_private").unwrap_or_default(),
        root_hints: section.parsed("root_hints", path),
        trust_anchors: section.parsed("trust_anchors", path),
        controls: section.parsed("controls", controls).unwrap_or(defaults.controls),
        blocklists: section.parsed("blocklists", blocklists::asked).unwrap_or_default(),
        time_per_domain: defaults.time_per_domain,
    };
    section.finish();
    network
}

fn range(written: &str) -> Result<IpNet, BadValue> {
    let range: Result<IpNet, _> = written.trim().parse();
    range.map(|range| range.trunc()).map_err(|_| {
        BadValue::predicate(
            format!("is not a range of addresses: `{written}`"),
            format!("n’est pas une plage d’adresses : `{written}`"),
        )
        .hint(
            "write it like 10.0.0.0/8 or 2001:db8::/32",
            "écrire par exemple 10.0.0.0/8 ou 2001:db8::/32",
        )
    })
}

fn controls(written: &str) -> Result<Controls, BadValue> {
    match written {
        "none" => Ok(Controls::default()),
        _ => Err(BadValue::predicate(
            format!("is `{written}`; `none` is the only word it takes"),
            format!("vaut `{written}` ; `none` est le seul mot admis"),
        )),
    }
}

/// The proxy without its account.
fn shown_proxy<S: Serializer>(proxy: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    use secrecy::ExposeSecret;
    let written = proxy.as_ref().map_or("", |proxy| proxy.expose_secret());
    match written.rsplit_once('@') {
        Some((_, place)) => to.serialize_str(&format!("socks5://***@{place}")),
        None => to.serialize_str(written),
    }
}

fn are_on(controls: &Controls) -> bool {
    *controls != Controls::default()
}

fn off<S: Serializer>(_: &Controls, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str("none")
}
