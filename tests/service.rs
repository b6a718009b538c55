//! The daemon under a service manager: it says when it is ready, when it reads its configuration again
//! and when it stops, and waits for a store that cannot be written.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sqlx::{AnyConnection, Connection};
use tokio::net::UnixDatagram;
use tokio::process::{Child, Command};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

/// It watches nobody, so nothing is asked.
const CONFIGURATION: &str = "[network]\nresolver = \"127.0.0.1:9\"\ncontrols = \"none\"\n\
                             [web]\nlisten = \"127.0.0.1:0\"\n";

struct Manager {
    socket: UnixDatagram,
    folder: tempfile::TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let socket = UnixDatagram::bind(folder.path().join("notify"));
        let store = format!("[store]\nurl = \"sqlite://{}/vigie.db\"\n", folder.path().display());
        std::fs::write(folder.path().join("vigie.toml"), format!("{CONFIGURATION}{store}"))
            .expect("the folder can be written");
        Self { socket: socket.expect("the folder can be written"), folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args(["run", "--config"])
            .arg(self.path().join("vigie.toml"))
            .env("NOTIFY_SOCKET", self.path().join("notify"))
            .env("WATCHDOG_USEC", "100000")
            .env_remove("WATCHDOG_PID")
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program can be started")
    }

    async fn hears(&self) -> String {
        let mut told = [0; 512];
        let length = timeout(PATIENCE, self.socket.recv(&mut told)).await.expect("told in time");
        String::from_utf8_lossy(&told[..length.expect("the socket works")]).into_owned()
    }

    /// Waits for the next message that begins so.
    async fn until(&self, beginning: &str) -> String {
        loop {
            let told = self.hears().await;
            if told.starts_with(beginning) {
                return told;
            }
        }
    }
}

#[tokio::test]
async fn the_service_manager_is_told() {
    let manager = Manager::new();
    let mut daemon = manager.start();
    manager.until("READY=1").await;
    manager.until("WATCHDOG=1").await;

    sqlx::any::install_default_drivers();
    let store = format!("sqlite://{}/vigie.db", manager.path().display());
    let mut elsewhere = AnyConnection::connect(&store).await.expect("the daemon made its store");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut elsewhere).await.expect("nobody writes for long");
    manager.until("WATCHDOG=1\nSTATUS=the store").await;
    for _ in 0..2 {
        let told = manager.hears().await;
        assert!(told.starts_with("WATCHDOG=1\nSTATUS=the store"), "a restart is no help: {told}");
    }
    sqlx::query("ROLLBACK").execute(&mut elsewhere).await.expect("it holds the lock");
    elsewhere.close().await.expect("it is open");
    manager.until("WATCHDOG=1\nSTATUS=watching").await;

    let id = daemon.id().and_then(|id| i32::try_from(id).ok()).expect("it runs");
    let process = rustix::process::Pid::from_raw(id).expect("an id is above zero");
    let signal = |signal| rustix::process::kill_process(process, signal).expect("it runs");
    signal(rustix::process::Signal::HUP);
    let told = manager.until("RELOADING=1").await;
    assert!(told.contains("\nMONOTONIC_USEC="), "{told}");
    manager.until("READY=1\nSTATUS=watching").await;
    std::fs::write(manager.path().join("vigie.toml"), "[wep]").expect("the folder can be written");
    signal(rustix::process::Signal::HUP);
    manager.until("RELOADING=1").await;
    manager.until("READY=1\nSTATUS=the new configuration is refused").await;
    signal(rustix::process::Signal::TERM);
    manager.until("STOPPING=1").await;
    let ended = timeout(PATIENCE, daemon.wait()).await.expect("it ends in time");
    assert!(ended.expect("it is our child").success());
}
