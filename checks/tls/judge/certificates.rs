//! What the certificates of the mail hosts are worth: dates, names, trust, strength.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::kernel::{CASE, Code, Raised, Severity, Trust};
use crate::records::certificate::{Reading, Validity};
use crate::records::provider;
use crate::tls::judge::revocation;
use crate::tls::{Chain, Completion, Host, Relevance, Session, TlsCode, TlsFacts};

/// Names of a certificate that a text shows.
const NAMES_SHOWN: usize = 5;

/// A leaf as one host presents it.
struct Presented<'a> {
    leaf: &'a Reading,
    above: Vec<&'a Reading>,
    trust: Trust,
    addresses: Vec<IpAddr>,
}

pub fn of_host(facts: &TlsFacts, host: &Host, now: DateTime<Utc>) -> Vec<Raised> {
    let presented = presented(facts, host);
    let verified = presented
        .iter()
        .filter(|one| facts.relevance(host, one.leaf) == Relevance::Matters)
        .collect::<Vec<_>>();
    let mut raised = verification(facts, host, &verified, now);
    raised.extend(presented.iter().find_map(|one| in_doubt(facts, host, one, now)));
    let revocations = presented
        .iter()
        .filter_map(|one| revocation::of_leaf(facts, one.leaf, now, |code| on(code, host, one)));
    raised.extend(revocation::worst(revocations.collect()));
    let weak = presented.iter().find_map(|one| Some((one, one.weakness()?)));
    if let Some((one, weakness)) = weak {
        raised.push(on(TlsCode::WeakKey, host, one).with("weakness", weakness));
    }
    raised
}

/// What those find who verify name, dates and issuer.
fn verification(
    facts: &TlsFacts,
    host: &Host,
    presented: &[&Presented<'_>],
    now: DateTime<Utc>,
) -> Vec<Raised> {
    let mut raised = Vec::new();
    // The one that ends first speaks for the host: renewing it is the next thing to do.
    if let Some(first) = presented.iter().min_by_key(|one| one.leaf.not_after) {
        raised.extend(validity(facts, host, first, now));
    }
    if let Some(other) = presented.iter().find(|one| !one.leaf.names_host(&host.name)) {
        raised.push(on(TlsCode::NameMismatch, host, other).with("names", names(other.leaf)));
    }
    for untrusted in presented.iter().filter(|one| one.trust.is_untrusted()) {
        Raised::push_new(&mut raised, untrusted_chain(facts, host, untrusted));
    }
    raised
}

/// A fault that may be none, for it could not be told whether DANE names the certificate.
fn in_doubt(
    facts: &TlsFacts,
    host: &Host,
    presented: &Presented<'_>,
    now: DateTime<Utc>,
) -> Option<Raised> {
    let Relevance::Untold(reason) = facts.relevance(host, presented.leaf) else { return None };
    if verification(facts, host, &[presented], now).is_empty() {
        return None;
    }
    let raised = on(TlsCode::DaneUnknown, host, presented).with("reason", reason);
    Some(raised.evidence("reason", reason))
}

impl Presented<'_> {
    /// Of the leaf, or of what was sent beside it.
    fn weakness(&self) -> Option<String> {
        std::iter::once(&self.leaf).chain(&self.above).find_map(|reading| reading.weakness())
    }
}

fn presented<'a>(facts: &'a TlsFacts, host: &Host) -> Vec<Presented<'a>> {
    let mut by_digest: BTreeMap<&str, Presented<'a>> = BTreeMap::new();
    for (address, session) in &host.addresses {
        let Session::Encrypted { chain: Chain { certificate, above, trust }, .. } = session else {
            continue;
        };
        let Some((digest, leaf)) = facts.certificates.get_key_value(certificate) else { continue };
        let above: Vec<&Reading> =
            above.iter().filter_map(|digest| facts.certificates.get(digest)).collect();
        let new = || Presented { leaf, above, trust: *trust, addresses: Vec::new() };
        let one = by_digest.entry(digest).or_insert_with(new);
        one.addresses.push(*address);
        // The same leaf without its intermediates at one address is untrusted there.
        if trust.is_untrusted() {
            one.trust = *trust;
        }
    }
    by_digest.into_values().collect()
}

