//! Where does a registry answer? The services that come with the program.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::kernel::{HttpsUrl, Name};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    registries: Vec<Registry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    tlds: Vec<String>,
    base: HttpsUrl,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let text = include_str!("../../config/catalogue/rdap.toml");
    toml::from_str(text).expect("a test reads the catalogue")
});

/// The base URL of the service that holds a domain; nothing where none is known.
pub fn base(domain: &Name) -> Option<&'static HttpsUrl> {
    let labels = domain.labels();
    let tld = labels.last()?;
    let registry = CATALOGUE.registries.iter().find(|one| one.tlds.iter().any(|own| own == tld))?;
    Some(&registry.base)
}
