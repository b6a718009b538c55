//! Why was something not taken in?

use vigie_checks::kernel::Bilingual;

/// What is known by sight and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// A report of TLS (RFC 8460 §4).
    TlsReport,
    /// What became of a message (RFC 3464).
    DeliveryStatus,
    /// A complaint, or a single message that failed (RFC 5965, RFC 9991).
    Complaint,
    /// The log of a mail server.
    MailLog,
    /// XML of another kind.
    OtherXml,
    /// Nothing that is known.
    Unknown,
}

impl Kind {
    /// Whether it tells of mail at all. What does not is no loss where many things lie together.
    pub fn is_report(self) -> bool {
        !matches!(self, Self::OtherXml | Self::Unknown)
    }
}

/// What is wrong with something that should be a report.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Fault {
    #[error("cannot be read: {}", reason.en)]
    Unreadable { reason: Bilingual },
    #[error("is empty")]
    Empty,
    #[error("is larger than {megabytes} MB, as it is or unpacked")]
    TooLarge { megabytes: u64 },
    #[error("holds more than {limit} files")]
    TooManyMembers { limit: usize },
    #[error("is packed more than {limit} times")]
    TooDeep { limit: usize },
    #[error("the ZIP file is damaged")]
    DamagedZip,
    #[error("the ZIP file is encrypted, or packed in a way that is not known")]
    StrangeZip,
    #[error("the gzip file is damaged")]
    DamagedGzip,
    #[error("is no well-formed XML")]
    NotXml,
    #[error("holds more records than are read")]
    TooManyRecords,
    #[error("the report lacks {element}")]
    Lacks { element: &'static str },
    #[error("the report has a wrong {element}")]
    Wrong { element: &'static str },
    #[error("the report tells of a time that is still to come")]
    InFuture,
    #[error("could not be read because of a fault in vigie; please report it")]
    ReaderFailed,
}

/// Why something was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is of a kind that this version does not read.
    Other(Kind),
    /// It should be a report, or hold one.
    Faulty(Fault),
}

impl From<Fault> for Unread {
    fn from(fault: Fault) -> Self {
        Self::Faulty(fault)
    }
}
