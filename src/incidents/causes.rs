//! Which finding explains which? A declared graph from causes to their symptoms.
//!
//! Only findings of the same domain explain each other. A warning works, so it explains no failure.

use chrono::TimeDelta;
use serde_json::Value;
use vigie_checks::kernel::{CASE, Finding, Severity};

/// What mail meets when its sender cannot be believed.
const MISTRUSTED: &[&str] = &[
    "probe.refused",
    "probe.bounced",
    "probe.deferred",
    "probe.not-arrived",
    "probe.in-spam",
    "probe.not-authenticated",
];

/// How a DMARC policy that went stands since.
const WEAK_POLICY: &[&str] = &[
    "dmarc.missing",
    "dmarc.p-none",
    "dmarc.testing",
    "dmarc.sp-weaker",
    "dmarc.np-weaker",
    "dmarc.subdomain-weaker",
];

/// What mail meets when its address is not welcome.
const UNWELCOME: &[&str] =
    &["probe.refused", "probe.bounced", "probe.deferred", "probe.not-arrived", "probe.in-spam"];

/// Cause → symptoms; `check.*` is every finding of a check, `*` every finding.
const EXPLAINS: &[(&str, &[&str])] = &[
    ("dns.nxdomain", &["*"]),
    ("dns.*", &["dane.*", "dnssec.*", "mx.*", "smtp.*", "tls.*"]),
    ("dnssec.*", &["dane.*", "mx.*", "smtp.*", "tls.*"]),
    ("mx.*", &["dane.*", "smtp.*", "tls.*"]),
    ("smtp.no-starttls", &["dane.mismatch", "mta-sts.mx-tls-fails"]),
    ("smtp.starttls-broken", &["dane.mismatch", "mta-sts.mx-tls-fails"]),
    ("spf.*", MISTRUSTED),
    ("dkim.*", MISTRUSTED),
    ("dmarc.*", MISTRUSTED),
    // What makes a record void weakens it too; a policy that was weakened leaves a weak one.
    ("dmarc.multiple-records", &["dmarc.weakened"]),
    ("dmarc.policy-invalid", &["dmarc.weakened"]),
    ("dmarc.cname-dangling", &["dmarc.weakened"]),
    ("dmarc.lookalike", &["dmarc.weakened"]),
    ("dmarc.wrong-place", &["dmarc.weakened"]),
    ("dmarc.weakened", WEAK_POLICY),
    ("blocklist.*", UNWELCOME),
];

/// Where reports go has no part in what happens to mail.
const EXPLAIN_NOTHING: &[&str] = &[
    "dmarc.rua-invalid",
    "dmarc.rua-unauthorised",
    "dmarc.rua-undeliverable",
    "dmarc.ruf-unauthorised",
];

/// Whether `cause`, found at `severity` on the same domain, explains `symptom`.
pub fn explains(cause: &Finding, severity: Severity, symptom: &Finding) -> bool {
    cause.id != symptom.id
        && severity >= Severity::Error
        && !EXPLAIN_NOTHING.contains(&cause.id.as_str())
        && !is_of_another_session(cause, symptom)
        && (explains_bulk(cause, symptom)
            || explains_permerror(cause, symptom)
            || EXPLAINS.iter().any(|(causes, symptoms)| {
                matches(causes, &cause.id) && symptoms.iter().any(|ids| matches(ids, &symptom.id))
            }))
}

/// What bulk mail does not meet.
const BULK: &str = "dmarc.bulk-rules-unmet";

/// An address that sends and that SPF does not allow.
const STRANGER: &str = "spf.sending-ip-not-authorised";

/// Why the SPF record of a domain counts for nothing.
const VOID_SPF: &[&str] = &[
    "spf.missing",
    "spf.lookalike",
    "spf.multiple-records",
    "spf.syntax",
    "spf.non-ascii",
    "spf.duplicate-modifier",
    "spf.string-too-long",
    "spf.split-joins-terms",
    "spf.too-many-lookups",
    "spf.too-many-void",
    "spf.mx-too-many-names",
    "spf.include-no-record",
    "spf.include-permerror",
    "spf.redirect-no-record",
    "spf.loop",
    "spf.bad-macro",
];

