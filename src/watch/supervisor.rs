//! Does the service manager know that the daemon works, and does it notice when it no longer does?
//!
//! The protocol of sd_notify(3): datagrams to the socket that `NOTIFY_SOCKET` names. Without that
//! variable there is nobody to tell. The watchdog (sd_watchdog_enabled(3)) is fed by proof alone: one
//! that is late or fails leaves it hungry, and the service manager starts the daemon anew.

use std::ffi::OsStr;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{debug, warn};

/// Why no proof was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Standstill {
    #[error("the scheduler does not run")]
    Scheduler,
    #[error("the store cannot be written")]
    Store,
    #[error("the store does not answer in time")]
    Late,
}

/// What the environment says of a service manager cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    #[error("NOTIFY_SOCKET: neither an absolute path nor an abstract name")]
    Address,
    #[error("NOTIFY_SOCKET cannot be reached: {0}")]
    Unreachable(#[from] io::Error),
    #[error("WATCHDOG_USEC: not a number of microseconds above zero")]
    Watchdog,
}

/// The service manager that started the daemon.
pub struct Supervisor {
    socket: UnixDatagram,
    /// It acts when it hears nothing for this long; nothing where it does not watch.
    patience: Option<Duration>,
}

impl Supervisor {
    /// The one that the environment names; none where there is none.
    ///
    /// # Errors
    /// What the environment says cannot be used.
    pub fn from_environment() -> Result<Option<Self>, SupervisorError> {
        let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|named| !named.is_empty())
        else {
            return Ok(None);
        };
        let variable = |name| std::env::var(name).ok();
        // WATCHDOG_PID: who is watched; inherited from another it is not for us.
        let for_us = variable("WATCHDOG_PID").is_none_or(|id| id == std::process::id().to_string());
        let watchdog = variable("WATCHDOG_USEC").filter(|_| for_us);
        Self::at(&socket, watchdog.as_deref()).map(Some)
    }

    fn at(address: &OsStr, watchdog: Option<&str>) -> Result<Self, SupervisorError> {
        let socket = UnixDatagram::unbound()?;
        connect(&socket, address)?;
        // What it does not take at once is not worth waiting for.
        socket.set_nonblocking(true)?;
        Ok(Self { socket, patience: watchdog.map(patience).transpose()? })
    }

    /// Says that the daemon is ready once the first proof is there, feeds the watchdog with each
    /// further one, and says when the daemon stops.
    pub async fn accompany(
        &self,
        prove: impl AsyncFn() -> Result<(), Standstill>,
        mut stop: watch::Receiver<bool>,
    ) {
        tokio::select! {
            () = self.tell_proofs(prove) => {}
            // A sender that is gone stops the daemon too.
            _ = stop.wait_for(|stop| *stop) => {}
        }
        self.say("STOPPING=1");
    }

    /// Without a watchdog it ends only with whoever waits for it.
    async fn tell_proofs(&self, prove: impl AsyncFn() -> Result<(), Standstill>) {
        // sd_watchdog_enabled(3) asks for a sign of life every half of the time.
        let beat = self.patience.map_or(Duration::from_secs(1), |patience| patience / 2);
        let mut ready = false;
        loop {
            match self.proof(&prove, beat).await {
                Ok(()) if !ready => {
                    ready = true;
                    self.say("READY=1\nSTATUS=watching");
                    if self.patience.is_none() {
                        std::future::pending::<()>().await;
                    }
                }
                Ok(()) => self.say("WATCHDOG=1\nSTATUS=watching"),
                Err(standstill) => self.stand_still(&standstill),
            }
            sleep(beat).await;
        }
    }

    /// One proof. It is waited for to its end, since a transaction that is given up half way may
    /// leave a lock behind; every beat without it is told.
    async fn proof(
        &self,
        prove: &impl AsyncFn() -> Result<(), Standstill>,
        beat: Duration,
    ) -> Result<(), Standstill> {
        let mut proof = pin!(prove());
        loop {
            tokio::select! {
                proven = &mut proof => return proven,
                () = sleep(beat) => self.stand_still(&Standstill::Late),
            }
        }
    }

    fn stand_still(&self, standstill: &Standstill) {
        warn!(%standstill, "no sign of life to the service manager");
        self.say(&format!("STATUS={standstill}"));
    }

    fn say(&self, state: &str) {
        if let Err(error) = self.socket.send(state.as_bytes()) {
            debug!(%error, "the service manager does not listen");
        }
    }
}

fn patience(written: &str) -> Result<Duration, SupervisorError> {
    let microseconds = written.parse::<u64>().ok().filter(|microseconds| *microseconds > 0);
    microseconds.map(Duration::from_micros).ok_or(SupervisorError::Watchdog)
}

/// A path, or with an `@` in front a name of Linux's abstract space (unix(7)).
fn connect(socket: &UnixDatagram, address: &OsStr) -> Result<(), SupervisorError> {
    match address.as_encoded_bytes() {
        [b'/', ..] => Ok(socket.connect(address)?),
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt;
            let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
            Ok(socket.connect_addr(&address)?)
        }
        _ => Err(SupervisorError::Address),
    }
}

#[cfg(test)]
mod tests;
