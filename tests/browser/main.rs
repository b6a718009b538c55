//! Do the pages work for a person: in a real browser, by mouse and keyboard, on a desk and a phone?
//!
//! `UPDATE=1` also takes the picture of the README.

mod devtools;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::watch;
use vigie::demo::{Narrator, Pace, Stage, Staging, tell};
use vigie::report::paint::Paper;
use vigie_checks::kernel::Lang;

use devtools::Browser;

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/incident.png");
const LARGEST_PICTURE: usize = 150_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_answer_a_person_who_clicks_types_and_reads() {
    // Fails only if a provider was installed before, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let staging = Staging {
        lang: Lang::En,
        paper: Paper { coloured: false, width: 80 },
        // Nobody heals it, so that the incident stays.
        publishes: false,
        pace: Pace::HASTY,
        patience: Duration::from_secs(120),
        listen: "127.0.0.1:0".parse().expect("an address"),
    };
    let (stage, daemon) = Stage::set(&staging).await.expect("loopback has free ports");
    let stage = Arc::new(stage);
    let (end, ended) = watch::channel(false);
    let watching = tokio::spawn(daemon.run(None, ended));
    let told = Arc::clone(&stage);
    let telling = tokio::spawn(async move {
        let narrator = Narrator::new(staging.lang, staging.paper);
        // Without the fix the story ends badly, which is what the pages are to show.
        let _ = tell(&told, &narrator, &staging).await;
    });
    let until = Instant::now() + Duration::from_secs(120);
    while stage.store.incidents(1).await.expect("the store is there").is_empty() {
        assert!(Instant::now() < until, "no incident opens");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let site = stage.pages.clone();
    let seen = tokio::task::spawn_blocking(move || visit(&site)).await;
    telling.abort();
    end.send(true).expect("the daemon listens");
    watching.await.expect("the daemon does not panic");
    seen.expect("the pages are as they should be");
}

fn visit(site: &str) {
    let mut browser = Browser::start();
    browser.widen(1280, 800);
    from_the_overview_to_the_record(&mut browser, site);
    let incident = from_the_overview_to_the_incident(&mut browser, site);
    if std::env::var_os("UPDATE").is_some() {
        take_the_picture(&mut browser);
    }
    by_keyboard(&mut browser, site);
    in_another_language(&mut browser, site);
    let review = from_the_button_to_the_verdict(&mut browser, site);
    let pages =
        ["/", "/domains/example.com", "/incidents", &incident, "/silences", "/checks", "/outbox"];
    for page in pages.into_iter().chain(["/preflight", review.as_str()]) {
        browser.open(&format!("{site}{page}"));
        on_every_screen(&mut browser, page);
    }
    assert_eq!(browser.complaints(site), [""; 0]);
}

fn from_the_overview_to_the_record(browser: &mut Browser, site: &str) {
    browser.open(site);
    browser.click(".matrix tbody th a");
    browser.until("location.pathname === '/domains/example.com'", "the domain’s page");
    browser.until("document.readyState === 'complete'", "the domain’s page");
    // The button beside the record that heals, among other findings.
    browser.until("document.querySelector('.copy[data-copy]') !== null", "a record to publish");
    browser.click(".copy[data-copy]");
    browser.until("document.querySelector('.copy span').textContent === 'Copied'", "the copy");
    let copied = browser.text("navigator.clipboard.readText()");
    let shown = browser.text("document.querySelector('.record pre').textContent.trim()");
    assert_eq!(copied, shown);
    assert!(copied.contains("v=spf1") && copied.contains("203.0.113.45"), "{copied}");
}

fn from_the_overview_to_the_incident(browser: &mut Browser, site: &str) -> String {
    browser.open(site);
    browser.click(".verdict .btn");
    browser.until("location.pathname.startsWith('/incidents/')", "the incident’s page");
    browser.until("document.body.innerText.includes('Who was told')", "the incident’s page");
    assert_eq!(
        browser.text("document.querySelector('.finding .fid').textContent.split(' ')[0]"),
        "spf.sending-ip-not-authorised"
    );
    browser.text("location.pathname")
}

/// The page asks again by itself until the review is over.
fn from_the_button_to_the_verdict(browser: &mut Browser, site: &str) -> String {
    browser.open(site);
    browser.click("a[data-go=preflight]");
    browser.until("location.pathname === '/preflight'", "the page of reviews");
    browser.until("document.querySelector('#domain') !== null", "a domain to choose");
    browser.click(".search button[type=submit]");
    browser.until("location.search.includes('domain=')", "the review’s page");
    browser.until("document.querySelector('.stamp .word') !== null", "the verdict");
    browser.until("document.readyState === 'complete'", "the verdict");
    let told = browser.text("document.querySelector('.stamp .word').textContent.trim()");
    assert_eq!(told, "NO-GO", "SPF lacks the address that sends");
    let rules = browser.text("document.querySelector('.stamp').parentElement.innerText");
    assert!(rules.contains("authentication-fails"), "{rules}");
    browser.text("location.pathname + location.search")
}

fn take_the_picture(browser: &mut Browser) {
    let picture = STANDARD.decode(browser.picture()).expect("DevTools writes base64");
    assert!(picture.len() < LARGEST_PICTURE, "{} octets", picture.len());
    std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).expect("it can be made");
    std::fs::write(PICTURE, picture).expect("docs can be written");
}

fn by_keyboard(browser: &mut Browser, site: &str) {
    browser.open(site);
    for _ in 0..8 {
        browser.press("Tab");
        let ring = browser.text(
            "(() => { const at = document.activeElement, style = getComputedStyle(at); \
             return at.matches(':focus-visible') && at !== document.body \
             ? `${style.outlineStyle} ${style.outlineWidth}` : at.outerHTML; })()",
        );
        assert_eq!(ring, "solid 3px");
    }
    browser.evaluate("document.activeElement.blur()");
    browser.press("g");
    browser.press("i");
    browser.until("location.pathname === '/incidents'", "g i");
    browser.until("document.readyState === 'complete'", "the incidents");
    browser.press("j");
    browser.press("Enter");
    browser.until("location.pathname.startsWith('/incidents/')", "j and Enter");
}

