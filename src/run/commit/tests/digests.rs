//! Digests: once at their time, over restarts and failures, with all that there is to say.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vigie_checks::kernel::{Name, Severity, Status};

use super::daemon::*;
use crate::incidents::{Acknowledged, Route};
use crate::run::commit::{Digest, Observed, Recurrence};
use crate::store::tests::{Stores, on_both};

on_both!(
    a_digest_comes_once_at_its_time_and_a_missed_one_once,
    a_digest_that_could_not_be_written_comes_later_and_once,
    a_digest_that_nobody_wants_any_more_is_forgotten,
    a_digest_says_how_all_domains_of_its_route_stand,
    a_digest_comes_also_when_all_is_well,
    a_digest_tells_of_its_route_alone,
);

/// Every day, 1000 s after midnight of a day that begins at 0.
#[derive(Debug)]
struct Daily;

impl Recurrence for Daily {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let day = (after - at(1000)).num_seconds().div_euclid(DAY) + 1;
        Some(at(1000 + day * DAY))
    }
}

const DAY: i64 = 86_400;

fn digest(key: &str, route: Route) -> Digest {
    Digest { key: key.to_owned(), route, due: Arc::new(Daily) }
}

async fn begun(stores: &Stores, route: Route) -> Daemon {
    let digests = vec![digest("daily", route)];
    let daemon = Daemon::with_digests(stores, everyone(), digests).await;
    daemon.committer.announce(at(0)).await.unwrap();
    daemon
}

fn team() -> Route {
    Route { min_severity: Severity::Warning, ..Route::to(vec!["team".to_owned()]) }
}

/// The digests so far, oldest first.
async fn digests(daemon: &Daemon) -> Vec<Value> {
    let mut all = daemon.bodies("report.ready").await;
    all.reverse();
    all.retain(|body| body["data"]["digest"].is_object());
    all.into_iter().map(|mut body| body["data"].take()).collect()
}

async fn a_digest_comes_once_at_its_time_and_a_missed_one_once(stores: Stores) {
    let mut daemon = begun(&stores, team()).await;
    let mut told = Vec::new();
    for (now, restarts) in [
        (999, false),
        (1000, false),
        (1001, true),
        (DAY, false),
        (DAY + 1003, true),
        (DAY + 1004, true),
        // Nobody ran for three days.
        (4 * DAY + 5000, true),
        (4 * DAY + 5001, false),
        (5 * DAY + 1000, false),
    ] {
        if restarts {
            daemon.restart(at(now)).await;
        }
        daemon.committer.announce(at(now)).await.unwrap();
        told.push(digests(&daemon).await.len());
    }
    assert_eq!(told, [0, 1, 1, 1, 2, 2, 3, 3, 4]);
    let all = digests(&daemon).await;
    let time = |seconds: i64| at(seconds).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let periods: Vec<_> =
        all.iter().map(|data| [&data["digest"]["since"], &data["digest"]["until"]]).collect();
    let ends = [0, 1000, DAY + 1003, 4 * DAY + 5000, 5 * DAY + 1000].map(time);
    let expected: Vec<_> = ends.windows(2).map(|pair| [json!(pair[0]), json!(pair[1])]).collect();
    let expected: Vec<_> = expected.iter().map(|[since, until]| [since, until]).collect();
    assert_eq!(periods, expected, "each period begins where the last one ended");
}

async fn a_digest_that_could_not_be_written_comes_later_and_once(stores: Stores) {
    let daemon = begun(&stores, team()).await;
    let [fail, mend] = stores.injected("outbox");
    let injected = async |sql| {
        let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        sql.execute(daemon.store().writer()).await.unwrap();
    };
    injected(fail).await;
    daemon.committer.announce(at(1000)).await.unwrap_err();
    injected(mend).await;
    for now in [1005, 1010] {
        daemon.committer.announce(at(now)).await.unwrap();
        assert_eq!(digests(&daemon).await.len(), 1, "{now}");
    }
}

async fn a_digest_that_nobody_wants_any_more_is_forgotten(stores: Stores) {
    let mut daemon = begun(&stores, team()).await;
    let wanted = daemon.digests.clone();
    for (now, digests) in [(500, Vec::new()), (5 * DAY, wanted)] {
        daemon.digests = digests;
        daemon.restart(at(now)).await;
        daemon.committer.announce(at(now)).await.unwrap();
    }
    assert_eq!(digests(&daemon).await.len(), 0, "it is waited for anew");
    daemon.committer.announce(at(5 * DAY + 1000)).await.unwrap();
    assert_eq!(digests(&daemon).await.len(), 1);
}

/// The mail host's registration ends 40 days after the beginning.
fn registration() -> Observed {
    let ends = at(40 * DAY);
    let found =
        json!({ "found": { "statuses": [], "name_servers": [], "ds": [], "expires": ends } });
    let facts = json!({ "domain": "example.com", "registered": found, "vendors": [] });
    Observed::of(outcome("registration", Vec::new(), facts))
}

