//! `[[channels]]`: where do alerts go?

mod destination;
mod values;

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Serialize;
use toml::de::DeTable;
use vigie_checks::kernel::Lang;

use super::host;
use super::mistake::BadValue;
use super::reader::Section;
use super::secret::redacted_option;

pub(super) use destination::forms;
pub use destination::{Destination, KINDS};

#[derive(Clone, Debug, Serialize)]
pub struct Channel {
    /// What routes and the outbox call it.
    pub name: String,
    #[serde(flatten)]
    pub destination: Destination,
    /// The language of its alerts. Default: that of the daemon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// Whether this channel may reach private addresses. Default: no.
    pub allow_private: bool,
    /// A SOCKS5 proxy for this channel alone. Default: none, also where the network has one.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "redacted_option")]
    pub proxy: Option<SecretString>,
}

pub(super) fn read(sections: Vec<Section<'_, '_>>) -> Vec<Channel> {
    let mut seen = BTreeSet::new();
    sections.into_iter().filter_map(|section| channel(section, &mut seen)).collect()
}

fn channel(mut section: Section<'_, '_>, seen: &mut BTreeSet<String>) -> Option<Channel> {
    let name = section.text("name");
    let kind = section.parsed("kind", destination::kind);
    let name = section.needed("name", name);
    let kind = section.needed("kind", kind);
    let destination = destination::read(&mut section, kind);
    let lang = section.parsed("lang", lang);
    let allow_private = section.flag("allow_private").unwrap_or_default();
    let proxy = section.checked_secret("proxy", host::proxy);
    if let Some(name) = name.as_ref().filter(|name| !seen.insert((*name).clone())) {
        let what = BadValue::sentence(
            format!("the channel `{name}` is named twice"),
            format!("le canal `{name}` figure deux fois"),
        );
        section.refuse(section.value_span("name"), what);
    }
    section.finish();
    Some(Channel { name: name?, destination: destination?, lang, allow_private, proxy })
}

fn lang(written: &str) -> Result<Lang, BadValue> {
    written.parse().map_err(|_| {
        BadValue::predicate(
            format!("is not a language: `{written}`"),
            format!("n’est pas une langue : `{written}`"),
        )
        .hint("write `en` or `fr`", "écrire `en` ou `fr`")
    })
}

/// The names of the channels, also of those that hold a mistake: a route to one is no second mistake.
pub(super) fn names(table: &DeTable<'_>) -> Vec<String> {
    let channels = table.get("channels").and_then(|value| value.get_ref().as_array());
    let tables = channels.into_iter().flatten().filter_map(|value| value.get_ref().as_table());
    let names = tables.filter_map(|table| table.get("name")?.get_ref().as_str());
    names.map(|name| name.trim().to_owned()).collect()
}
