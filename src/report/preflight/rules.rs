//! The rules of the review, in the order in which they are tried: a finding counts under the first
//! that fits. What needs the message, the list of recipients or the volume is not among them.
//!
//! What a campaign rests on stops it: its authentication, the addresses it leaves from, what it links
//! to, the way back. What only takes mail in, and where reports go, does not.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use vigie_checks::blocklist::catalogue;
use vigie_checks::kernel::{Blocklist, Finding, Severity};

use super::Verdict;
use crate::report::concern;

/// Grows with every change of the rules, so that two reviews can be compared.
pub const VERSION: &str = "6";

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    DnsAdmin,
    Postmaster,
    /// Who writes the message.
    Writer,
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

    /// The place of the first rule that a failing finding falls under; information falls under none.
    pub fn place(finding: &Finding) -> Option<usize> {
        RULES.iter().position(|rule| (rule.fits)(finding))
    }

    pub fn named(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }
}

fn is_of(finding: &Finding, checks: &[&str]) -> bool {
    checks.contains(&finding.check())
}

fn is_one_of(finding: &Finding, ids: &[&str]) -> bool {
    ids.contains(&finding.id.as_str())
}

fn is_grave(finding: &Finding) -> bool {
    finding.severity >= Severity::Error
}

fn is_weighty(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning
}

/// Whether a finding is about where reports go.
pub fn is_about_reports(finding: &Finding) -> bool {
    concern::is_about_reports(&finding.id)
}

/// Lists that are asked by default and that filters give a weight, while no major receiver refuses by them.
const WEIGHED: [&str; 2] = ["psbl", "mailspike-bl"];

/// The lists of the catalogue that some receivers act on, or few, and no major one.
static MINOR_LISTS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let is_minor = |list: &Blocklist| list.tier > 1 || WEIGHED.contains(&list.id.as_str());
    catalogue().into_iter().filter(is_minor).map(|list| list.id).collect()
});

/// The lists that the verdict rests on, by their titles: major receivers refuse what stands there.
static DECISIVE_LISTS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let decisive = |list: &Blocklist| list.tier == 1 && list.id.starts_with("spamhaus-");
    let lists = catalogue().into_iter().filter(decisive);
    lists.map(|list| list.title().to_owned()).collect()
});

/// Whether without a verdict of the list of this title it is not known that the mail is taken.
pub fn is_decisive_list(title: &str) -> bool {
    DECISIVE_LISTS.contains(title)
}

/// An entry of a list that no major receiver acts on; the subject is `list/what is listed`.
fn is_on_minor_list(finding: &Finding) -> bool {
    let list = finding.subject.split('/').next().unwrap_or_default();
    is_of(finding, &["blocklist"]) && MINOR_LISTS.contains(list)
}

/// What makes receivers refuse the sender, or leaves replies and bounces nowhere to go.
const NO_WAY_BACK: &[&str] =
    &["mx.none", "mx.null", "mx.return-path-unresolvable", "mx.all-unreachable", "mx.silent"];

/// What does so where it is true of every host of the MX set, which makes it critical.
const NO_WAY_BACK_IF_ALL: &[&str] = &["mx.target-not-public", "mx.target-unresolvable"];

fn leads_nowhere_back(finding: &Finding) -> bool {
    is_one_of(finding, NO_WAY_BACK) && is_grave(finding)
        || is_one_of(finding, NO_WAY_BACK_IF_ALL) && finding.severity == Severity::Critical
}

/// An end that stops a send. Certificates of mail hosts do not: those serve mail that comes in.
fn ends_what_mail_rests_on(finding: &Finding) -> bool {
    // A provider renews its own domains, mostly at the last.
    let may_be_renewed =
        finding.id == "registration.vendor-expiring" && finding.severity != Severity::Critical;
    let is_end = finding.id.contains("expir") && !is_of(finding, &["tls", "mta-sts"]);
    let is_end = is_end && !may_be_renewed;
    let is_expired = finding.params.get("reason").is_some_and(|word| word == "certificate-expired");
    (is_end || is_of_submission(finding) && is_expired) && is_grave(finding)
}

/// Whether a finding is about a service where the domain's users hand in mail: its subject is the URL.
fn is_of_submission(finding: &Finding) -> bool {
    let is_submission = |url: &str| url.starts_with("smtp://") || url.starts_with("smtps://");
    is_of(finding, &["tls"]) && is_submission(&finding.subject)
}

/// What makes servers of the zone say different things, or some of them nothing.
const DIVERGING: &[&str] = &["dns.answers-diverge", "dns.tcp-refused"];

/// The rule that no finding falls under: changes of records do.
pub const CHANGED_LATELY: &str = "changed-lately";

/// The rule that no finding falls under: what the domain was declared to be does.
pub const DECLARED_SILENT: &str = "declared-silent";

