//! Which mail does a finding concern: what goes out, what comes in, what users do, or none?

use vigie_checks::kernel::{Lang, Profile, Severity, Status};

use super::build::DomainReport;
use super::words::say;

/// What a finding is about, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Concern {
    /// Reports, renewals, the brand, pages: mail goes its way all the same.
    Beside,
    /// Where users hand in and read mail.
    Services,
    Incoming,
    /// The name itself, which all mail rests on.
    Foundation,
    Outgoing,
}

/// What leaves bounces nowhere to go is what receivers of outgoing mail look at.
const NO_WAY_BACK: [&str; 3] = ["mx.none", "mx.null", "mx.return-path-unresolvable"];

impl Concern {
    fn of(id: &str, subject: &str) -> Self {
        let check = id.split('.').next().unwrap_or_default();
        match check {
            _ if is_about_reports(id) => Self::Beside,
            "mx" if NO_WAY_BACK.contains(&id) => Self::Outgoing,
            "probe" if id == "probe.submit-unreachable" => Self::Services,
            "blocklist" | "dkim" | "dmarc" | "ip" | "probe" | "spf" => Self::Outgoing,
            // The subject of what is said of a service is its URL.
            "smtp" | "tls" if subject.contains("://") => Self::Services,
            "dane" | "mta-sts" | "mx" | "smtp" | "tls" => Self::Incoming,
            "arc" | "bimi" | "caa" | "web" => Self::Beside,
            _ => Self::Foundation,
        }
    }
}

/// Whether a finding is about where reports go, which has no part in what happens to mail.
pub fn is_about_reports(id: &str) -> bool {
    const BEGINNINGS: [&str; 5] =
        ["dmarc.rua-", "dmarc.ruf-", "dmarc.external-auth-", "dmarc.reports-", "tls-rpt."];
    BEGINNINGS.iter().any(|begin| id.starts_with(begin))
}

/// What errors come to for the mail of the domain, in a sentence: that of the gravest.
pub fn of_errors(report: &DomainReport, lang: Lang) -> &'static str {
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Fail && finding.severity == Severity::Error);
    let about = errors.map(|finding| (finding.id.as_str(), finding.subject.as_str()));
    sentence(report.profile, about, lang)
}

fn sentence<'a>(
    profile: Profile,
    errors: impl Iterator<Item = (&'a str, &'a str)>,
    lang: Lang,
) -> &'static str {
    let gravest = errors.map(|(id, subject)| Concern::of(id, subject)).max();
    match gravest.unwrap_or(Concern::Foundation) {
        Concern::Beside => say(
            lang,
            "What is broken here does not stop its mail.",
            "Ce qui est en défaut ici n’arrête pas son courrier.",
        ),
        Concern::Services => say(
            lang,
            "Its users cannot rely on one of its services.",
            "Ses utilisateurs ne peuvent pas compter sur un de ses services.",
        ),
        _ if profile == Profile::Parked => say(
            lang,
            "It has no mail, yet something that protects its name is broken.",
            "Il est sans messagerie, mais une protection de son nom est en défaut.",
        ),
        Concern::Incoming => say(
            lang,
            "Something is broken where its mail comes in.",
            "Quelque chose est en défaut là où arrive son courrier.",
        ),
        Concern::Outgoing if profile.sends() => say(
            lang,
            "Large receivers will refuse or junk some of its mail.",
            "De grands destinataires rejetteront une partie de son courrier, ou la classeront en indésirable.",
        ),
        Concern::Foundation | Concern::Outgoing => say(
            lang,
            "Something that its mail rests on is broken.",
            "Quelque chose dont dépend son courrier est en défaut.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn the_sentence_on_errors_speaks_of_the_mail_that_they_concern() {
        use Profile::{Both, Parked, Receiver};
        let (domain, host, service) = ("example.com", "mx1.example.com", "smtps://out.example.com");
        let cases = [
            ("authentication",          Both,     vec![("spf.missing", domain)],                                      "Large receivers"),
            ("a sending address",       Both,     vec![("ip.ptr-missing", "192.0.2.25")],                             "Large receivers"),
            ("nowhere to bounce to",    Both,     vec![("mx.none", domain)],                                          "Large receivers"),
            ("where reports go",        Both,     vec![("tls-rpt.invalid", domain)],                                  "What is broken here"),
            ("those of DMARC",          Both,     vec![("dmarc.rua-unauthorised", domain)],                           "What is broken here"),
            ("the next renewal",        Both,     vec![("caa.issuer-excluded", host)],                                "What is broken here"),
            ("a mail host",             Both,     vec![("smtp.no-starttls", host)],                                   "Something is broken where"),
            ("a mail host and reports", Both,     vec![("tls-rpt.invalid", domain), ("tls.weak-key", host)],          "Something is broken where"),
            ("a mail host and SPF",     Both,     vec![("spf.missing", domain), ("mx.target-cname", host)],           "Large receivers"),
            ("a service",               Both,     vec![("tls.service-certificate", service)],                         "Its users"),
            ("where a test is sent",    Both,     vec![("probe.submit-unreachable", "news")],                         "Its users"),
            ("the zone",                Both,     vec![("dns.lame-ns", "ns1.example.com")],                           "Something that its mail"),
            ("a plugin",                Both,     vec![("ticketing.down", domain)],                                   "Something that its mail"),
            ("nothing goes out",        Receiver, vec![("spf.missing", domain)],                                      "Something that its mail"),
            ("no mail at all",          Parked,   vec![("spf.missing", domain)],                                      "It has no mail"),
        ];
        for (rule, profile, errors, begins) in cases {
            let said = sentence(profile, errors.into_iter(), Lang::En);
            assert!(said.starts_with(begins), "{rule}: {said}");
        }
    }
}
