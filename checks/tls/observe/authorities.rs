//! What do the authorities publish of the certificates that were shown: the links that a chain lacks, and
//! whether the leaf is revoked? Asked over plain HTTP, where the certificate says; believed for signatures.

use std::collections::BTreeMap;

use futures::future::join_all;

use crate::kernel::{Certificate, Downloaded, Net, Reason, TlsSession, Trust, View, download};
use crate::records::certificate;
use crate::records::issuance::{is_issued_by, is_self_issued, published};
use crate::records::revocation;
use crate::tls::{Authority, Completion, Revocation};

/// Leaves whose authorities are asked.
const MOST_LEAVES: usize = 16;

/// Links that are added to a chain; real ones lack one.
const MOST_LINKS: usize = 3;

/// Octets of a published certificate, and of a list, that are read.
const LONGEST_CERTIFICATE: u32 = 64 * 1024;
const LONGEST_LIST: u32 = 4 * 1024 * 1024;

/// Certificates in DER, leaf first.
type Chain = Vec<Vec<u8>>;

/// By the digest of the leaf; a leaf of which nothing is published has no entry.
pub async fn observe(
    view: &View<'_>,
    sessions: impl Iterator<Item = &TlsSession>,
) -> BTreeMap<String, Authority> {
    let asked = leaves(sessions).into_iter().take(MOST_LEAVES).map(|(digest, one)| async move {
        let (chain, trust) = one;
        (digest, of_leaf(view, chain, trust).await)
    });
    let said = join_all(asked).await.into_iter();
    said.filter(|(_, authority)| *authority != Authority::default()).collect()
}

/// Every leaf once, with the worst chain that it was sent with.
fn leaves<'a>(sessions: impl Iterator<Item = &'a TlsSession>) -> BTreeMap<String, (Chain, Trust)> {
    let mut leaves: BTreeMap<String, (Chain, Trust)> = BTreeMap::new();
    for session in sessions {
        let chain: Chain = session.chain.iter().filter_map(Certificate::der).collect();
        let Some(Ok(leaf)) = chain.first().map(|leaf| certificate::read(leaf)) else { continue };
        let is_known = leaves.contains_key(&leaf.sha256);
        if !is_known || session.trust.is_untrusted() {
            leaves.insert(leaf.sha256, (chain, session.trust));
        }
    }
    leaves
}

async fn of_leaf(view: &View<'_>, chain: Chain, trust: Trust) -> Authority {
    let Some(leaf) = chain.first().filter(|leaf| !is_self_issued(leaf)) else {
        return Authority::default();
    };
    let completion = match trust {
        Trust::UnknownIssuer => complete(view.net, &chain).await,
        _ => None,
    };
    Authority { completion, revocation: revocation(view, leaf, &chain).await }
}

/// The certificate above another.
enum Above {
    Sent(Vec<u8>),
    Published(Vec<u8>),
    Nowhere,
    Unknown(Reason),
}

async fn above(net: &dyn Net, subject: &[u8], sent: &[Vec<u8>]) -> Above {
    if let Some(issuer) = sent.iter().find(|one| is_issued_by(subject, one)) {
        return Above::Sent(issuer.clone());
    }
    let mut untold = None;
    for url in published(subject).issuers {
        match download(net, &url, LONGEST_CERTIFICATE).await {
            Downloaded::File(issuer) if is_issued_by(subject, &issuer) => {
                return Above::Published(issuer);
            }
            // Another form than a single certificate is allowed (RFC 5280 §4.2.2.1), and not read.
            Downloaded::File(other) if certificate::read(&other).is_err() => {
                untold = Some(Reason::Malformed);
            }
            Downloaded::File(_) | Downloaded::Absent => {}
            Downloaded::Unknown { reason } => untold = Some(reason),
        }
    }
    untold.map_or(Above::Nowhere, Above::Unknown)
}

/// Whether a chain that leads nowhere as it was sent leads to a trusted root with what its issuers
/// publish; nothing where it does not.
async fn complete(net: &dyn Net, sent: &[Vec<u8>]) -> Option<Completion> {
    let mut chain = sent.to_vec();
    let mut top = sent.first()?.clone();
    // A chain that was sent may be climbed before the first link is missing.
    for _ in 0..sent.len() + MOST_LINKS {
        if is_self_issued(&top) || chain.len() >= sent.len() + MOST_LINKS {
            return None;
        }
        top = match above(net, &top, &chain).await {
            Above::Sent(issuer) => issuer,
            Above::Published(issuer) => {
                chain.push(issuer.clone());
                let asked = chain.iter().map(|der| Certificate::from_der(der)).collect();
                match net.trust(asked).await {
                    Trust::Trusted => return Some(Completion::Completes),
                    Trust::NotJudged => {
                        return Some(Completion::Unknown { reason: Reason::NotRecorded });
                    }
                    Trust::SelfSigned | Trust::UnknownIssuer => issuer,
                }
            }
            Above::Nowhere => return None,
            Above::Unknown(reason) => return Some(Completion::Unknown { reason }),
        };
    }
    None
}

/// What the issuer's list says of the leaf; nothing where the leaf names no list.
async fn revocation(view: &View<'_>, leaf: &[u8], sent: &[Vec<u8>]) -> Option<Revocation> {
    let lists = published(leaf).lists;
    if lists.is_empty() {
        return None;
    }
    let issuer = match above(view.net, leaf, sent).await {
        Above::Sent(issuer) | Above::Published(issuer) => issuer,
        Above::Nowhere => return Some(Revocation::Unknown { reason: Reason::NotProven }),
        Above::Unknown(reason) => return Some(Revocation::Unknown { reason }),
    };
    let mut untold = Reason::NotOffered;
    for url in lists {
        untold = match download(view.net, &url, LONGEST_LIST).await {
            Downloaded::File(list) => {
                match revocation::look_up(leaf, &issuer, &list, &url, view.now) {
                    Ok(Some(revoked)) => return Some(Revocation::Revoked(revoked)),
                    Ok(None) => return Some(Revocation::NotListed),
                    Err(error) => error.reason(),
                }
            }
            Downloaded::Absent => Reason::NotOffered,
            Downloaded::Unknown { reason } => reason,
        };
    }
    Some(Revocation::Unknown { reason: untold })
}
