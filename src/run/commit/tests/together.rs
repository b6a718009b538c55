//! What waits for more, so that many messages become one.

use chrono::TimeDelta;
use serde_json::json;
use vigie_checks::kernel::Name;

use super::daemon::*;
use crate::incidents::{Acknowledged, Route, Routes};
use crate::store::tests::Stores;

pub(super) async fn what_people_read_waits_for_more_and_what_programs_read_does_not(
    stores: Stores,
) {
    let wait = Some(TimeDelta::seconds(30));
    let route = Route { group_wait: wait, ..Route::to(channels()) };
    let daemon = Daemon::new(&stores, Routes::new(vec![route], channels())).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    daemon.run(second(105), &[spf("a", &["spf.missing"])]).await;
    let id = daemon.store().incidents(1).await.unwrap().remove(0).id;
    let seen =
        Acknowledged { by: "Ada".to_owned(), why: String::new(), at: at(200), until: at(20_000) };
    daemon.committer.acknowledge(&id, seen).await.unwrap();

    let rows = daemon.store().outbox_of(&id).await.unwrap();
    let waits = rows.iter().map(|row| {
        let wait = (row.next_at - row.created_at).num_seconds();
        (row.channel.as_str(), row.event_type.as_str(), row.joins, wait)
    });
    assert_eq!(
        waits.collect::<Vec<_>>(),
        [
            ("ops", "incident.opened", false, 0),
            ("ops", "incident.acknowledged", false, 0),
            ("team", "incident.opened", true, 30),
            ("team", "incident.acknowledged", false, 0),
        ]
    );
}

pub(super) async fn domains_that_join_an_incident_are_told_together_a_while_later(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    let see = async |domain: &str, look, failing: &[&str]| {
        let seen = [spf("a", failing)];
        daemon.committer.commit(&Name::new(domain), &seen, look).await.unwrap().messages
    };
    let missing = ["spf.missing"];
    for (domain, since, told) in
        [("example.com", 60, 2), ("b.example", 200, 0), ("c.example", 300, 0)]
    {
        see(domain, first(0), &[]).await;
        see(domain, first(since), &missing).await;
        assert_eq!(see(domain, second(since + 45), &missing).await, told, "{domain}");
    }
    let announce = async |seconds| daemon.committer.announce(at(seconds)).await.unwrap();
    assert_eq!(announce(245 + 899).await, 0, "more may come");
    assert_eq!(announce(245 + 900).await, 2);
    assert_eq!(announce(9_000).await, 0, "all of it is told");
    let updated = daemon.bodies("incident.updated").await;
    assert_eq!(updated[0]["data"]["domains"], json!(["example.com", "b.example", "c.example"]));

    // Who is hit again was told of already.
    see("b.example", first(9_100), &[]).await;
    see("b.example", second(9_145), &[]).await;
    see("b.example", first(9_200), &missing).await;
    see("b.example", second(9_245), &missing).await;
    assert_eq!(announce(19_000).await, 0);
    assert_eq!(
        daemon.messages().await,
        [
            "ops incident.opened 1",
            "team incident.opened 1",
            "ops incident.updated 4",
            "team incident.updated 4"
        ]
    );
}
