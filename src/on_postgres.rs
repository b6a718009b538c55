//! Every rule of the store, and of what is written and delivered from it, held to PostgreSQL too.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;

use crate::store::tests::{Cluster, Stores};

#[tokio::test]
async fn every_rule_holds_on_postgresql() {
    let stores = Stores::Postgres(Arc::new(Cluster::start()));
    let rules = [
        crate::store::tests::every_rule(),
        crate::run::commit::tests::rules(),
        crate::run::commit::tests::named::rules(),
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
