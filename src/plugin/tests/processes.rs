use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::*;
use super::{Shell, target};

const SOON: Duration = Duration::from_secs(20);

/// The process whose id a plugin wrote into a file.
fn written_process(file: &Path) -> Pid {
    let id = std::fs::read_to_string(file).unwrap();
    Pid::from_raw(id.trim().parse().unwrap()).unwrap()
}

/// A process that has ended may wait for whoever asks after it; it runs nothing any more.
fn runs(process: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    let is_zombie = status.is_ok_and(|status| status.contains(") Z "));
    test_kill_process(process).is_ok() && !is_zombie
}

async fn ends(process: Pid) {
    let give_up = Instant::now() + SOON;
    while runs(process) {
        assert!(Instant::now() < give_up, "it still runs");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_codes_are_those_of_nagios() {
    let cases = [
        ("echo 'OK - 3 wait | n=3'", &[][..], "ok"),
        ("echo 'WARNING - 60 wait'; exit 1", &["queue.warning"], "warning"),
        ("echo 'CRITICAL - 600 wait'; exit 2", &["queue.critical"], "critical"),
        ("exit 1", &["queue.warning"], "warning"),
        ("echo 'UNKNOWN - no access'; exit 3", &["queue.could-not-tell"], "unknown"),
        ("echo '[OK] all is well'", &[], "ok"),
    ];
    for (script, ids, state) in cases {
        let (said, facts) = Shell::saying(script).says().await;
        assert_eq!(said, ids, "{script}");
        assert_eq!(facts, json!({ "state": state }), "{script}");
    }
}

#[tokio::test]
async fn what_says_nothing_could_not_tell() {
    let cases = [
        ("exit 0", "unreadable-output"),
        ("exit 7", "unexpected-end"),
        ("kill -9 $$", "unexpected-end"),
        ("printf '\\377\\376'", "unreadable-output"),
        ("printf 'OK\\0'", "unreadable-output"),
        ("echo '{\"findings\": [{\"id\"'", "unreadable-output"),
        ("echo '{}'; exit 4", "unexpected-end"),
        ("echo 'UNKNOWN - ?'; exit 3", "says-unknown"),
    ];
    for (script, reason) in cases {
        assert_eq!(Shell::saying(script).reason().await, reason, "{script}");
    }
}

#[tokio::test]
async fn one_that_is_missing_or_no_program_could_not_tell() {
    let shell = Shell::saying("echo OK");
    for path in ["/no/such/plugin".to_owned(), shell.folder.path().display().to_string()] {
        let command = vec![path];
        let program = Program { command, ..shell.program(&[]) };
        let sight = Programs::new(vec![program]).look("queue", &target(), None).await;
        assert!(matches!(sight.end, End::NotStarted { .. }), "{sight:?}");
    }
}

#[tokio::test]
async fn one_that_hangs_is_ended_with_its_children() {
    let script = "sleep 300 & echo $! > \"$1/child\"; echo $$ > \"$1/self\"; wait";
    let shell = Shell::saying(script).within(Duration::from_secs(2));
    let begun = Instant::now();
    assert_eq!(shell.reason().await, "timeout");
    assert!(begun.elapsed() < SOON);
    ends(written_process(&shell.path("self"))).await;
    ends(written_process(&shell.path("child"))).await;
}

#[tokio::test]
async fn the_end_of_a_run_is_an_end_for_it_too() {
    let shell = Shell::saying("sleep 300");
    let programs = Programs::new(vec![shell.program(&[])]);
    let until = Instant::now() + Duration::from_millis(200);
    let sight = programs.look("queue", &target(), Some(until)).await;
    assert_eq!(sight.end, End::TookTooLong);
}

#[tokio::test]
async fn a_grandchild_that_stays_is_ended_and_keeps_nobody_waiting() {
    let shell = Shell::saying("sleep 300 & echo $! > \"$1/child\"; echo 'OK - done'");
    let begun = Instant::now();
    assert_eq!(shell.says().await.0, Vec::<String>::new());
    assert!(begun.elapsed() < SOON);
    ends(written_process(&shell.path("child"))).await;
}

#[tokio::test]
async fn one_that_flees_into_another_session_keeps_nobody_waiting() {
    let shell = Shell::saying(
        "setsid sh -c 'echo $$ > \"$0/child\"; exec sleep 60' \"$1\" & while [ ! -s \"$1/child\" ]; do :; done; echo 'OK - done'",
    );
    let begun = Instant::now();
    assert_eq!(shell.says().await.0, Vec::<String>::new());
    assert!(begun.elapsed() < SOON);
    let fled = written_process(&shell.path("child"));
    // It holds the pipe open; it is ours to end.
    rustix::process::kill_process(fled, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn one_that_floods_is_ended() {
    let shell = Shell::saying("yes 'OK - and more'");
    let begun = Instant::now();
    assert_eq!(shell.reason().await, "too-much-output");
    assert!(begun.elapsed() < SOON);
    let on_the_other =
        Shell::saying("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo 'OK - done'");
    let sight = on_the_other.sight(&[]).await;
    assert_eq!(sight.end, End::Exited { code: 0 });
    assert!(sight.complaint.len() <= 2048);
}

#[tokio::test]
async fn one_that_reads_nothing_or_says_it_late_is_heard() {
    let closing = Shell::saying("exec <&-; echo 'OK - done'");
    assert_eq!(closing.says().await.0, Vec::<String>::new());
    let limit = Shell::saying("head -c 65536 /dev/zero | tr '\\0' x");
    assert_eq!(limit.says().await.0, Vec::<String>::new());
}

#[tokio::test]
async fn it_is_given_the_target_and_a_clean_environment_and_no_shell() {
    let shell = Shell::saying(
        "cat > \"$2/given\"; env > \"$2/environment\"; pwd > \"$2/place\"; printf '%s' \"$1\" > \"$2/argument\"; echo OK",
    );
    shell.sight(&["{domain}; echo $(id) '*'"]).await;
    let read = |name: &str| std::fs::read_to_string(shell.path(name)).unwrap();
    let given: Value = serde_json::from_str(&read("given")).unwrap();
    let expected = json!({
        "schema": "vigie.plugin/1", "plugin": "queue",
        "domain": "example.com", "profile": "both", "selectors": ["s1"],
    });
    assert_eq!(given, expected);
    assert_eq!(read("argument"), "example.com; echo $(id) '*'");
    assert_eq!(read("place"), "/\n");
    // `sh` adds its own.
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let environment = read("environment");
    let names = environment.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let mut names: Vec<&str> = names.filter(|name| !own.contains(name)).collect();
    names.sort_unstable();
    assert_eq!(names, ["LANG", "PATH", "VIGIE_DOMAIN", "VIGIE_PLUGIN", "VIGIE_VERSION"]);
}
