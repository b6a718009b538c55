mod daemon;
pub(crate) mod darkness;
pub(crate) mod digests;
mod languages;
pub(crate) mod named;
pub(crate) mod reference;
mod releases;
pub(crate) mod reminders;
mod retired;
mod together;

use serde_json::json;
use vigie_checks::kernel::{CheckStatus, Severity};

use super::*;
use crate::incidents::{Acknowledged, EventKind, Route, Routes, Silence, State};
use crate::store::tests::{Stores, on_both};
use crate::store::{Store, Wanted};
use daemon::*;
use languages::{a_refusal_is_told_in_each_language, each_channel_is_told_in_its_language};
use releases::*;
use retired::*;
use together::*;

on_both!(
    the_forgotten_spf_is_one_alert_that_says_what_changed,
    a_restart_at_any_point_loses_nothing_and_repeats_nothing,
    what_waits_for_a_second_look_is_known_after_a_restart,
    a_commit_that_fails_anywhere_leaves_nothing,
    what_was_wrong_at_the_start_is_listed_once,
    blindness_is_said_once_and_again_after_sight,
    a_record_that_changed_without_breaking_a_rule,
    a_channel_hears_opened_first_and_the_end_only_if_it_heard_the_beginning,
    an_acknowledgement_is_told_and_ends,
    facts_of_another_form_are_a_silent_baseline,
    an_id_that_a_release_brings_is_a_silent_baseline,
    an_id_is_new_to_those_checks_alone_that_looked_before_it_came,
    what_a_test_send_became_is_counted,
    what_nobody_looks_at_any_more_is_resolved,
    what_was_wrong_at_the_start_is_no_news_when_it_is_looked_at_again,
    what_still_stands_when_a_silence_ends_is_told_once,
    what_heals_in_a_silence_is_never_told,
    a_silence_ends_before_its_time_when_somebody_says_so,
    that_it_is_over_is_told_in_a_silence_to_those_who_heard_of_it,
    each_channel_is_told_in_its_language,
    a_refusal_is_told_in_each_language,
    what_people_read_waits_for_more_and_what_programs_read_does_not,
    domains_that_join_an_incident_are_told_together_a_while_later,
);

