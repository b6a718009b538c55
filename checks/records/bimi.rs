//! Which logo and which certificate does a BIMI record name?
//! (draft-brand-indicators-for-message-identification §4.2)

use serde::{Deserialize, Serialize};

use super::display::ascii;
use super::tag_list::TagList;
use crate::kernel::HttpsUrl;

/// Characters of a faulty part that are kept.
const KEPT: usize = 60;

/// Whether a TXT record counts as one of BIMI, right or wrong; all others are passed over.
pub fn is_record(text: &str) -> bool {
    let mut tags = text.splitn(2, ';');
    let version = tags.next().unwrap_or_default();
    version.split_once('=').is_some_and(|(name, value)| {
        name.trim() == "v" && value.trim().eq_ignore_ascii_case("BIMI1")
    })
}

/// What a record asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assertion {
    /// The domain wants no logo shown: both are empty.
    Declined,
    Asked {
        /// Where the logo is; absent where the certificate alone holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        logo: Option<HttpsUrl>,
        /// Where the certificate is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificate: Option<HttpsUrl>,
    },
    /// The tags that make it invalid.
    Invalid(Vec<String>),
}

impl Assertion {
    /// Reads a record that [`is_record`].
    pub fn parse(record: &str) -> Self {
        let tags = TagList::parse(record);
        let value = |name: &str| tags.tag(name).map(|tag| tag.value);
        let mut invalid: Vec<String> =
            tags.malformed.iter().map(|part| ascii(part.text.chars(), KEPT)).collect();
        let mut url = |name: &'static str| match value(name) {
            None | Some("") => None,
            Some(written) => match HttpsUrl::parse(written) {
                Ok(url) => Some(url),
                Err(_) => {
                    invalid.push(format!("{name}={}", ascii(written.chars(), KEPT)));
                    None
                }
            },
        };
        let (logo, certificate) = (url("l"), url("a"));
        // The value of the version must match precisely, else receivers pass the record over.
        if let Some(version) = value("v").filter(|version| *version != "BIMI1") {
            invalid.push(format!("v={}", ascii(version.chars(), KEPT)));
        }
        if value("l").is_none() {
            invalid.push("l".to_owned());
        }
        if let Some(other) = value("avp").filter(|avp| !["brand", "personal"].contains(avp)) {
            invalid.push(format!("avp={}", ascii(other.chars(), KEPT)));
        }
        match (&logo, &certificate) {
            _ if !invalid.is_empty() => Self::Invalid(invalid),
            (None, None) => Self::Declined,
            _ => Self::Asked { logo, certificate },
        }
    }
}
