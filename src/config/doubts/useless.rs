//! What is whole and does nothing: a maintenance that is over, a channel that nobody writes to, a program
//! that is not there.

use std::io;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;

use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::{ExposeSecret, SecretString};
use vigie_checks::kernel::{Bilingual, Name};
use vigie_checks::records::special::is_public;

use super::super::maintenance::LONGEST;
use super::super::plugins::{DOMAIN, braced};
use super::super::{Channel, Destination, Domain, MaintenanceTime, Plugin, Probe, Settings};

/// Every doubt of this kind.
pub(super) fn doubts(settings: &Settings, now: DateTime<Utc>) -> Vec<Bilingual> {
    let mut doubts = Vec::new();
    doubts.extend(settings.maintenance.iter().filter_map(|one| over_or_long(&one.when, now)));
    doubts.extend(settings.channels.iter().filter_map(|channel| unheard(channel, settings)));
    doubts.extend(settings.channels.iter().filter_map(|channel| unreachable(channel, settings)));
    doubts.extend(settings.heartbeat.iter().filter_map(|heart| {
        let is_private = !heart.allow_private && leads_inside(&heart.url, settings);
        is_private.then(|| undelivered("[heartbeat]", "[heartbeat]"))
    }));
    doubts.extend(settings.domains.iter().flat_map(unmatched_keys));
    doubts.extend(settings.plugins.iter().flat_map(of_plugin));
    doubts.extend(settings.probes.iter().flat_map(|probe| of_probe(probe, settings)));
    doubts
}

/// A time that is past holds nothing back; one that lasts for months was perhaps meant to end sooner.
fn over_or_long(when: &MaintenanceTime, now: DateTime<Utc>) -> Option<Bilingual> {
    let MaintenanceTime::Once { from, until } = when else { return None };
    let end = until.to_rfc3339_opts(SecondsFormat::Secs, true);
    if *until <= now {
        return Some(Bilingual::new(
            format!("[[maintenance]] until {end} is over and holds nothing back any more"),
            format!("[[maintenance]] jusqu’au {end} est finie et ne retient plus rien"),
        ));
    }
    let is_long = (*until - *from).to_std().is_ok_and(|lasts| lasts > LONGEST);
    is_long.then(|| {
        Bilingual::new(
            format!(
                "[[maintenance]] until {end} lasts longer than 31 days: nobody is told meanwhile"
            ),
            format!(
                "[[maintenance]] jusqu’au {end} dure plus de 31 jours, sans aucune alerte d’ici là"
            ),
        )
    })
}

/// With routes, a channel hears only what one of them sends it.
fn unheard(channel: &Channel, settings: &Settings) -> Option<Bilingual> {
    let name = &channel.name;
    let named = |names: &[String]| names.contains(name);
    let mut routes = settings.routes.iter();
    let is_named = routes.any(|route| named(&route.channels) || named(&route.escalate_to));
    (!settings.routes.is_empty() && !is_named).then(|| {
        Bilingual::new(
            format!("no [[routes]] names the channel `{name}`: nothing is told there"),
            format!("aucun [[routes]] ne nomme le canal `{name}` : rien n’y est annoncé"),
        )
    })
}

fn unreachable(channel: &Channel, settings: &Settings) -> Option<Bilingual> {
    let url = channel.destination.web_address()?;
    let is_private = !channel.allow_private && leads_inside(url, settings);
    let name = &channel.name;
    is_private.then(|| undelivered(&format!("the channel `{name}`"), &format!("le canal `{name}`")))
}

/// The address itself is a secret.
fn undelivered(en: &str, fr: &str) -> Bilingual {
    Bilingual::new(
        format!(
            "{en} leads to an address that is not public: nothing arrives there without `allow_private = true`"
        ),
        format!(
            "{fr} mène à une adresse qui n’est pas publique : rien n’y arrive sans `allow_private = true`"
        ),
    )
}

