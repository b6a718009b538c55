//! The record that is judged, and how a finding about it begins.

use super::super::DmarcCode;
use super::super::facts::{DmarcFacts, Step};
use crate::kernel::{Code, Name, Raised, Target, Text};
use crate::records::dmarc::DmarcRecord;

/// The record that counts, with all that is known beside it.
pub(super) struct Told<'a> {
    /// The domain that publishes it.
    pub(super) at: &'a Name,
    pub(super) text: &'a Text,
    pub(super) record: &'a DmarcRecord,
    pub(super) facts: &'a DmarcFacts,
    pub(super) target: &'a Target,
}

impl Told<'_> {
    /// A finding about the domain that publishes the record.
    pub(super) fn on(&self, code: DmarcCode) -> Raised {
        self.about(code, self.at)
    }

    pub(super) fn about(&self, code: DmarcCode, subject: impl std::fmt::Display) -> Raised {
        let raised = code.on(subject).with("domain", self.at);
        raised.evidence("record", self.text.printable()).evidence("found_at", &self.facts.found_at)
    }

    /// The record as it is read; what is not UTF-8 is no tag in any reading.
    pub(super) fn written(&self) -> String {
        self.text.readable()
    }

    pub(super) fn is_own(&self) -> bool {
        *self.at == self.target.domain
    }

    /// Every step towards the organizational domain.
    pub(super) fn steps(&self) -> Vec<Step> {
        self.facts.steps()
    }
}