#[rustfmt::skip]
pub const RULES: [Rule; 18] = [
    Rule {
        id: DECLARED_SILENT, verdict: Verdict::NoGo, owner: Owner::Postmaster,
        words: ("Its profile, or its SPF record of -all alone, says that it sends no mail; change that before it does", "Son profil, ou son SPF réduit à -all, dit qu’il n’envoie pas de courrier ; le changer d’abord"),
        fits: |_| false,
    },
    Rule {
        id: "authentication-fails", verdict: Verdict::NoGo, owner: Owner::DnsAdmin,
        words: ("What proves where this mail comes from is broken", "Ce qui prouve l’origine de ce courrier est défaillant"),
        fits: |f| is_of(f, &["spf", "dkim", "dmarc"]) && is_grave(f) && !is_about_reports(f),
    },
    Rule {
        id: "listed", verdict: Verdict::NoGo, owner: Owner::Postmaster,
        words: ("Major receivers refuse what is on this list", "Les grands destinataires refusent ce qui figure sur cette liste"),
        fits: |f| is_of(f, &["blocklist"]) && is_grave(f) && !is_on_minor_list(f),
    },
    Rule {
        id: "sending-address-refused", verdict: Verdict::NoGo, owner: Owner::Postmaster,
        words: ("Major receivers refuse mail from such a sending host", "Les grands destinataires refusent le courrier d’un tel serveur d’envoi"),
        fits: |f| is_of(f, &["ip"]) && is_grave(f),
    },
    Rule {
        id: "test-send-failed", verdict: Verdict::NoGo, owner: Owner::Postmaster,
        words: ("The last test send did not arrive as it should", "Le dernier envoi d’essai n’est pas arrivé comme il faut"),
        fits: |f| is_of(f, &["probe"]) && is_grave(f),
    },
    Rule {
        id: "ends-before-the-send", verdict: Verdict::NoGo, owner: Owner::DnsAdmin,
        words: ("Something the mail rests on ends, or has ended", "Quelque chose dont dépend le courrier expire, ou a expiré"),
        fits: ends_what_mail_rests_on,
    },
    Rule {
        id: "submission-broken", verdict: Verdict::NoGo, owner: Owner::Postmaster,
        words: ("Mail cannot be handed in where the domain’s users do so", "Le courrier ne peut être remis au service d’envoi du domaine"),
        fits: |f| is_of_submission(f) && is_grave(f),
    },
    Rule {
        id: "links-broken", verdict: Verdict::NoGo, owner: Owner::Writer,
        words: ("What the message leads to does not work", "Ce vers quoi mène le message ne fonctionne pas"),
        fits: |f| is_of(f, &["web"]) && is_grave(f),
    },
    Rule {
        id: "no-way-back", verdict: Verdict::NoGo, owner: Owner::DnsAdmin,
        words: ("Replies and bounces have nowhere to go; receivers may refuse such a sender", "Les réponses et les rebonds ne mènent nulle part ; des destinataires refusent un tel expéditeur"),
        fits: leads_nowhere_back,
    },
    Rule {
        id: "mail-is-lost", verdict: Verdict::NoGo, owner: Owner::DnsAdmin,
        words: ("Mail is being lost now", "Du courrier se perd en ce moment"),
        fits: |f| f.severity == Severity::Critical,
    },
    Rule {
        id: "records-diverge", verdict: Verdict::NoGo, owner: Owner::DnsAdmin,
        words: ("Not all receivers see the records that this mail rests on", "Tous les destinataires ne voient pas les enregistrements dont dépend ce courrier"),
        fits: |f| (is_one_of(f, DIVERGING) || is_of(f, &["dnssec"])) && is_grave(f),
    },
    Rule {
        id: CHANGED_LATELY, verdict: Verdict::Caution, owner: Owner::DnsAdmin,
        words: ("A record changed lately; receivers may still see the old one", "Un enregistrement vient de changer ; des destinataires voient peut-être encore l’ancien"),
        fits: |_| false,
    },
    Rule {
        id: "policy-none", verdict: Verdict::Caution, owner: Owner::DnsAdmin,
        words: ("DMARC asks receivers for nothing", "DMARC ne demande rien aux destinataires"),
        fits: |f| f.id == "dmarc.p-none",
    },
    Rule {
        id: "listed-elsewhere", verdict: Verdict::Caution, owner: Owner::Postmaster,
        words: ("Some receivers refuse what is on this list; the major ones do not ask it", "Certains destinataires refusent ce qui figure sur cette liste ; les grands ne la consultent pas"),
        fits: |f| is_on_minor_list(f) && is_weighty(f),
    },
    Rule {
        id: "listed-perhaps", verdict: Verdict::Caution, owner: Owner::Postmaster,
        words: ("What this mail may leave from or lead to is on a list that major receivers ask", "Une adresse ou un nom dont ce courrier dépend peut-être figure sur une liste que consultent les grands destinataires"),
        fits: |f| is_of(f, &["blocklist"]) && is_weighty(f),
    },
    Rule {
        id: "reports-astray", verdict: Verdict::Caution, owner: Owner::DnsAdmin,
        words: ("Reports do not arrive; the mail itself is accepted all the same", "Les rapports n’arrivent pas ; le courrier, lui, est accepté tout de même"),
        fits: |f| is_about_reports(f) && is_weighty(f),
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