fn in_another_language(browser: &mut Browser, site: &str) {
    browser.open(site);
    browser.click("a[hreflang=fr]");
    browser.until("document.documentElement.lang === 'fr'", "French");
    browser.until("document.readyState === 'complete'", "French");
    browser.click("a[data-go=incidents]");
    browser.until("location.pathname === '/incidents'", "the incidents");
    browser.until("document.documentElement.lang === 'fr'", "French at the next click");
    // On a telephone the menu is one line, also with its counts and its longest words.
    browser.show_as("screen", &[]);
    browser.widen(390, 844);
    for lang in ["fr", "en"] {
        browser.open(&format!("{site}/?lang={lang}"));
        browser.evaluate(
            "document.querySelectorAll('.nav a').forEach(a => { if (!a.querySelector('.count')) return; \
             a.querySelector('.count').textContent = '12' })",
        );
        let lines = browser.text(
            "String(new Set([...document.querySelectorAll('.nav a')] \
             .map(a => a.getBoundingClientRect().top)).size)",
        );
        assert_eq!(lines, "1", "the menu in {lang}");
    }
    browser.widen(1280, 800);
    browser.open(&format!("{site}/?lang=en"));
}

/// On a desk and a phone, light and dark, with the system's own colours and on paper.
fn on_every_screen(browser: &mut Browser, page: &str) {
    // Times are given their longest form, which comes with age.
    browser.evaluate(
        "document.querySelectorAll('main time').forEach(t => { t.textContent = '28 sept. 2026' })",
    );
    let shows = [
        ("screen", &[("prefers-color-scheme", "light")][..], "rgb(244, 246, 247)"),
        ("screen", &[("prefers-color-scheme", "dark")], "rgb(13, 20, 24)"),
        ("screen", &[("forced-colors", "active")], ""),
        ("print", &[("prefers-color-scheme", "dark")], "rgb(255, 255, 255)"),
    ];
    for (medium, features, ground) in shows {
        browser.show_as(medium, features);
        if !ground.is_empty() {
            let shown = browser.text("getComputedStyle(document.body).backgroundColor");
            assert_eq!(shown, ground, "{page}, {medium}, {features:?}");
        }
        // The narrower paper is an upright A4 within its margins.
        let narrow = if medium == "print" { 718 } else { 390 };
        for width in [1280, narrow] {
            browser.widen(width, 844);
            let wide = browser.evaluate("document.documentElement.scrollWidth > innerWidth");
            assert_eq!(wide, Some(false.into()), "{page} scrolls sideways at {width}, {medium}");
            let past = browser.text(
                "[...document.querySelectorAll('main summary > *, main .record, main time')] \
                 .filter(it => it.getClientRects().length && it.getBoundingClientRect().right > \
                 it.parentElement.getBoundingClientRect().right + 1) \
                 .map(it => it.outerHTML).join(' ')",
            );
            assert_eq!(past, "", "{page} at {width}, {medium}: past its card");
        }
    }
    browser.show_as("screen", &[]);
    browser.widen(1280, 800);
}

/// The daemon as it is installed, with a token and nothing to watch.
struct Daemon {
    program: Child,
    site: String,
    _folder: tempfile::TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Daemon {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let file = folder.path().join("vigie.toml");
        let configuration = format!(
            "[network]\nresolver = \"127.0.0.1:9\"\ncontrols = \"none\"\n\
             [store]\nurl = \"sqlite://{}\"\n\
             [web]\nlisten = \"127.0.0.1:0\"\ntoken = \"harbour\"\n",
            folder.path().join("vigie.db").display()
        );
        std::fs::write(&file, configuration).expect("the folder can be written");
        let mut program = Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args(["run", "--log-format", "json", "--config"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let log = program.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        let site = lines.find_map(|line| {
            let told: serde_json::Value = serde_json::from_str(&line).ok()?;
            let url = told.get("url").or_else(|| told["fields"].get("url"))?;
            Some(url.as_str()?.to_owned())
        });
        let site = site.expect("the log names the pages");
        // The log is read on, or the daemon would wait for room in the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { program, site, _folder: folder }
    }
}

#[test]
fn the_token_is_shown_once_and_the_session_can_be_ended() {
    let daemon = Daemon::start();
    let site = daemon.site.as_str();
    let mut browser = Browser::start();
    browser.open(&format!("{site}/incidents"));
    let sign_in = |browser: &mut Browser, token: &str| {
        browser.click("#token");
        browser.write(token);
        browser.press("Enter");
    };
    sign_in(&mut browser, "anchor");
    browser.until("document.querySelector('#wrong') !== null", "a wrong token");
    browser.until("document.readyState === 'complete'", "a wrong token");
    sign_in(&mut browser, "harbour");
    browser.until("location.pathname === '/incidents'", "the page that was asked for");
    browser.until("document.body.innerText.includes('All quiet.')", "the incidents");
    assert_eq!(browser.text("document.cookie"), "", "no script can read the session");
    browser.click("a[data-go=overview]");
    browser.until("document.body.innerText.includes('Nothing to watch yet.')", "the overview");
    browser.click("form[action='/logout'] button");
    browser.until("document.querySelector('#token') !== null", "signed out");
    // The console tells of the answers 401, and of nothing else.
    let complaints = browser.complaints(site);
    assert!(complaints.iter().all(|told| told.contains("401")), "{complaints:?}");
}
