//! What the header of an arrived message says: from where it came, and what the receiver made of its
//! authentication (RFC 5321 §4.4, 8601).

use std::net::IpAddr;

use super::facts::Verdicts;
use crate::kernel::{Name, ProbeSpec};

/// The address that the last server took the message from: in brackets in the topmost Received.
pub fn sent_from(header: &str) -> Option<IpAddr> {
    let received = field(header, "received", |_| true)?;
    let (_, after) = received.split_once('[')?;
    let (address, _) = after.split_once(']')?;
    let address = address.strip_prefix("IPv6:").unwrap_or(address);
    address.parse().ok()
}

/// The verdicts of the trusted host, or of the topmost that wrote any.
pub fn verdicts(header: &str, probe: &ProbeSpec) -> Option<Verdicts> {
    let from = probe.from.rsplit_once('@').map_or(probe.from.as_str(), |(_, domain)| domain);
    let trusted = |value: &str| {
        let authserv = value.split([';', ' ']).next().unwrap_or_default();
        probe.trusted_authserv.as_deref().is_none_or(|wanted| authserv.eq_ignore_ascii_case(wanted))
    };
    let results = field(header, "authentication-results", trusted)?;
    let results: Vec<&str> = results.split(';').map(str::trim).collect();
    let of = |method: &str| -> Vec<&str> {
        let start = format!("{method}=");
        results.iter().copied().filter(|result| result.starts_with(&start)).collect()
    };
    let word = |result: &str| {
        let after = result.split_once('=').map_or("", |(_, after)| after);
        after.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
    };
    let best = |method: &str| {
        let words: Vec<String> = of(method).into_iter().map(word).collect();
        words.iter().find(|word| *word == "pass").or(words.first()).cloned()
    };
    let aligned = |method: &str, properties: &[&str]| {
        of(method).into_iter().any(|result| {
            word(result) == "pass" && properties.iter().any(|p| aligns(result, p, from))
        })
    };
    let (spf, dkim, dmarc) = (best("spf"), best("dkim"), best("dmarc"));
    let said = [&spf, &dkim, &dmarc];
    if said.iter().all(|word| word.is_none()) {
        return None;
    }
    let aligns =
        aligned("spf", &["smtp.mailfrom="]) || aligned("dkim", &["header.d=", "header.i="]);
    let authenticated = match dmarc.as_deref() {
        Some("pass") => true,
        Some("fail") => false,
        // No policy, or no verdict on it: an aligned pass is what DMARC would have asked for.
        _ if aligns => true,
        // The receiver could not tell, and so neither can we (RFC 8601 §2.7.1).
        _ if said.iter().any(|word| word.as_deref() == Some("temperror")) => return None,
        _ => false,
    };
    Some(Verdicts { spf, dkim, dmarc, authenticated })
}

/// Relaxed alignment (RFC 9989 §4.4.1), by the public suffix list.
fn aligns(result: &str, property: &str, from: &str) -> bool {
    let Some((_, after)) = result.split_once(property) else { return false };
    let value = after.split([' ', ';']).next().unwrap_or_default();
    let domain = value.rsplit_once('@').map_or(value, |(_, domain)| domain);
    Name::new(domain).registrable() == Name::new(from).registrable()
}

/// The first field of that name that `wanted` takes, unfolded.
fn field(header: &str, name: &str, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in header.lines() {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => fields.push(line.to_owned()),
        }
    }
    fields.iter().find_map(|field| {
        let (written, value) = field.split_once(':')?;
        let value = value.trim();
        (written.trim().eq_ignore_ascii_case(name) && wanted(value)).then(|| value.to_owned())
    })
}
