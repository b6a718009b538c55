//! Where does a registry answer that the catalogue does not know? IANA's registry of them says
//! (RFC 9224).

use serde::Deserialize;

use super::{domain_at, page};
use crate::kernel::{HttpsUrl, Name, Net, Reason};

/// RFC 9224 §13.
const REGISTRY: (&str, &str) = ("data.iana.org", "/rdap/dns.json");

/// Octets of the file that are read; it has some sixty thousand.
const MOST: u32 = 1024 * 1024;

/// Names that no registry gives out (RFC 2606 §2, 6762 §3, 7686 §2, 8375 §3; `internal` by ICANN's
/// resolution of 2024-07-29): nobody is asked for them.
const RESERVED: [&str; 8] =
    ["test", "example", "invalid", "localhost", "local", "onion", "arpa", "internal"];

/// RFC 9224 §3: each service is a list of names and a list of base URLs.
#[derive(Deserialize)]
struct File {
    services: Vec<(Vec<String>, Vec<String>)>,
}

/// The URL that a domain is asked at; nothing where IANA names no service for it.
///
/// # Errors
/// Why it could not be told.
pub async fn url(net: &dyn Net, domain: &Name) -> Result<Option<HttpsUrl>, Reason> {
    let labels = domain.labels();
    if labels.last().is_none_or(|tld| RESERVED.contains(tld)) {
        return Ok(None);
    }
    let at = HttpsUrl::new(&Name::new(REGISTRY.0), REGISTRY.1);
    let page = page(net, &at, "application/json", MOST).await?;
    if page.status != 200 {
        return Err(Reason::NotOffered);
    }
    let file: Option<File> =
        (!page.cut).then(|| serde_json::from_slice(&page.body.0).ok()).flatten();
    let file = file.ok_or(Reason::Malformed)?;
    let bases = (0..labels.len()).find_map(|from| file.bases(&labels[from..].join(".")));
    let base = bases.into_iter().flatten().find_map(|base| HttpsUrl::parse(base).ok());
    Ok(base.map(|base| domain_at(&base, domain)))
}

impl File {
    /// The base URLs of the service that holds a name.
    fn bases(&self, name: &str) -> Option<&Vec<String>> {
        let holds = |names: &[String]| names.iter().any(|held| held.eq_ignore_ascii_case(name));
        self.services.iter().find(|(names, _)| holds(names)).map(|(_, bases)| bases)
    }
}
