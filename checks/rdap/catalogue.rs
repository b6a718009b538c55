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

/// The URL that a domain is asked at (RFC 9082 §3.1.3); nothing where no service is known.
pub fn url(domain: &Name) -> Option<HttpsUrl> {
    let labels = domain.labels();
    let tld = labels.last()?;
    let registry = CATALOGUE.registries.iter().find(|one| one.tlds.iter().any(|own| own == tld))?;
    let base = &registry.base;
    Some(HttpsUrl { target: format!("{}domain/{domain}", base.target), ..base.clone() })
}
