//! Who vouches for this message? SPF of the envelope (RFC 7208), DKIM of the content (RFC 6376) and
//! whether either aligns with the author's domain (RFC 9989). Evaluated by mail-auth.

use crate::resolver::Resolver;
use crate::smtp::Envelope;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::dmarc::{self};
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcOutput, DmarcResult, SpfOutput, SpfResult,
};
use std::time::Duration;
use tokio::time::timeout;

/// How long a judgement may take before it is a temporary error.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most signatures that are written down.
const SIGNATURES: usize = 10;

/// What a receiver found, in the words of RFC 8601 §2.7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// SPF of the reverse path, or of the EHLO name for the null sender.
    pub spf: &'static str,
    /// Each signature.
    pub dkim: Vec<DkimVerdict>,
    /// DMARC of the author's domain.
    pub dmarc: &'static str,
    /// What the author's domain asks for when DMARC fails.
    pub policy: Policy,
    /// The author's domain; empty when `From` has none.
    pub header_from: String,
}

/// What a receiver found of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimVerdict {
    /// The result.
    pub result: &'static str,
    /// The signing domain, where it can be read.
    pub domain: Option<String>,
    /// The selector, where it can be read.
    pub selector: Option<String>,
}

/// What a domain asks receivers to do with mail that fails DMARC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Nothing, or there is no record.
    None,
    /// File it apart.
    Quarantine,
    /// Refuse it.
    Reject,
}

/// SPF for the envelope; out of time is a temporary error.
pub(super) async fn spf(resolver: &Resolver, name: &str, envelope: &Envelope) -> SpfOutput {
    let (helo, from) = (envelope.helo.as_str(), envelope.mail_from.as_str());
    let parameters = if from.is_empty() {
        SpfParameters::verify_ehlo(envelope.client, helo, name)
    } else {
        SpfParameters::verify_mail_from(envelope.client, helo, name, from)
    };
    let judged = resolver.authenticator().verify_spf(parameters);
    match timeout(PATIENCE, judged).await {
        Ok(output) => output,
        Err(_) => SpfOutput::new(domain_of(envelope).to_owned()).with_result(SpfResult::TempError),
    }
}

/// All three for a message; `None` when it has no header at all.
pub(super) async fn message(
    resolver: &Resolver,
    name: &str,
    envelope: &Envelope,
    octets: &[u8],
) -> Option<Verdict> {
    let message = AuthenticatedMessage::parse(octets)?;
    let spf = spf(resolver, name, envelope).await;
    let judged = async {
        let authenticator = resolver.authenticator();
        let dkim = authenticator.verify_dkim(&message).await;
        let parameters = DmarcParameters::new(&message, &dkim, domain_of(envelope), &spf);
        let dmarc = authenticator.verify_dmarc(parameters).await;
        (dkim.iter().take(SIGNATURES).map(signature).collect(), dmarc)
    };
    let header_from = author_domain(&message);
    let (dkim, dmarc, policy) = match timeout(PATIENCE, judged).await {
        Ok((dkim, dmarc)) => (dkim, dmarc_word(&dmarc), policy(&dmarc)),
        Err(_) => (Vec::new(), "temperror", Policy::None),
    };
    Some(Verdict { spf: spf_word(spf.result()), dkim, dmarc, policy, header_from })
}

/// The domain that SPF speaks of (RFC 7208 §2.4).
fn domain_of(envelope: &Envelope) -> &str {
    let from = envelope.mail_from.rsplit_once('@');
    from.map_or(&envelope.helo, |(_, domain)| domain)
}

fn author_domain(message: &AuthenticatedMessage) -> String {
    let author = message.from.first().and_then(|from| from.rsplit_once('@'));
    author.map(|(_, domain)| domain.to_ascii_lowercase()).unwrap_or_default()
}

fn signature(output: &DkimOutput) -> DkimVerdict {
    DkimVerdict {
        result: match output.result() {
            DkimResult::Pass => "pass",
            DkimResult::Neutral(_) => "neutral",
            DkimResult::Fail(_) => "fail",
            DkimResult::PermError(_) => "permerror",
            DkimResult::TempError(_) => "temperror",
            DkimResult::None => "none",
        },
        domain: output.signature().map(|s| s.d.clone()),
        selector: output.signature().map(|s| s.s.clone()),
    }
}

fn spf_word(result: SpfResult) -> &'static str {
    match result {
        SpfResult::Pass => "pass",
        SpfResult::Fail => "fail",
        SpfResult::SoftFail => "softfail",
        SpfResult::Neutral => "neutral",
        SpfResult::TempError => "temperror",
        SpfResult::PermError => "permerror",
        SpfResult::None => "none",
    }
}

fn dmarc_word(output: &DmarcOutput) -> &'static str {
    match output.result() {
        DmarcResult::Pass => "pass",
        DmarcResult::Fail(_) => "fail",
        DmarcResult::TempError(_) => "temperror",
        DmarcResult::PermError(_) => "permerror",
        DmarcResult::None => "none",
    }
}

fn policy(output: &DmarcOutput) -> Policy {
    match output.policy() {
        dmarc::Policy::Reject => Policy::Reject,
        dmarc::Policy::Quarantine => Policy::Quarantine,
        dmarc::Policy::None | dmarc::Policy::Unspecified => Policy::None,
    }
}
