//! Which record counts for the From domain of a stream, and which names does it let stand for it?
//! (RFC 9989 §4.4, §4.10)

use super::facts::Step;
use super::walk::read;
use crate::kernel::{Lookup, Name};
use crate::records::dmarc::{DmarcRecord, is_aligned};

/// The record that counts for a From domain.
pub struct Counted {
    pub record: DmarcRecord,
    /// The domain at whose `_dmarc` name it stands.
    pub at: Name,
    /// It stands above the From domain.
    pub below: bool,
}

impl Counted {
    /// The record of the From domain, of those at the domains of streams; else the one that was found for the
    /// audited domain. Nothing where it was not looked at or could not be told.
    pub fn of(
        from: &Name,
        audited: &Name,
        (at, record): (&Name, &DmarcRecord),
        stream_domains: &[Step],
    ) -> Option<Self> {
        let of_audited = |below| Some(Self { record: record.clone(), at: at.clone(), below });
        if from == audited {
            return of_audited(at != audited);
        }
        let step = stream_domains.iter().find(|step| step.domain == *from)?;
        match &step.records {
            Lookup::Unknown { .. } => None,
            Lookup::Found(records) if records.len() == 1 => {
                Some(Self { record: read(&records[0])?, at: from.clone(), below: false })
            }
            _ => of_audited(true),
        }
    }

    /// Whether a return path stands for the From domain.
    pub fn lets_return_to(&self, mail_from: &Name, from: &Name) -> bool {
        self.aligns(mail_from, from, self.record.strict_spf)
    }

    /// Whether a signature of that domain stands for the From domain.
    pub fn lets_sign(&self, signer: &Name, from: &Name) -> bool {
        self.aligns(signer, from, self.record.strict_dkim)
    }

    /// RFC 9989 §4.10.2: a record with `psd=n` is that of an organization, and nothing above it belongs to that.
    fn aligns(&self, name: &Name, from: &Name, strict: bool) -> bool {
        let is_within = self.record.psd != Some(false) || name.is_at_or_below(&self.at);
        is_within && is_aligned(name, from, strict)
    }
}