/// Whether a cause is found for itself that is all of what a bulk stream lacks: it ends with it.
fn explains_bulk(cause: &Finding, symptom: &Finding) -> bool {
    let lacks = symptom.evidence["lacks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let strangers = symptom.evidence["spf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let explained = |lacking: &Value| match (lacking.as_str(), cause.id.as_str()) {
        (Some("SPF"), STRANGER) => strangers.iter().all(|one| {
            one["ip"].as_str() == Some(&cause.subject) && one["domain"] == cause.evidence["domain"]
        }),
        (Some("SPF"), voids) if VOID_SPF.contains(&voids) => strangers.iter().all(|one| {
            let counts_for_nothing = matches!(one["result"].as_str(), Some("none" | "permerror"));
            counts_for_nothing && is_of(cause, &one["domain"])
        }),
        (Some("DMARC"), "dmarc.missing" | "dmarc.lookalike" | "dmarc.wrong-place") => true,
        (Some("DKIM" | "alignment"), "dmarc.alignment-impossible") => {
            symptom.subject == cause.subject
        }
        _ => false,
    };
    symptom.id == BULK && !lacks.is_empty() && lacks.iter().all(explained)
}

/// Whether an address is not allowed because the record that should allow it cannot be evaluated.
fn explains_permerror(cause: &Finding, symptom: &Finding) -> bool {
    symptom.id == STRANGER
        && symptom.evidence["result"] == "permerror"
        && VOID_SPF.contains(&cause.id.as_str())
        && is_of(cause, &symptom.evidence["domain"])
}

/// Whether a cause lies in the record of a domain, or in one that it leads to, which is then the subject.
fn is_of(cause: &Finding, domain: &Value) -> bool {
    let named = domain.as_str();
    named.is_some() && (named == Some(&cause.subject) || cause.evidence["domain"] == *domain)
}

/// Whether a mail host encrypts at another place than the one where STARTTLS fails, or shows a certificate.
fn is_of_another_session(cause: &Finding, symptom: &Finding) -> bool {
    let is_about_starttls = cause.id.starts_with("smtp.") && symptom.id == "dane.mismatch";
    is_about_starttls && (cause.subject != symptom.subject || !symptom.params.contains_key(CASE))
}

/// The checks that may explain a finding, in the order of the graph.
pub fn explaining_checks(found: &Finding) -> Vec<&'static str> {
    let check = found.check();
    let of_check =
        |ids: &&str| matches!(ids.split('.').next(), Some(of) if of == "*" || of == check);
    let mut checks: Vec<&'static str> = Vec::new();
    for (causes, symptoms) in EXPLAINS {
        let cause = causes.split('.').next().unwrap_or(causes);
        if cause != check && symptoms.iter().any(of_check) && !checks.contains(&cause) {
            checks.push(cause);
        }
    }
    if found.id == BULK {
        checks.push("spf");
    }
    checks
}

/// What may be why another check finds something, where the one is no cause of the other: a renewed
/// certificate is in order itself, and its TLSA record matches no longer.
const ALSO_EXPLAINS: &[(&str, &[&str])] =
    &[("mx", &["mta-sts"]), ("tls", &["dane", "mta-sts"]), ("dmarc", &["bimi"])];

/// How long before an incident a change may have caused it: the longest usual period.
pub const EXPLAINED_WITHIN: TimeDelta = TimeDelta::hours(24);

/// Changes that are looked through for those that may have.
pub const CHANGES_READ: u32 = 1000;

/// What begins the name of a change of the addresses that send.
pub const SENDING_IPS: &str = "sending IP of ";

/// What speaks for those who send: an address that is new among them is its affair.
const OF_SENDERS: &[&str] = &["blocklist", "dkim", "dmarc", "ip", "spf"];

/// Whether something that a check saw to have changed may be why a finding of the same domain is there.
pub fn may_explain(check: &str, what: &str, found: &Finding) -> bool {
    let of = found.check();
    if what.starts_with(SENDING_IPS) {
        return of == "probe" || OF_SENDERS.contains(&of);
    }
    if check != of {
        let also = ALSO_EXPLAINS.iter().any(|(from, to)| *from == check && to.contains(&of));
        return also || explaining_checks(found).contains(&check);
    }
    // A certificate or a key has no part in what is found of another.
    let thing = what.rsplit(' ').next().unwrap_or(what);
    match check {
        "tls" => found.subject.contains(thing),
        "dkim" => found.subject == thing || !found.subject.contains("._domainkey."),
        _ => true,
    }
}

fn matches(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => id.starts_with(prefix),
        None => pattern == id,
    }
}
