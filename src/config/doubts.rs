//! What is no mistake, and yet probably not meant: names that nothing of the configuration bears, and what
//! is there in vain.

mod useless;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::{Bilingual, Name};

use super::{Settings, suggest};

impl Settings {
    /// A sentence for each name or tag that fits nothing, which may be that of a domain still to come, and
    /// for each thing that does nothing as it stands.
    pub fn doubts(&self, now: DateTime<Utc>) -> Vec<Bilingual> {
        let borne: BTreeSet<&str> =
            self.domains.iter().flat_map(|domain| &domain.tags).map(String::as_str).collect();
        let mut doubts = Vec::new();
        let mut of = |place: &str, domains: &BTreeSet<Name>, tags: &BTreeSet<String>| {
            doubts.extend(domains.iter().filter_map(|name| self.unwatched(place, name)));
            doubts.extend(tags.iter().filter_map(|tag| unborne(place, tag, &borne)));
        };
        for route in &self.routes {
            of("[[routes]]", &route.domains, &route.tags);
        }
        for maintenance in &self.maintenance {
            of("[[maintenance]]", &maintenance.domains, &maintenance.tags);
        }
        let domains = self.probes.iter().map(|probe| &probe.domain);
        doubts.extend(domains.filter_map(|name| self.unwatched("[[probes]]", name)));
        doubts.extend(useless::doubts(self, now));
        doubts
    }

    fn unwatched(&self, place: &str, name: &Name) -> Option<Bilingual> {
        if self.domain(name).is_some() {
            return None;
        }
        let known = self.domains.iter().map(|domain| domain.name.as_str());
        let said = Bilingual::new(
            format!("{place} names the domain `{name}`, which is not watched"),
            format!("{place} nomme le domaine `{name}`, qui n’est pas surveillé"),
        );
        Some(with(said, suggest::did_you_mean(name.as_str(), known)))
    }
}

fn unborne(place: &str, tag: &str, borne: &BTreeSet<&str>) -> Option<Bilingual> {
    if borne.contains(tag) {
        return None;
    }
    let said = Bilingual::new(
        format!("{place} names the tag `{tag}`, which no domain bears"),
        format!("{place} nomme l’étiquette `{tag}`, qu’aucun domaine ne porte"),
    );
    Some(with(said, suggest::did_you_mean(tag, borne.iter().copied())))
}

fn with(said: Bilingual, hint: Option<Bilingual>) -> Bilingual {
    let Some(hint) = hint else { return said };
    Bilingual::new(format!("{}; {}", said.en, hint.en), format!("{} ; {}", said.fr, hint.fr))
}
