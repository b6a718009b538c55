//! Where do the messages of a stream lead? Pages and hosts that are asked over HTTPS.

use vigie_checks::kernel::{HttpsUrl, Link};

use super::domains::domain_name;
use super::mistake::BadValue;

/// Reads a link: a URL, or the name of a host.
pub(super) fn link(written: &str) -> Result<Link, BadValue> {
    if written.contains("://") {
        return Ok(Link::Page(page(written)?));
    }
    let host = domain_name(written);
    host.map(Link::Host).map_err(|what| {
        what.hint(
            "write it like https://www.example.com/offer or click.example.com",
            "écrire par exemple https://www.example.com/offer ou click.example.com",
        )
    })
}

/// Reads the URL of a page.
pub(super) fn page(written: &str) -> Result<HttpsUrl, BadValue> {
    let url = HttpsUrl::parse(written).map_err(|error| {
        let why = error.words();
        BadValue::predicate(
            format!("is not an https URL that can be asked for ({})", why.en),
            format!("n’est pas une URL https que l’on puisse ouvrir ({})", why.fr),
        )
    })?;
    match url.port {
        443 => Ok(url),
        _ => Err(BadValue::predicate(
            "names another port than 443, where links are opened",
            "nomme un autre port que 443, où s’ouvrent les liens",
        )),
    }
}
