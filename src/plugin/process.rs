//! A plugin as a process: what it is given, what is read of it, and that nothing of it stays.
//!
//! Its environment is cleared; it is the leader of a process group, which is ended with it. What it
//! leaves in a session of its own escapes that, yet keeps nobody waiting.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout, timeout_at};
use vigie_checks::kernel::Target;

use super::{End, Program, Sight};

/// What is read of its standard output; who prints more has nothing to say.
pub(super) const OUTPUT_LIMIT: usize = 64 * 1024;

/// What is kept of its standard error.
const COMPLAINT_LIMIT: usize = 2048;

/// How long its pipes are read once it has ended: what somebody else holds open ends no sooner.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(500);

/// The usual places, whatever the daemon was started with.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a plugin is given on its standard input.
#[derive(Serialize)]
struct Given<'a> {
    schema: &'static str,
    plugin: &'a str,
    #[serde(flatten)]
    target: &'a Target,
}

/// The process group of a plugin; ended when this goes.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody may be left in it, which is as good.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// What was read of an output so far; it stays when the reading is given up.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn add(&self, octets: &[u8]) -> usize {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(octets);
        kept.len()
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Program {
    /// Runs it for a target until `until` at the latest.
    pub(super) async fn look(&self, target: &Target, until: Instant) -> Sight {
        let begun = Instant::now();
        let mut sight = match self.start(target) {
            Ok(child) => follow(child, self.given(target), until).await,
            Err(error) => Sight::without_output(End::NotStarted { error: error.to_string() }),
        };
        sight.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        sight
    }

    fn start(&self, target: &Target) -> io::Result<Child> {
        let (program, arguments) = self.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let domain = target.domain.as_str();
        let lang = std::env::var("LANG").unwrap_or_else(|_| "C.UTF-8".to_owned());
        Command::new(program)
            .args(arguments.iter().map(|argument| argument.replace("{domain}", domain)))
            .env_clear()
            .env("PATH", PATH)
            .env("LANG", lang)
            .env("VIGIE_DOMAIN", domain)
            .env("VIGIE_PLUGIN", &self.name)
            .env("VIGIE_VERSION", env!("CARGO_PKG_VERSION"))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }

    /// The target; test sends are our own affair.
    fn given(&self, target: &Target) -> Vec<u8> {
        let target =
            Target { probe: None, past_sends: Vec::new(), reports: None, ..target.clone() };
        let given = Given { schema: "vigie.plugin/1", plugin: &self.name, target: &target };
        let mut text = serde_json::to_vec(&given).expect("a target is plain data with text keys");
        text.push(b'\n');
        text
    }
}

async fn follow(mut child: Child, given: Vec<u8>, until: Instant) -> Sight {
    let number = child.id().and_then(|id| i32::try_from(id).ok());
    let group = Group(number.and_then(Pid::from_raw));
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
        return Sight::without_output(End::NotStarted { error: "it has no pipes".to_owned() });
    };
    let feeding = async move {
        // A plugin may end without having read all of it.
        let _ = stdin.write_all(&given).await;
        drop(stdin);
        std::future::pending::<()>().await;
    };
    let (printed, complaint) = (Kept::default(), Kept::default());
    let flooded = flood(stdout, printed.clone());
    let complaining = beginning(stderr, complaint.clone());
    tokio::pin!(flooded, complaining, feeding);
    let mut read = [false; 2];
    let end = loop {
        tokio::select! {
            ended = timeout_at(until, child.wait()) => break end_of(ended),
            too_much = &mut flooded, if !read[0] => {
                read[0] = true;
                if too_much {
                    break End::PrintedTooMuch;
                }
            }
            () = &mut complaining, if !read[1] => read[1] = true,
            () = &mut feeding => {}
        }
    };
    // What it left behind would keep the pipes open.
    drop(group);
    let mut too_much = matches!(end, End::PrintedTooMuch);
    let _ = timeout(LAST_WORDS, async {
        if !read[0] {
            too_much = flooded.await;
        }
        if !read[1] {
            complaining.await;
        }
    })
    .await;
    let complaint = String::from_utf8_lossy(&complaint.take()).into_owned();
    Sight {
        end: if too_much { End::PrintedTooMuch } else { end },
        printed: text_of(printed.take()),
        complaint,
        duration_ms: 0,
    }
}

/// Text without NUL, which no plugin means and no store takes.
fn text_of(mut octets: Vec<u8>) -> Option<String> {
    octets.truncate(OUTPUT_LIMIT);
    String::from_utf8(octets).ok().filter(|text| !text.contains('\0'))
}

fn end_of(ended: Result<io::Result<ExitStatus>, tokio::time::error::Elapsed>) -> End {
    match ended {
        Err(_) => End::TookTooLong,
        Ok(Ok(status)) => status.code().map_or(End::Signalled, |code| End::Exited { code }),
        Ok(Err(error)) => End::NotStarted { error: error.to_string() },
    }
}

/// Reads all of an output; true as soon as it is more than the limit.
async fn flood(mut output: impl AsyncRead + Unpin, kept: Kept) -> bool {
    let mut octets = [0; 8192];
    loop {
        match output.read(&mut octets).await {
            Ok(0) | Err(_) => return false,
            Ok(count) => {
                if kept.add(&octets[..count]) > OUTPUT_LIMIT {
                    return true;
                }
            }
        }
    }
}

/// Keeps the beginning of an output; the rest is read and thrown away, or the plugin would wait.
async fn beginning(mut output: impl AsyncRead + Unpin, kept: Kept) {
    let mut octets = [0; 8192];
    let mut room = COMPLAINT_LIMIT;
    while let Ok(count @ 1..) = output.read(&mut octets).await {
        let taken = count.min(room);
        room -= taken;
        kept.add(&octets[..taken]);
    }
}
