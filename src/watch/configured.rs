//! What does a configuration make of each part of the daemon?

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use vigie_checks::kernel::{Clock, Lang, Name};
use vigie_checks::registry::CHECKS;

use super::metrics::Figures;
use super::reviews::Reviews;
use super::{maintenance, routes};
use crate::alerts::Outbox;
use crate::config::Settings;
use crate::incidents::Routes;
use crate::run::commit::{self, Committer};
use crate::schedule::{Key, Planned, Queue, plan};
use crate::store::{SpanKey, Store};
use crate::web::{Access, Resend, Sessions, Tries, Watched, WebState};

/// What is to run, of the checks that there are.
pub fn planned(settings: &Settings) -> Vec<Planned> {
    let checks: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    plan(settings, &checks)
}

/// What the pages may show, and whom they answer.
pub fn web_state(
    settings: &Settings,
    lang: Lang,
    committer: &Arc<Committer>,
    figures: &Figures,
    reviews: Arc<Reviews>,
    sessions: Arc<Sessions>,
    tries: Arc<Tries>,
) -> WebState {
    let scheduler = figures.scheduler.clone();
    let mut hosts = vec![settings.web.listen.to_string()];
    hosts.extend(
        ["localhost", "127.0.0.1", "[::1]"]
            .map(|host| format!("{host}:{}", settings.web.listen.port())),
    );
    let url = settings.web.url.as_deref().and_then(|url| url.split_once("://"));
    hosts.extend(url.map(|(_, host)| host.trim_end_matches('/').to_owned()));
    let secure = settings.web.url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let (working, reloads) = (scheduler.clone(), Arc::clone(&figures.reloads));
    WebState {
        store: figures.store.clone(),
        committer: Arc::clone(committer),
        domains: settings
            .domains
            .iter()
            .map(|domain| {
                let tags = domain.tags.iter().cloned().collect();
                Arc::new(Watched { name: domain.name.clone(), tags })
            })
            .collect(),
        plugins: settings.plugins.iter().map(|plugin| plugin.name.clone()).collect(),
        timezone: settings.schedule.timezone,
        lang,
        run_now: Arc::new(move |name| scheduler.run_now(name)),
        works: Arc::new(move || working.works()),
        refusals: Arc::new(move || reloads.refusal()),
        metrics: figures.clone().page(),
        resend: resend(figures),
        reviews,
        access: Arc::new(Access {
            hosts,
            token: settings.web.token.clone(),
            secure,
            sessions,
            tries,
        }),
    }
}

/// Sends a message of the outbox at once.
fn resend(figures: &Figures) -> Resend {
    let (outbox, bell) = (Outbox::new(figures.store.clone()), figures.deliverer.doorbell().clone());
    Arc::new(move |id| {
        let (outbox, bell) = (outbox.clone(), bell.clone());
        async move {
            let is_there = outbox.resend(&id, Utc::now()).await?;
            bell.ring();
            Ok(is_there)
        }
        .boxed()
    })
}

/// What decides who is told what.
pub fn committing(settings: &Settings, lang: Lang, url: &str) -> commit::Settings {
    let routes = routes::routes(settings);
    let channels = settings.channels.iter().map(|channel| channel.name.clone()).collect();
    let tags = settings
        .domains
        .iter()
        .map(|domain| (domain.name.clone(), domain.tags.iter().cloned().collect()));
    let langs = settings
        .channels
        .iter()
        .filter_map(|channel| channel.lang.map(|lang| (channel.name.clone(), lang)));
    let people = settings
        .channels
        .iter()
        .filter(|channel| channel.destination.is_read_by_people())
        .map(|channel| channel.name.clone());
    commit::Settings {
        lang,
        people: people.collect(),
        channel_langs: langs.collect(),
        url: url.to_owned(),
        routes: Routes::new(routes, channels),
        tags: tags.collect::<HashMap<Name, Vec<String>>>(),
        confirm_after: TimeDelta::from_std(settings.schedule.confirm_after)
            .unwrap_or(TimeDelta::seconds(45)),
        maintenance: maintenance::windows(settings),
        domains: settings.domains.iter().map(|domain| domain.name.clone()).collect(),
        digests: routes::digests(settings),
    }
}

/// When a key ran last, as the store knows it.
pub fn last_run(last_runs: &HashMap<String, DateTime<Utc>>, key: &Key) -> Option<DateTime<Utc>> {
    let Key { domain, check, instance } = key.clone();
    let kept = SpanKey { domain, check: check.into_owned(), instance: instance.into() };
    last_runs.get(&kept.to_string()).copied()
}

/// What is due when, with what ran before a restart and what waits for a second look.
pub async fn queue(
    settings: &Settings,
    store: &Store,
    committer: &Committer,
    clock: &dyn Clock,
) -> anyhow::Result<Queue> {
    let last_runs = store.last_runs().await?;
    let mut queue = Queue::default();
    let zone = settings.schedule.timezone;
    queue.replace(&planned(settings), zone, clock.now(), |key| last_run(&last_runs, key));
    for (domain, look) in committer.waiting().await? {
        for (check, instance) in look.checks {
            queue.look_again(&Key::new(&domain, &check).of_probe(&instance), look.at);
        }
    }
    Ok(queue)
}
