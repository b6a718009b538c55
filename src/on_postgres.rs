//! Every rule of the store, and of what is written and delivered from it, held to PostgreSQL too.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;

use crate::store::Store;
use crate::store::tests::{Cluster, Stores};

#[tokio::test]
async fn every_rule_holds_on_postgresql() {
    let stores = Stores::Postgres(Arc::new(Cluster::start()));
    let rules = [
        crate::store::tests::every_rule(),
        crate::run::commit::tests::rules(),
        crate::run::commit::tests::named::rules(),
        crate::run::commit::tests::reminders::rules(),
        crate::run::commit::tests::digests::rules(),
        crate::run::commit::tests::darkness::rules(),
        crate::alerts::tests::stores::rules(),
    ]
    .concat();
    let mut broken = Vec::new();
    for (rule, holds) in &rules {
        let begun = std::time::Instant::now();
        if AssertUnwindSafe(holds(stores.clone())).catch_unwind().await.is_err() {
            broken.push(*rule);
        }
        println!("{rule}: {:?}", begun.elapsed());
    }
    assert!(broken.is_empty(), "of {} rules these are broken: {broken:?}", rules.len());
}

#[tokio::test]
async fn a_server_that_was_down_is_written_to_again_without_a_restart() {
    let mut cluster = Cluster::start();
    let store = Store::open(&cluster.database().await).await.unwrap();
    store.ready().await.unwrap();
    cluster.stop();
    for _ in 0..2 {
        store.ready().await.expect_err("nobody answers");
    }
    cluster.start_again();
    store.ready().await.unwrap();
    assert_eq!(store.incidents(1).await.unwrap(), []);
}
