//! Where are DMARC reports to go? The URIs of `rua` and `ruf` (RFC 9989 §4.8).

use crate::kernel::Name;

/// URIs read of one tag; a record that names more is passed over from there on.
const LIMIT: usize = 20;

/// One URI of `rua` or `ruf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportUri {
    /// `mailto:`, the one scheme that every reporter must know.
    Mailto { address: String, host: Name },
    /// Another scheme, which reporters may ignore.
    Other(String),
    /// Not a URI, or not one that can be written to.
    Invalid(String),
}

impl ReportUri {
    pub fn is_valid(&self) -> bool {
        !matches!(self, Self::Invalid(_))
    }

    /// The host that mail goes to.
    pub fn host(&self) -> Option<&Name> {
        match self {
            Self::Mailto { host, .. } => Some(host),
            _ => None,
        }
    }
}

/// The URIs of a list parted by commas, at most 20.
pub fn report_uris(value: &str) -> Vec<ReportUri> {
    value.split(',').map(str::trim).filter(|uri| !uri.is_empty()).take(LIMIT).map(read).collect()
}

fn read(written: &str) -> ReportUri {
    let invalid = || ReportUri::Invalid(written.to_owned());
    let uri = without_size(written);
    let Some((scheme, rest)) = uri.split_once(':') else { return invalid() };
    let printable = uri.bytes().all(|octet| octet.is_ascii_graphic());
    if !is_scheme(scheme) || rest.is_empty() || !printable {
        return invalid();
    }
    if !scheme.eq_ignore_ascii_case("mailto") {
        return ReportUri::Other(written.to_owned());
    }
    let address = rest.split('?').next().unwrap_or(rest);
    match address.rsplit_once('@') {
        Some((local, host)) if is_local_part(local) && is_host(host) => {
            ReportUri::Mailto { address: address.to_owned(), host: Name::new(host) }
        }
        _ => invalid(),
    }
}

/// Whether a URI ends with a size, as RFC 7489 §6.2 let it.
pub fn has_size(uri: &str) -> bool {
    without_size(uri) != uri
}

/// RFC 7489 §6.2: `!10m` limited the size; it is obsolete and ignored.
pub fn without_size(uri: &str) -> &str {
    let Some((before, size)) = uri.rsplit_once('!') else { return uri };
    let digits = size.trim_end_matches(['k', 'm', 'g', 't', 'K', 'M', 'G', 'T']);
    let is_size = size.len() - digits.len() <= 1
        && !digits.is_empty()
        && digits.bytes().all(|octet| octet.is_ascii_digit());
    if is_size { before } else { uri }
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
}

/// An exclamation mark must be encoded (RFC 9989 §4.8), and so must what parts a URI or stands in none
/// (RFC 6068 §2): `mailto://` is no address.
fn is_local_part(local: &str) -> bool {
    let encoded = "!@/#[]<>\"\\^`{|}";
    !local.is_empty() && !local.contains(|c| encoded.contains(c))
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    host.contains('.') && host.split('.').all(is_label) && Name::new(host).is_askable()
}
