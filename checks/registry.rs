//! Every check, a line per folder. Written by `tests/generated`: `UPDATE=1` adds the line of a new folder.

use crate::kernel::CheckEntry;

#[rustfmt::skip]
pub static CHECKS: &[CheckEntry] = &[
    CheckEntry::of::<crate::arc::Arc>(),
    CheckEntry::of::<crate::bimi::Bimi>(),
    CheckEntry::of::<crate::blocklist::BlocklistCheck>(),
    CheckEntry::of::<crate::caa::Caa>(),
    CheckEntry::of::<crate::dane::Dane>(),
    CheckEntry::of::<crate::dkim::Dkim>(),
    CheckEntry::of::<crate::dmarc::Dmarc>(),
    CheckEntry::of::<crate::dns::Dns>(),
    CheckEntry::of::<crate::dnssec::Dnssec>(),
    CheckEntry::of::<crate::ip::Ip>(),
    CheckEntry::of::<crate::mta_sts::MtaSts>(),
    CheckEntry::of::<crate::mx::Mx>(),
    CheckEntry::of::<crate::probe::Probe>(),
    CheckEntry::of::<crate::registration::Registration>(),
    CheckEntry::of::<crate::smtp::Smtp>(),
    CheckEntry::of::<crate::spf::Spf>(),
    CheckEntry::of::<crate::tls::Tls>(),
    CheckEntry::of::<crate::tls_rpt::TlsRpt>(),
    CheckEntry::of::<crate::web::Web>(),
];