async fn the_forgotten_spf_is_one_alert_that_says_what_changed(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[spf("v=spf1 ip4:192.0.2.1 -all", &[]), probe("192.0.2.1", &[])]).await;
    let missed = ["probe.not-authenticated"];
    let unlisted = ["spf.sending-ip-not-authorised"];
    let symptom = daemon.run(first(1800), &[probe("198.51.100.7", &missed)]).await;
    assert_eq!(symptom.events, []);
    assert_eq!(symptom.look_again[0].at, at(1800), "what may explain it runs at once");

    let record = "v=spf1 ip4:192.0.2.1 -all";
    daemon.run(second(1801), &[spf(record, &unlisted)]).await;
    let both = [spf(record, &unlisted), probe("198.51.100.7", &missed)];
    let opened = daemon.run(second(1846), &both).await;
    assert_eq!(opened.events[0].kind, EventKind::Opened);

    let mended = [spf("v=spf1 ip4:198.51.100.7 -all", &[]), probe("198.51.100.7", &[])];
    daemon.run(first(3600), &mended).await;
    let resolved = daemon.run(second(3645), &mended).await;
    assert_eq!(resolved.messages, 2);

    let incidents = ["incident.opened 1", "incident.resolved 2"];
    let told: Vec<String> =
        daemon.messages().await.into_iter().filter(|m| m.contains("incident")).collect();
    let expected: Vec<String> = incidents
        .iter()
        .flat_map(|event| channels().into_iter().map(move |channel| format!("{channel} {event}")))
        .collect();
    assert_eq!(told, expected);

    let body = &daemon.bodies("incident.opened").await[0];
    let data = &body["data"];
    assert_eq!(body["type"], "incident.opened");
    assert_eq!(data["severity"], "critical");
    assert_eq!(data["domains"], json!(["example.com"]));
    assert_eq!(data["cause"]["id"], "spf.sending-ip-not-authorised");
    assert_eq!(data["symptoms"], json!(["probe.not-authenticated"]));
    assert_eq!(data["since"], "2027-01-15T08:30:00.000Z");
    assert_eq!(
        data["changed"],
        json!([{"what": "sending IP of newsletter", "before": "192.0.2.1",
                "after": "198.51.100.7", "seen_at": "2027-01-15T08:30:00.000Z"}])
    );
    let id = data["incident"].as_str().unwrap();
    assert_eq!(data["url"], format!("https://vigie.example.net/incidents/{id}"));
    for field in ["title", "domain", "remedy", "fix"] {
        assert!(!data[field].is_null(), "{field}");
    }
    let events = daemon.store().incident_events(id).await.unwrap();
    assert_eq!(events.iter().map(|e| e.sequence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(daemon.store().outbox_of(id).await.unwrap().len(), 4);
}

async fn a_restart_at_any_point_loses_nothing_and_repeats_nothing(stores: Stores) {
    let record = "v=spf1 -all";
    let runs = [
        (first(0), vec![]),
        (first(60), vec!["spf.missing"]),
        (second(105), vec!["spf.missing"]),
        (first(900), vec!["spf.missing"]),
        (first(1800), vec![]),
        (second(1845), vec![]),
    ];
    let expected = [
        "ops incident.opened 1",
        "team incident.opened 1",
        "ops incident.resolved 2",
        "team incident.resolved 2",
    ];
    for restart in 0..runs.len() {
        let mut daemon = Daemon::new(&stores, everyone()).await;
        for (index, (look, failing)) in runs.iter().enumerate() {
            if index == restart {
                daemon.restart(look.now).await;
            }
            daemon.run(*look, &[spf(record, failing)]).await;
        }
        assert_eq!(daemon.messages().await, expected, "restart before run {restart}");
        assert_eq!(daemon.store().cases(&example()).await.unwrap(), []);
        assert_eq!(daemon.store().history(&example(), 10).await.unwrap().len(), 3);
    }
}

async fn what_waits_for_a_second_look_is_known_after_a_restart(stores: Stores) {
    let mut daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    daemon.restart(at(70)).await;
    let waiting = daemon.committer.waiting().await.unwrap();
    let (domain, look) = &waiting[0];
    assert_eq!((waiting.len(), domain, look.at), (1, &example(), at(105)));
    assert!(look.checks.contains(&("spf".to_owned(), String::new())));
}

/// Everything that the store holds, as far as it can be read from outside.
async fn everything(store: &Store) -> String {
    let domain = example();
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        store.history(&domain, 100).await.unwrap(),
        store.changes(&domain, 100).await.unwrap(),
        store.cases(&domain).await.unwrap(),
        store.incidents(100).await.unwrap(),
        store.outbox(Wanted::default(), 100).await.unwrap(),
        store.last_runs().await.unwrap().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        store.sends(crate::store::Of::Domain(&domain), at(-99), 100).await.unwrap(),
    )
}

async fn a_commit_that_fails_anywhere_leaves_nothing(stores: Stores) {
    for table in ["changes", "sends", "incidents", "cases", "incident_events", "outbox"] {
        let daemon = Daemon::new(&stores, everyone()).await;
        daemon.run(first(0), &[spf("a", &[]), probe("192.0.2.1", &[])]).await;
        daemon.run(first(60), &[spf("b", &["spf.missing"])]).await;
        let before = everything(daemon.store()).await;
        let [fail, mend] = stores.injected(table);
        sqlx::raw_sql(sqlx::AssertSqlSafe(fail)).execute(daemon.store().writer()).await.unwrap();

        let seen = [spf("c", &["spf.missing"]), probe("192.0.2.2", &["probe.refused"])];
        let error = daemon.committer.commit(&example(), &seen, second(105)).await.unwrap_err();
        assert!(error.to_string().contains("injected"), "{table}: {error}");
        assert_eq!(everything(daemon.store()).await, before, "{table}");

        let mend = sqlx::raw_sql(sqlx::AssertSqlSafe(mend));
        mend.execute(daemon.store().writer()).await.unwrap();
        let again = daemon.run(second(105), &seen).await;
        assert_eq!(again.events.len(), 1, "{table}: the same run can be committed again");
    }
}

async fn what_was_wrong_at_the_start_is_listed_once(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    let seen = [spf("a", &["spf.missing"]), probe("192.0.2.1", &[])];
    assert_eq!(daemon.run(first(0), &seen).await.messages, 0);
    assert_eq!(daemon.committer.announce(at(10)).await.unwrap(), 0, "more may come");
    assert_eq!(daemon.committer.announce(at(40)).await.unwrap(), 2);
    daemon.run(first(900), &seen).await;
    assert_eq!(daemon.committer.announce(at(2000)).await.unwrap(), 0);

    let body = &daemon.bodies("report.ready").await[0]["data"];
    assert_eq!(body["domains"], json!(["example.com"]));
    assert_eq!(body["findings"][0]["id"], "spf.missing");
    assert_eq!(body["url"], "https://vigie.example.net/");
}

