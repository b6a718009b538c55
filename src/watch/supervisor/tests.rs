use std::collections::VecDeque;
use std::ffi::OsString;
use std::sync::Mutex;

use tokio::net::UnixDatagram as Listening;
use tokio::time::timeout;

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

/// A service manager of the test's own.
struct Manager {
    socket: Listening,
    address: OsString,
    _folder: tempfile::TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        Self { socket: Listening::bind(&path).unwrap(), address: path.into(), _folder: folder }
    }

    async fn hears(&self) -> String {
        let mut told = [0; 512];
        let length = timeout(PATIENCE, self.socket.recv(&mut told)).await.expect("told in time");
        String::from_utf8(told[..length.unwrap()].to_vec()).unwrap()
    }
}

/// What is told where proofs come out one after the other as given, and well after the last; the
/// daemon is stopped after `told` messages. The scheduler stands still where the proof says so.
async fn told(
    watchdog: Option<&str>,
    proofs: Vec<Result<(), Standstill>>,
    told: usize,
) -> Vec<String> {
    let proofs = Mutex::new(VecDeque::from(proofs));
    let prove = async || proofs.lock().unwrap().pop_front().unwrap_or(Ok(()));
    told_by(watchdog, HANGING, || true, prove, told).await
}

async fn told_by(
    watchdog: Option<&str>,
    hanging: Duration,
    turns: impl Fn() -> bool,
    prove: impl AsyncFn() -> Result<(), Standstill>,
    told: usize,
) -> Vec<String> {
    let manager = Manager::new();
    let supervisor = Supervisor::at(&manager.address, watchdog).unwrap();
    let supervisor = Supervisor { hanging, ..supervisor };
    let (tell, stop) = watch::channel(false);
    let hearing = async {
        let mut heard = Vec::new();
        while heard.len() < told {
            heard.push(manager.hears().await);
        }
        tell.send(true).unwrap();
        // What was on its way already does not count.
        while heard.last().is_some_and(|last| last != "STOPPING=1") {
            heard.truncate(told);
            heard.push(manager.hears().await);
        }
        heard
    };
    let ((), heard) = tokio::join!(supervisor.accompany(turns, prove, stop), hearing);
    heard
}

const WATCHING: &str = "WATCHDOG=1\nSTATUS=watching";
const LATE: &str = "WATCHDOG=1\nSTATUS=the store does not answer in time";
const STILL: &str = "STATUS=the scheduler does not run";

#[tokio::test]
async fn it_is_ready_with_the_first_proof_and_says_when_it_stops() {
    assert_eq!(told(None, vec![], 1).await, ["READY=1\nSTATUS=watching", "STOPPING=1"]);
}

#[tokio::test]
async fn a_store_that_is_down_is_told_and_waited_for() {
    let down = "WATCHDOG=1\nSTATUS=the store cannot be written";
    let proofs = vec![
        Err(Standstill::Store),
        Ok(()),
        Ok(()),
        Err(Standstill::Store),
        Err(Standstill::Store),
    ];
    let expected = [down, "READY=1\nSTATUS=watching", WATCHING, down, down, WATCHING, "STOPPING=1"];
    assert_eq!(told(Some("20000"), proofs, 6).await, expected);
}

#[tokio::test]
async fn a_scheduler_that_stands_still_leaves_the_watchdog_hungry() {
    let turns = Mutex::new(VecDeque::from([false, true, true, false, false, true]));
    let turns = || turns.lock().unwrap().pop_front().unwrap_or(true);
    let expected =
        [STILL, "READY=1\nSTATUS=watching", WATCHING, STILL, STILL, WATCHING, "STOPPING=1"];
    assert_eq!(told_by(Some("20000"), HANGING, turns, async || Ok(()), 6).await, expected);
    let never = async || std::future::pending().await;
    let told = told_by(Some("20000"), HANGING, || false, never, 2).await;
    assert_eq!(told, [STILL, STILL, "STOPPING=1"], "however late the store is");
}

#[tokio::test]
async fn a_proof_that_is_late_is_waited_for_until_it_can_only_hang() {
    let never = async || std::future::pending().await;
    assert_eq!(
        told_by(Some("20000"), HANGING, || true, never, 3).await,
        [LATE, LATE, LATE, "STOPPING=1"]
    );
    let hangs = "STATUS=the store does not answer any more";
    let told = told_by(Some("20000"), Duration::ZERO, || true, never, 3).await;
    assert_eq!(told, [hangs, hangs, hangs, "STOPPING=1"]);
}

#[tokio::test]
async fn a_reload_is_told_with_its_moment_and_its_end() {
    let manager = Manager::new();
    let supervisor = Supervisor::at(&manager.address, None).unwrap();
    let now = || {
        let now = clock_gettime(ClockId::Monotonic);
        now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
    };
    supervisor.reloading();
    supervisor.reloaded(true);
    supervisor.say("STATUS=nothing before it is ready");
    assert_eq!(manager.hears().await, "STATUS=nothing before it is ready");

    supervisor.ready.store(true, Ordering::SeqCst);
    let before = now();
    supervisor.reloading();
    let told = manager.hears().await;
    let moment = told.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("it begins so");
    let moment: i64 = moment.split('\n').next().unwrap().parse().expect("a number");
    assert!((before..=now()).contains(&moment), "{told}");
    supervisor.reloaded(true);
    assert_eq!(manager.hears().await, "READY=1\nSTATUS=watching");
    supervisor.reloaded(false);
    let refused = manager.hears().await;
    assert!(refused.starts_with("READY=1\nSTATUS=the new configuration is refused"), "{refused}");
}

#[tokio::test]
async fn a_manager_that_is_gone_disturbs_nobody() {
    let manager = Manager::new();
    let supervisor = Supervisor::at(&manager.address, Some("2000")).unwrap();
    drop(manager);
    let (tell, stop) = watch::channel(false);
    let proofs = Mutex::new(0);
    let prove = async || {
        let mut given = proofs.lock().unwrap();
        *given += 1;
        if *given > 5 {
            tell.send(true).unwrap();
        }
        Ok(())
    };
    timeout(PATIENCE, supervisor.accompany(|| true, prove, stop))
        .await
        .expect("it ends when told to");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_abstract_name_is_an_address_too() {
    use std::os::linux::net::SocketAddrExt;
    let name = format!("vigie-test-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    let supervisor = Supervisor::at(OsStr::new(&format!("@{name}")), None).unwrap();
    supervisor.say("READY=1");
    let mut told = [0; 16];
    let length = socket.recv(&mut told).unwrap();
    assert_eq!(&told[..length], b"READY=1");
}

#[test]
fn what_cannot_be_used_is_named() {
    for address in ["relative/path", "vsock:2:1"] {
        let error = Supervisor::at(OsStr::new(address), None).err().expect("refused");
        let expected = "NOTIFY_SOCKET: neither an absolute path nor an abstract name";
        assert_eq!(error.to_string(), expected, "{address}");
    }
    for written in ["", "0", "-1", "soon", "99999999999999999999999"] {
        let error = patience(written).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "WATCHDOG_USEC: not a number of microseconds above zero",
            "{written}"
        );
    }
}
