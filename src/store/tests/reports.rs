//! Aggregate reports of DMARC: each once, and of each domain its own.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::*;

on_both!(
    a_report_that_comes_twice_is_one,
    the_times_of_reports_are_told_from_the_newest_back,
    a_report_is_forgotten_when_its_time_is_over,
);

fn report(id: &str, ends: i64) -> Report {
    Report {
        domain: example(),
        reporter: "receiver.example".to_owned(),
        report_id: id.to_owned(),
        begins_at: at(ends - 86_400),
        ends_at: at(ends),
        tally: Tally {
            messages: 12,
            aligned: 10,
            by_dkim: 9,
            by_spf: 3,
            quarantined: 1,
            rejected: 1,
        },
    }
}

async fn put_report(store: &Store, report: &Report, seconds: i64) -> bool {
    let mut write = store.write().await.unwrap();
    let is_new = write.put_report(report, at(seconds)).await.unwrap();
    write.commit().await.unwrap();
    is_new
}

async fn a_report_that_comes_twice_is_one(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let first = report("1", 0);
    let long = Report { report_id: "9".repeat(5000), ..first.clone() };
    #[rustfmt::skip]
    let cases = [
        ("the first is new",    first.clone(),                                             true),
        ("again it is not",     first.clone(),                                             false),
        ("with other counts",   Report { tally: Tally::default(), ..first.clone() },        false),
        ("another id",          report("2", 0),                                            true),
        ("another end",         Report { ends_at: at(1), ..first.clone() },                 true),
        ("another beginning",   Report { begins_at: at(-5), ..first.clone() },              true),
        ("another reporter",    Report { reporter: "o\0r".to_owned(), ..first.clone() },    true),
        ("another domain",      Report { domain: Name::new("example.net"), ..first.clone() }, true),
        ("a long id",           long.clone(),                                              true),
        ("the long id again",   long,                                                      false),
    ];
    for (rule, report, is_new) in cases {
        assert_eq!(put_report(&store, &report, 100).await, is_new, "{rule}");
    }
    let kept = store.reports(&example(), at(-1), 10).await.unwrap();
    assert_eq!(kept.len(), 6);
    assert!(kept.contains(&first), "with all that it counted first");
    assert_eq!(store.reports(&Name::new("example.net"), at(-1), 10).await.unwrap().len(), 1);
    assert_eq!(store.reports(&Name::new("ample.com"), at(-1), 10).await.unwrap(), []);
}

async fn the_times_of_reports_are_told_from_the_newest_back(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    for ends in [0, 100, 200] {
        put_report(&store, &report("1", ends), 300).await;
    }
    put_report(&store, &report("1", 200), 400).await;
    put_report(&store, &Report { domain: Name::new("example.net"), ..report("1", 900) }, 900).await;

    let times = store.report_times(&example(), TimeDelta::seconds(100), 10).await.unwrap();
    let told: Vec<_> = times.iter().map(|t| (t.ends_at, t.received_at, t.met_at)).collect();
    assert_eq!(told, [(at(200), at(300), at(400)), (at(100), at(300), at(300))]);
    let one = store.report_times(&example(), TimeDelta::MAX, 1).await.unwrap();
    assert_eq!(one, times[..1]);
    let of_nobody = store.report_times(&Name::new("no.example"), TimeDelta::MAX, 10).await;
    assert_eq!(of_nobody.unwrap(), []);
}

async fn a_report_is_forgotten_when_its_time_is_over(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put_report(&store, &report("old", 10), 0).await;
    put_report(&store, &report("kept", 1000), 0).await;
    store.forget(at(1000), &HashSet::new()).await.unwrap();
    let kept = store.reports(&example(), at(0), 10).await.unwrap();
    assert_eq!(kept, [report("kept", 1000)]);
}
