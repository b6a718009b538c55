//! `vigie demo`: the story of the forgotten SPF record, played on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::output::paper;
use super::world::TellingArgs;
use super::{INTERRUPTED, logging};
use crate::demo::{Pace, Staging, play};

#[derive(Args)]
pub struct DemoArgs {
    /// End after the story: 0 only if the store and the webhook's receiver show all that was told
    #[arg(long)]
    once: bool,
    /// Serve the pages here, or beside it if it is taken
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    telling: TellingArgs,
}

/// Plays the story; stays up until Ctrl-C unless `--once`.
pub async fn run(args: DemoArgs) -> anyhow::Result<u8> {
    logging::start(&args.telling, "error");
    let staging = Staging {
        lang: args.telling.lang(),
        paper: paper(args.telling.color),
        publishes: true,
        pace: Pace::TOLD,
        patience: Duration::from_secs(90),
        listen: args.listen,
    };
    let (tell, stop) = watch::channel(false);
    let mut terminated = signal(SignalKind::terminate())?;
    let interrupted = tokio::spawn(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        // The story may have ended already.
        let _ = tell.send(true);
    });
    match play(staging, args.once, stop).await {
        Ok(()) if args.once && interrupted.is_finished() => Ok(INTERRUPTED),
        Ok(()) => Ok(0),
        Err(error) => {
            eprintln!("vigie: {}", crate::report::paint::plain(&format!("{error:#}")));
            Ok(1)
        }
    }
}
