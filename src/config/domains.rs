//! `[[domains]]`: which domains are watched, and what is known of them?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Range;

use serde::Serialize;
use vigie_checks::kernel::{
    Bilingual, Expected, Name, Profile, Service, Stream, Target, parse_domain,
};
use vigie_checks::records::special::{is_documentation, is_public};

use super::domain_list;
use super::link;
use super::mistake::BadValue;
use super::network::Network;
use super::reader::{Section, not_empty, string};
use super::service_url;
use super::suggest;

#[derive(Clone, Debug, Serialize)]
pub struct Domain {
    pub name: Name,
    /// What it is for: `sender`, `receiver`, `both` or `parked`. Default: `both`.
    pub profile: Profile,
    /// Its DKIM selectors.
    pub selectors: Vec<String>,
    /// Addresses that its mail leaves from.
    pub sending_ips: Vec<IpAddr>,
    /// Streams of mail that it sends.
    pub streams: Vec<Stream>,
    /// What its records should hold.
    pub expect: Expected,
    /// Submission, mailbox and web services that its users reach.
    pub services: Vec<Service>,
    /// The registrar renews it by itself.
    pub auto_renew: bool,
    /// Rows that do more than greet are consented to. Default: no.
    pub intrusive: bool,
    /// What routes and maintenance go by.
    pub tags: BTreeSet<String>,
}

impl Domain {
    /// A domain of which nothing else is known.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            profile: Profile::default(),
            selectors: Vec::new(),
            sending_ips: Vec::new(),
            streams: Vec::new(),
            expect: Expected::default(),
            services: Vec::new(),
            auto_renew: false,
            intrusive: false,
            tags: BTreeSet::new(),
        }
    }

    /// What a check looks at, without a test send.
    pub fn target(&self) -> Target {
        Target {
            profile: self.profile,
            selectors: self.selectors.clone(),
            sending_ips: self.sending_ips.clone(),
            streams: self.streams.clone(),
            expect: self.expect.clone(),
            services: self.services.clone(),
            auto_renew: self.auto_renew,
            intrusive: self.intrusive,
            ..Target::new(self.name.clone())
        }
    }
}

/// Reads every table; a domain that is named twice is a mistake.
pub(super) fn read(sections: Vec<Section<'_, '_>>, network: &Network) -> Vec<Domain> {
    let mut domains = Vec::new();
    let mut seen = BTreeSet::new();
    for mut section in sections {
        if section.is_written("file") {
            if section.text("name").is_some() {
                let what = BadValue::sentence(
                    "a table names one domain or a list of them, not both",
                    "une table nomme un domaine ou une liste de domaines, pas les deux",
                );
                let what = what.hint(
                    "write `name` in a `[[domains]]` of its own",
                    "écrire `name` dans un `[[domains]]` à part",
                );
                section.refuse(section.key_span("name"), what);
            }
            domains.extend(domain_list::read(&mut section, &mut seen, network));
            section.finish();
            continue;
        }
        let span = section.value_span("name");
        let Some(domain) = domain(section, span, &mut seen, network) else { continue };
        domains.push(domain);
    }
    domains
}

fn domain(
    mut section: Section<'_, '_>,
    span: Range<usize>,
    seen: &mut BTreeSet<Name>,
    network: &Network,
) -> Option<Domain> {
    let name = section.parsed("name", domain_name);
    let name = section.needed("name", name);
    let met = |written: &str| sending_address(written, network);
    let selectors = section.list("selectors", selector).unwrap_or_default();
    let streams = section.sections("streams").into_iter();
    let streams: Vec<Stream> = streams.filter_map(|section| stream(section, network)).collect();
    let domain = Domain {
        profile: section.parsed("profile", profile).unwrap_or_default(),
        expect: expected(section.section("expect"), &selectors, &streams),
        selectors,
        streams,
        sending_ips: section.list("sending_ips", met).unwrap_or_default(),
        services: section.list("services", service_url::read).unwrap_or_default(),
        auto_renew: section.flag("auto_renew").unwrap_or_default(),
        intrusive: section.flag("intrusive").unwrap_or_default(),
        tags: section.list("tags", not_empty).unwrap_or_default().into_iter().collect(),
        // Read on without a name, so that every mistake is said.
        ..Domain::new(name.clone().unwrap_or_else(|| Name::new(".")))
    };
    let twice = name.as_ref().is_some_and(|name| !seen.insert(name.clone()));
    if twice {
        section.refuse(span, named_twice(&domain.name));
    }
    section.finish();
    name.map(|_| domain)
}

pub(super) fn named_twice(name: &Name) -> BadValue {
    BadValue::sentence(format!("{name} is named twice"), format!("{name} figure deux fois"))
}

fn stream(mut section: Section<'_, '_>, network: &Network) -> Option<Stream> {
    let name = section.text("name");
    let from = section.parsed("from", domain_name);
    let (name, from) = (section.needed("name", name), section.needed("from", from));
    let mail_from = section.parsed("mail_from", domain_name);
    let dkim = section.parsed("dkim", selector);
    let ips = section.list("ips", |written| sending_address(written, network));
    let helo = section.parsed("helo", greeting);
    let bulk = section.flag("bulk").unwrap_or_default();
    let links = section.list("links", link::link).unwrap_or_default();
    let one_click = section.parsed("one_click", link::page);
    section.finish();
    let ips = ips.unwrap_or_default();
    Some(Stream { name: name?, from: from?, mail_from, dkim, ips, helo, bulk, links, one_click })
}

