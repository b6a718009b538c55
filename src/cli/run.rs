//! `vigie run`: the daemon.

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

use super::world::WorldArgs;
use super::{UsageError, logging};
use crate::watch::{Supervisor, Watch};

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    world: WorldArgs,
}

/// Watches until SIGTERM, SIGINT or Ctrl-C, and ends within 10 s of it.
pub async fn run(args: RunArgs) -> anyhow::Result<u8> {
    logging::start(&args.world.telling, "info");
    let mut settings = args.world.settings()?;
    let listen = settings.web.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|source| UsageError(format!("web.listen {listen}: {source}")))?;
    let address = listener.local_addr()?;
    settings.web.listen = address;
    let url = settings.web.url.clone().unwrap_or_else(|| format!("http://{address}"));
    info!(%url, "pages");
    let daemon = Watch::open(settings, args.world.telling.lang(), url, listener).await?;
    let (tell, stop) = watch::channel(false);
    let supervisor = Supervisor::from_environment().unwrap_or_else(|error| {
        warn!(%error, "the service manager is not told");
        None
    });
    let (proof, stopping) = (daemon.proof(), stop.clone());
    let accompanied = async move {
        if let Some(supervisor) = supervisor {
            supervisor.accompany(proof, stopping).await;
        }
    };
    let mut terminated = signal(SignalKind::terminate())?;
    let asked = async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        info!("stopping");
        // Nobody listens only when the daemon has ended already.
        let _ = tell.send(true);
    };
    tokio::join!(daemon.run(stop), asked, accompanied);
    Ok(0)
}
