//! Which names in CAA records allow the authority that issued a certificate?

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    issuers: Vec<Issuer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issuer {
    organization: String,
    names: Vec<String>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let text = include_str!("../../config/catalogue/issuers.toml");
    toml::from_str(text).expect("a test reads the catalogue")
});

/// The names that allow the issuer of a certificate; none if it is not known.
pub fn names_of(issuer: &str) -> &'static [String] {
    let known = CATALOGUE.issuers.iter().find(|known| issuer.contains(&known.organization));
    known.map_or(&[], |known| &known.names)
}
