//! `[[channels]]`: where do alerts go?

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Serialize;
use toml::de::DeTable;

use super::host;
use super::mistake::BadValue;
use super::reader::Section;
use super::secret::{check_signing_secret, redacted, redacted_list, redacted_option};
use super::suggest;

#[derive(Clone, Debug, Serialize)]
pub struct Channel {
    /// What routes and the outbox call it.
    pub name: String,
    pub kind: ChannelKind,
    /// An `http` or `https` address; a secret, since many such addresses let anybody post.
    #[serde(serialize_with = "redacted")]
    pub url: SecretString,
    /// Each signs every message (`whsec_…`); two while one replaces the other. None: not signed.
    #[serde(rename = "secret", serialize_with = "redacted_list")]
    pub secrets: Vec<SecretString>,
    /// Whether this channel may reach private addresses. Default: no.
    pub allow_private: bool,
    /// A SOCKS5 proxy for this channel alone. Default: none, also where the network has one.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "redacted_option")]
    pub proxy: Option<SecretString>,
}

/// How a channel is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// Standard Webhooks 1.0.
    Webhook,
}

pub(super) fn read(sections: Vec<Section<'_, '_>>) -> Vec<Channel> {
    let mut seen = BTreeSet::new();
    sections.into_iter().filter_map(|section| channel(section, &mut seen)).collect()
}

fn channel(mut section: Section<'_, '_>, seen: &mut BTreeSet<String>) -> Option<Channel> {
    let name = section.text("name");
    let kind = section.parsed("kind", kind);
    let url = section.checked_secret("url", host::web_url);
    let name = section.needed("name", name);
    let kind = section.needed("kind", kind);
    let url = section.needed("url", url);
    let secrets = section.secrets("secret", check_signing_secret);
    let allow_private = section.flag("allow_private").unwrap_or_default();
    let proxy = section.checked_secret("proxy", host::proxy);
    if let Some(name) = name.as_ref().filter(|name| !seen.insert((*name).clone())) {
        let what = BadValue::new(format!("the channel `{name}` is named twice"));
        section.refuse(section.value_span("name"), what);
    }
    section.finish();
    Some(Channel { name: name?, kind: kind?, url: url?, secrets, allow_private, proxy })
}

fn kind(written: &str) -> Result<ChannelKind, BadValue> {
    const NOT_YET: [&str; 6] = ["slack", "discord", "teams", "pagerduty", "ntfy", "email"];
    match written {
        "webhook" => Ok(ChannelKind::Webhook),
        _ if NOT_YET.contains(&written) => {
            Err(BadValue::new(format!("is `{written}`, which is not offered yet"))
                .hint(Some("use `webhook`")))
        }
        _ => {
            let known = suggest::did_you_mean(written, ["webhook"]);
            Err(BadValue::new(format!("is not a kind of channel: `{written}`"))
                .hint(Some(known.unwrap_or_else(|| "write `webhook`".to_owned()))))
        }
    }
}

/// The names of the channels, also of those that hold a mistake: a route to one is no second mistake.
pub(super) fn names(table: &DeTable<'_>) -> Vec<String> {
    let channels = table.get("channels").and_then(|value| value.get_ref().as_array());
    let tables = channels.into_iter().flatten().filter_map(|value| value.get_ref().as_table());
    let names = tables.filter_map(|table| table.get("name")?.get_ref().as_str());
    names.map(|name| name.trim().to_owned()).collect()
}
