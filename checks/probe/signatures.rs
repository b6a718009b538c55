//! Which signature of a message could speak for its From, and does it? (RFC 6376 §6)

use futures::future::join_all;

use super::own_verdicts::{Nearness, Seen, Told};
use super::verdicts::TEMPERROR;
use crate::kernel::{Lookup, Name, Reason, View, texts};
use crate::records::canonical::{Field, header_fields};
use crate::records::dkim_signature::{DkimResult, DkimSignature};

/// Signatures of a message that are looked into.
const MOST_SIGNATURES: usize = 5;

/// Records at the name of a key that are tried.
const MOST_KEYS: usize = 3;

/// A header or body of so many octets may have been cut.
const CUT: usize = 64 * 1024;

/// What was sent is not what arrived.
const ALTERED: &str = "altered";

/// What the signatures that could speak for From come to; of a message without any, what the others do.
pub async fn dkim(view: &View<'_>, seen: &Seen<'_>, from: &Name) -> Told {
    let header = match whole(&seen.found.header) {
        Ok(header) => header,
        Err(reason) => return Told::no_pass(TEMPERROR, Some(reason.to_string())),
    };
    let fields = header_fields(header);
    let tried = Tried::of(&fields, from);
    if tried.signatures.is_empty() {
        let word = if tried.has_unreadable { "neutral" } else { "none" };
        return Told::no_pass(word, None);
    }
    let body = seen.found.body.as_deref().ok_or(Reason::NotOffered).and_then(whole);
    let body = match body {
        Ok(body) => body,
        Err(reason) => {
            return Told::no_pass(TEMPERROR, Some(reason.to_string()).filter(|_| tried.is_near));
        }
    };
    let each = tried.signatures.iter().take(MOST_SIGNATURES);
    let said = join_all(each.map(|(own, one)| verified(view, &fields, *own, one, body))).await;
    tried.told(&said, from, seen.unaltered)
}

/// The signatures that are looked into, each with the place of its field.
struct Tried {
    signatures: Vec<(usize, DkimSignature)>,
    /// Their domains are near enough to From to speak for it.
    is_near: bool,
    /// There are fields that cannot be read as signatures.
    has_unreadable: bool,
}

impl Tried {
    fn of(fields: &[Field<'_>], from: &Name) -> Self {
        let signed = fields.iter().enumerate().filter(|(_, one)| one.is_named("dkim-signature"));
        let mut has_unreadable = false;
        let (mut near, mut far) = (Vec::new(), Vec::new());
        for (own, field) in signed {
            match DkimSignature::parse(field.value()) {
                None => has_unreadable = true,
                Some(one) if Nearness::of(&one.domain, from) == Nearness::Elsewhere => {
                    far.push((own, one));
                }
                Some(one) => near.push((own, one)),
            }
        }
        let is_near = !near.is_empty();
        Self { signatures: if is_near { near } else { far }, is_near, has_unreadable }
    }

    fn told(&self, said: &[Result<DkimResult, Reason>], from: &Name, unaltered: bool) -> Told {
        let passing =
            self.signatures.iter().zip(said).filter(|(_, said)| **said == Ok(DkimResult::Pass));
        if let Some(nearness) = passing.map(|((_, one), _)| Nearness::of(&one.domain, from)).max() {
            return Told { word: DkimResult::Pass.to_string(), nearness, untold: None };
        }
        let silence = said.iter().find_map(|said| said.err());
        let word = match said.first() {
            Some(Ok(result)) if silence.is_none() => result.to_string(),
            _ => TEMPERROR.to_owned(),
        };
        let reason = match silence {
            Some(reason) => Some(reason.to_string()),
            None if self.signatures.len() > MOST_SIGNATURES => Some(Reason::TooLarge.to_string()),
            // What was signed may have been right: the message changed, or may have in a form that
            // forgives nothing.
            None => {
                let failed = self.signatures.iter().zip(said);
                let mut failed = failed.filter(|(_, said)| **said == Ok(DkimResult::Fail));
                let may_be_right = failed.any(|((_, one), _)| !unaltered || !one.forgives_blanks());
                may_be_right.then(|| ALTERED.to_owned())
            }
        };
        Told::no_pass(&word, reason.filter(|_| self.is_near))
    }
}

/// A part of a message, if it is here as it was signed.
fn whole(part: &str) -> Result<&str, Reason> {
    // RFC 6376 §5.3: lines end with CRLF; and what was no text was replaced.
    let is_signed_form = part.matches('\n').count() == part.matches("\r\n").count()
        && !part.contains(char::REPLACEMENT_CHARACTER);
    match part.len() {
        CUT.. => Err(Reason::TooLarge),
        _ if !is_signed_form => Err(Reason::Malformed),
        _ => Ok(part),
    }
}

/// # Errors
/// Why its key could not be told.
async fn verified(
    view: &View<'_>,
    fields: &[Field<'_>],
    own: usize,
    signature: &DkimSignature,
    body: &str,
) -> Result<DkimResult, Reason> {
    let at = signature.key_name();
    if !at.is_askable() {
        return Ok(DkimResult::Permerror);
    }
    let records = match texts(view.net, &at).await {
        Lookup::Found(records) => records,
        Lookup::Absent { .. } => return Ok(DkimResult::Permerror),
        Lookup::Unknown { reason } => return Err(reason),
    };
    let now = view.now.timestamp();
    let said = records.iter().take(MOST_KEYS).map(|text| {
        let octets = text.joined();
        signature.verify(fields, own, body, &String::from_utf8_lossy(&octets), now)
    });
    let said: Vec<DkimResult> = said.collect();
    // Of several records, verifiers take any (RFC 6376 §3.6.2.2).
    let pass = said.iter().find(|said| **said == DkimResult::Pass).or(said.first());
    Ok(pass.copied().unwrap_or(DkimResult::Permerror))
}
