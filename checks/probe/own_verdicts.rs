//! What is a message's authentication worth where its receiver does not say? SPF for the address that it
//! came from, and its DKIM signatures, judged here (RFC 7208, 6376).

use std::net::IpAddr;

use futures::future::{join, join_all};

use super::domain_of;
use super::facts::Verdicts;
use crate::kernel::{FoundMessage, Lookup, Name, ProbeSpec, Reason, View, texts};
use crate::records::canonical::{Field, header_fields};
use crate::records::dkim_signature::{DkimResult, DkimSignature};
use crate::spf::{Session, SpfResult, check_host};

/// Signatures of a message that are looked into.
const MOST_SIGNATURES: usize = 5;

/// Records at the name of a key that are tried.
const MOST_KEYS: usize = 3;

/// A header or body of so many octets may have been cut.
const CUT: usize = 64 * 1024;

/// What a signature comes to, with the domain that signed; nothing where the field cannot be read.
type Signed = (Option<Name>, Result<DkimResult, Reason>);

/// What was seen of the message by its receiver's Received fields.
pub struct Came<'a> {
    pub from: IpAddr,
    pub helo: Option<&'a str>,
}

/// The verdicts.
///
/// # Errors
/// Neither method passes, and one could not be told: why, as a word.
pub async fn own_verdicts(
    view: &View<'_>,
    probe: &ProbeSpec,
    found: &FoundMessage,
    came: &Came<'_>,
) -> Result<Verdicts, String> {
    let from = Name::new(domain_of(&probe.from)).registrable();
    let aligns = |domain: &Name| domain.registrable() == from;
    let (spf, signed) = join(spf(view, probe, came), signatures(view, found)).await;
    let passes = |(domain, said): &Signed| {
        *said == Ok(DkimResult::Pass) && domain.as_ref().is_some_and(aligns)
    };
    let spf_aligns = spf == SpfResult::Pass && aligns(&Name::new(domain_of(&probe.mail_from)));
    let dkim_aligns = signed.iter().flatten().any(passes);
    let authenticated = spf_aligns || dkim_aligns;
    if !authenticated {
        let signed = signed.as_ref().map_err(ToString::to_string)?;
        if let Some(reason) = signed.iter().find_map(|(_, said)| said.err()) {
            return Err(reason.to_string());
        }
        if spf == SpfResult::Temperror {
            return Err(spf.to_string());
        }
    }
    Ok(Verdicts {
        spf: Some(spf.to_string()),
        dkim: signed.ok().as_deref().map(best),
        dmarc: None,
        spf_aligns,
        dkim_aligns,
        authenticated,
        ours: true,
    })
}

async fn spf(view: &View<'_>, probe: &ProbeSpec, came: &Came<'_>) -> SpfResult {
    let session = Session {
        ip: came.from,
        helo: came.helo.unwrap_or_default(),
        mail_from: &probe.mail_from,
        receiver: &view.vantage.helo,
        now: view.now,
    };
    check_host(view.net, &session).await.result
}

/// What the signatures come to.
///
/// # Errors
/// The message is not here whole.
async fn signatures(view: &View<'_>, found: &FoundMessage) -> Result<Vec<Signed>, Reason> {
    let is_whole = |part: &str| part.len() < CUT && !part.contains(char::REPLACEMENT_CHARACTER);
    let body = found.body.as_deref().ok_or(Reason::NotOffered)?;
    if !is_whole(body) || !is_whole(&found.header) {
        return Err(Reason::TooLarge);
    }
    let fields = header_fields(&found.header);
    let signatures: Vec<usize> = (0..fields.len())
        .filter(|at| fields[*at].is_named("dkim-signature"))
        .take(MOST_SIGNATURES)
        .collect();
    let said = signatures.into_iter().map(|own| signature(view, &fields, own, body));
    Ok(join_all(said).await)
}

async fn signature(view: &View<'_>, fields: &[Field<'_>], own: usize, body: &str) -> Signed {
    let Some(signature) = DkimSignature::parse(fields[own].value()) else {
        return (None, Ok(DkimResult::Neutral));
    };
    let at = signature.key_name();
    let key = if at.is_askable() {
        texts(view.net, &at).await
    } else {
        Lookup::Absent { nxdomain: true }
    };
    let said = match key {
        Lookup::Unknown { reason } => Err(reason),
        Lookup::Absent { .. } => Ok(DkimResult::Permerror),
        // Of several records, verifiers take any (RFC 6376 §3.6.2.2).
        Lookup::Found(records) => {
            let now = view.now.timestamp();
            let said: Vec<DkimResult> = records
                .iter()
                .take(MOST_KEYS)
                .map(|text| {
                    let octets = text.joined();
                    let record = String::from_utf8_lossy(&octets);
                    signature.verify(fields, own, body, &record, now)
                })
                .collect();
            let pass = said.iter().find(|said| **said == DkimResult::Pass).or(said.first());
            Ok(pass.copied().unwrap_or(DkimResult::Permerror))
        }
    };
    (Some(signature.domain), said)
}

/// The word for all signatures: a pass, if there is one, else what the first came to.
fn best(signed: &[Signed]) -> String {
    let pass = signed.iter().find(|(_, said)| *said == Ok(DkimResult::Pass)).or(signed.first());
    match pass {
        None => "none".to_owned(),
        Some((_, Ok(result))) => result.to_string(),
        Some((_, Err(_))) => "temperror".to_owned(),
    }
}
