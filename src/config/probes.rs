//! `[[probes]]`: which test messages are sent, and where are they looked for?

mod seeds;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;
use vigie_checks::kernel::{Bilingual, MailboxKind, Name, ProbeSpec, Seed, SmtpTls, parse_domain};

use super::cadence::wait;
use super::domains::domain_name;
use super::duration;
use super::host::Host;
use super::mail_url::MailUrl;
use super::mistake::BadValue;
use super::reader::Section;
use super::schedule::Schedule;
use super::secret::redacted_option;

/// What passwords are for that belong to no seed; no address is spelled so.
const SUBMIT: &str = "submit";
const RETURNS: &str = "returns";

#[derive(Clone, Debug, Serialize)]
pub struct Probe {
    pub name: String,
    pub domain: Name,
    /// Default: as `[schedule]` says, else every 30 min.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// The address in the From header.
    pub from: String,
    /// The address in MAIL FROM. Default: `from`.
    pub mail_from: String,
    /// Where the message is handed in.
    pub submit: MailAccount,
    /// The addresses it goes to, each with the mailbox where it should arrive.
    pub seeds: Vec<SeedMailbox>,
    /// Where bounces are looked for. Default: the mailbox it was sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<MailAccount>,
    /// How long a message may take; four times that and it is lost. Default: 5 min.
    #[serde(serialize_with = "duration::serialize")]
    pub deliver_within: Duration,
    /// At most this many test messages an hour. Default: no limit beside the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_hour: Option<u32>,
    /// Whose Authentication-Results count. Default: the topmost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_authserv: Option<String>,
}

/// An account on a mail host.
#[derive(Clone, Debug, Serialize)]
pub struct MailAccount {
    pub url: MailUrl,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "redacted_option")]
    pub password: Option<SecretString>,
}

/// An address that a test message goes to, and its mailbox.
#[derive(Clone, Debug, Serialize)]
pub struct SeedMailbox {
    pub address: String,
    pub mailbox: MailAccount,
}

impl Probe {
    /// What the check needs: passwords stay behind, under their names in [`Self::secrets`].
    pub fn spec(&self) -> ProbeSpec {
        ProbeSpec {
            name: self.name.clone(),
            from: self.from.clone(),
            mail_from: self.mail_from.clone(),
            submit_host: bare(&self.submit.url.host),
            submit_port: self.submit.url.port,
            submit_tls: self.submit.url.smtp_tls().unwrap_or(SmtpTls::Required),
            submit_user: self.submit.url.user.clone(),
            submit_secret: self.secret_name(SUBMIT),
            seeds: self
                .seeds
                .iter()
                .map(|s| self.seed(&s.address, &s.mailbox, &s.address))
                .collect(),
            returns: self.returns.as_ref().map(|at| self.seed(&self.mail_from, at, RETURNS)),
            deliver_within_ms: u64::try_from(self.deliver_within.as_millis()).unwrap_or(u64::MAX),
            most_ms: None,
            trusted_authserv: self.trusted_authserv.clone(),
        }
    }

    fn seed(&self, address: &str, mailbox: &MailAccount, secret: &str) -> Seed {
        let url = &mailbox.url;
        Seed {
            address: address.to_owned(),
            kind: url.mailbox_kind().unwrap_or(MailboxKind::Imaps),
            host: bare(&url.host),
            port: url.port,
            user: url.user.clone().unwrap_or_else(|| address.to_owned()),
            secret: self.secret_name(secret),
        }
    }

    /// The passwords under the names that [`Self::spec`] gives them.
    pub fn secrets(&self) -> HashMap<String, SecretString> {
        let submit = self.submit.password.as_ref().map(|secret| (SUBMIT, secret));
        let returns = self.returns.as_ref().and_then(|at| Some((RETURNS, at.password.as_ref()?)));
        let seeds = self
            .seeds
            .iter()
            .filter_map(|seed| Some((seed.address.as_str(), seed.mailbox.password.as_ref()?)));
        let all = submit.into_iter().chain(returns).chain(seeds);
        all.map(|(of, secret)| (self.secret_name(of), secret.clone())).collect()
    }

    fn secret_name(&self, of: &str) -> String {
        format!("probe {}: {of}", self.name)
    }
}

/// A host as sockets want it, an IPv6 address without brackets.
fn bare(host: &Host) -> String {
    match host {
        Host::Name(name) => name.to_string(),
        Host::Address(address) => address.to_string(),
    }
}

pub(super) fn read(sections: Vec<Section<'_, '_>>) -> Vec<Probe> {
    let mut seen = BTreeSet::new();
    sections.into_iter().filter_map(|section| probe(section, &mut seen)).collect()
}

