//! Whose record or key is it? Mail providers by the names that they ask their customers to publish.
//!
//! The catalogue names those that are known; one that it does not name is no stranger for that.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::kernel::Name;

/// A provider of `config/catalogue/providers.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    pub id: String,
    pub name: String,
    /// SPF records to include: a name, or `*.` and the domain that they lie below.
    #[serde(default)]
    pub spf: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    provider: Vec<Provider>,
}

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let text = include_str!("../../config/catalogue/providers.toml");
    let written: Written = toml::from_str(text).expect("the file is compiled in and tested");
    written.provider
});

/// Every provider of the catalogue.
pub fn providers() -> &'static [Provider] {
    &PROVIDERS
}

/// The provider whose SPF record stands at the name, if it is known.
pub fn by_spf(name: &Name) -> Option<&'static Provider> {
    let stands_at = |pattern: &String| match pattern.strip_prefix("*.") {
        Some(domain) => {
            let domain = Name::new(domain);
            *name != domain && name.is_at_or_below(&domain)
        }
        None => name.as_str() == pattern,
    };
    PROVIDERS.iter().find(|provider| provider.spf.iter().any(stands_at))
}

/// The provider of an id.
pub fn by_id(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id)
}
