//! Who is answered, and how a request may end.

use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tower::ServiceExt;

use super::super::tries::{AT_ONCE, EACH};
use super::{HOST, ask, get, incident, post, router, send, state};

#[tokio::test]
async fn another_host_or_origin_is_turned_away() {
    let state = state(None).await;
    let other = Request::get("/").header("host", "evil.example");
    assert_eq!(ask(&state, other).await.0, StatusCode::MISDIRECTED_REQUEST);
    let post = || Request::post("/api/v1/domains/example.com/audit").header("host", HOST);
    assert_eq!(ask(&state, post()).await.0, StatusCode::FORBIDDEN);
    let foreign = post().header("origin", "http://evil.example");
    assert_eq!(ask(&state, foreign).await.0, StatusCode::FORBIDDEN);
    let own = post().header("origin", format!("http://{HOST}"));
    assert_eq!(ask(&state, own).await.0, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn with_a_token_every_request_needs_it() {
    let state = state(Some("harbour")).await;
    assert_eq!(ask(&state, get("/")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&state, get("/api/v1/domains")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&state, get("/healthz")).await.0, StatusCode::OK);
    let wrong = get("/").header("authorization", "Bearer anchor");
    assert_eq!(ask(&state, wrong).await.0, StatusCode::UNAUTHORIZED);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let right = get("/").header("authorization", format!("{scheme} harbour"));
        assert_eq!(ask(&state, right).await.0, StatusCode::OK, "{scheme}");
    }
    let basic = get("/").header("authorization", "Basic harbour");
    assert_eq!(ask(&state, basic).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn wrong_tokens_are_taken_so_often() {
    let state = state(Some("harbour")).await;
    let bearing = |token: &str| get("/").header("authorization", format!("Bearer {token}"));
    for _ in 0..30 {
        assert_eq!(ask(&state, bearing("harbour")).await.0, StatusCode::OK, "no try at all");
    }
    let form = || post("/token").header("content-type", "application/x-www-form-urlencoded");
    let session = send(&state, form(), "token=harbour").await;
    for number in 0..AT_ONCE {
        let told = match number % 2 {
            0 => ask(&state, bearing("anchor")).await.0,
            _ => send(&state, form(), "token=anchor").await.status,
        };
        assert_eq!(told, StatusCode::UNAUTHORIZED, "{number}");
    }
    for (what, request, body) in [
        ("a wrong one", bearing("anchor"), ""),
        ("the right one tells nothing either", bearing("harbour"), ""),
        ("in the form", form(), "token=harbour"),
    ] {
        let told = send(&state, request, body).await;
        assert_eq!(told.status, StatusCode::TOO_MANY_REQUESTS, "{what}");
        let wait: u64 = told.header("retry-after").parse().expect("seconds");
        assert!((1..=EACH.as_secs()).contains(&wait), "{what}: {wait}");
        assert!(told.body.contains("Too many wrong tokens"), "{what}: {}", told.body);
    }
    assert_eq!(
        ask(&state, get("/")).await.0,
        StatusCode::UNAUTHORIZED,
        "who shows none tries none"
    );
    let cookie = session.cookie("vigie_session").to_owned();
    let inside = ask(&state, get("/").header("cookie", cookie)).await.0;
    assert_eq!(inside, StatusCode::OK, "who is signed in goes on");
    let foreign =
        Request::post("/token").header("host", HOST).header("origin", "http://evil.example");
    assert_eq!(ask(&state, foreign).await.0, StatusCode::FORBIDDEN, "another's page tries nothing");
}

#[tokio::test]
async fn each_peer_has_tries_of_its_own() {
    let state = state(Some("harbour")).await;
    let mallory = std::net::SocketAddr::from(([192, 0, 2, 66], 4096));
    let bearing = |token: &str| get("/").header("authorization", format!("Bearer {token}"));
    let from = |request: axum::http::request::Builder| request.extension(ConnectInfo(mallory));
    for _ in 0..AT_ONCE {
        assert_eq!(ask(&state, from(bearing("a"))).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(ask(&state, from(bearing("a"))).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&state, bearing("harbour")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn before_the_token_nothing_is_told_of_the_store() {
    let state = state(Some("harbour")).await;
    let mut write = state.store.write().await.expect("it can be written");
    write.put_incident(&incident("spf.missing")).await.expect("it is new");
    write.commit().await.expect("it can be kept");
    let with_token = || get("/").header("authorization", "Bearer harbour");
    let (_, inside) = ask(&state, with_token()).await;
    assert!(inside.contains("class=\"count\""), "{inside}");
    for path in ["/", "/incidents", "/nowhere"] {
        let (status, outside) = ask(&state, get(path)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        for told in ["class=\"count\"", "example.com", "SPF"] {
            assert!(!outside.contains(told), "{path}: {told}");
        }
    }
}

#[tokio::test]
async fn the_referrer_policy_lets_browsers_name_the_origin_of_our_forms() {
    let state = state(None).await;
    let request = get("/").body(Body::empty()).expect("a request");
    let response = router(state).oneshot(request).await.expect("the router answers");
    // `no-referrer` would make every form of ours send `Origin: null`.
    assert_eq!(response.headers()["referrer-policy"], "same-origin");
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_the_stop() {
    let state = state(None).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a port");
    let mut half =
        TcpStream::connect(listener.local_addr().expect("it listens")).await.expect("it listens");
    let (tell, stop) = watch::channel(false);
    let (_pages, pages) = watch::channel(router(state));
    let serving = tokio::spawn(super::super::serve(listener, pages, stop));
    // "100 Continue" shows that the request is being answered and waits for a body that never comes.
    let head = format!(
        "POST /token HTTP/1.1\r\nhost: {HOST}\r\norigin: http://{HOST}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 99\r\n\
         expect: 100-continue\r\n\r\n"
    );
    half.write_all(head.as_bytes()).await.expect("it is open");
    let mut said = [0; 12];
    half.read_exact(&mut said).await.expect("it answers");
    assert_eq!(&said, b"HTTP/1.1 100");
    tell.send(true).expect("it listens");
    let ended = timeout(Duration::from_secs(8), serving).await.expect("it ends in time");
    ended.expect("it does not panic").expect("it ends well");
}
