//! Does the service manager know that the daemon works, and does it notice when it no longer does?
//!
//! The protocol of sd_notify(3): datagrams to the socket that `NOTIFY_SOCKET` names. Without that
//! variable there is nobody to tell. The watchdog (sd_watchdog_enabled(3)) starves when a restart would
//! help: the scheduler stands still, or a connection to the store hangs for longer than any network
//! takes to say so. A store that is down is told, and waited for: a restart would only wait as well.

use std::ffi::OsStr;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tracing::{debug, warn};

/// What was sent and never answered is given up after some 15 minutes (tcp(7), `tcp_retries2`); a
/// connection that hangs for longer hangs for ever.
const HANGING: Duration = Duration::from_secs(30 * 60);

/// Why no proof was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Standstill {
    #[error("the scheduler does not run")]
    Scheduler,
    #[error("the store cannot be written")]
    Store,
    #[error("the store does not answer in time")]
    Late,
    #[error("the store does not answer any more")]
    Hangs,
}

impl Standstill {
    /// Whether the daemon would work again if it were started anew.
    fn ends_with_a_restart(&self) -> bool {
        match self {
            Self::Scheduler | Self::Hangs => true,
            Self::Store | Self::Late => false,
        }
    }
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
    hanging: Duration,
    /// It was told that the daemon is ready.
    ready: AtomicBool,
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
        let patience = watchdog.map(patience).transpose()?;
        Ok(Self { socket, patience, hanging: HANGING, ready: AtomicBool::new(false) })
    }

    /// Says that the daemon is ready once the first proof is there, feeds the watchdog as long as a
    /// restart would not help, and says when the daemon stops. `turns` says whether what is due is
    /// looked for, `prove` whether the history can be written.
    pub async fn accompany(
        &self,
        turns: impl Fn() -> bool,
        prove: impl AsyncFn() -> Result<(), Standstill>,
        mut stop: watch::Receiver<bool>,
    ) {
        tokio::select! {
            () = self.tell_proofs(turns, prove) => {}
            // A sender that is gone stops the daemon too.
            _ = stop.wait_for(|stop| *stop) => {}
        }
        self.say("STOPPING=1");
    }

    /// Says that the configuration is read again (Type=notify-reload of systemd.service(5)).
    pub fn reloading(&self) {
        if !self.ready.load(Ordering::SeqCst) {
            // It would have to be followed by READY=1, which has yet to be proven.
            return;
        }
        let now = clock_gettime(ClockId::Monotonic);
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000;
        self.say(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}\nSTATUS=reading again"));
    }

    /// Says that what began with [`Self::reloading`] is over, whatever became of it.
    pub fn reloaded(&self, adopted: bool) {
        if self.ready.load(Ordering::SeqCst) {
            let refused = "the new configuration is refused; watching by the one before";
            let status = if adopted { "watching" } else { refused };
            self.say(&format!("READY=1\nSTATUS={status}"));
        }
    }

    /// Without a watchdog it ends only with whoever waits for it.
    async fn tell_proofs(
        &self,
        turns: impl Fn() -> bool,
        prove: impl AsyncFn() -> Result<(), Standstill>,
    ) {
        // sd_watchdog_enabled(3) asks for a sign of life every half of the time.
        let beat = self.patience.map_or(Duration::from_secs(1), |patience| patience / 2);
        loop {
            match self.proof(&turns, &prove, beat).await {
                Ok(()) if !self.ready.swap(true, Ordering::SeqCst) => {
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
        turns: &impl Fn() -> bool,
        prove: &impl AsyncFn() -> Result<(), Standstill>,
        beat: Duration,
    ) -> Result<(), Standstill> {
        let asked = Instant::now();
        let mut proof = pin!(prove());
        loop {
            let standstill = tokio::select! {
                proven = &mut proof => {
                    return if turns() { proven } else { Err(Standstill::Scheduler) };
                }
                () = sleep(beat) => match asked.elapsed() {
                    _ if !turns() => Standstill::Scheduler,
                    waited if waited > self.hanging => Standstill::Hangs,
                    _ => Standstill::Late,
                },
            };
            self.stand_still(&standstill);
        }
    }

    fn stand_still(&self, standstill: &Standstill) {
        warn!(%standstill, "not everything works");
        let sign = if standstill.ends_with_a_restart() { "" } else { "WATCHDOG=1\n" };
        self.say(&format!("{sign}STATUS={standstill}"));
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
