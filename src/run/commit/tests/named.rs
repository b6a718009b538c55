//! The traps that other monitors fell into, each by the name of its report.

use super::daemon::*;
use crate::incidents::{Acknowledged, LookAgain, Silence};
use crate::store::tests::{Stores, on_both};

on_both!(
    icinga_9449_what_flaps_still_tells_that_it_is_over,
    icinga_5713_after_a_downtime_no_end_without_a_beginning,
    icinga_5713_nobody_hears_twice_that_it_is_over,
    uptime_kuma_4792_no_up_without_a_down,
    gatus_679_a_restart_repeats_nothing,
    acmon_29_what_changed_while_it_was_down_is_told,
    goalert_3378_an_acknowledgement_is_not_for_ever,
    performance_monitor_3328_looking_more_often_proves_nothing,
    signoz_10043_what_is_forgotten_is_not_told_again,
);

const OPENED: [&str; 2] = ["ops incident.opened 1", "team incident.opened 1"];
const RESOLVED: [&str; 2] = ["ops incident.resolved 2", "team incident.resolved 2"];
const NOTHING: [&str; 0] = [];

/// A daemon whose SPF was fine.
async fn fine(stores: &Stores) -> Daemon {
    let daemon = Daemon::new(stores, everyone()).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    daemon
}

async fn breaks(daemon: &Daemon, now: i64) {
    daemon.run(first(now), &[spf("a", &["spf.missing"])]).await;
    daemon.run(second(now + 45), &[spf("a", &["spf.missing"])]).await;
}

async fn heals(daemon: &Daemon, now: i64) {
    daemon.run(first(now), &[spf("a", &[])]).await;
    daemon.run(second(now + 45), &[spf("a", &[])]).await;
}

async fn quiet(daemon: &Daemon, from: i64, until: i64) {
    let silence = Silence {
        id: format!("01JSILENCE{from}"),
        created_at: at(from),
        until: at(until),
        ..Silence::default()
    };
    daemon.committer.silence(&silence).await.unwrap();
}

/// Recovery was not told of a service that flapped.
async fn icinga_9449_what_flaps_still_tells_that_it_is_over(stores: Stores) {
    let daemon = fine(&stores).await;
    let mut now = 60;
    for _ in 0..6 {
        breaks(&daemon, now).await;
        now += 60;
        let mut committed = daemon.run(first(now), &[spf("a", &[])]).await;
        while committed.events.is_empty() {
            let look: &LookAgain = committed.look_again.first().expect("it is looked at again");
            now = (look.at - at(0)).num_seconds();
            committed = daemon.run(second(now), &[spf("a", &[])]).await;
        }
        now += 60;
    }
    let told = daemon.messages().await;
    let mut expected = Vec::new();
    for turn in 0..6 {
        let begins = if turn == 0 { "opened" } else { "reopened" };
        for (kind, sequence) in [(begins, 2 * turn + 1), ("resolved", 2 * turn + 2)] {
            expected.extend(["ops", "team"].map(|c| format!("{c} incident.{kind} {sequence}")));
        }
    }
    assert_eq!(told, expected);
}

/// What broke in a downtime was never told, its recovery afterwards was.
async fn icinga_5713_after_a_downtime_no_end_without_a_beginning(stores: Stores) {
    let daemon = fine(&stores).await;
    quiet(&daemon, 10, 600).await;
    breaks(&daemon, 60).await;
    assert_eq!(daemon.messages().await, NOTHING);
    daemon.committer.announce(at(600)).await.unwrap();
    let opened = ["ops incident.opened 2", "team incident.opened 2"];
    assert_eq!(daemon.messages().await, opened, "it still stands when the quiet ends");
    heals(&daemon, 900).await;
    let told = daemon.messages().await;
    assert_eq!(told[2..], ["ops incident.resolved 3", "team incident.resolved 3"]);

    let daemon = fine(&stores).await;
    quiet(&daemon, 10, 2000).await;
    breaks(&daemon, 60).await;
    heals(&daemon, 900).await;
    daemon.committer.announce(at(2000)).await.unwrap();
    assert_eq!(daemon.messages().await, NOTHING, "it is over before anybody heard of it");
}

