//! What somebody wants to hear nothing of for a time.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Name;

use super::Incident;

/// A silence: it fits what fits everything that is written in it, and always ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// A ULID.
    pub id: String,
    pub domain: Option<Name>,
    /// A finding id, or `check.*`.
    pub finding: Option<String>,
    pub subject: Option<String>,
    pub tag: Option<String>,
    pub by: String,
    /// May be empty.
    pub why: String,
    pub created_at: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

impl Silence {
    /// Whether it fits an incident whose domains have these tags, at a moment.
    pub fn covers(&self, incident: &Incident, tags: &BTreeSet<&str>, now: DateTime<Utc>) -> bool {
        let cause = &incident.cause;
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(prefix) => cause.id.starts_with(prefix),
            None => cause.id == *pattern,
        };
        let only = |domain: &Name| incident.domains.iter().all(|hit| hit == domain);
        now < self.until
            && self.domain.as_ref().is_none_or(only)
            && self.finding.as_ref().is_none_or(fits)
            && self.subject.as_ref().is_none_or(|subject| *subject == cause.subject)
            && self.tag.as_ref().is_none_or(|tag| tags.contains(tag.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::watch::{A, B, Watch, at, first, second};
    use super::*;

    #[test]
    fn a_silence_fits_what_fits_all_of_it() {
        let mut watch = Watch::new();
        watch.run(A, first(0), &[("mx", "")]);
        watch.run(A, first(60), &[("mx", "mx.unexpected@mx.example")]);
        let step = watch.run(A, second(105), &[("mx", "mx.unexpected@mx.example")]);
        let incident = &step.events[0].incident;
        let tags = BTreeSet::from(["prod"]);
        let silence = |change: fn(&mut Silence)| {
            let mut silence = Silence { until: at(1000), ..Silence::default() };
            change(&mut silence);
            silence
        };
        let cases = [
            ("its domain", silence(|s| s.domain = Some(Name::new(A))), true),
            ("another domain", silence(|s| s.domain = Some(Name::new(B))), false),
            ("its id", silence(|s| s.finding = Some("mx.unexpected".into())), true),
            ("its check", silence(|s| s.finding = Some("mx.*".into())), true),
            ("another check", silence(|s| s.finding = Some("spf.*".into())), false),
            ("its subject", silence(|s| s.subject = Some("mx.example".into())), true),
            ("another subject", silence(|s| s.subject = Some("mx2.example".into())), false),
            ("its tag", silence(|s| s.tag = Some("prod".into())), true),
            ("another tag", silence(|s| s.tag = Some("test".into())), false),
            (
                "its tag, but another check",
                silence(|s| (s.tag, s.finding) = (Some("prod".into()), Some("spf.*".into()))),
                false,
            ),
        ];
        for (rule, silence, expected) in cases {
            assert_eq!(silence.covers(incident, &tags, at(999)), expected, "{rule}");
            assert!(!silence.covers(incident, &tags, at(1000)), "{rule}: it has ended");
        }
    }

    #[test]
    fn a_silence_of_one_domain_does_not_hide_another() {
        let mut watch = Watch::new();
        for domain in [A, B] {
            watch.run(domain, first(0), &[("mx", "")]);
            watch.run(domain, first(60), &[("mx", "mx.unexpected@mx.example")]);
            watch.run(domain, second(105), &[("mx", "mx.unexpected@mx.example")]);
        }
        let incident = &watch.situation.incidents[0];
        assert_eq!(incident.domains.len(), 2);
        let silence = Silence { domain: Some(Name::new(A)), until: at(1000), ..Silence::default() };
        assert!(!silence.covers(incident, &BTreeSet::new(), at(500)));
    }
}
