//! A PostgreSQL of the tests' own: in a temporary folder, on a socket in it, gone with the test.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use sqlx::{AnyConnection, Connection, Executor};
use tempfile::TempDir;

const MISSING: &str = "PostgreSQL is missing; install it with: apt-get install --yes --no-install-recommends postgresql";

/// PostgreSQL refuses root: then it runs as nobody.
const NOBODY: u32 = 65_534;

pub(crate) struct Cluster {
    server: Child,
    folder: TempDir,
    databases: AtomicU32,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let programs = programs();
        // The path of a socket has room for some hundred octets.
        let folder = tempfile::Builder::new().prefix("vigie-pg").tempdir_in("/tmp").unwrap();
        let as_nobody = folder.path().metadata().unwrap().uid() == 0;
        if as_nobody {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = folder.path().join("data");
        let made = command(&programs.join("initdb"), as_nobody, &folder)
            .args(["--no-sync", "--auth=trust", "--username=vigie", "--locale=C.UTF-8"])
            .args(["--encoding=UTF8", "--pgdata"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let server = serve(&folder, as_nobody);
        let mut cluster = Self { server, folder, databases: AtomicU32::new(0) };
        cluster.wait();
        cluster
    }

    /// Ends the server at once; what it kept stays.
    pub(crate) fn stop(&mut self) {
        // SIGQUIT ends it with all that it started.
        let _ = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }

    #[allow(dead_code, reason = "tests/kill starts it once")]
    pub(crate) fn start_again(&mut self) {
        let as_nobody = self.folder.path().metadata().unwrap().uid() == NOBODY;
        self.server = serve(&self.folder, as_nobody);
        self.wait();
    }

    /// Waits for the line that says so, and lets the server write on.
    fn wait(&mut self) {
        let log = BufReader::new(self.server.stderr.take().unwrap());
        let (tell, ready) = mpsc::channel();
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                // Nobody listens once it is ready.
                let _ = tell.send(line);
            }
        });
        let mut said = Vec::new();
        while let Ok(line) = ready.recv() {
            if line.contains("ready to accept connections") {
                return;
            }
            said.push(line);
        }
        panic!("PostgreSQL did not start: {}", said.join("\n"));
    }

    /// The URL of a new database.
    pub(crate) async fn database(&self) -> String {
        sqlx::any::install_default_drivers();
        let name = format!("vigie{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = AnyConnection::connect(&self.url("postgres")).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(sqlx::raw_sql(create)).await.unwrap();
        connection.close().await.unwrap();
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?user=vigie&host={}", self.folder.path().display())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(folder: &TempDir, as_nobody: bool) -> Child {
    command(&programs().join("postgres"), as_nobody, folder)
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=300"])
        .arg("-k")
        .arg(folder.path())
        .arg("-D")
        .arg(folder.path().join("data"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Where Debian keeps the newest one, else where the search path leads.
fn programs() -> PathBuf {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path()).max_by_key(|path| version(path));
    let found = newest.map(|path| path.join("bin")).into_iter();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = found.chain(std::env::split_paths(&path));
    found.find(|folder| folder.join("initdb").exists()).unwrap_or_else(|| panic!("{MISSING}"))
}

/// A program that ends when the test does, however it ends.
fn command(program: &Path, as_nobody: bool, folder: &TempDir) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]).current_dir(folder.path()).env("LC_ALL", "C.UTF-8");
    if as_nobody {
        let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
        command.args(ids).arg("--clear-groups");
    }
    command.arg("--").arg(program);
    command
}
