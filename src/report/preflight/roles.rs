//! Which part does an audited domain play in the mail? What stands in MAIL FROM alone is asked for SPF, a way back and
//! a good name; DMARC is that of the From domain (RFC 9989 §4.10.1), and a key that of who signs (RFC 6376 §3.5).

use std::collections::BTreeSet;

use vigie_checks::kernel::{Finding, Name, Severity};

use crate::run::Review;

/// The checks that a return path is held to like any domain.
const OF_RETURN_PATH: [&str; 7] = ["blocklist", "dns", "dnssec", "ip", "mx", "registration", "spf"];

/// Those that tell of mail that comes in: where it is lost, so are bounces.
const OF_ITS_HOSTS: [&str; 4] = ["dane", "mta-sts", "smtp", "tls"];

/// What an audited domain is to the mail that is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The domain that was asked about, or the From of a stream.
    Author,
    /// The MAIL FROM of a stream, and nothing else.
    ReturnPath,
}

/// What every audited domain of a review is.
pub struct Roles<'a> {
    authors: BTreeSet<&'a Name>,
}

impl<'a> Roles<'a> {
    pub fn of(review: &'a Review) -> Self {
        // The first is the domain's own.
        let own = review.audits.first().map(|audit| &audit.target);
        let of_streams = own.into_iter().flat_map(|own| &own.streams).map(|stream| &stream.from);
        let authors = own.map(|own| &own.domain).into_iter().chain(of_streams).collect();
        Self { authors }
    }

    pub fn role(&self, domain: &Name) -> Role {
        if self.authors.contains(domain) { Role::Author } else { Role::ReturnPath }
    }
}

impl Role {
    /// Whether a check says something about the mail that is reviewed.
    pub fn rests_on(self, check: &str) -> bool {
        self == Self::Author || OF_RETURN_PATH.contains(&check)
    }

    /// Whether a failing finding of the domain does.
    pub fn minds(self, finding: &Finding) -> bool {
        let is_lost = || finding.severity == Severity::Critical;
        self.rests_on(finding.check()) || OF_ITS_HOSTS.contains(&finding.check()) && is_lost()
    }
}
