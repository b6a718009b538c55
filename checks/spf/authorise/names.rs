//! Which names do macros and `ptr` come to for this message? (RFC 7208 §5.5, §7)

use super::evaluation::{Evaluation, NAME_LIMIT};
use crate::kernel::{Data, Lookup, Name, Rtype, ask};
use crate::records::reverse::reverse_name;
use crate::records::spf_macro::{MacroString, Sender, name_of};

impl Evaluation<'_> {
    /// §5.5: the PTR names of the address that resolve back to it, at or below a domain where only those
    /// count; errors match nothing.
    pub(super) async fn validated_names(
        &mut self,
        below: Option<&Name>,
        counts_as_void: bool,
    ) -> Vec<Name> {
        let reverse = reverse_name(self.session.ip);
        let names: Vec<Name> = match ask(self.net, &reverse, Rtype::PTR).await {
            Lookup::Found(all) => {
                let hosts = all
                    .into_iter()
                    .filter_map(|data| if let Data::Ptr(host) = data { Some(host) } else { None });
                hosts.take(NAME_LIMIT).collect()
            }
            Lookup::Absent { .. } => {
                self.void_lookups += usize::from(counts_as_void);
                Vec::new()
            }
            Lookup::Unknown { reason } => {
                self.unanswered(&reverse, reason);
                Vec::new()
            }
        };
        let mut validated = Vec::new();
        let counts = |name: &Name| below.is_none_or(|domain| name.is_at_or_below(domain));
        for name in names.into_iter().filter(counts) {
            let addresses = self.addresses(&name, false).await.unwrap_or_default();
            if addresses.contains(&self.session.ip) {
                validated.push(name);
            }
        }
        validated
    }

    /// The name that a term asks about.
    pub(super) async fn expand(&mut self, spec: Option<&MacroString>, domain: &Name) -> Name {
        let Some(spec) = spec else { return domain.clone() };
        let text = self.expand_text(spec, domain).await.unwrap_or_default();
        Name::new(name_of(&text))
    }

    /// A macro-string expanded for this message.
    pub(super) async fn expand_text(
        &mut self,
        spec: &MacroString,
        domain: &Name,
    ) -> Option<String> {
        let validated = if spec.uses_validated_name() {
            self.preferred_name(domain).await
        } else {
            String::new()
        };
        let sender = Sender {
            ip: self.session.ip,
            local_part: self.local_part,
            sender_domain: self.sender_domain,
            helo: self.session.helo,
            validated: &validated,
            receiver: self.session.receiver,
            at: self.session.now.timestamp(),
        };
        spec.expand(domain.as_str(), Some(&sender))
    }

    /// §7.3: the validated name that is the domain, else one below it, else any, else `unknown`.
    async fn preferred_name(&mut self, domain: &Name) -> String {
        let names = self.validated_names(None, false).await;
        let exact = names.iter().find(|name| *name == domain);
        let below = names.iter().find(|name| name.is_at_or_below(domain));
        exact.or(below).or(names.first()).map_or_else(|| "unknown".to_owned(), Name::to_string)
    }
}
