//! The token is shown once; then a session bears it, for a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use super::super::session::LIFE;
use super::{Access, Answer, Sessions, WebState, get, post, send, state};

async fn show_token(state: &WebState, form: &str) -> Answer {
    let request = post("/token").header("content-type", "application/x-www-form-urlencoded");
    send(state, request, form).await
}

/// The `name=value` of the cookie that a right token gets.
async fn session(state: &WebState) -> String {
    let answer = show_token(state, "token=harbour").await;
    answer.cookie("vigie_session").split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_cookie_is_random_and_only_for_our_pages() {
    let state = state(Some("harbour")).await;
    let answer = show_token(&state, "token=harbour").await;
    let cookie = answer.cookie("vigie_session");
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=43200"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    let (first, second) = (session(&state).await, session(&state).await);
    assert_ne!(first, second);
    assert!(first.len() >= "vigie_session=".len() + 43, "{first}");
}

#[tokio::test]
async fn over_https_the_cookie_stays_there() {
    let mut state = state(Some("harbour")).await;
    let access = Access {
        hosts: state.access.hosts.clone(),
        token: state.access.token.clone(),
        secure: true,
        sessions: Arc::default(),
        tries: Arc::default(),
    };
    state.access = Arc::new(access);
    let answer = show_token(&state, "token=harbour").await;
    assert!(answer.cookie("vigie_session").ends_with("; Secure"));
}

#[tokio::test]
async fn a_session_opens_the_pages_until_it_is_signed_out() {
    let state = state(Some("harbour")).await;
    let cookie = session(&state).await;
    let inside = send(&state, get("/").header("cookie", &cookie), "").await;
    assert_eq!(inside.status, StatusCode::OK);
    assert!(inside.body.contains("Sign out"));
    let out = send(&state, post("/logout").header("cookie", &cookie), "").await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert!(out.cookie("vigie_session").contains("Max-Age=0"));
    let after = send(&state, get("/").header("cookie", &cookie), "").await;
    assert_eq!(after.status, StatusCode::UNAUTHORIZED);
    let made_up = get("/").header("cookie", "vigie_session=AAAA");
    assert_eq!(send(&state, made_up, "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn after_the_token_comes_the_page_that_was_asked_for() {
    let state = state(Some("harbour")).await;
    let asked = send(&state, get("/incidents?lang=en"), "").await;
    assert!(asked.body.contains("name=\"to\" value=\"/incidents?lang=en\""), "{}", asked.body);
    let cases = [
        ("a page of ours", "%2Fincidents", "/incidents"),
        ("no page", "", "/"),
        ("another host", "%2F%2Fevil.example", "/"),
        ("another scheme", "https%3A%2F%2Fevil.example", "/"),
        ("a backslash", "%2F%5Cevil.example", "/"),
        ("a header within", "%2F%0d%0aset-cookie%3Aa", "/"),
    ];
    for (what, to, location) in cases {
        let answer = show_token(&state, &format!("token=harbour&to={to}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{what}");
        assert_eq!(answer.header("location"), location, "{what}");
    }
    let wrong = show_token(&state, "token=anchor&to=%2Fincidents").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.body.contains("This is not the token."), "{}", wrong.body);
    assert!(wrong.body.contains("name=\"to\" value=\"/incidents\""), "{}", wrong.body);
    assert_eq!(wrong.cookie("vigie_session"), "");
}

#[test]
fn a_session_ends_by_itself_and_there_are_so_many_at_most() {
    let sessions = Sessions::default();
    let now = Instant::now();
    let first = sessions.begin(now);
    assert!(sessions.is_open(&first, now + LIFE - Duration::from_secs(1)));
    assert!(!sessions.is_open(&first, now + LIFE));
    let later = now + Duration::from_secs(1);
    let others: Vec<String> = (0..256).map(|_| sessions.begin(later)).collect();
    assert!(!sessions.is_open(&first, later), "the one that would end first has made room");
    assert!(others.iter().all(|id| sessions.is_open(id, later)));
}
