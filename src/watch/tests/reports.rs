//! Reports that stop are told by the daemon, and are over when they come again.

use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::{Clock, Name};

use super::house::House;
use crate::store::{Report, Tally};

/// A report that ends at a time, given an hour later.
async fn give(house: &House, ends_at: DateTime<Utc>) {
    let report = Report {
        domain: Name::new("example.com"),
        reporter: "mailbox.example".to_owned(),
        report_id: ends_at.timestamp().to_string(),
        begins_at: ends_at - TimeDelta::days(1),
        ends_at,
        tally: Tally::default(),
    };
    let mut write = house.store.write().await.unwrap();
    write.put_report(&report, ends_at + TimeDelta::hours(1)).await.unwrap();
    write.commit().await.unwrap();
}

/// The incidents, and whether they are over.
async fn incidents(house: &House) -> Vec<(String, bool)> {
    let incidents = house.store.incidents(10).await.unwrap();
    incidents.into_iter().map(|i| (i.cause.id, i.resolved_at.is_some())).collect()
}

#[tokio::test]
async fn reports_that_stop_open_an_incident_and_the_next_one_ends_it() {
    let mut house = House::new().await;
    for days in 0..25 {
        give(&house, house.begun - TimeDelta::days(days)).await;
    }
    let mut calm = |_: &_, _| {};
    house.pass(TimeDelta::days(1), &mut calm).await;
    let last = house.clock.now();
    give(&house, last).await;
    house.pass(TimeDelta::days(3) - TimeDelta::minutes(1), &mut calm).await;
    assert_eq!(incidents(&house).await, [], "not before the third day is over");
    house.pass(TimeDelta::hours(2), &mut calm).await;
    assert_eq!(incidents(&house).await, [("dmarc.reports-stopped".to_owned(), false)]);
    give(&house, house.clock.now() - TimeDelta::hours(2)).await;
    house.pass(TimeDelta::hours(3), &mut calm).await;
    assert_eq!(incidents(&house).await, [("dmarc.reports-stopped".to_owned(), true)]);
}