fn probe(mut section: Section<'_, '_>, seen: &mut BTreeSet<String>) -> Option<Probe> {
    let name = section.text("name");
    let name = section.needed("name", name);
    let domain = section.parsed("domain", domain_name);
    let domain = section.needed("domain", domain);
    let from = section.parsed("from", mail_address);
    let from = section.needed("from", from);
    let mail_from = section.parsed("mail_from", mail_address);
    let submit = account(&mut section, "submit", MailUrl::is_submission);
    let submit = section.needed("submit", submit);
    let seeds = seeds(&mut section);
    let returns = account(&mut section, "returns", MailUrl::is_mailbox);
    let schedule = section.parsed("schedule", Schedule::parse);
    let deliver_within = section.parsed("deliver_within", wait);
    let max_per_hour = section.count("max_per_hour");
    let trusted_authserv =
        section.parsed("trusted_authserv", |written| Ok(written.parse::<Host>()?.to_string()));
    if let Some(name) = name.as_ref().filter(|name| !seen.insert((*name).clone())) {
        let what = BadValue::sentence(
            format!("the probe `{name}` is named twice"),
            format!("la sonde `{name}` figure deux fois"),
        );
        section.refuse(section.value_span("name"), what);
    }
    section.finish();
    Some(Probe {
        name: name?,
        domain: domain?,
        schedule,
        mail_from: mail_from.or_else(|| from.clone())?,
        from: from?,
        submit: submit?,
        seeds,
        returns,
        deliver_within: deliver_within.unwrap_or(Duration::from_secs(5 * 60)),
        max_per_hour,
        trusted_authserv,
    })
}

/// `to` and `mailbox`, or a list of them under `seeds`.
fn seeds(section: &mut Section<'_, '_>) -> Vec<SeedMailbox> {
    let to = section.parsed("to", mail_address);
    let mailbox = account(section, "mailbox", MailUrl::is_mailbox);
    if section.is_written("seeds") {
        for key in ["to", "mailbox"].into_iter().filter(|key| section.is_written(key)) {
            let what = BadValue::sentence(
                format!("`{key}` does not go with `seeds`, which names addresses and mailboxes"),
                format!("`{key}` ne va pas avec `seeds`, qui nomme les adresses et les boîtes"),
            );
            section.refuse(section.key_span(key), what);
        }
        return seeds::read(section);
    }
    let to = section.needed("to", to);
    let mailbox = section.needed("mailbox", mailbox);
    to.zip(mailbox).map(|(address, mailbox)| SeedMailbox { address, mailbox }).into_iter().collect()
}

/// `{ url, password }`, where the URL is for what `fits` says.
pub(super) fn account(
    section: &mut Section<'_, '_>,
    key: &'static str,
    fits: fn(&MailUrl) -> Result<(), BadValue>,
) -> Option<MailAccount> {
    if !section.is_written(key) {
        return section.value(key).and(None);
    }
    let mut account = section.section(key);
    let url = account.parsed("url", |written| {
        let url: MailUrl = written.parse()?;
        fits(&url).map(|()| url)
    });
    let url = account.needed("url", url);
    let password = account.secret("password");
    let named = url.as_ref().is_some_and(|url| url.user.is_some());
    if named && !account.is_written("password") {
        let what = BadValue::sentence(
            format!("`{key}` names a user and needs a `password`"),
            format!("`{key}` nomme un utilisateur ; il lui faut `password`"),
        );
        account.refuse(account.value_span("url"), what);
    }
    account.finish();
    Some(MailAccount { url: url?, password })
}

impl MailUrl {
    pub(super) fn is_submission(&self) -> Result<(), BadValue> {
        match self.smtp_tls() {
            Some(_) => Ok(()),
            None => Err(BadValue::predicate(
                "is a mailbox; a submission is smtps:// or smtp://",
                "est une boîte ; une soumission commence par smtps:// ou smtp://",
            )),
        }
    }

    fn is_mailbox(&self) -> Result<(), BadValue> {
        match self.mailbox_kind() {
            Some(_) => Ok(()),
            None => Err(BadValue::predicate(
                "is a submission; a mailbox is imaps:// or imap://",
                "est une soumission ; une boîte commence par imaps:// ou imap://",
            )),
        }
    }
}

/// An address as envelopes bear it: `local@domain`, nothing around it (RFC 5321 §4.1.2).
pub(super) fn mail_address(written: &str) -> Result<String, BadValue> {
    let refuse = |why: Bilingual| {
        BadValue::predicate(
            format!("is not an e-mail address: `{written}`{}", why.en),
            format!("n’est pas une adresse e-mail : `{written}`{}", why.fr),
        )
        .hint("write it like news@example.com", "écrire par exemple news@example.com")
    };
    let not_so = || refuse(Bilingual::default());
    let (local, domain) = written.rsplit_once('@').ok_or_else(not_so)?;
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"@".contains(c);
    if !(1..=64).contains(&local.len()) || !local.chars().all(plain) {
        return Err(not_so());
    }
    let domain = parse_domain(domain).map_err(|error| {
        let Bilingual { en, fr } = error.words();
        refuse(Bilingual::new(format!(" ({en})"), format!(" ({fr})")))
    })?;
    Ok(format!("{local}@{domain}"))
}
