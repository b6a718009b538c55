//! What nobody looks at any more: its incidents are over, and what was wrong at the start is no news later.

use super::*;

pub(super) async fn what_nobody_looks_at_any_more_is_resolved(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[spf("a", &[]), probe("192.0.2.1", &[])]).await;
    let broken = [spf("a", &["spf.missing"]), probe("192.0.2.1", &["probe.duplicated"])];
    daemon.run(first(60), &broken).await;
    daemon.run(second(105), &broken).await;
    daemon.run(first(900), &[blind()]).await;

    let retire = async |check: &'static str, now| {
        daemon.committer.retire(|key| key.check != check, at(now)).await.unwrap()
    };
    assert_eq!(retire("dmarc", 1000).await, 0);
    assert_eq!(retire("spf", 1000).await, 2);
    assert_eq!(retire("spf", 1001).await, 0);
    let incidents = daemon.store().incidents(10).await.unwrap();
    let states: Vec<_> = incidents.iter().map(|i| (i.cause.id.as_str(), i.state)).collect();
    assert_eq!(states, [("probe.duplicated", State::Open), ("spf.missing", State::Resolved)]);
    assert!(incidents[1].unwatched, "it did not heal");
    assert_eq!(daemon.store().blindness().await.unwrap(), []);
}

pub(super) async fn what_was_wrong_at_the_start_is_no_news_when_it_is_looked_at_again(
    stores: Stores,
) {
    let daemon = Daemon::new(&stores, everyone()).await;
    let (broken, fine) = ([spf("a", &["spf.missing"])], [spf("a", &[])]);
    daemon.run(first(0), &broken).await;
    let cases = async || daemon.store().cases(&example()).await.unwrap().len();
    assert_eq!(cases().await, 1);
    assert_eq!(daemon.committer.retire(|_| false, at(60)).await.unwrap(), 0);
    assert_eq!(cases().await, 0, "nobody looks at it");
    for look in [first(900), second(945), first(1800)] {
        daemon.run(look, &broken).await;
    }
    assert_eq!(cases().await, 1);
    assert_eq!(daemon.store().incidents(10).await.unwrap(), [], "it was so at the start");
    // Healed meanwhile and broken again it is a regression.
    assert_eq!(daemon.committer.retire(|_| false, at(1900)).await.unwrap(), 0);
    for look in [first(2700), second(2745)] {
        daemon.run(look, &fine).await;
    }
    for look in [first(3600), second(3645)] {
        daemon.run(look, &broken).await;
    }
    let incidents = daemon.store().incidents(10).await.unwrap();
    assert_eq!(incidents.iter().map(|one| one.state).collect::<Vec<_>>(), [State::Open]);
}
