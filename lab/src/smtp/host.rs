//! Who is the SMTP host at an address? Its name, its mailboxes, its manners, and what it remembers
//! between conversations.

use super::{Envelope, Reply, SmtpManners};
use crate::ca::CertificateAuthority;
use crate::mailbox::Mailboxes;
use crate::receiver;
use crate::resolver::{ExchangeError, Resolver};
use crate::submission::Submission;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Most triplets that greylisting remembers; past that it starts anew.
const TRIPLETS: usize = 10_000;

/// Which recipients a receiver has.
#[derive(Debug, Clone, Default)]
pub struct Recipients(Vec<String>);

impl Recipients {
    /// Addresses as `local@domain`; `*@domain` takes any name of a domain, `*` relays for all.
    /// `postmaster` and `abuse` exist wherever a domain is served (RFC 2142). With no address at
    /// all, every name of the domains whose MX is this host is taken.
    pub fn new(addresses: impl IntoIterator<Item = String>) -> Self {
        let lower = addresses.into_iter().map(|a| a.to_ascii_lowercase());
        Self(lower.collect())
    }

    fn are_listed(&self) -> bool {
        !self.0.is_empty()
    }

    /// `None` when the recipient is listed, else the refusal.
    pub fn refusal(&self, recipient: &str) -> Option<Reply> {
        let recipient = recipient.to_ascii_lowercase();
        let (local, domain) = recipient.split_once('@').unwrap_or((&recipient, ""));
        let duty = matches!(local, "postmaster" | "abuse");
        let serves = |known: &String| known.rsplit_once('@').is_some_and(|(_, d)| d == domain);
        let served = domain.is_empty() || self.0.iter().any(serves);
        let any = format!("*@{domain}");
        let listed =
            self.0.iter().any(|known| *known == recipient || *known == any || known == "*");
        if listed || (duty && served) {
            None
        } else if served {
            Some(Reply::new(format!(
                "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown"
            )))
        } else {
            Some(relay_denied(&recipient))
        }
    }
}

/// An SMTP host; shared by its ports and by whoever changes its manners.
pub struct SmtpHost {
    name: String,
    recipients: Recipients,
    manners: RwLock<Arc<SmtpManners>>,
    triplets: Mutex<HashSet<(IpAddr, String, String)>>,
    mailboxes: Mailboxes,
    resolver: Resolver,
    ca: Arc<CertificateAuthority>,
    submission: Option<Submission>,
}

impl SmtpHost {
    /// A receiver of that name, greeting with it.
    pub fn new(
        name: impl Into<String>,
        recipients: Recipients,
        mailboxes: Mailboxes,
        resolver: Resolver,
        ca: Arc<CertificateAuthority>,
    ) -> Self {
        Self {
            name: name.into(),
            recipients,
            manners: RwLock::default(),
            triplets: Mutex::default(),
            mailboxes,
            resolver,
            ca,
            submission: None,
        }
    }

    /// The same host, with a submission service beside the receiver.
    pub fn with_submission(mut self, submission: Submission) -> Self {
        self.submission = Some(submission);
        self
    }

    /// The same host, with these manners from the start.
    pub fn with_manners(self, manners: SmtpManners) -> Self {
        self.set_manners(manners);
        self
    }

    /// The name of the host, in its greeting and in the headers it writes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the host behaves now.
    pub fn manners(&self) -> Arc<SmtpManners> {
        Arc::clone(&self.manners.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes how the host behaves from the next reply on.
    pub fn set_manners(&self, manners: SmtpManners) {
        *self.manners.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(manners);
    }

    /// The submission service, if the host has one.
    pub fn submission(&self) -> Option<&Submission> {
        self.submission.as_ref()
    }

    pub(super) fn ca(&self) -> &CertificateAuthority {
        &self.ca
    }

    pub(crate) fn mailboxes(&self) -> &Mailboxes {
        &self.mailboxes
    }

    /// What a receiver says to one more recipient.
    pub(super) async fn answer_recipient(&self, envelope: &Envelope, recipient: &str) -> Reply {
        let refusal = if self.recipients.are_listed() {
            self.recipients.refusal(recipient)
        } else {
            self.refuse_other_domains(recipient).await
        };
        if let Some(refusal) = refusal {
            return refusal;
        }
        let manners = self.manners();
        if manners.greylists && self.is_new_triplet(envelope, recipient) {
            return Reply::new(format!(
                "451 4.7.1 <{recipient}>: Recipient address rejected: Greylisted, try again later"
            ));
        }
        match receiver::judge_envelope(&self.resolver, &manners, &self.name, envelope).await {
            Some(refusal) => refusal,
            None => Reply::from("250 2.1.5 Ok"),
        }
    }

    /// What VRFY says of a user, where the host tells (RFC 5321 §3.5.3).
    pub(super) fn confirm(&self, user: &str) -> Reply {
        match self.recipients.refusal(user) {
            None => Reply::new(format!("250 2.1.5 <{user}>")),
            Some(_) => Reply::new(format!("550 5.1.1 <{user}>: User unknown")),
        }
    }

    /// What a receiver says to a whole message; an accepted one lies in its mailboxes.
    pub(super) async fn answer_message(&self, envelope: &Envelope, message: &[u8]) -> Reply {
        receiver::receive(self, &self.resolver, envelope, message).await
    }

    async fn refuse_other_domains(&self, recipient: &str) -> Option<Reply> {
        let domain = recipient.rsplit_once('@')?.1;
        match self.resolver.exchanges(domain).await {
            Ok(names) if names.iter().any(|n| n.eq_ignore_ascii_case(&self.name)) => None,
            Ok(_) | Err(ExchangeError::None) => Some(relay_denied(recipient)),
            Err(ExchangeError::Unknown) => Some(Reply::from("451 4.4.3 Temporary lookup failure")),
        }
    }

    fn is_new_triplet(&self, envelope: &Envelope, recipient: &str) -> bool {
        let mut triplets = self.triplets.lock().unwrap_or_else(PoisonError::into_inner);
        if triplets.len() >= TRIPLETS {
            triplets.clear();
        }
        triplets.insert((
            envelope.client,
            envelope.mail_from.to_ascii_lowercase(),
            recipient.to_ascii_lowercase(),
        ))
    }
}

fn relay_denied(recipient: &str) -> Reply {
    Reply::new(format!("554 5.7.1 <{recipient}>: Relay access denied"))
}
