//! What a new release can find for the first time pages nobody for what was so before.

use std::collections::BTreeSet;

use super::*;

pub(super) async fn an_id_that_a_release_brings_is_a_silent_baseline(stores: Stores) {
    let mut daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    let forget = sqlx::raw_sql("DELETE FROM known_findings WHERE finding_id = 'spf.missing'");
    forget.execute(daemon.store().writer()).await.unwrap();
    daemon.restart(at(30)).await;
    for look in [first(60), second(105)] {
        daemon.run(look, &[spf("a", &["spf.missing"])]).await;
    }
    assert_eq!(daemon.messages().await, Vec::<String>::new());
}

pub(super) async fn an_id_is_new_to_those_checks_alone_that_looked_before_it_came(stores: Stores) {
    let mut daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    let forget =
        "DELETE FROM known_findings WHERE finding_id IN ('spf.missing', 'probe.duplicated')";
    sqlx::raw_sql(forget).execute(daemon.store().writer()).await.unwrap();
    daemon.restart(at(30)).await;
    daemon.run(first(60), &[probe("192.0.2.1", &[])]).await;
    for look in [first(120), second(165)] {
        let broken = [spf("a", &["spf.missing"]), probe("192.0.2.1", &["probe.duplicated"])];
        daemon.run(look, &broken).await;
    }
    let opened = daemon.bodies("incident.opened").await;
    let causes: BTreeSet<&str> =
        opened.iter().filter_map(|body| body["data"]["cause"]["id"].as_str()).collect();
    assert_eq!(causes, BTreeSet::from(["probe.duplicated"]));
}
