//! Which domains the overview lists, and how many at once.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use serde_json::json;
use vigie_checks::kernel::{Bilingual, Finding, Name, Severity, Status};

use super::{HOSTILE, WebState, ask, deciding, get, look_of, state, watched};
use crate::run::commit::{Committer, Fault, Settings, When, Window};
use crate::web::Refused;

/// The domains of a page, in its order.
async fn listed(state: &WebState, address: &str) -> Vec<String> {
    let (_, body) = ask(state, get(address)).await;
    let rows = body.split("scope=\"row\"><a href=\"/domains/").skip(1);
    rows.map(|row| row.split('"').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_domain_that_is_no_longer_watched_is_not_listed() {
    let mut state = state(None).await;
    assert_eq!(listed(&state, "/").await, ["example.com", "new.example"]);
    state.domains = [watched("new.example", &[])].into();
    assert_eq!(listed(&state, "/").await, ["new.example"]);
    let (_, api) = ask(&state, get("/api/v1/domains")).await;
    assert!(!api.contains("example.com"), "{api}");
}

#[tokio::test]
async fn an_address_asks_for_name_tag_and_state() {
    let state = state(None).await;
    let cases = [
        ("a part of the name", "/?q=New", &["new.example"][..]),
        ("blanks around it", "/?q=+new.ex+", &["new.example"]),
        ("a tag", "/?tag=prod", &["example.com"]),
        ("a tag with signs", "/?tag=shop+%26+co", &["example.com"]),
        ("a state", "/?state=broken", &["example.com"]),
        ("not seen yet", "/?state=new", &["new.example"]),
        ("both", "/?tag=prod&state=new", &[]),
        ("empty fields of the form", "/?q=&tag=", &["example.com", "new.example"]),
        ("a page that is none", "/?page=x", &["example.com", "new.example"]),
        ("a page past the last", "/?page=99", &["example.com", "new.example"]),
    ];
    for (rule, address, domains) in cases {
        assert_eq!(listed(&state, address).await, domains, "{rule}");
    }
    let (status, body) = ask(&state, get("/?state=blue")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("broken, warning, unknown, fine or new"), "{body}");
    let (_, body) = ask(&state, get("/?tag=prod&state=new")).await;
    assert!(body.contains("No domain fits."), "{body}");
    // What is found by a tag is a link to all that bears it.
    assert!(ask(&state, get("/")).await.1.contains("href=\"/?tag=shop%20%26%20co\""));
}

#[tokio::test]
async fn thousands_of_domains_come_a_page_at_a_time() {
    let mut state = state(None).await;
    state.domains = (0..250).map(|at| watched(&format!("d{at:03}.example"), &["many"])).collect();
    let first = listed(&state, "/?tag=many").await;
    assert_eq!((first.len(), first[0].as_str()), (100, "d000.example"));
    let (_, body) = ask(&state, get("/?tag=many&page=2")).await;
    for link in ["href=\"/?tag=many\"", "href=\"/?tag=many&#38;page=3\"", "101–200 of 250"] {
        assert!(body.contains(link), "{link}");
    }
    assert_eq!(listed(&state, "/?page=3").await.len(), 50);
}

#[tokio::test]
async fn what_is_asked_for_is_escaped() {
    let state = state(None).await;
    let (_, body) = ask(&state, get("/?q=%22%3E%3Cscript%3E%E2%80%AE&state=%22%3E%3Cb%3E")).await;
    assert!(!body.contains("<script>") && !body.contains("<b>\"") && !body.contains('\u{202e}'));
}

#[tokio::test]
async fn a_plugin_has_its_column_and_its_words() {
    let state = state(None).await;
    assert!(!ask(&state, get("/")).await.1.contains("mail-queue"));
    let params = [("plugin", "mail-queue"), ("text", "<b>60 wait</b>")];
    let finding = Finding {
        id: "mail-queue.warning".to_owned(),
        severity: Severity::Warning,
        status: Status::Fail,
        subject: "example.com".to_owned(),
        params: params.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        evidence: json!({}),
        fix: Vec::new(),
        withheld: None,
    };
    drop(look_of(&state.store, "mail-queue", json!({ "state": "warning" }), vec![finding]).await);
    let (_, page) = ask(&state, get("/")).await;
    assert!(page.contains("/domains/example.com#check-mail-queue"), "{page}");
    let (_, page) = ask(&state, get("/domains/example.com?lang=fr")).await;
    assert!(page.contains("mail-queue avertit"), "{page}");
    assert!(page.contains("id=\"check-mail-queue\"") && !page.contains("<b>60"), "{page}");
}

#[tokio::test]
async fn a_configuration_that_is_refused_is_told_with_its_place_and_since_when() {
    let mut state = state(None).await;
    let (_, quiet) = ask(&state, get("/?lang=en")).await;
    assert!(!quiet.contains("configuration is refused"), "{quiet}");
    let fault = |line| Fault {
        file: "/etc/vigie/vigie.toml".to_owned(),
        line,
        column: 9,
        message: Bilingual::new(
            format!("`selector` is not a key of [[domains]] {HOSTILE}"),
            format!("`selector` n’est pas une clé de [[domains]] {HOSTILE}"),
        ),
    };
    let refused = Refused {
        file: "/etc/vigie/vigie.toml".to_owned(),
        faults: (41..48).map(fault).collect(),
        since: "2026-11-23T09:02:00Z".parse().expect("a time"),
    };
    state.refusals = Arc::new(move || Some(refused.clone()));
    let (_, english) = ask(&state, get("/?lang=en")).await;
    for told in [
        "The new configuration is refused; the one before goes on",
        "datetime=\"2026-11-23T09:02:00Z\"",
        "/etc/vigie/vigie.toml:41:9: `selector` is not a key of [[domains]]",
        "and 2 more",
    ] {
        assert!(english.contains(told), "{told}: {english}");
    }
    let (_, french) = ask(&state, get("/?lang=fr")).await;
    for told in [
        "la précédente reste en service",
        "/etc/vigie/vigie.toml:41:9: `selector` n’est pas une clé de [[domains]]",
        "et 2 de plus",
    ] {
        assert!(french.contains(told), "{told}: {french}");
    }
    for hidden in ["vigie.toml:46", "<script>alert", "\u{202e}", "en anglais"] {
        assert!(!english.contains(hidden) && !french.contains(hidden), "{hidden}");
    }
    assert!(!french.contains("is not a key"), "{french}");
}

#[tokio::test]
async fn maintenance_that_holds_is_said_where_people_look() {
    let now = Utc::now();
    let window = |domains: &[&str], tags: &[&str], begins: i64, ends: i64| Window {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        domains: domains.iter().map(|name| Name::new(name)).collect(),
        when: When::Once {
            from: now + TimeDelta::minutes(begins),
            until: now + TimeDelta::minutes(ends),
        },
    };
    let every = "every alert is kept back until";
    #[rustfmt::skip]
    let cases: [(&str, Window, Option<&str>, Option<&str>); 5] = [
        ("of everything",    window(&[], &[], -5, 5),               Some(every), Some("toutes les alertes sont retenues")),
        ("of some",          window(&["example.com"], &["prod"], -5, 5), Some("kept back about example.com, tag prod, until"), Some("alertes retenues pour example.com, étiquette prod")),
        ("over",             window(&[], &[], -9, -5),              None, None),
        ("to come",          window(&[], &[], 5, 9),                None, None),
        ("of nobody's tag",  window(&[], &["gone"], -5, 5),         None, None),
    ];
    for (rule, window, english, french) in cases {
        let mut state = state(None).await;
        let settings = Settings { maintenance: vec![window], ..deciding() };
        let committer = Committer::start(state.store.clone(), settings, now).await;
        state.committer = Arc::new(committer.expect("the store is there"));
        for path in ["/", "/incidents"] {
            for (lang, expected) in [("en", english), ("fr", french)] {
                let (_, body) = ask(&state, get(&format!("{path}?lang={lang}"))).await;
                let is_told =
                    body.contains("Maintenance under way") || body.contains("Maintenance en cours");
                assert_eq!(is_told, expected.is_some(), "{rule} {path} {lang}");
                assert!(expected.is_none_or(|words| body.contains(words)), "{rule} {path}: {body}");
            }
        }
    }
}
