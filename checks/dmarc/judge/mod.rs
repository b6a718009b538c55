//! Which rules of RFC 9989, 9990 and 9991 does the domain's DMARC break?

mod organization;
mod presence;
mod record;
mod reports;
mod streams;

use super::DmarcCode;
use super::facts::{DmarcFacts, Step};
use super::walk::{Discovery, discover};
use crate::kernel::{Code, Name, Raised, Target, Text};
use crate::records::dmarc::DmarcRecord;

pub fn judge(facts: &DmarcFacts, target: &Target) -> Vec<Raised> {
    let mut raised = presence::judge(facts, target);
    match discover(&facts.walk) {
        Discovery::Unknown { domain, reason } => raised.push(
            DmarcCode::LookupFailed
                .on(&domain)
                .with("asked", domain.child("_dmarc"))
                .with("reason", reason)
                .evidence("reason", reason)
                .evidence("walk", &facts.walk),
        ),
        Discovery::Nothing => raised.extend(streams::without_record(target)),
        Discovery::Found { domain, text, record } => {
            let told = Told { at: &domain, text: &text, record: &record, facts, target };
            raised.extend(record::judge(&told));
            raised.extend(reports::judge(&told));
            raised.extend(organization::judge(&told));
            raised.extend(streams::judge(&told));
        }
    }
    raised
}

/// The record that counts, with all that is known beside it.
struct Told<'a> {
    /// The domain that publishes it.
    at: &'a Name,
    text: &'a Text,
    record: &'a DmarcRecord,
    facts: &'a DmarcFacts,
    target: &'a Target,
}

impl Told<'_> {
    /// A finding about the domain that publishes the record.
    fn on(&self, code: DmarcCode) -> Raised {
        self.about(code, self.at)
    }

    fn about(&self, code: DmarcCode, subject: impl std::fmt::Display) -> Raised {
        let raised = code.on(subject).with("domain", self.at);
        raised.evidence("record", self.text.printable()).evidence("found_at", &self.facts.found_at)
    }

    /// The record as text; what is not UTF-8 is no tag in any reading.
    fn written(&self) -> String {
        written(self.text)
    }

    fn is_own(&self) -> bool {
        *self.at == self.target.domain
    }

    /// Every step towards the organizational domain.
    fn steps(&self) -> Vec<Step> {
        [self.facts.walk.as_slice(), self.facts.above.as_slice()].concat()
    }
}

fn written(text: &Text) -> String {
    String::from_utf8_lossy(&text.joined()).into_owned()
}

/// A word of the record, at most 40 characters of it, nothing that a terminal might obey.
fn shortened(value: &str) -> String {
    let shown = Text::new(vec![value.as_bytes().to_vec()]).printable();
    let mut cut: String = shown.chars().take(40).collect();
    if cut.len() < shown.len() {
        cut.push('…');
    }
    cut
}
