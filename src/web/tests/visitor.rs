//! The language of a page, and how it writes times.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::Lang;

use super::super::frame::Times;
use super::super::view::event_in_words;
use super::{get, send, state};
use crate::report::change_in_words;

#[tokio::test]
async fn the_address_goes_before_the_cookie_the_browser_and_the_daemon() {
    let cases = [
        ("nothing is asked", "/", "", "", Lang::En, "en"),
        ("nothing is asked, of a French daemon", "/", "", "", Lang::Fr, "fr"),
        ("the browser before the daemon", "/", "", "en-GB,en;q=0.9", Lang::Fr, "en"),
        ("the greater weight", "/", "", "en;q=0.5, fr-CA;q=0.8", Lang::En, "fr"),
        ("a weight of nothing is a no", "/", "", "fr;q=0", Lang::En, "en"),
        ("of equals the first", "/", "", "fr,en", Lang::En, "fr"),
        ("languages that are not ours", "/", "", "de,ja;q=0.5", Lang::Fr, "fr"),
        ("one of ours after others", "/", "", "de,fr;q=0.5,en;q=0.4", Lang::En, "fr"),
        ("the cookie before the browser", "/", "vigie_lang=fr", "en", Lang::En, "fr"),
        ("a cookie that says nothing", "/", "vigie_lang=xx", "fr", Lang::En, "fr"),
        ("the address before the cookie", "/?lang=en", "vigie_lang=fr", "fr", Lang::Fr, "en"),
        ("an address that says nothing", "/?lang=xx", "vigie_lang=fr", "en", Lang::En, "fr"),
    ];
    for (rule, address, cookie, accepted, daemon, page) in cases {
        let mut state = state(None).await;
        state.lang = daemon;
        let request = get(address).header("cookie", cookie).header("accept-language", accepted);
        let answer = send(&state, request, "").await;
        assert!(answer.body.contains(&format!("<html lang=\"{page}\"")), "{rule}");
    }
}

#[tokio::test]
async fn a_language_once_chosen_stays() {
    let state = state(None).await;
    let chosen = send(&state, get("/?lang=fr"), "").await;
    let cookie = chosen.cookie("vigie_lang");
    assert!(cookie.starts_with("vigie_lang=fr; Path=/; "), "{cookie}");
    assert!(cookie.contains("SameSite=Lax"), "{cookie}");
    let next = send(&state, get("/incidents").header("cookie", "vigie_lang=fr"), "").await;
    assert_eq!(next.cookie("vigie_lang"), "");
    assert!(next.body.contains("Calme"), "{}", next.body);
    assert_eq!(send(&state, get("/?lang=xx"), "").await.cookie("vigie_lang"), "");
}

#[tokio::test]
async fn the_other_language_keeps_the_rest_of_the_address() {
    let state = state(None).await;
    let answer = send(&state, get("/?q=exam&lang=en&tag=prod"), "").await;
    assert_eq!(answer.status, StatusCode::OK);
    let link = "href=\"/?q=exam&#38;tag=prod&#38;lang=fr\"";
    assert!(answer.body.contains(link), "{}", answer.body);
}

#[test]
fn times_are_as_near_as_they_are_told() {
    let now: DateTime<Utc> = "2026-11-25T10:47:00Z".parse().expect("a time");
    let cases = [
        ("today", "2026-11-25T09:02:03Z", "10:02:03", "10:02:03"),
        ("this week", "2026-11-23T09:02:03Z", "Mon 10:02", "lun. 10:02"),
        ("a week ago", "2026-11-18T09:02:03Z", "18 Nov 2026", "18 nov. 2026"),
        ("today in the zone, not in UTC", "2026-11-24T23:30:00Z", "00:30:00", "00:30:00"),
        ("a clock ahead of ours", "2026-11-26T09:00:00Z", "26 Nov 2026", "26 nov. 2026"),
    ];
    for (what, at, en, fr) in cases {
        let at = at.parse().expect("a time");
        for (lang, text) in [(Lang::En, en), (Lang::Fr, fr)] {
            let times = Times { zone: chrono_tz::Europe::Paris, lang };
            assert_eq!(times.moment_seen(at, now).text, text, "{what}");
        }
    }
}

#[test]
fn times_to_come_are_said_with_their_clock() {
    let now: DateTime<Utc> = "2026-11-25T10:47:00Z".parse().expect("a time");
    let cases = [
        ("today", "2026-11-25T13:47:00Z", "14:47", "14:47"),
        ("this week", "2026-11-26T10:47:00Z", "Thu 11:47", "jeu. 11:47"),
        ("later", "2026-12-02T10:47:00Z", "2 Dec 2026 11:47", "2 déc. 2026 11:47"),
        ("over", "2026-11-24T10:47:00Z", "24 Nov 2026 11:47", "24 nov. 2026 11:47"),
    ];
    for (what, at, en, fr) in cases {
        let at = at.parse().expect("a time");
        for (lang, text) in [(Lang::En, en), (Lang::Fr, fr)] {
            let times = Times { zone: chrono_tz::Europe::Paris, lang };
            assert_eq!(times.ahead_seen(at, now).text, text, "{what}");
        }
    }
}

#[test]
fn days_are_said_in_the_language_of_the_page() {
    let since = Utc::now() - TimeDelta::hours(50);
    for (lang, said) in [(Lang::En, "2 d"), (Lang::Fr, "2 j")] {
        assert_eq!(Times { zone: chrono_tz::Tz::UTC, lang }.ago(since), said);
    }
}

#[test]
fn events_and_changes_are_said_in_the_language_of_the_page() {
    let events = [
        ("incident.opened", "Opened", "Ouvert"),
        ("incident.resolved", "Resolved", "Résolu"),
        ("of.another-version", "of.another-version", "of.another-version"),
    ];
    for (event, en, fr) in events {
        assert_eq!(event_in_words(event, Lang::En), en);
        assert_eq!(event_in_words(event, Lang::Fr), fr);
    }
    let changes = [
        ("sending IP of news", "sending IP of news", "adresse d’envoi de news"),
        ("certificate of mx.example", "certificate of mx.example", "certificat de mx.example"),
        ("TXT example.com", "TXT example.com", "TXT example.com"),
    ];
    for (change, en, fr) in changes {
        assert_eq!(change_in_words(change, Lang::En), en);
        assert_eq!(change_in_words(change, Lang::Fr), fr);
    }
}
