//! The page of an incident: what may have caused it, who took it on, and what is over.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::{Finding, Name};

use super::{ask, finding, get, incident, post, send, state, with_incident};
use crate::incidents::{Incident, State};
use crate::store::Change;
use crate::web::WebState;

#[tokio::test]
async fn an_incident_that_nobody_looks_at_any_more_did_not_heal() {
    let state = state(None).await;
    let over = Incident {
        state: State::Resolved,
        resolved_at: Some(Utc::now()),
        ..incident("spf.missing")
    };
    for (unwatched, lang, word, other) in [
        (false, "en", "Resolved", "No longer watched"),
        (true, "en", "No longer watched", "Resolved"),
        (true, "fr", "N’est plus surveillé", "Résolu"),
    ] {
        put(&state, &Incident { unwatched, ..over.clone() }, &[]).await;
        for page in ["/incidents", "/incidents/01JDINCIDENT"] {
            let (_, page) = ask(&state, get(&format!("{page}?lang={lang}"))).await;
            let badge = format!("badge {}", if unwatched { "skip" } else { "ok" });
            assert!(page.contains(word) && page.contains(&badge), "{word}, {badge}: {page}");
            assert!(!page.contains(&format!("{other}</span>")), "{other}: {page}");
        }
        let told = send(&state, get("/api/v1/incidents"), "").await;
        let told: serde_json::Value = serde_json::from_str(&told.body).expect("JSON");
        assert_eq!(told["incidents"][0]["unwatched"], unwatched);
    }
}

/// The part of a page from some words to the end of their section.
fn part<'a>(page: &'a str, from: &str) -> &'a str {
    let start = page.find(from).unwrap_or_else(|| panic!("{from}: {page}"));
    let end = page[start..].find("</section>").expect("it ends") + start;
    &page[start..end]
}

async fn put(state: &WebState, incident: &Incident, changes: &[Change]) {
    let mut write = state.store.write().await.expect("it can be written");
    write.put_incident(incident).await.expect("it is new");
    for change in changes {
        write.put_change(&Name::new("example.com"), change).await.expect("it is new");
    }
    write.commit().await.expect("it can be kept");
}

fn change(
    check: &str,
    what: &str,
    sides: (Option<&str>, Option<&str>),
    at: DateTime<Utc>,
) -> Change {
    let (before, after) = (sides.0.map(str::to_owned), sides.1.map(str::to_owned));
    Change { check: check.to_owned(), what: what.to_owned(), before, after, seen_at: at }
}

#[tokio::test]
async fn an_incident_lists_only_what_may_have_caused_it_and_not_all_of_that() {
    let state = state(None).await;
    let told = incident("spf.missing");
    let at = |minutes| told.since - TimeDelta::minutes(minutes);
    let both = (Some("a"), Some("b"));
    let mut changes = vec![
        change("spf", "TXT example.com", (None, Some("v=spf1 -all")), at(1)),
        change("config", "sending IP of newsletter", (Some("192.0.2.1"), Some("192.0.2.9")), at(2)),
        change("mx", "MX example.com", both, at(3)),
        change("tls", "certificate of mx.example.com", both, at(3)),
        change("spf", "TXT of-last-week.example", both, at(60 * 24 * 7)),
        change("spf", "TXT of-tomorrow.example", both, told.opened_at + TimeDelta::days(1)),
    ];
    let few = changes.len();
    changes
        .extend((0..20).map(|n| change("spf", &format!("TXT spf{n}.example"), both, at(10 + n))));
    put(&state, &told, &changes[..few]).await;
    let (_, page) = ask(&state, get("/incidents/01JDINCIDENT?lang=en")).await;
    let shown = part(&page, "What changed before it");
    let named: Vec<&str> = shown
        .split("<h3>")
        .skip(1)
        .map(|rest| rest.split(" · ").next().unwrap_or_default())
        .collect();
    assert_eq!(named, ["TXT example.com", "sending IP of newsletter"], "the newest first");
    assert!(shown.contains("<del>(none)</del>") && shown.contains("192.0.2.9"), "{shown}");
    assert!(!shown.contains("Every change of"), "{shown}");
    // What one comes to do stands before what one may read.
    assert!(page.find("id=\"ak\"") < page.find("id=\"ch\""), "the forms come first");
    put(&state, &told, &changes[few..]).await;
    let (_, page) = ask(&state, get("/incidents/01JDINCIDENT?lang=fr")).await;
    let shown = part(&page, "Ce qui a changé juste avant");
    assert_eq!(shown.matches("<h3>").count(), 10, "{shown}");
    assert!(shown.contains("<del>(aucun)</del>"), "{shown}");
    assert!(shown.contains("href=\"/domains/example.com#h\">Tous les changements"), "{shown}");
}