/// Whether a URL names an address, or this host, that only `allow_private` lets be reached.
fn leads_inside(url: &SecretString, settings: &Settings) -> bool {
    let url = reqwest::Url::parse(url.expose_secret().trim()).ok();
    let Some(host) = url.as_ref().and_then(reqwest::Url::host_str) else { return false };
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    match host.parse::<IpAddr>() {
        Ok(address) => !is_public(address, &settings.network.own_networks),
        // RFC 6761 §6.3.
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// A key in another form than p= has matches none that is published.
fn unmatched_keys(domain: &Domain) -> impl Iterator<Item = Bilingual> {
    let is_base64 = |key: &str| {
        let written = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        key.chars().filter(|c| !c.is_ascii_whitespace()).all(written)
    };
    let odd = domain.expect.dkim_keys.iter().filter(move |(_, key)| !is_base64(key));
    odd.map(|(selector, _)| {
        let name = &domain.name;
        Bilingual::new(
            format!("`dkim_keys` of {name}: the key of `{selector}` is not base64 as in the p= tag, so that no record matches it"),
            format!("`dkim_keys` de {name} : la clé de `{selector}` n’est pas en base64 comme dans p=, aucun enregistrement n’y correspond"),
        )
    })
}

fn of_plugin(plugin: &Plugin) -> Vec<Bilingual> {
    let name = &plugin.name;
    let mut doubts = Vec::new();
    if let Some(program) = plugin.command.first() {
        doubts.extend(absent(program).map(|why| {
            Bilingual::new(
                format!("the plugin `{name}` cannot run: {program}: {}", why.en),
                format!("le greffon `{name}` ne peut pas s’exécuter : {program} : {}", why.fr),
            )
        }));
    }
    let words = plugin.command.iter().flat_map(|argument| braced(argument));
    doubts.extend(words.filter(|word| *word != DOMAIN).map(|word| {
        Bilingual::new(
            format!("the plugin `{name}` is given {{{word}}} as it is written: only {{domain}} stands for something"),
            format!("le greffon `{name}` reçoit {{{word}}} tel quel : seul {{domain}} est remplacé"),
        )
    }));
    doubts
}

/// Why the program cannot be started, where that shows: what may not be looked at is left to its run.
fn absent(program: &str) -> Option<Bilingual> {
    match std::fs::metadata(program) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some(Bilingual::new("there is no such file", "ce fichier n’existe pas"))
        }
        Ok(file) if !file.is_file() || file.permissions().mode() & 0o111 == 0 => {
            Some(Bilingual::new("it is not executable", "il n’est pas exécutable"))
        }
        _ => None,
    }
}

fn of_probe(probe: &Probe, settings: &Settings) -> Vec<Bilingual> {
    let mut doubts = Vec::new();
    let name = &probe.name;
    let from = probe.from.rsplit_once('@').map(|(_, domain)| Name::new(domain));
    let streams = settings.domain(&probe.domain).map(|domain| &domain.streams);
    let is_ours = |from: &Name| {
        let mut streams = streams.into_iter().flatten();
        from.registrable() == probe.domain.registrable()
            || streams.any(|stream| stream.from == *from)
    };
    if from.is_some_and(|from| !is_ours(&from)) {
        let (address, domain) = (&probe.from, &probe.domain);
        doubts.push(Bilingual::new(
            format!("the probe `{name}` is of {domain} and sends from {address}: it tests another domain’s mail"),
            format!("la sonde `{name}` est de {domain} et émet depuis {address} : elle éprouve le courrier d’un autre domaine"),
        ));
    }
    let elsewhere = probe.seeds.iter().find(|seed| {
        let user = seed.mailbox.url.user.as_deref();
        // A login that is no address says nothing of the mailbox.
        user.is_some_and(|user| user.contains('@') && !is_same_mailbox(user, &seed.address))
    });
    if let Some(seed) = elsewhere {
        let (to, user) = (&seed.address, seed.mailbox.url.user.as_deref().unwrap_or_default());
        doubts.push(Bilingual::new(
            format!("the probe `{name}` sends to {to} and looks for it in the mailbox of {user}"),
            format!("la sonde `{name}` écrit à {to} et cherche le message dans la boîte de {user}"),
        ));
    }
    doubts
}

/// What follows a `+` is the sender's to choose (RFC 5233).
fn is_same_mailbox(one: &str, other: &str) -> bool {
    let bare = |address: &str| {
        let address = address.to_ascii_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let local = local.split('+').next().unwrap_or(local);
        Some(format!("{local}@{domain}"))
    };
    bare(one) == bare(other)
}

impl Destination {
    /// The address that is asked over HTTP, whose host must be public.
    fn web_address(&self) -> Option<&SecretString> {
        match self {
            Self::Webhook { url, .. }
            | Self::Slack { url }
            | Self::Discord { url }
            | Self::Teams { url }
            | Self::Mattermost { url }
            | Self::PagerDuty { url, .. }
            | Self::Ntfy { url, .. }
            | Self::Gotify { url, .. }
            | Self::Telegram { url, .. }
            | Self::Matrix { url, .. } => Some(url),
            Self::Email { .. } | Self::Exec { .. } => None,
        }
    }
}
