//! A program of this host, started without a shell: the event is its standard input, and only the
//! exit code 0 is a yes.
//!
//! Its environment holds `VIGIE_ID` and `VIGIE_EVENT` alone. When it ends, or takes too long, its
//! whole process group is ended, and of what it prints only the beginning is kept.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use chrono_tz::Tz;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::process::Command;
use tokio::time::{Instant, timeout_at};
use vigie_checks::kernel::Lang;

use super::excerpt::excerpt;
use super::{Answer, Channel, Delivery, PreviewError};
use crate::alerts::notice::Notice;

/// Octets kept of what a program prints, of each of its two outputs.
const KEPT: u64 = 2048;

pub(super) struct Exec {
    pub command: Vec<String>,
    pub timeout: Duration,
}

/// The process group of a program; ended when this goes.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody may be left in it, which is as good.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

struct Ended {
    status: ExitStatus,
    printed: Vec<u8>,
}

impl Exec {
    async fn run(&self, event: &str, delivery: &Delivery<'_>) -> io::Result<Ended> {
        let (program, arguments) = self.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("VIGIE_ID", delivery.id)
            .env("VIGIE_EVENT", event)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        let group = Group(number.and_then(Pid::from_raw));
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let feeding = async move {
            // A program may end without having read all of it.
            let _ = stdin.write_all(delivery.body.as_bytes()).await;
            let _ = stdin.shutdown().await;
        };
        let ending = async move {
            let status = child.wait().await;
            // What it left behind would keep the pipes open.
            drop(group);
            status
        };
        let ((), mut printed, said, status) =
            tokio::join!(feeding, beginning(stdout), beginning(stderr), ending);
        printed.extend(said);
        Ok(Ended { status: status?, printed })
    }
}

/// The beginning of an output; the rest is read and thrown away, or the program would wait.
async fn beginning(output: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut output = output.take(KEPT);
    let _ = output.read_to_end(&mut kept).await;
    let _ = copy(&mut output.into_inner(), &mut sink()).await;
    kept
}

#[async_trait]
impl Channel for Exec {
    async fn send(&self, delivery: &Delivery<'_>) -> Answer {
        // The language does not matter: only the type is taken.
        let event = match Notice::read(delivery.body, Lang::default(), Tz::UTC) {
            Ok(notice) => notice.event_type,
            Err(error) => return Answer::Refused { status: None, error: error.to_string() },
        };
        let deadline = delivery.deadline.min(Instant::now() + self.timeout);
        let failed = |status, error| Answer::Failed { status, error, retry_after: None };
        match timeout_at(deadline, self.run(&event, delivery)).await {
            Err(_) => failed(None, "the program took too long and was ended".to_owned()),
            Ok(Err(error)) => failed(None, format!("the program cannot be started: {error}")),
            Ok(Ok(ended)) if ended.status.success() => Answer::Accepted { status: 0 },
            Ok(Ok(ended)) => {
                let code = ended.status.code().and_then(|code| u16::try_from(code).ok());
                let printed = excerpt(&ended.printed, &[]);
                let separator = if printed.is_empty() { "" } else { ": " };
                failed(code, format!("{}{separator}{printed}", ended.status))
            }
        }
    }

    fn preview(&self, delivery: &Delivery<'_>) -> Result<String, PreviewError> {
        Ok(delivery.body.to_owned())
    }
}
