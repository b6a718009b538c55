//! The configuration is read anew on SIGHUP and when one of its files changed: all of it holds, or
//! nothing of it and the one before goes on.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{error, info, warn};
use vigie_checks::kernel::Bilingual;

use super::Supervisor;
use super::parts::Parts;
use crate::config::{ConfigError, Inputs, Settings};
use crate::run::commit::Fault;

/// How often the files are looked at. One that changed must look the same twice: it is written then.
const LOOKING: Duration = Duration::from_secs(1);

/// Why a configuration does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Rejection {
    pub file: PathBuf,
    pub faults: Vec<Fault>,
}

impl Rejection {
    /// One that is about no line in particular.
    pub fn whole(file: &Path, message: Bilingual) -> Self {
        let fault = Fault { file: file.display().to_string(), line: 1, column: 1, message };
        Self { file: file.to_owned(), faults: vec![fault] }
    }
}

impl Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Fault { file, line, column, message }) = self.faults.first() else {
            return write!(f, "{}", self.file.display());
        };
        write!(f, "{file}:{line}:{column}: {}", message.en)?;
        match self.faults.len() {
            0 | 1 => Ok(()),
            all => write!(f, " (and {} more)", all - 1),
        }
    }
}

impl From<ConfigError> for Rejection {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Wrong(wrong) => {
                let faults = wrong.errors.into_iter().map(|mistake| Fault {
                    file: mistake.file.display().to_string(),
                    line: mistake.line,
                    column: mistake.column,
                    message: mistake.message,
                });
                Self { file: wrong.file, faults: faults.collect() }
            }
            unread => Self::whole(unread.file(), unread.why()),
        }
    }
}

/// Reads the configuration again, the same way as at the start, and says from which files.
pub type ReadAgain = Arc<dyn Fn() -> (Result<Settings, Rejection>, Inputs) + Send + Sync>;

/// Where the configuration comes from.
pub struct Origin {
    pub read: ReadAgain,
    pub file: PathBuf,
    /// What the configuration that holds was read from.
    pub inputs: Inputs,
    /// Who is told that it is read again.
    pub supervisor: Option<Arc<Supervisor>>,
}

impl Origin {
    /// Reads again whenever there is reason to, until `stop` turns true.
    pub(super) async fn follow(mut self, parts: Arc<Parts>, mut stop: watch::Receiver<bool>) {
        let mut asked = match signal(SignalKind::hangup()) {
            Ok(asked) => asked,
            Err(error) => return error!(%error, "SIGHUP cannot be heard"),
        };
        let mut refused = None;
        loop {
            tokio::select! {
                told = stop.changed() => match told {
                    Ok(()) if !*stop.borrow() => continue,
                    _ => return,
                },
                _ = asked.recv() => {}
                () = change(self.inputs.clone()) => {}
            }
            self.supervisor.iter().for_each(|supervisor| supervisor.reloading());
            let read = Arc::clone(&self.read);
            let Ok((settings, inputs)) = tokio::task::spawn_blocking(move || read()).await else {
                error!("the configuration could not be read: its reader panicked");
                self.supervisor.iter().for_each(|supervisor| supervisor.reloaded(false));
                continue;
            };
            let settings = settings.and_then(|settings| not_emptied(settings, &parts, &self.file));
            let adopted = match settings {
                Ok(settings) => parts.adopt(settings, &self.file).await,
                Err(rejection) => Err(rejection),
            };
            let holds = adopted.is_ok();
            match adopted {
                Ok(differences) => {
                    parts.figures.reloads.adopted(parts.clock.now());
                    self.inputs = inputs;
                    refused = None;
                    told(&differences);
                }
                Err(rejection) => {
                    let (file, faults) =
                        (rejection.file.display().to_string(), rejection.faults.clone());
                    parts.figures.reloads.refused(file, faults, parts.clock.now());
                    // What was read before is still waited for, and what was read now.
                    self.inputs = self.inputs.now().and(inputs);
                    let is_news = refused.as_ref() != Some(&rejection);
                    warn!(%rejection, "the configuration is refused; the one before goes on");
                    if is_news {
                        parts.reject(&rejection).await;
                    }
                    refused = Some(rejection);
                }
            }
            self.supervisor.iter().for_each(|supervisor| supervisor.reloaded(holds));
        }
    }
}

/// A file that is written in its place is empty for a moment; nobody means to watch nothing any more by
/// writing nothing.
fn not_emptied(settings: Settings, parts: &Parts, file: &Path) -> Result<Settings, Rejection> {
    let forgets = settings.domains.is_empty() && !parts.holds().settings.domains.is_empty();
    let is_blank = |text: String| text.trim().is_empty();
    if forgets && std::fs::read_to_string(file).is_ok_and(is_blank) {
        let empty = Bilingual::new("the file is empty", "le fichier est vide");
        return Err(Rejection::whole(file, empty));
    }
    Ok(settings)
}

/// Ends when one of the files is another than it was.
async fn change(inputs: Inputs) {
    let mut before = inputs.clone();
    loop {
        sleep(LOOKING).await;
        let now = inputs.now();
        if now != inputs && now == before {
            return;
        }
        before = now;
    }
}

fn told(differences: &[String]) {
    match differences {
        [] => info!("the configuration was read again; nothing that is shown is new"),
        differences => {
            info!(changed = differences.join(", "), "the configuration was read again");
        }
    }
}
