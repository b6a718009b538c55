//! The story of the demonstration: it ends well by itself, and only if the record is published.

use std::time::Duration;

use tokio::sync::watch;
use vigie::demo::{Pace, Staging, play};
use vigie::report::paint::Paper;
use vigie_checks::kernel::Lang;

fn staging(publishes: bool) -> Staging {
    Staging {
        lang: Lang::En,
        paper: Paper { coloured: false, width: 80 },
        publishes,
        pace: Pace::HASTY,
        patience: Duration::from_secs(40),
        listen: "127.0.0.1:0".parse().expect("an address"),
    }
}

async fn played(publishes: bool) -> anyhow::Result<()> {
    // Fails only if a provider was installed before, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (_keep, stop) = watch::channel(false);
    play(staging(publishes), true, stop).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_told_to_its_end() {
    played(true).await.expect("the store and the receiver's log show all that was told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_stays_broken_breaks_the_story() {
    let broken = played(false).await.expect_err("nothing heals by itself");
    assert!(broken.to_string().contains("the end of the incident"), "{broken}");
}
