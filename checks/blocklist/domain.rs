//! Whose is a listed domain, and where does the mail use it?

use crate::kernel::{CASE, Name, Raised, Target};

/// Tells of a domain that is neither the audited one nor in a From by where the mail uses it: most often it is of a
/// provider, or of who shortens links.
pub fn told_of(raised: Raised, target: &Target, domain: &str) -> Raised {
    let own = target.streams.iter().map(|stream| &stream.from).chain([&target.domain]);
    if own.map(Name::registrable).any(|name| name.as_str() == domain) {
        return raised;
    }
    match place(target, domain) {
        Some((stream, place)) => {
            let raised = raised.with(CASE, "foreign").with("stream", stream).with("place", &place);
            raised.evidence("stream", stream).evidence("place", place)
        }
        None => raised,
    }
}

/// The first stream that uses the domain, and how. What follows the path of a one-click URL stands in no fact.
fn place<'a>(target: &'a Target, domain: &str) -> Option<(&'a str, String)> {
    let is_it = |name: &Name| name.registrable().as_str() == domain;
    target.streams.iter().find_map(|stream| {
        let link = stream.links.iter().find(|link| is_it(link.host())).map(ToString::to_string);
        let posted = || {
            let url = stream.one_click.as_ref().filter(|url| is_it(&url.host))?;
            Some(format!("{}{}", url.host, url.path()))
        };
        let returns = || {
            let name = stream.mail_from.as_ref().filter(|name| is_it(name))?;
            Some(format!("MAIL FROM {name}"))
        };
        let greets = || {
            let helo = stream.helo.as_deref().filter(|helo| is_it(&Name::new(helo)))?;
            Some(format!("EHLO {helo}"))
        };
        let place = link.or_else(posted).or_else(returns).or_else(greets)?;
        Some((stream.name.as_str(), place))
    })
}
