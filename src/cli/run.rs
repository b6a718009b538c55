//! `vigie run`: the daemon.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

use vigie_checks::kernel::Bilingual;

use super::output::in_words;
use super::world::WorldArgs;
use super::{UsageError, logging};
use crate::config::ConfigError;
use crate::watch::{Origin, ReadAgain, Rejection, Supervisor, Watch};

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    world: WorldArgs,
}

/// Watches until SIGTERM, SIGINT or Ctrl-C, and ends within 10 s of it.
pub async fn run(args: RunArgs) -> anyhow::Result<u8> {
    logging::start(&args.world.telling, "info");
    let (read, inputs) = args.world.settings_noting();
    let (settings, file) = read?;
    if file.is_none() {
        warn!("no configuration is found, so no domain is watched; `vigie config init` writes one");
    }
    let listen = settings.web.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|source| UsageError(unheard(&source).about(format!("web.listen {listen}"))))?;
    let address = listener.local_addr()?;
    let url = settings.web.url.clone().unwrap_or_else(|| format!("http://{address}"));
    let daemon = Watch::open(settings, args.world.telling.lang(), listener).await?;
    info!(%url, "pages");
    let (tell, stop) = watch::channel(false);
    let supervisor = Supervisor::from_environment().unwrap_or_else(|error| {
        warn!(%error, "the service manager is not told");
        None
    });
    let supervisor = supervisor.map(Arc::new);
    let (turning, proof) = (daemon.turning(), daemon.proof());
    let (told, stopping) = (supervisor.clone(), stop.clone());
    let accompanied = async move {
        if let Some(supervisor) = told {
            supervisor.accompany(turning, proof, stopping).await;
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
    let read = |file| read_again(args.world, file);
    let origin = file.map(|file| Origin { read: read(file.clone()), file, inputs, supervisor });
    tokio::join!(daemon.run(origin, stop), asked, accompanied);
    Ok(0)
}

/// Why nobody can be listened to there.
fn unheard(source: &std::io::Error) -> Bilingual {
    match source.kind() {
        ErrorKind::AddrInUse => Bilingual::new(
            "in use by another program; is vigie running already?",
            "pris par un autre programme ; vigie tourne-t-il déjà ?",
        ),
        _ => Bilingual::of_io(source),
    }
}

/// The file that held at the start: one that is gone must not become the defaults.
fn read_again(world: WorldArgs, file: PathBuf) -> ReadAgain {
    let world = WorldArgs { config: Some(file.clone()), ..world };
    Arc::new(move || {
        let (read, inputs) = world.settings_noting();
        let settings = read.map(|(settings, _)| settings).map_err(|error| {
            match error.downcast::<ConfigError>() {
                Ok(error) => Rejection::from(error),
                Err(error) => Rejection::whole(&file, in_words(&error)),
            }
        });
        (settings, inputs)
    })
}
