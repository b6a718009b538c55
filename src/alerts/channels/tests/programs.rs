//! Programs that work, fail, hang and leave others behind.

use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;
use vigie_checks::kernel::Lang;

use super::super::super::tests::receiver::PATIENCE;
use super::super::Answer;
use super::golden::{EVENTS, channel};
use super::{event_sent, network};
use crate::alerts::ChannelSettings;
use crate::config::Destination;

fn script(text: &str, timeout: Duration) -> ChannelSettings {
    let command = ["/bin/sh", "-c", text].map(str::to_owned).to_vec();
    ChannelSettings {
        destination: Destination::Exec { command, timeout },
        ..channel("exec", "", Lang::En)
    }
}

async fn run(text: &str) -> Answer {
    event_sent(&script(text, PATIENCE), &network(&[]), EVENTS[0].1).await
}

#[tokio::test]
async fn a_program_gets_the_event_and_little_else() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("told").display().to_string();
    let answer = run(&format!("(cat; env) > {path}")).await;
    assert_eq!(answer, Answer::Accepted { status: 0 });
    let told = std::fs::read_to_string(&path).expect("it was written");
    let environment = told.strip_prefix(EVENTS[0].1).expect("the event, octet by octet");
    let mut names: Vec<_> = environment.lines().filter_map(|l| l.split_once('=')).collect();
    names.retain(|(name, _)| {
        name.starts_with("VIGIE_") || matches!(*name, "HOME" | "USER" | "CARGO")
    });
    names.sort_unstable();
    assert_eq!(names, [("VIGIE_EVENT", "incident.opened"), ("VIGIE_ID", "msg_1")]);
}

#[tokio::test]
async fn arguments_are_handed_over_as_they_are() {
    let command = ["/bin/test", "$(id) ; *", "=", "$(id) ; *"].map(str::to_owned).to_vec();
    let settings = ChannelSettings {
        destination: Destination::Exec { command, timeout: PATIENCE },
        ..channel("exec", "", Lang::En)
    };
    let answer = event_sent(&settings, &network(&[]), EVENTS[0].1).await;
    assert_eq!(answer, Answer::Accepted { status: 0 });
}

#[tokio::test]
async fn a_program_that_fails_is_tried_again_with_what_it_said() {
    let Answer::Failed { status, error, .. } = run("echo no >&2; printf '\\033[31m'; exit 3").await
    else {
        panic!("it did not fail");
    };
    assert_eq!(status, Some(3));
    assert_eq!(error, r"exit status: 3: \u{1b}[31mno");
    let missing = ChannelSettings {
        destination: Destination::Exec {
            command: vec!["/no/such/program".to_owned()],
            timeout: PATIENCE,
        },
        ..channel("exec", "", Lang::En)
    };
    let answer = event_sent(&missing, &network(&[]), EVENTS[0].1).await;
    assert!(
        matches!(&answer, Answer::Failed { error, .. } if error.starts_with("the program cannot be started")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn endless_output_is_read_and_not_kept() {
    let answer = run("head -c 3000000 /dev/zero | tr '\\0' x; exit 1").await;
    let Answer::Failed { error, .. } = answer else { panic!("{answer:?}") };
    assert!(error.len() < 600, "{}", error.len());
}

#[tokio::test]
async fn a_program_that_reads_nothing_is_no_failure() {
    assert_eq!(run("exit 0").await, Answer::Accepted { status: 0 });
}

/// A program leaves the number of a child behind, which must end with it.
async fn child_ends(text: &str, timeout: Duration) -> Answer {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("pid");
    let text = format!("sleep 600 & echo $! > {}; {text}", path.display());
    let answer = event_sent(&script(&text, timeout), &network(&[]), EVENTS[0].1).await;
    let pid = std::fs::read_to_string(&path).expect("it was started");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        // Gone, or a zombie that waits for whoever adopted it.
        if state.map_or(true, |stat| stat.contains(") Z ")) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{} still runs", pid.trim());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_all_it_started() {
    let answer = child_ends("wait", Duration::from_millis(300)).await;
    assert!(
        matches!(&answer, Answer::Failed { status: None, error, .. } if error.contains("too long")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn what_a_program_leaves_behind_is_ended() {
    assert_eq!(child_ends("exit 0", PATIENCE).await, Answer::Accepted { status: 0 });
}