/// What is wrong with a chain that leads to no trusted root as it was sent.
fn untrusted_chain(facts: &TlsFacts, host: &Host, presented: &Presented<'_>) -> Raised {
    let authority = facts.authorities.get(&presented.leaf.sha256);
    let completion = authority.and_then(|authority| authority.completion.as_ref());
    let said = match completion.filter(|_| presented.trust == Trust::UnknownIssuer) {
        None => on(TlsCode::Untrusted, host, presented),
        Some(Completion::Completes) => on(TlsCode::ChainIncomplete, host, presented),
        Some(Completion::Unknown { reason }) => on(TlsCode::ChainUnknown, host, presented)
            .with("reason", reason)
            .evidence("reason", reason),
    };
    said.evidence("trust", presented.trust)
}

/// Said once for a host, and only when none of its addresses showed a certificate.
pub fn not_tested(host: &Host) -> Option<Raised> {
    let reason = host.addresses.values().find_map(|session| match session {
        Session::Untold { reason } => Some(*reason),
        _ => None,
    })?;
    let addresses: Vec<String> = host.addresses.keys().map(ToString::to_string).collect();
    let untold = TlsCode::NotTested.on(&host.name).with("addresses", addresses.join(", "));
    Some(untold.with("reason", reason).evidence("reason", reason))
}

fn validity(
    facts: &TlsFacts,
    host: &Host,
    presented: &Presented<'_>,
    now: DateTime<Utc>,
) -> Option<Raised> {
    match presented.leaf.validity(now) {
        Validity::Good => None,
        // From its end on, `mta-sts` says that senders do not deliver.
        Validity::Ending if facts.is_mta_sts_enforced() => {
            let ending = on(TlsCode::CertExpiring, host, presented).severity(Severity::Error);
            let is_own = provider::of_mail_host(&host.name).is_none();
            Some(if is_own { ending.with(CASE, "enforced") } else { ending })
        }
        // One about to end is no worse than one that has: senders that verify nothing deliver to both.
        Validity::Overdue | Validity::Ending => Some(on(TlsCode::CertExpiring, host, presented)),
        Validity::Expired => Some(on(TlsCode::CertExpired, host, presented)),
    }
}

fn on(code: TlsCode, host: &Host, presented: &Presented<'_>) -> Raised {
    let addresses: Vec<String> = presented.addresses.iter().map(ToString::to_string).collect();
    let leaf = presented.leaf;
    let raised = code
        .on(&host.name)
        .with("addresses", addresses.join(", "))
        .with("issuer", &leaf.issuer)
        .with("not_after", leaf.not_after.format("%Y-%m-%d"))
        .evidence("certificate", leaf)
        .evidence("addresses", &presented.addresses);
    // The certificate of a large provider's host is not for its customers to mend.
    match provider::of_mail_host(&host.name) {
        Some(provider) => raised.with(CASE, "provider").with("provider", &provider.name),
        None => raised,
    }
}

pub fn names(leaf: &Reading) -> String {
    let mut shown = leaf.names.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if leaf.names.len() > NAMES_SHOWN {
        shown.push_str(", …");
    }
    if shown.is_empty() { "—".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{Reading, names};
    use crate::records::tests::certificate;

    #[test]
    fn a_sentence_names_five_and_says_that_there_are_more() {
        let of = |count: usize| {
            let at = DateTime::UNIX_EPOCH;
            let of_all = (1..=count).map(|n| n.to_string()).collect();
            names(&Reading { names: of_all, ..certificate("mx.example.com", at, at) })
        };
        assert_eq!(of(0), "—");
        assert_eq!(of(5), "1, 2, 3, 4, 5");
        assert_eq!(of(6), "1, 2, 3, 4, 5, …");
        assert_eq!(of(10), "1, 2, 3, 4, 5, …");
    }
}
