//! Whose mail host, include, key, address or reply is this? What providers are recognised by.
//!
//! Names recognise, they prove nothing: anybody may point an MX at a provider without being its customer.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;
use serde::Deserialize;

use crate::kernel::Name;

/// A provider of `config/catalogue/providers.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    /// Its page for senders, or for the domains of its customers.
    pub help: String,
    #[serde(default)]
    mx: Vec<Pattern>,
    #[serde(default)]
    spf: Vec<Pattern>,
    #[serde(default)]
    dkim: Vec<Pattern>,
    #[serde(default)]
    ranges: Vec<IpNet>,
    #[serde(default)]
    replies: Vec<String>,
}

/// What a provider does for its customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It holds mailboxes, or forwards.
    Mailbox,
    /// It sends in its customers' name.
    Sending,
    Both,
    /// It stands before the mailboxes of another.
    Filter,
}

/// A name in which `*` stands for one or more octets.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
struct Pattern {
    parts: Vec<String>,
}

impl From<String> for Pattern {
    fn from(written: String) -> Self {
        Self { parts: written.to_ascii_lowercase().split('*').map(str::to_owned).collect() }
    }
}

impl Pattern {
    /// How many octets of a name are as written, if it fits.
    fn fit(&self, name: &str) -> Option<usize> {
        let (first, others) = self.parts.split_first()?;
        let rest = name.strip_prefix(first.as_str())?;
        let Some((last, middle)) = others.split_last() else {
            return rest.is_empty().then_some(first.len());
        };
        let mut rest = rest.strip_suffix(last.as_str())?;
        for part in middle {
            // One octet at least for the `*` before the part.
            let after_star = rest.char_indices().nth(1)?.0;
            let at = rest[after_star..].find(part.as_str())? + after_star;
            rest = &rest[at + part.len()..];
        }
        (!rest.is_empty()).then(|| self.parts.iter().map(String::len).sum())
    }
}

impl Pattern {
    /// The last two labels of every name that fits, where the pattern tells them whole.
    fn end(&self) -> Option<&str> {
        let last = self.parts.last()?;
        let is_whole = self.parts.len() == 1 || last.matches('.').count() > 1;
        is_whole.then(|| last_labels(last))
    }
}

/// The last two labels, or all where there are fewer.
fn last_labels(name: &str) -> &str {
    name.rmatch_indices('.').nth(1).map_or(name, |(at, _)| &name[at + 1..])
}

/// The patterns of all providers by the end of the names that fit, so that few are tried.
#[derive(Default)]
struct Index {
    by_end: HashMap<&'static str, Vec<Entry>>,
    others: Vec<Entry>,
}

/// A pattern with its provider and the provider's place in the file.
type Entry = (usize, &'static Provider, &'static Pattern);

impl Index {
    fn of(patterns: fn(&'static Provider) -> &'static [Pattern]) -> Self {
        let mut index = Self::default();
        for (place, provider) in all().iter().enumerate() {
            for pattern in patterns(provider) {
                let entries = match pattern.end() {
                    Some(end) => index.by_end.entry(end).or_default(),
                    None => &mut index.others,
                };
                entries.push((place, provider, pattern));
            }
        }
        index
    }

    /// The provider with the longest fit; of several, the last in the file.
    fn closest(&self, name: &Name) -> Option<&'static Provider> {
        let ending = self.by_end.get(last_labels(name.as_str())).into_iter().flatten();
        let fits = ending.chain(&self.others).filter_map(|(place, provider, pattern)| {
            Some((pattern.fit(name.as_str())?, *place, *provider))
        });
        fits.max_by_key(|(fit, place, _)| (*fit, *place)).map(|(_, _, provider)| provider)
    }
}

static MX: LazyLock<Index> = LazyLock::new(|| Index::of(|provider| &provider.mx));
static SPF: LazyLock<Index> = LazyLock::new(|| Index::of(|provider| &provider.spf));
static DKIM: LazyLock<Index> = LazyLock::new(|| Index::of(|provider| &provider.dkim));

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        provider: Vec<Provider>,
    }
    let text = include_str!("../../config/catalogue/providers.toml");
    let written: Written = toml::from_str(text).expect("the file is compiled in and tested");
    written.provider
});

/// All of them, in the order of the file.
pub fn all() -> &'static [Provider] {
    &PROVIDERS
}

/// The provider of an id.
pub fn by_id(id: &str) -> Option<&'static Provider> {
    all().iter().find(|provider| provider.id == id)
}

/// The provider whose mail host an MX names.
pub fn of_mail_host(host: &Name) -> Option<&'static Provider> {
    MX.closest(host)
}

/// The provider that an SPF `include` or `redirect` names.
pub fn of_include(domain: &Name) -> Option<&'static Provider> {
    SPF.closest(domain)
}

/// The provider that keeps the key to which the CNAME of a selector leads.
pub fn of_key(target: &Name) -> Option<&'static Provider> {
    DKIM.closest(target)
}

/// The provider whose customers share an address, as far as its ranges are published.
pub fn of_address(address: IpAddr) -> Option<&'static Provider> {
    let holds = |provider: &&Provider| provider.ranges.iter().any(|range| range.contains(&address));
    all().iter().find(holds)
}

/// The provider that speaks in an SMTP reply, by words that nobody else uses.
pub fn of_reply(text: &str) -> Option<&'static Provider> {
    let text = text.to_ascii_lowercase();
    let said =
        all().iter().flat_map(|provider| provider.replies.iter().map(move |w| (w, provider)));
    let longest =
        said.filter(|(words, _)| text.contains(words.as_str())).max_by_key(|(w, _)| w.len());
    longest.map(|(_, provider)| provider)
}

/// What belongs to a provider, as it is told: `s1 (SendGrid)`.
pub fn named(what: impl Display, provider: Option<&Provider>) -> String {
    match provider {
        Some(provider) => format!("{what} ({})", provider.name),
        None => what.to_string(),
    }
}

/// The names of the providers of some hosts, each once, sorted.
pub fn names_of<'a>(hosts: impl Iterator<Item = &'a Name>) -> Vec<&'static str> {
    let names: BTreeSet<&str> =
        hosts.filter_map(of_mail_host).map(|provider| provider.name.as_str()).collect();
    names.into_iter().collect()
}
