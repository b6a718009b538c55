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
/// daemon is stopped after `told` messages.
async fn told(
    watchdog: Option<&str>,
    proofs: Vec<Result<(), Standstill>>,
    told: usize,
) -> Vec<String> {
    let proofs = Mutex::new(VecDeque::from(proofs));
    let prove = async || proofs.lock().unwrap().pop_front().unwrap_or(Ok(()));
    told_by(watchdog, prove, told).await
}

async fn told_by(
    watchdog: Option<&str>,
    prove: impl AsyncFn() -> Result<(), Standstill>,
    told: usize,
) -> Vec<String> {
    let manager = Manager::new();
    let supervisor = Supervisor::at(&manager.address, watchdog).unwrap();
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
    let ((), heard) = tokio::join!(supervisor.accompany(prove, stop), hearing);
    heard
}

#[tokio::test]
async fn it_is_ready_with_the_first_proof_and_says_when_it_stops() {
    assert_eq!(told(None, vec![], 1).await, ["READY=1\nSTATUS=watching", "STOPPING=1"]);
}

#[tokio::test]
async fn the_watchdog_is_fed_by_proof_alone() {
    let proofs = vec![
        Err(Standstill::Scheduler),
        Ok(()),
        Ok(()),
        Err(Standstill::Store),
        Err(Standstill::Scheduler),
        Ok(()),
    ];
    let expected = [
        "STATUS=the scheduler does not run",
        "READY=1\nSTATUS=watching",
        "WATCHDOG=1\nSTATUS=watching",
        "STATUS=the store cannot be written",
        "STATUS=the scheduler does not run",
        "WATCHDOG=1\nSTATUS=watching",
        "STOPPING=1",
    ];
    assert_eq!(told(Some("20000"), proofs, 6).await, expected);
}

#[tokio::test]
async fn a_proof_that_never_ends_leaves_the_watchdog_hungry() {
    let never = async || std::future::pending().await;
    let late = "STATUS=the store does not answer in time";
    assert_eq!(told_by(Some("20000"), never, 3).await, [late, late, late, "STOPPING=1"]);
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
    timeout(PATIENCE, supervisor.accompany(prove, stop)).await.expect("it ends when told to");
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
