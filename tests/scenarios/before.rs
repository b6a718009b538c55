//! What was there before an audit: reports that came, and test sends that ended.

use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::{GivenReport, GivenReports, PastSend, ProbeSpec, SmtpTls};

/// The reports that were there before, as the store tells of them.
pub fn reports(written: &[vigie_scenario::Reports]) -> Option<GivenReports> {
    let now = Utc::now();
    let of = |of: &vigie_scenario::Reports| {
        let (reporter, days) = (of.reporter.clone(), of.days_ago);
        (days.last..=days.first).map(move |ago| {
            let end = now - TimeDelta::days(ago.into());
            let given = end + TimeDelta::hours(1);
            let reporter = reporter.clone();
            GivenReport { reporter, end, first_given: given, last_given: given }
        })
    };
    GivenReports::of(&written.iter().flat_map(of).collect::<Vec<_>>())
}

/// What an earlier test send came to.
pub fn past_send(written: &vigie_scenario::PastSend) -> PastSend {
    let probe = ProbeSpec {
        name: written.probe.clone(),
        from: written.from.clone(),
        mail_from: written.from.clone(),
        submit_host: "smtp.example.com".to_owned(),
        submit_port: 465,
        submit_tls: SmtpTls::Implicit,
        submit_user: None,
        submit_secret: String::new(),
        seeds: Vec::new(),
        returns: None,
        deliver_within_ms: 1,
        most_ms: None,
        trusted_authserv: None,
    };
    let facts = serde_json::to_value(&written.facts).expect("a table of TOML is a JSON object");
    PastSend { probe, seen_at: DateTime::UNIX_EPOCH, facts: facts.into() }
}
