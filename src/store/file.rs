//! What concerns the file of SQLite alone: is it whole, and how is it copied while it is in use?

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::StoreError;
use super::place::Place;

/// How long a store is looked through for damage when it is opened.
pub(super) const LOOKED_AT: Duration = Duration::from_secs(10);

/// How long a statement waits while another process writes.
const BUSY: Duration = Duration::from_secs(10);

/// Steps of SQLite's machine between two looks at the clock: some ten microseconds.
const STEPS: i32 = 10_000;

/// SQLITE_INTERRUPT (sqlite.org/rescode.html).
const INTERRUPTED: u32 = 9;

/// What a look through a store for damage came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Soundness {
    Whole,
    /// The time was over before the end: a statement that meets damage will say so.
    InPart,
    Damaged,
}

/// Creates the file if there is none, for its owner alone, and looks for damage, for at most `limit`.
pub(super) async fn look_through(path: &Path, limit: Duration) -> Result<Soundness, sqlx::Error> {
    // SQLite gives its other files the mode of this one. What stands in the way it tells itself.
    let _ = create(path);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY);
    let mut connection = options.connect().await?;
    let until = Instant::now() + limit;
    connection.lock_handle().await?.set_progress_handler(STEPS, move || Instant::now() < until);
    let said = says(&mut connection, "PRAGMA quick_check(1)").await;
    connection.lock_handle().await?.remove_progress_handler();
    connection.close().await?;
    match said {
        Ok(None) => Ok(Soundness::Whole),
        Ok(Some(_)) => Ok(Soundness::Damaged),
        Err(error) if is_damage(&error) => Ok(Soundness::Damaged),
        Err(error) if code(&error) == Some(INTERRUPTED) => Ok(Soundness::InPart),
        Err(error) => Err(error),
    }
}

/// Nothing if SQLite finds no damage.
async fn says(
    connection: &mut SqliteConnection,
    question: &'static str,
) -> Result<Option<String>, sqlx::Error> {
    let said: String = sqlx::query_scalar(question).fetch_one(connection).await?;
    Ok(Some(said).filter(|said| said != "ok"))
}

/// SQLITE_CORRUPT or SQLITE_NOTADB.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code, 11 | 26))
}

/// The result code, without its extension.
fn code(error: &sqlx::Error) -> Option<u32> {
    let error = error.as_database_error()?;
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    Some(error.code()?.parse::<u32>().ok()? & 0xff)
}

/// Writes a consistent copy of the history at `url` to a new file that only its owner may read, while
/// the daemon runs, and looks through all of the copy. Its octets are the answer.
///
/// # Errors
/// The file exists or cannot be written; there is no history; it is not in a file of SQLite; it, or
/// the copy, is damaged. Then nothing is left of the copy.
pub async fn back_up(url: &str, to: &Path) -> Result<u64, StoreError> {
    let place = Place::parse(url)?;
    let from = match &place {
        Place::File { path } if path.exists() => path,
        Place::Postgres { .. } => return Err(StoreError::NoCopy { place: place.name() }),
        Place::File { .. } | Place::Memory => {
            return Err(StoreError::Empty { place: place.name() });
        }
    };
    let unwritable =
        |error: io::Error| StoreError::Copy { file: to.to_owned(), reason: error.to_string() };
    if to.symlink_metadata().is_ok() {
        return Err(StoreError::Exists { file: to.to_owned() });
    }
    let partial = Partial::beside(to).map_err(unwritable)?;
    copy(from, &partial.path).await.map_err(|error| match is_damage(&error) {
        true => StoreError::Damaged { place: place.name() },
        false => StoreError::Copy { file: to.to_owned(), reason: error.to_string() },
    })?;
    let damaged = |reason: String| StoreError::Copy { file: to.to_owned(), reason };
    match whole(&partial.path).await {
        Ok(None) => partial.keep(to).map_err(unwritable),
        Ok(Some(damage)) => Err(damaged(damage)),
        Err(error) => Err(damaged(error.to_string())),
    }
}

async fn copy(from: &Path, to: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(from).busy_timeout(BUSY);
    let mut connection = options.connect().await?;
    // Of another program's file it would be no backup of a history.
    let history = "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let found: i64 = sqlx::query_scalar(history).fetch_one(&mut connection).await?;
    if found == 0 {
        return Err(sqlx::Error::Protocol("the store is not a vigie store".to_owned()));
    }
    let to =
        to.to_str().ok_or_else(|| sqlx::Error::Protocol("the name is not UTF-8".to_owned()))?;
    sqlx::query("VACUUM INTO $1").bind(to).execute(&mut connection).await?;
    connection.close().await
}

/// Looks through all of a copy.
async fn whole(path: &Path) -> Result<Option<String>, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = options.connect().await?;
    let said = says(&mut connection, "PRAGMA integrity_check(1)").await?;
    connection.close().await?;
    Ok(said)
}

/// A copy that is not whole yet; dropped, nothing of it stays.
struct Partial {
    path: PathBuf,
}

impl Partial {
    /// An empty file beside the one that it becomes.
    fn beside(to: &Path) -> io::Result<Self> {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        let path = to.with_file_name(name);
        create(&path)?;
        Ok(Self { path })
    }

    /// Gives it its name, unless another has it by now. What was written lasts, and so does the name.
    fn keep(self, to: &Path) -> io::Result<u64> {
        let file = File::open(&self.path)?;
        file.sync_all()?;
        let octets = file.metadata()?.len();
        create(to)?;
        std::fs::rename(&self.path, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(octets)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It has its name, or there is nothing to clear away.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A new file that only its owner may read.
fn create(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}
