//! Where does a record ask for reports about encryption? (RFC 8460 §3)

use serde::{Deserialize, Serialize};

/// What a record begins with; all others are passed over (RFC 8460 §3).
const VERSION: &str = "v=TLSRPTv1;";

/// Addresses that are read.
const MOST_ADDRESSES: usize = 20;

/// Whether a TXT record counts as one of TLS-RPT, right or wrong.
pub fn is_record(text: &str) -> bool {
    text.starts_with(VERSION)
}

/// Whether a TXT record was meant as one of TLS-RPT, and senders pass it over.
pub fn resembles(text: &str) -> bool {
    let start: String =
        text.chars().filter(|c| !c.is_whitespace() && !"\"'".contains(*c)).take(10).collect();
    !is_record(text) && start.eq_ignore_ascii_case("v=TLSRPTv1")
}

/// The addresses of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The `mailto:` and `https:` URIs, as written.
    pub usable: Vec<String>,
    /// The others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<String>,
}

/// Reads the first `rua` of a record (RFC 8460 §3: URIs between commas, `,` `!` and `;` encoded).
pub fn addresses(record: &str) -> Addresses {
    let mut fields = record.strip_prefix(VERSION).unwrap_or_default().split(';').map(str::trim);
    let rua = fields.find_map(|field| field.strip_prefix("rua=")).unwrap_or_default();
    let uris = rua.split(',').map(str::trim).filter(|uri| !uri.is_empty()).take(MOST_ADDRESSES);
    let (usable, unusable): (Vec<&str>, Vec<&str>) = uris.partition(|uri| is_usable(uri));
    let owned = |uris: Vec<&str>| uris.into_iter().map(str::to_owned).collect();
    Addresses { usable: owned(usable), unusable: owned(unusable) }
}

fn is_usable(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let is_plain = rest.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'!');
    match scheme.to_ascii_lowercase().as_str() {
        "mailto" => {
            let address = rest.split('?').next().unwrap_or_default();
            let parts = address.rsplit_once('@');
            is_plain && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        }
        "https" => is_plain && rest.strip_prefix("//").is_some_and(|host| !host.is_empty()),
        _ => false,
    }
}
