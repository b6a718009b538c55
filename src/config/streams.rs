//! Which domains does the mail of one rest on? Its own, and those that its streams send for.

use std::collections::BTreeSet;

use vigie_checks::kernel::{Name, Profile, Target};

use super::Settings;

/// Domains that the streams of one may bring.
const MOST_DOMAINS: usize = 20;

impl Settings {
    /// The domain with its streams, first, and the domains that these send for.
    pub fn with_domains_of_streams(&self, own: Target) -> Vec<Target> {
        let mut names: BTreeSet<&Name> = BTreeSet::new();
        for stream in &own.streams {
            names.insert(&stream.from);
            names.extend(&stream.mail_from);
        }
        names.remove(&own.domain);
        let others = names.into_iter().take(MOST_DOMAINS).map(|name| self.of_streams(&own, name));
        let others: Vec<Target> = others.collect();
        std::iter::once(own).chain(others).collect()
    }

    /// What is known of a domain that streams of another send for.
    fn of_streams(&self, own: &Target, name: &Name) -> Target {
        let mut target = self.target(name);
        if self.domain(name).is_none() {
            target.profile = Profile::Sender;
        }
        let from_it = own.streams.iter().filter(|stream| stream.from == *name);
        target.streams.extend(from_it.clone().cloned());
        target.selectors.extend(from_it.filter_map(|stream| stream.dkim.clone()));
        let returns_to_it = own
            .streams
            .iter()
            .filter(|stream| stream.mail_from.as_ref().unwrap_or(&stream.from) == name);
        target.sending_ips.extend(returns_to_it.flat_map(|stream| &stream.ips));
        target
    }
}