async fn a_digest_says_how_all_domains_of_its_route_stand(stores: Stores) {
    let daemon = begun(&stores, team()).await;
    let wrong_at_first = finding("dmarc.missing", Severity::Error, Status::Fail);
    let wrong_at_first = Observed::of(outcome("dmarc", vec![wrong_at_first], json!({})));
    daemon.run(first(1), &[spf("a", &[]), wrong_at_first, registration()]).await;
    // One opens and resolves, another opens and stays.
    for (now, failing) in [(60, &["spf.missing"][..]), (200, &[]), (300, &["spf.permerror"])] {
        daemon.run(first(now), &[spf("a", failing)]).await;
        daemon.run(second(now + 45), &[spf("a", failing)]).await;
    }
    let id = daemon.store().incidents(1).await.unwrap().remove(0).id;
    let seen =
        Acknowledged { by: "Ada".to_owned(), why: String::new(), at: at(400), until: at(DAY) };
    daemon.committer.acknowledge(&id, seen).await.unwrap();
    let sent = [probe("192.0.2.1", &[])];
    daemon.run(first(500), &sent).await;
    let rows = "UPDATE sends SET submitted_at = submitted_at + 500000000";
    sqlx::query(rows).execute(daemon.store().writer()).await.unwrap();
    daemon.committer.announce(at(1000)).await.unwrap();

    let data = digests(&daemon).await.remove(0);
    assert_eq!(data["domains"], json!(["example.com", "new.example"]));
    assert_eq!(data["url"], "https://vigie.example.net/");
    let ids = |list: &Value, key: &str| -> Vec<String> {
        let all = list.as_array().unwrap().iter();
        all.map(|one| one[key].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(ids(&data["findings"], "id"), ["dmarc.missing", "spf.permerror"]);
    assert_eq!(
        ids(&data["findings"], "since"),
        ["2027-01-15T08:00:01.000Z", "2027-01-15T08:05:00.000Z",]
    );
    let digest = &data["digest"];
    assert_eq!(
        digest["domains"],
        json!({ "total": 2, "well": 0, "wrong": 1, "unknown": 1 }),
        "what was not looked at is not well"
    );
    assert_eq!(digest["open"][0]["incident"], id);
    assert_eq!(digest["open"][0]["taken_on_by"], "Ada");
    assert_eq!((&digest["totals"]["open"], &digest["totals"]["opened"]), (&json!(1), &json!(1)));
    assert_eq!(ids(&digest["resolved"], "resolved_at"), ["2027-01-15T08:04:05.000Z"]);
    assert_eq!(ids(&digest["unknown"], "domain"), ["new.example"]);
    assert_eq!(ids(&digest["ends"], "title"), ["registration of example.com"]);
    assert_eq!(digest["ends"][0]["domains"], json!(["example.com"]));
    let sends = json!([{ "probe": "newsletter", "domain": "example.com", "sent": 2, "arrived": 1,
        "rate": 0.5 }]);
    assert_eq!(digest["sends"], sends);

    daemon.committer.announce(at(1000 + DAY)).await.unwrap();
    let next = digests(&daemon).await.remove(1);
    assert_eq!(next["digest"]["totals"]["open"], 1, "what stands is told again");
    for list in ["opened", "resolved", "sends"] {
        assert_eq!(next["digest"][list], json!([]), "{list} before the last digest");
    }
}

async fn a_digest_comes_also_when_all_is_well(stores: Stores) {
    let daemon = begun(&stores, Route { domains: vec![example()], ..team() }).await;
    daemon.run(first(1), &[spf("a", &[])]).await;
    daemon.committer.announce(at(1000)).await.unwrap();
    let data = digests(&daemon).await.remove(0);
    assert_eq!(data["findings"], json!([]));
    assert_eq!(
        data["digest"]["domains"],
        json!({ "total": 1, "well": 1, "wrong": 0, "unknown": 0 })
    );

    for now in [DAY, DAY + 100, DAY + 200] {
        daemon.run(first(now), &[blind()]).await;
    }
    daemon.committer.announce(at(1000 + DAY)).await.unwrap();
    let blind = digests(&daemon).await.remove(1);
    assert_eq!(blind["digest"]["domains"]["well"], 0, "could not tell is not well");
    let unknown = &blind["digest"]["unknown"][0];
    assert_eq!(unknown["checks"], json!(["spf"]));
    assert_eq!(unknown["reasons"], json!(["timeout"]));
}

async fn a_digest_tells_of_its_route_alone(stores: Stores) {
    let narrow = Route { checks: vec!["dmarc".to_owned()], ..team() };
    let grave = Route { min_severity: Severity::Critical, ..team() };
    let other = Route { domains: vec![Name::new("new.example")], ..team() };
    let digests_of = vec![digest("a", narrow), digest("b", grave), digest("c", other)];
    let daemon = Daemon::with_digests(&stores, everyone(), digests_of).await;
    daemon.committer.announce(at(0)).await.unwrap();
    daemon.run(first(1), &[spf("a", &[]), registration()]).await;
    daemon.run(first(60), &[spf("a", &["spf.missing"])]).await;
    daemon.run(second(105), &[spf("a", &["spf.missing"])]).await;
    assert_eq!(daemon.committer.announce(at(1000)).await.unwrap(), 3);
    let mut told = Vec::new();
    for data in digests(&daemon).await {
        let digest = &data["digest"];
        let number = |value: &Value| value.as_u64().unwrap();
        told.push([
            number(&digest["domains"]["total"]),
            number(&data["total"]),
            number(&digest["lighter"]),
            number(&digest["totals"]["ends"]),
        ]);
    }
    told.sort_unstable();
    assert_eq!(told, [[1, 0, 0, 0], [2, 0, 0, 0], [2, 0, 1, 1]]);
}