async fn blindness_is_said_once_and_again_after_sight(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    let mut now = 0;
    let mut said = Vec::new();
    let runs = [
        spf("a", &[]),
        blind(),
        blind(),
        blind(),
        blind(),
        spf("a", &[]),
        blind(),
        blind(),
        blind(),
    ];
    for seen in runs {
        now += 900;
        daemon.run(first(now), &[seen]).await;
        said.push(daemon.committer.announce(at(now)).await.unwrap());
    }
    assert_eq!(said, [0, 0, 0, 2, 0, 0, 0, 0, 2]);
    let bodies = daemon.bodies("monitor.blind").await;
    let data = &bodies.last().unwrap()["data"];
    assert_eq!((&data["reason"], &data["checks"]), (&json!("timeout"), &json!(["spf"])));
    assert_eq!(data["domains"], json!(["example.com"]));
    assert!(daemon.store().incidents(10).await.unwrap().is_empty());
}

async fn a_record_that_changed_without_breaking_a_rule(stores: Stores) {
    let route = |channel: &str, changes| Route { changes, ..Route::to(vec![channel.to_owned()]) };
    let daemon = Daemon::new(
        &stores,
        Routes::new(vec![route("ops", true), route("team", false)], channels()),
    )
    .await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    daemon.run(first(60), &[spf("b", &[])]).await;
    daemon.run(first(120), &[spf("c", &["spf.missing"])]).await;
    assert_eq!(daemon.messages().await, ["ops change.detected 0"]);
    let data = &daemon.bodies("change.detected").await[0]["data"];
    assert_eq!(data["domain"], "example.com");
    assert_eq!(
        data["changed"],
        json!([{"what": "TXT example.com", "before": "a", "after": "b", "seen_at": "2027-01-15T08:01:00.000Z"}])
    );
}

async fn a_channel_hears_opened_first_and_the_end_only_if_it_heard_the_beginning(stores: Stores) {
    let route = |channel: &str, min_severity| Route {
        min_severity,
        tags: vec!["prod".to_owned()],
        ..Route::to(vec![channel.to_owned()])
    };
    let routes = vec![route("ops", Severity::Critical), route("team", Severity::Error)];
    let daemon = Daemon::new(&stores, Routes::new(routes, channels())).await;
    daemon.run(first(0), &[spf("a", &[]), probe("192.0.2.1", &[])]).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    daemon.run(second(105), &[spf("a", &["spf.missing"])]).await;
    assert_eq!(daemon.messages().await, ["team incident.opened 1"]);

    let refused = [probe("192.0.2.1", &["probe.refused"])];
    daemon.run(first(200), &refused).await;
    daemon.run(second(245), &refused).await;
    let told = daemon.messages().await;
    assert_eq!(told[1..], ["ops incident.opened 2", "team incident.worsened 2"]);

    let fine = [spf("a", &[]), probe("192.0.2.1", &[])];
    daemon.run(first(900), &fine).await;
    daemon.run(second(945), &fine).await;
    let told = daemon.messages().await;
    assert_eq!(told[3..], ["ops incident.resolved 3", "team incident.resolved 3"]);
}

async fn an_acknowledgement_is_told_and_ends(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    let opened = daemon.run(second(105), &[spf("a", &["spf.missing"])]).await;
    let id = &opened.events[0].incident.id;
    let seen = Acknowledged {
        by: "ana".to_owned(),
        why: "asked the provider".to_owned(),
        at: at(200),
        until: at(500),
    };
    let acknowledge =
        async |id: &str| daemon.committer.acknowledge(id, seen.clone()).await.unwrap();
    assert_eq!(acknowledge(id).await, Acknowledgement::Done);
    assert_eq!(acknowledge("01J").await, Acknowledgement::NoSuchIncident);
    assert_eq!(daemon.bodies("incident.acknowledged").await.len(), 2);
    let told = &daemon.bodies("incident.acknowledged").await[0]["data"]["acknowledged"];
    assert_eq!((&told["by"], &told["why"]), (&json!("ana"), &json!("asked the provider")));
    let state = async || daemon.store().incident(id).await.unwrap().unwrap();
    assert_eq!(state().await.acknowledged, Some(seen.clone()));
    assert_eq!(daemon.committer.announce(at(499)).await.unwrap(), 0);
    assert_eq!(daemon.committer.announce(at(500)).await.unwrap(), 2, "it is open again");
    assert_eq!(state().await.state, State::Open);

    daemon.run(first(900), &[spf("a", &[])]).await;
    daemon.run(second(945), &[spf("a", &[])]).await;
    assert_eq!(acknowledge(id).await, Acknowledgement::Resolved);
}

