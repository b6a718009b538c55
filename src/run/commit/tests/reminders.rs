//! What the passing of time makes due of an open incident, in the store.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::daemon::*;
use crate::incidents::{Acknowledged, Escalation, Hours, Route, Routes, Silence};
use crate::store::tests::{Stores, on_both};

on_both!(
    what_time_makes_due_is_told_once,
    who_took_it_on_and_a_silence_keep_reminders_back,
    what_is_back_climbs_by_its_own_time,
);

/// Awake from two hours after the beginning.
#[derive(Debug)]
struct Later;

impl Hours for Later {
    fn hold(&self, now: DateTime<Utc>) -> bool {
        now >= at(7200)
    }
}

fn to(channel: &str) -> Route {
    Route::to(vec![channel.to_owned()])
}

/// The first channel is reminded and escalates, the second sleeps at first.
fn routes() -> Routes {
    let escalation = Escalation { after: TimeDelta::minutes(30), to: vec!["boss".to_owned()] };
    let first =
        Route { repeat: Some(TimeDelta::hours(1)), escalation: Some(escalation), ..to("ops") };
    let second = Route { hours: Some(Arc::new(Later)), ..to("team") };
    let channels = ["boss", "ops", "team"].map(str::to_owned).to_vec();
    Routes::new(vec![first, second], channels)
}

/// An incident that opened at 105 s.
async fn broken(stores: &Stores) -> Daemon {
    let daemon = Daemon::new(stores, routes()).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    daemon.run(second(105), &[spf("a", &["spf.missing"])]).await;
    daemon
}

/// Everything that waits has arrived.
async fn deliver(daemon: &Daemon) {
    let all = "UPDATE outbox SET state = 'delivered' WHERE state = 'pending'";
    sqlx::query(all).execute(daemon.store().writer()).await.unwrap();
}

/// What is told of the incident at a second, in the order of its telling.
async fn told(daemon: &Daemon, seconds: i64) -> Vec<String> {
    let before = daemon.messages().await.len();
    daemon.committer.announce(at(seconds)).await.unwrap();
    let mut all = daemon.messages().await;
    all.split_off(before)
}

const NOTHING: [&str; 0] = [];

async fn what_time_makes_due_is_told_once(stores: Stores) {
    let mut daemon = broken(&stores).await;
    assert_eq!(daemon.messages().await, ["ops incident.opened 1"]);
    deliver(&daemon).await;
    assert_eq!(told(&daemon, 1904).await, NOTHING);
    assert_eq!(told(&daemon, 1905).await, ["boss incident.opened 1"]);
    deliver(&daemon).await;
    daemon.restart(at(1906)).await;
    assert_eq!(told(&daemon, 3704).await, NOTHING, "nothing is repeated after a restart");
    assert_eq!(told(&daemon, 3705).await, ["ops incident.reminder 2"]);
    assert_eq!(told(&daemon, 7199).await, NOTHING);
    assert_eq!(told(&daemon, 7200).await, ["team incident.opened 2"]);
    assert_eq!(told(&daemon, 9000).await, NOTHING, "no reminder while one is on its way");
    deliver(&daemon).await;
    assert_eq!(told(&daemon, 9001).await, ["ops incident.reminder 3"]);

    daemon.run(first(9100), &[spf("a", &[])]).await;
    daemon.run(second(9145), &[spf("a", &[])]).await;
    let all = daemon.messages().await;
    let over = ["boss", "ops", "team"].map(|channel| format!("{channel} incident.resolved 4"));
    assert_eq!(all[all.len() - 3..], over, "whoever heard of it hears that it is over");
    deliver(&daemon).await;
    assert_eq!(told(&daemon, 99_999).await, NOTHING);
}

async fn who_took_it_on_and_a_silence_keep_reminders_back(stores: Stores) {
    let daemon = broken(&stores).await;
    let id = daemon.store().incidents(1).await.unwrap().remove(0).id;
    let seen =
        Acknowledged { by: "Ada".to_owned(), why: String::new(), at: at(200), until: at(20_000) };
    daemon.committer.acknowledge(&id, seen).await.unwrap();
    deliver(&daemon).await;
    assert_eq!(told(&daemon, 19_999).await, NOTHING);
    let silence = Silence {
        id: "01JSILENCE".to_owned(),
        by: "Ada".to_owned(),
        created_at: at(19_999),
        until: at(30_000),
        ..Silence::default()
    };
    daemon.committer.silence(&silence).await.unwrap();
    assert_eq!(told(&daemon, 29_999).await, NOTHING);
    let mut after = told(&daemon, 30_000).await;
    after.sort();
    assert_eq!(
        after,
        ["boss incident.opened 4", "ops incident.updated 4", "team incident.opened 4",]
    );
}

async fn what_is_back_climbs_by_its_own_time(stores: Stores) {
    let daemon = broken(&stores).await;
    deliver(&daemon).await;
    daemon.run(first(300), &[spf("a", &[])]).await;
    daemon.run(second(345), &[spf("a", &[])]).await;
    daemon.run(first(1860), &[spf("a", &["spf.missing"])]).await;
    daemon.run(second(1905), &[spf("a", &["spf.missing"])]).await;
    deliver(&daemon).await;
    let all = daemon.messages().await;
    assert_eq!(all.last().map(String::as_str), Some("ops incident.reopened 3"));
    assert_eq!(told(&daemon, 1906).await, NOTHING, "half an hour after it first opened");
    assert_eq!(told(&daemon, 3704).await, NOTHING);
    assert_eq!(told(&daemon, 3705).await, ["boss incident.opened 3"]);
}
