//! Whose DKIM selector is it? The catalogue of the names that providers ask their customers to publish.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::provider::{Provider, by_id};

/// How many of the guesses are [`commonest`]; they stand first.
const MOST_COMMON: usize = 5;

/// A selector of `config/catalogue/selectors.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    selector: String,
    /// An id of `providers.toml`.
    provider: String,
    /// Others use the name too.
    #[serde(default)]
    shared: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    guess: Vec<String>,
    selector: Vec<Entry>,
}

static WRITTEN: LazyLock<Written> = LazyLock::new(|| {
    let text = include_str!("../../config/catalogue/selectors.toml");
    toml::from_str(text).expect("the file is compiled in and tested")
});

/// The names that are one provider's alone.
static OWNED: LazyLock<BTreeMap<&'static str, &'static Provider>> = LazyLock::new(|| {
    let owned = WRITTEN.selector.iter().filter(|entry| !entry.shared);
    owned.filter_map(|entry| Some((entry.selector.as_str(), by_id(&entry.provider)?))).collect()
});

/// The provider that a selector belongs to, if no other uses the name.
pub fn owner(selector: &str) -> Option<&'static Provider> {
    OWNED.get(selector).copied()
}

/// The names worth a question where none is known.
pub fn guesses() -> &'static [String] {
    &WRITTEN.guess
}

/// Those that are asked for before it is believed that there is none.
pub fn commonest() -> &'static [String] {
    &WRITTEN.guess[..WRITTEN.guess.len().min(MOST_COMMON)]
}

/// Every selector of the catalogue with the id of its provider.
pub fn catalogue() -> impl Iterator<Item = (&'static str, &'static str)> {
    WRITTEN.selector.iter().map(|entry| (entry.selector.as_str(), entry.provider.as_str()))
}