/// Nobody is told of `example.com` for a time; the incident's messages by then.
async fn silenced(stores: &Stores, until: i64) -> Daemon {
    let daemon = Daemon::new(stores, everyone()).await;
    let silence = Silence {
        id: "01JSILENCE".to_owned(),
        finding: Some("spf.*".to_owned()),
        by: "ana".to_owned(),
        created_at: at(0),
        until: at(until),
        ..Silence::default()
    };
    daemon.committer.silence(&silence).await.unwrap();
    daemon.run(first(0), &[spf("a", &[])]).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    daemon.run(second(105), &[spf("a", &["spf.missing"])]).await;
    assert_eq!(daemon.messages().await, Vec::<String>::new(), "it is quiet");
    assert_eq!(daemon.committer.announce(at(110)).await.unwrap(), 0);
    daemon
}

async fn what_still_stands_when_a_silence_ends_is_told_once(stores: Stores) {
    let daemon = silenced(&stores, 600).await;
    assert_eq!(daemon.committer.announce(at(600)).await.unwrap(), 2);
    assert_eq!(daemon.committer.announce(at(601)).await.unwrap(), 0);
    assert_eq!(daemon.messages().await, ["ops incident.opened 2", "team incident.opened 2"]);
}

async fn what_heals_in_a_silence_is_never_told(stores: Stores) {
    let daemon = silenced(&stores, 2000).await;
    daemon.run(first(900), &[spf("a", &[])]).await;
    daemon.run(second(945), &[spf("a", &[])]).await;
    daemon.committer.announce(at(2001)).await.unwrap();
    assert_eq!(daemon.messages().await, Vec::<String>::new());
}

async fn a_silence_ends_before_its_time_when_somebody_says_so(stores: Stores) {
    let daemon = silenced(&stores, 9000).await;
    assert!(daemon.committer.end_silence("01JSILENCE", at(300)).await.unwrap());
    assert!(!daemon.committer.end_silence("01JSILENCE", at(301)).await.unwrap());
    assert_eq!(daemon.committer.announce(at(302)).await.unwrap(), 2);
}

async fn that_it_is_over_is_told_in_a_silence_to_those_who_heard_of_it(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    daemon.run(second(105), &[spf("a", &["spf.missing"])]).await;
    let silence = Silence { domain: Some(example()), until: at(9000), ..Silence::default() };
    daemon.committer.silence(&silence).await.unwrap();
    daemon.run(first(900), &[spf("a", &[])]).await;
    daemon.run(second(945), &[spf("a", &[])]).await;
    let told = daemon.messages().await;
    assert_eq!(told[2..], ["ops incident.resolved 2", "team incident.resolved 2"]);
}

async fn facts_of_another_form_are_a_silent_baseline(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[spf("a", &[])]).await;
    let mut raised = spf("b", &["spf.missing"]);
    raised.outcome.facts_version = 2;
    for look in [first(60), second(105), first(900)] {
        daemon.run(look, &[raised.clone()]).await;
    }
    assert_eq!(daemon.messages().await, Vec::<String>::new());
    assert_eq!(daemon.store().changes(&example(), 10).await.unwrap(), []);
    assert_eq!(daemon.committer.announce(at(9000)).await.unwrap(), 0);
}

async fn what_a_test_send_became_is_counted(stores: Stores) {
    let daemon = Daemon::new(&stores, everyone()).await;
    daemon.run(first(0), &[probe("192.0.2.1", &[])]).await;
    let rate = daemon.store().delivery_rate(crate::store::Of::Probe("newsletter")).await.unwrap();
    assert_eq!((rate.sent, rate.arrived, rate.rate), (2, 1, Some(0.5)));
    assert_eq!(daemon.store().last_runs().await.unwrap()["example.com/probe/newsletter"], at(0));
    assert_eq!(daemon.store().latest(&example()).await.unwrap()[0].status, CheckStatus::Pass);
}
