//! What is a message's authentication worth where its receiver does not say? SPF for the address that it
//! came from, its DKIM signatures, and the alignment that its policy asks for (RFC 7208, 6376, 9989).

use std::net::IpAddr;

use futures::future::join;

use super::domain_of;
use super::facts::Verdicts;
use super::signatures::dkim;
use super::verdicts::{Method, TEMPERROR, Written};
use crate::dmarc::{self, Discovery};
use crate::kernel::{FoundMessage, Name, ProbeSpec, View};
use crate::records::dmarc::is_aligned;
use crate::spf::{Session, SpfResult, check_host};

/// More than one host passed the message on.
const RELAYED: &str = "relayed";

/// A message in its mailbox, and the way that it came.
pub struct Seen<'a> {
    pub found: &'a FoundMessage,
    /// The address that the receiver took it from.
    pub from: IpAddr,
    /// What was said there in EHLO.
    pub helo: Option<&'a str>,
    /// Whether that address need not be the sender's.
    pub relayed: bool,
    /// The envelope sender as the receiver noted it; the probe's where it did not.
    pub mail_from: &'a str,
    /// Whether it arrived as it was sent, in the relaxed forms (RFC 6376 §3.4).
    pub unaltered: bool,
}

/// How near to From a domain is that speaks for it (RFC 9989 §4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    Elsewhere,
    /// By the public suffix list.
    SameOrganization,
    SameDomain,
}

/// What a method comes to.
pub struct Told {
    pub word: String,
    /// Of what passes.
    pub nearness: Nearness,
    /// Why it could not be told whether it passes for From, as a word.
    pub untold: Option<String>,
}

/// The verdicts, where what the receiver wrote does not decide.
///
/// # Errors
/// Neither method passes for From, and one could not be told: why, as a word.
pub async fn own_verdicts(
    view: &View<'_>,
    probe: &ProbeSpec,
    seen: &Seen<'_>,
    written: &Written,
) -> Result<Verdicts, String> {
    let from = Name::new(domain_of(&probe.from));
    let spf = async {
        match &written.spf {
            Some(said) => Told::as_written(said),
            None => spf(view, seen, &from).await,
        }
    };
    let dkim = async {
        match &written.dkim {
            Some(said) => Told::as_written(said),
            None => dkim(view, seen, &from).await,
        }
    };
    let (spf, dkim) = join(spf, dkim).await;
    let strict = strictness(view, &from, [spf.nearness, dkim.nearness]).await?;
    let (spf_aligns, dkim_aligns) = (spf.aligns(strict.spf), dkim.aligns(strict.dkim));
    let authenticated = spf_aligns || dkim_aligns;
    if let Some(reason) = dkim.untold.or(spf.untold).filter(|_| !authenticated) {
        return Err(reason);
    }
    Ok(Verdicts {
        spf: Some(spf.word),
        dkim: Some(dkim.word),
        dmarc: None,
        spf_aligns,
        dkim_aligns,
        authenticated,
        ours: true,
    })
}

impl Told {
    fn as_written(said: &Method) -> Self {
        let nearness = if said.aligns { Nearness::SameDomain } else { Nearness::Elsewhere };
        Self { word: said.word.clone(), nearness, untold: None }
    }

    /// Of what does not pass for From, as far as is known.
    pub fn no_pass(word: &str, untold: Option<String>) -> Self {
        Self { word: word.to_owned(), nearness: Nearness::Elsewhere, untold }
    }

    fn aligns(&self, strictly: bool) -> bool {
        match self.nearness {
            Nearness::SameDomain => true,
            Nearness::SameOrganization => !strictly,
            Nearness::Elsewhere => false,
        }
    }
}

impl Nearness {
    pub fn of(domain: &Name, from: &Name) -> Self {
        match domain {
            _ if is_aligned(domain, from, true) => Self::SameDomain,
            _ if is_aligned(domain, from, false) => Self::SameOrganization,
            _ => Self::Elsewhere,
        }
    }
}

/// The methods whose domain must be that in From itself (RFC 9989 §4.7, `aspf` and `adkim`).
#[derive(Clone, Copy, Default)]
struct Strict {
    spf: bool,
    dkim: bool,
}

/// What the policy for From asks of the methods that came so near.
///
/// # Errors
/// It could not be told, and all hangs on it.
async fn strictness(view: &View<'_>, from: &Name, near: [Nearness; 2]) -> Result<Strict, String> {
    if !near.contains(&Nearness::SameOrganization) {
        return Ok(Strict::default());
    }
    match dmarc::policy(view.net, from).await {
        Discovery::Found { record, .. } => {
            Ok(Strict { spf: record.strict_spf, dkim: record.strict_dkim })
        }
        Discovery::Unknown { reason, .. } if !near.contains(&Nearness::SameDomain) => {
            Err(reason.to_string())
        }
        Discovery::Unknown { .. } | Discovery::Nothing => Ok(Strict::default()),
    }
}

/// Whether a forwarder, or the receiver itself, put an address of its own in place of the envelope sender
/// (the Sender Rewriting Scheme).
fn is_rewritten(mail_from: &str) -> bool {
    let start = mail_from.get(..4).unwrap_or_default();
    start.eq_ignore_ascii_case("SRS0") || start.eq_ignore_ascii_case("SRS1")
}

/// RFC 7208 §2.5: another host's address proves nothing against the sender.
async fn spf(view: &View<'_>, seen: &Seen<'_>, from: &Name) -> Told {
    if is_rewritten(seen.mail_from) {
        return Told::no_pass(TEMPERROR, Some(RELAYED.to_owned()));
    }
    let session = Session {
        ip: seen.from,
        helo: seen.helo.unwrap_or_default(),
        mail_from: seen.mail_from,
        receiver: &view.vantage.helo,
        now: view.now,
    };
    let said = check_host(view.net, &session).await;
    let result = said.proven();
    let (word, nearness) = (result.to_string(), Nearness::of(&said.domain, from));
    let untold = match result {
        SpfResult::Pass => return Told { word, nearness, untold: None },
        _ if nearness == Nearness::Elsewhere => None,
        SpfResult::Temperror => Some(word.clone()),
        _ => seen.relayed.then(|| RELAYED.to_owned()),
    };
    Told::no_pass(&word, untold)
}