fn expected(mut section: Section<'_, '_>, selectors: &[String], streams: &[Stream]) -> Expected {
    let mx = section.list("mx", domain_name).unwrap_or_default();
    let ns = section.list("ns", domain_name).unwrap_or_default();
    let of_streams = streams.iter().filter_map(|stream| stream.dkim.as_ref());
    let known: Vec<&str> = selectors.iter().chain(of_streams).map(String::as_str).collect();
    // A slip in a selector is told where it stands.
    let complete = !section.reading.damaged;
    let mut keys = section.section("dkim_keys");
    let mut dkim_keys = BTreeMap::new();
    for (name, span, value) in keys.entries() {
        let read = selector(name).and_then(|selector| Ok((selector, not_empty(string(value)?)?)));
        match read {
            Ok((selector, key)) => {
                if complete && !known.contains(&selector.as_str()) {
                    keys.refuse(span, unknown_selector(&selector, &known));
                }
                dkim_keys.insert(selector, key);
            }
            Err(what) => keys.refuse(span, what.named(&format!("`{name}`"))),
        }
    }
    section.finish();
    Expected { mx, ns, dkim_keys }
}

/// A key of a selector that is not asked for would never be compared.
fn unknown_selector(selector: &str, known: &[&str]) -> BadValue {
    let any = || {
        Bilingual::new(
            format!("name `{selector}` in `selectors` too"),
            format!("nommer aussi `{selector}` dans `selectors`"),
        )
    };
    let near = suggest::did_you_mean(selector, known.iter().copied());
    BadValue::sentence(
        format!("`{selector}` is no selector of this domain"),
        format!("`{selector}` n’est pas un sélecteur de ce domaine"),
    )
    .suggest(Some(near.unwrap_or_else(any)))
}

/// What a mail server gives in EHLO; whether it is a good name is for `ip` to judge.
fn greeting(written: &str) -> Result<String, BadValue> {
    let helo = not_empty(written)?;
    match helo.len() <= 255 && helo.bytes().all(|octet| octet.is_ascii_graphic()) {
        true => Ok(helo),
        false => Err(BadValue::predicate(
            "is not what EHLO gives: one word of printable ASCII",
            "n’est pas ce qu’annonce EHLO : un seul mot d’ASCII imprimable",
        )),
    }
}

pub(super) fn domain_name(written: &str) -> Result<Name, BadValue> {
    parse_domain(written).map_err(|error| error.words().into())
}

pub(super) fn profile(written: &str) -> Result<Profile, BadValue> {
    const PROFILES: [&str; 4] = ["sender", "receiver", "both", "parked"];
    written.parse().map_err(|_| {
        let (first, last) = (PROFILES[..3].join(", "), PROFILES[3]);
        let any = || {
            Bilingual::new(format!("write {first} or {last}"), format!("écrire {first} ou {last}"))
        };
        BadValue::predicate(
            format!("is not a profile: `{written}`"),
            format!("n’est pas un profil : `{written}`"),
        )
        .suggest(Some(suggest::did_you_mean(written, PROFILES).unwrap_or_else(any)))
    })
}

/// A DKIM selector: one or more labels (RFC 6376 §3.1).
///
/// # Errors
/// It is none.
pub fn selector(written: &str) -> Result<String, BadValue> {
    if let Some(selector) = before_domainkey(written) {
        let what = BadValue::predicate(
            format!("names a whole record, not a DKIM selector: `{written}`"),
            format!("nomme tout un enregistrement, pas un sélecteur DKIM : `{written}`"),
        );
        return Err(what.hint(format!("write `{selector}`"), format!("écrire `{selector}`")));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = |label: &str| (1..=63).contains(&label.len());
    let sound =
        written.chars().all(allowed) && written.split('.').all(fits) && written.len() <= 200;
    match sound {
        true => Ok(written.to_ascii_lowercase()),
        false => Err(BadValue::predicate(
            format!("is not a DKIM selector: `{written}`"),
            format!("n’est pas un sélecteur DKIM : `{written}`"),
        )),
    }
}

/// The selector in `s1._domainkey.example.com`.
fn before_domainkey(written: &str) -> Option<&str> {
    let at = written.to_ascii_lowercase().find("._domainkey")?;
    let rest = &written[at + "._domainkey".len()..];
    (at > 0 && (rest.is_empty() || rest.starts_with('.'))).then_some(&written[..at])
}

/// An address that mail leaves from: one that receivers can meet. Those of documentation stand in examples.
pub(super) fn sending_address(written: &str, network: &Network) -> Result<IpAddr, BadValue> {
    let address = address(written)?;
    let is_met = network.allow_private
        || is_public(address, &network.own_networks)
        || is_documentation(address);
    match is_met {
        true => Ok(address),
        false => Err(BadValue::predicate(
            format!("names {address}, which no receiver meets"),
            format!("nomme {address}, qu’aucun destinataire ne voit"),
        )
        .hint(
            "name the address that mail leaves from, or its network in `own_networks`",
            "nommer l’adresse dont part le courrier, ou son réseau dans `own_networks`",
        )),
    }
}

pub(super) fn address(written: &str) -> Result<IpAddr, BadValue> {
    written.trim().parse().map_err(|_| {
        BadValue::predicate(
            format!("is not an address: `{written}`"),
            format!("n’est pas une adresse : `{written}`"),
        )
        .hint(
            "write it like 192.0.2.10 or 2001:db8::10",
            "écrire par exemple 192.0.2.10 ou 2001:db8::10",
        )
    })
}