#[tokio::test]
async fn a_key_or_a_certificate_has_no_part_in_what_is_found_of_another() {
    let at = Utc::now() - TimeDelta::minutes(1);
    let both = (Some("a"), Some("b"));
    let (one, other) = ("s1._domainkey.example.com", "s2._domainkey.example.com");
    let cases = [
        ("dkim.key-missing", one, "dkim", format!("TXT {one}"), true),
        ("dkim.key-missing", one, "dkim", format!("TXT {other}"), false),
        ("dkim.none-published", "example.com", "dkim", format!("TXT {other}"), true),
        ("tls.expired", "mx1.example.com", "tls", "certificate of mx1.example.com".into(), true),
        ("tls.expired", "mx1.example.com", "tls", "certificate of mx2.example.com".into(), false),
        ("tls.expired", "mx1.example.com", "mx", "MX example.com".into(), true),
    ];
    for (id, subject, check, what, is_shown) in cases {
        let state = state(None).await;
        let cause = Finding { id: id.to_owned(), ..finding(subject) };
        let told = Incident { cause, ..incident("spf.missing") };
        put(&state, &told, &[change(check, &what, both, at)]).await;
        let (_, page) = ask(&state, get("/incidents/01JDINCIDENT?lang=en")).await;
        assert_eq!(page.contains("What changed before it"), is_shown, "{id} of {subject}: {what}");
    }
}

#[tokio::test]
async fn each_time_that_somebody_took_it_on_is_told_with_who_why_and_until_when() {
    let state = with_incident().await;
    let says = async |body: &str| {
        let request = post("/api/v1/incidents/01JDINCIDENT/ack");
        let answer = send(&state, request.header("content-type", "application/json"), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    };
    says(r#"{"by": "Ana", "why": "I call the agency", "hours": 1}"#).await;
    says(r#"{"by": "Bo", "hours": 4}"#).await;
    let (_, page) = ask(&state, get("/incidents/01JDINCIDENT?lang=fr")).await;
    let log = part(&page, "Ce qui s’est passé");
    let lines: Vec<&str> = log.split("<li>").skip(1).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[0].contains("Ana · fin : <time") && lines[0].contains("I call the agency"));
    assert!(lines[1].contains("Bo · fin : <time") && !lines[1].contains("muted"), "{log}");
    assert!(part(&page, "id=\"by\"").contains("Bo"), "the last one holds");
}

#[tokio::test]
async fn what_is_over_offers_nothing_to_publish_or_to_take_on() {
    let state = state(None).await;
    let acknowledged = crate::incidents::Acknowledged {
        by: "Ana".to_owned(),
        why: String::new(),
        at: Utc::now(),
        until: Utc::now() + TimeDelta::hours(4),
    };
    let told = Incident { acknowledged: Some(acknowledged), ..incident("spf.missing") };
    let offered = ["Record to publish", "Taken on", "/ack\"", "action=\"/api/v1/silences\""];
    put(&state, &told, &[]).await;
    let (_, open) = ask(&state, get("/incidents/01JDINCIDENT?lang=en")).await;
    let over = Incident { state: State::Resolved, resolved_at: Some(Utc::now()), ..told };
    put(&state, &over, &[]).await;
    let (_, resolved) = ask(&state, get("/incidents/01JDINCIDENT?lang=en")).await;
    for offer in offered {
        assert!(open.contains(offer), "{offer}: {open}");
        assert!(!resolved.contains(offer), "{offer}: {resolved}");
    }
}
