//! What waits for more, so that many messages become one.

use chrono::TimeDelta;

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
