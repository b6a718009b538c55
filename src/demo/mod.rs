//! The demonstration: a small internet on loopback, the daemon watching it, and the story of the
//! forgotten SPF record told as it happens.
//!
//! Everything that is told is read from the store and from the webhook receiver's log.

mod narrator;
mod stage;
mod story;

use std::time::Duration;

use tokio::sync::watch;
use vigie_checks::kernel::Lang;

use crate::report::paint::Paper;

pub use narrator::Narrator;
pub use stage::Stage;
use story::close;
pub use story::{Broken, tell};

/// The periods of the daemon in the story, as the configuration writes them.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub checks: &'static str,
    pub confirm_after: &'static str,
    pub probe: &'static str,
}

impl Pace {
    /// Slow enough to read along.
    pub const TOLD: Self = Self { checks: "every 8s", confirm_after: "6s", probe: "every 15s" };
    /// As fast as it goes.
    pub const HASTY: Self = Self { checks: "every 2s", confirm_after: "1s", probe: "every 3s" };
}

/// How the story is played.
#[derive(Clone, Copy, Debug)]
pub struct Staging {
    pub lang: Lang,
    pub paper: Paper,
    /// Whether the DNS admin publishes the fix. Without it the story cannot end well.
    pub publishes: bool,
    pub pace: Pace,
    /// The most that one chapter may take.
    pub patience: Duration,
    /// Where the pages are served; port 0 for any.
    pub listen: std::net::SocketAddr,
}

/// Plays the story once; then, unless `once`, everything stays up until `stop` turns true.
///
/// # Errors
/// The stage cannot be set, or the world did not do what the story tells.
pub async fn play(staging: Staging, once: bool, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let (stage, daemon) = Stage::set(&staging).await?;
    let narrator = Narrator::new(staging.lang, staging.paper);
    let (end, ended) = watch::channel(false);
    let telling = async {
        let told = tokio::select! {
            told = tell(&stage, &narrator, &staging) => told.inspect(|()| close(&narrator, once)),
            () = turned(stop.clone()) => Ok(()),
        };
        if told.is_ok() && !once {
            turned(stop).await;
        }
        // The daemon may have ended by itself; then nobody is left to tell.
        let _ = end.send(true);
        told
    };
    let (told, ()) = tokio::join!(telling, daemon.run(None, ended));
    Ok(told?)
}

async fn turned(mut stop: watch::Receiver<bool>) {
    // An error means that whoever could stop us is gone: then we stop too.
    drop(stop.wait_for(|stop| *stop).await);
}
