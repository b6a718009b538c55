//! The lists that come with the program.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::kernel::Blocklist;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    list: Vec<Blocklist>,
}

static LISTS: LazyLock<Vec<Blocklist>> = LazyLock::new(|| {
    let text = include_str!("../../config/catalogue/blocklists.toml");
    let written: Written = toml::from_str(text).expect("the file is compiled in and tested");
    written.list
});

/// The lists of `config/catalogue/blocklists.toml`.
pub fn catalogue() -> Vec<Blocklist> {
    LISTS.clone()
}
