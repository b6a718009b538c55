//! The rules of the review, in the order in which they are tried: a finding counts under the first
//! that fits. What needs the message, the list of recipients or the volume is not among them.

use vigie_checks::kernel::{Finding, Severity};

use super::Verdict;

/// Grows with every change of the rules, so that two reviews can be compared.
pub const VERSION: &str = "2";

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    DnsAdmin,
    Postmaster,
}

/// One rule.
pub struct Rule {
    pub id: &'static str,
    pub verdict: Verdict,
    pub owner: Owner,
    /// What it says, in English and French.
    pub words: (&'static str, &'static str),
    fits: fn(&Finding) -> bool,
}

impl Rule {
    /// The authentication of the sender cannot be waved through in passing.
    pub fn is_firm(&self) -> bool {
        self.id == "authentication-fails"
    }

    /// The first rule that a failing finding falls under; information falls under none.
    pub fn of(finding: &Finding) -> Option<&'static Self> {
        RULES.iter().find(|rule| (rule.fits)(finding))
    }

    pub fn named(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }
}

fn is_of(finding: &Finding, checks: &[&str]) -> bool {
    checks.contains(&finding.check())
}

fn is_grave(finding: &Finding) -> bool {
    finding.severity >= Severity::Error
}

fn is_weighty(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning
}

/// The place of the rule that no finding falls under: changes of records do.
pub const CHANGED_LATELY: usize = 5;

#[rustfmt::skip]
pub const RULES: [Rule; 9] = [
    Rule {
        id: "authentication-fails", verdict: Verdict::NoGo, owner: Owner::DnsAdmin,
        words: ("Receivers cannot tell this mail from a forgery", "Les destinataires ne peuvent distinguer ce courrier d’un faux"),
        fits: |f| is_of(f, &["spf", "dkim", "dmarc"]) && is_grave(f),
    },
    Rule {
        id: "listed", verdict: Verdict::NoGo, owner: Owner::Postmaster,
        words: ("Major receivers refuse what is on this list", "Les grands destinataires refusent ce qui figure sur cette liste"),
        fits: |f| is_of(f, &["blocklist"]) && is_grave(f),
    },
    Rule {
        id: "test-send-failed", verdict: Verdict::NoGo, owner: Owner::Postmaster,
        words: ("The last test send did not arrive as it should", "Le dernier envoi d’essai n’est pas arrivé comme il faut"),
        fits: |f| is_of(f, &["probe"]) && is_grave(f),
    },
    Rule {
        id: "ends-before-the-send", verdict: Verdict::NoGo, owner: Owner::DnsAdmin,
        words: ("Something the mail rests on ends, or has ended", "Quelque chose dont dépend le courrier expire, ou a expiré"),
        fits: |f| f.id.contains("expir") && is_grave(f),
    },
    Rule {
        id: "mail-is-lost", verdict: Verdict::NoGo, owner: Owner::DnsAdmin,
        words: ("Mail is being lost now", "Du courrier se perd en ce moment"),
        fits: |f| f.severity == Severity::Critical,
    },
    Rule {
        id: "changed-lately", verdict: Verdict::Caution, owner: Owner::DnsAdmin,
        words: ("A record changed lately; receivers may still see the old one", "Un enregistrement vient de changer ; des destinataires voient peut-être encore l’ancien"),
        fits: |_| false,
    },
    Rule {
        id: "policy-none", verdict: Verdict::Caution, owner: Owner::DnsAdmin,
        words: ("DMARC asks receivers for nothing", "DMARC ne demande rien aux destinataires"),
        fits: |f| f.id == "dmarc.p-none",
    },
    Rule {
        id: "standard-broken", verdict: Verdict::Caution, owner: Owner::DnsAdmin,
        words: ("A standard is broken; some receivers mind", "Une norme n’est pas respectée ; certains destinataires en tiennent compte"),
        fits: is_grave,
    },
    Rule {
        id: "at-risk", verdict: Verdict::Caution, owner: Owner::DnsAdmin,
        words: ("It works today, and may not tomorrow", "Cela fonctionne aujourd’hui, peut-être pas demain"),
        fits: is_weighty,
    },
];