/// The same, of what is back and over again in a quiet time.
async fn icinga_5713_nobody_hears_twice_that_it_is_over(stores: Stores) {
    let daemon = fine(&stores).await;
    breaks(&daemon, 60).await;
    heals(&daemon, 300).await;
    quiet(&daemon, 400, 1200).await;
    breaks(&daemon, 500).await;
    heals(&daemon, 700).await;
    daemon.committer.announce(at(1200)).await.unwrap();
    assert_eq!(daemon.messages().await, [OPENED, RESOLVED].concat());

    quiet(&daemon, 1300, 2000).await;
    breaks(&daemon, 1400).await;
    daemon.committer.announce(at(2000)).await.unwrap();
    let told = daemon.messages().await;
    assert_eq!(told[4..], ["ops incident.reopened 6", "team incident.reopened 6"], "it is back");
}

/// A check that failed once and then passed told that it is up.
async fn uptime_kuma_4792_no_up_without_a_down(stores: Stores) {
    let daemon = fine(&stores).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    heals(&daemon, 105).await;
    assert_eq!(daemon.messages().await, NOTHING);
}

/// A restart told again what was open, and then of all that was fine.
async fn gatus_679_a_restart_repeats_nothing(stores: Stores) {
    let mut daemon = fine(&stores).await;
    breaks(&daemon, 60).await;
    for now in [200, 300] {
        daemon.restart(at(now)).await;
        breaks(&daemon, now + 10).await;
        daemon.committer.announce(at(now + 90)).await.unwrap();
    }
    assert_eq!(daemon.messages().await, OPENED);
    heals(&daemon, 900).await;
    for now in [1000, 1100] {
        daemon.restart(at(now)).await;
        heals(&daemon, now + 10).await;
        daemon.committer.announce(at(now + 90)).await.unwrap();
    }
    assert_eq!(daemon.messages().await, [OPENED, RESOLVED].concat());
}

/// "No alerts in the first cycle after a start" swallowed what had changed meanwhile.
async fn acmon_29_what_changed_while_it_was_down_is_told(stores: Stores) {
    let mut daemon = fine(&stores).await;
    daemon.restart(at(9000)).await;
    breaks(&daemon, 9001).await;
    assert_eq!(daemon.messages().await, OPENED);
    daemon.restart(at(90_000)).await;
    heals(&daemon, 90_001).await;
    assert_eq!(daemon.messages().await, [OPENED, RESOLVED].concat());
}

/// What somebody had taken on and forgotten was never told again.
async fn goalert_3378_an_acknowledgement_is_not_for_ever(stores: Stores) {
    let daemon = fine(&stores).await;
    breaks(&daemon, 60).await;
    let incident = daemon.store().incidents(1).await.unwrap().remove(0).id;
    let seen =
        Acknowledged { by: "ana".to_owned(), why: String::new(), at: at(200), until: at(500) };
    daemon.committer.acknowledge(&incident, seen).await.unwrap();
    // It ends in a quiet time: then it is told when that ends too, and once.
    quiet(&daemon, 400, 600).await;
    for now in [499, 500, 599, 600, 601] {
        daemon.committer.announce(at(now)).await.unwrap();
    }
    let told = daemon.messages().await;
    let acknowledged = ["ops incident.acknowledged 2", "team incident.acknowledged 2"];
    let open_again = ["ops incident.updated 4", "team incident.updated 4"];
    assert_eq!(told[2..], [acknowledged, open_again].concat());
}

/// The threshold counted evaluations of one and the same sample.
async fn performance_monitor_3328_looking_more_often_proves_nothing(stores: Stores) {
    let daemon = fine(&stores).await;
    let broken = [spf("a", &["spf.missing"])];
    for now in 60..80 {
        daemon.run(second(now), &broken).await;
    }
    for now in [80, 200, 900, 9000] {
        daemon.run(first(now), &broken).await;
    }
    assert_eq!(daemon.messages().await, NOTHING);
    daemon.run(second(9045), &broken).await;
    assert_eq!(daemon.messages().await, OPENED);
}

/// An alert that outlived the log of notifications was sent again.
async fn signoz_10043_what_is_forgotten_is_not_told_again(stores: Stores) {
    let daemon = fine(&stores).await;
    breaks(&daemon, 60).await;
    let delivered = "UPDATE outbox SET state = 'delivered'";
    sqlx::query(delivered).execute(daemon.store().writer()).await.unwrap();
    let watched = [example()].into();
    for now in [1_000_000, 2_000_000] {
        daemon.store().forget(at(now), &watched).await.unwrap();
        breaks(&daemon, now + 10).await;
        daemon.committer.announce(at(now + 100)).await.unwrap();
    }
    assert_eq!(daemon.messages().await, OPENED);
    heals(&daemon, 2_000_200).await;
    assert_eq!(daemon.messages().await, [OPENED, RESOLVED].concat());
}
