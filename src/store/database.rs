//! Where is the history kept, and how is it opened?
//!
//! SQLite for now. One connection writes, a few read; every statement but those in [`dialect`] is
//! portable to PostgreSQL.

use std::cmp::Ordering;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Any, AnyConnection, Connection, Executor, Pool, Row, Transaction};

use super::StoreError;
use super::row::Column;

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// What SQLite says in its own way.
mod dialect {
    /// Takes the write lock at once, so that a transaction never fails half-way for want of it.
    pub const BEGIN: &str = "BEGIN IMMEDIATE";
    pub const WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
        PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000;";
    pub const READER: &str = "PRAGMA busy_timeout = 10000; PRAGMA query_only = ON;";
    /// One row with `ok`, or the first damage found.
    pub const SOUND: &str = "PRAGMA quick_check(1)";
}

const READERS: u32 = 4;

/// The history. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Pool<Any>,
    readers: Pool<Any>,
}

/// A transaction that writes. Dropped without [`Write::commit`], nothing of it stays.
#[derive(Debug)]
pub struct Write {
    transaction: Transaction<'static, Any>,
}

impl Store {
    /// Opens the history at `sqlite://PATH`, creates the file if there is none, and brings an older
    /// schema up to date. `sqlite://:memory:` lasts as long as the value.
    ///
    /// # Errors
    /// One sentence each: not a URL, a database that is not offered, a path that cannot be reached,
    /// a schema of a newer version, a damaged file.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        install_default_drivers();
        let place = Place::parse(url)?;
        place.sound().await?;
        let writer = place.connect(1, dialect::WRITER).await?;
        MIGRATIONS.run(&writer).await.map_err(|error| place.migration_failed(error))?;
        let readers = if place.in_memory() {
            writer.clone() // each connection to memory is a database of its own
        } else {
            place.connect(READERS, dialect::READER).await?
        };
        Ok(Self { writer, readers })
    }

    /// Opens a history that is there already, to read it and nothing else; nothing if there is none.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_to_read(url: &str) -> Result<Option<Self>, StoreError> {
        install_default_drivers();
        let place = Place::parse(url)?;
        if place.in_memory() || !std::path::Path::new(&place.path).exists() {
            return Ok(None);
        }
        let readers = place.connect(1, dialect::READER).await?;
        place.same_schema(&readers).await?;
        Ok(Some(Self { writer: readers.clone(), readers }))
    }

    /// How a sentence names the store at `url`: without what may be secret.
    pub fn place(url: &str) -> String {
        Place::parse(url).map_or_else(|_| url.to_owned(), |place| place.path)
    }

    /// Begins to write; waits while another transaction does.
    ///
    /// # Errors
    /// The database cannot be reached or locked.
    pub async fn write(&self) -> Result<Write, StoreError> {
        Ok(Write { transaction: self.writer.begin_with(dialect::BEGIN).await? })
    }

    /// The connections that read.
    pub fn readers(&self) -> &Pool<Any> {
        &self.readers
    }

    /// The one connection that writes, for statements that need no [`Write`].
    pub fn writer(&self) -> &Pool<Any> {
        &self.writer
    }

    /// Whether the history can be written now; what `/readyz` asks.
    ///
    /// # Errors
    /// It cannot.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.write().await?.commit().await
    }

    /// A consistent copy in a new file, while the daemon runs.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub async fn backup(&self, path: &str) -> Result<(), StoreError> {
        let copy = sqlx::query("VACUUM INTO $1").bind(path).execute(&self.writer).await;
        copy.map(drop).map_err(|error| unreachable_at(path, &error))
    }

    /// Ends all connections, after what is being written.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Write {
    /// The connection inside the transaction, for statements of other modules.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Makes everything written so far last.
    ///
    /// # Errors
    /// The disk or the database refuses; then nothing of it stays.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}

/// A place for the history, as the configuration writes it.
struct Place {
    path: String,
}

impl Place {
    fn parse(url: &str) -> Result<Self, StoreError> {
        let Some((scheme, path)) = url.split_once("://") else {
            return Err(StoreError::Url { url: url.to_owned() });
        };
        match scheme {
            "sqlite" if !path.is_empty() && !path.contains(['?', '#', '\0']) => {
                Ok(Self { path: path.to_owned() })
            }
            "sqlite" => Err(StoreError::Url { url: url.to_owned() }),
            // The rest may hold a password and stays out of the message.
            _ => Err(StoreError::NotOffered { scheme: scheme.to_owned() }),
        }
    }

    fn in_memory(&self) -> bool {
        self.path == ":memory:"
    }

    fn url(&self) -> String {
        if self.in_memory() {
            return "sqlite::memory:".to_owned();
        }
        // sqlx decodes percent signs again.
        let encoded = self.path.replace('%', "%25").replace(' ', "%20");
        format!("sqlite:{encoded}?mode=rwc")
    }

    async fn connect(&self, connections: u32, hook: &'static str) -> Result<Pool<Any>, StoreError> {
        let options = AnyPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(30))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(sqlx::raw_sql(hook)).await?;
                    Ok(())
                })
            });
        options.connect(&self.url()).await.map_err(|error| self.failed(&error))
    }

    /// Creates the file if there is none, and looks for damage. A pool would try again until its
    /// time is over.
    async fn sound(&self) -> Result<(), StoreError> {
        let said = self.first_damage().await.map_err(|error| self.failed(&error))?;
        if said == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: self.path.clone() }) }
    }

    async fn first_damage(&self) -> Result<String, sqlx::Error> {
        let mut connection = AnyConnection::connect(&self.url()).await?;
        connection.execute(sqlx::raw_sql(dialect::WRITER)).await?;
        let row = sqlx::query(dialect::SOUND).fetch_one(&mut connection).await?;
        connection.close().await?;
        row.try_get(0)
    }

    /// Whether this version can read what is there: reading alone brings no schema up to date.
    async fn same_schema(&self, readers: &Pool<Any>) -> Result<(), StoreError> {
        let newest = "SELECT MAX(version) AS version FROM _sqlx_migrations";
        let path = || self.path.clone();
        let row = match sqlx::query(newest).fetch_one(readers).await {
            Ok(row) => row,
            // Without that table it is another program's database.
            Err(sqlx::Error::Database(error)) if error.message().contains("_sqlx_migrations") => {
                return Err(StoreError::Damaged { path: path() });
            }
            Err(error) => return Err(self.failed(&error)),
        };
        let ours = MIGRATIONS.iter().map(|migration| migration.version).max();
        match row.number_if_any("version")?.cmp(&ours) {
            Ordering::Less => Err(StoreError::Older { path: path() }),
            Ordering::Equal => Ok(()),
            Ordering::Greater => Err(StoreError::Newer { path: path() }),
        }
    }

    fn failed(&self, error: &sqlx::Error) -> StoreError {
        if is_damage(error) {
            return StoreError::Damaged { path: self.path.clone() };
        }
        unreachable_at(&self.path, error)
    }

    fn migration_failed(&self, error: MigrateError) -> StoreError {
        let path = self.path.clone();
        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                StoreError::Newer { path }
            }
            MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => {
                StoreError::Damaged { path }
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                self.failed(&error)
            }
            other => StoreError::Unreachable { path, reason: other.to_string() },
        }
    }
}

fn unreachable_at(path: &str, error: &sqlx::Error) -> StoreError {
    let reason = match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    };
    StoreError::Unreachable { path: path.to_owned(), reason }
}

/// SQLITE_CORRUPT or SQLITE_NOTADB, whatever their extension (sqlite.org/rescode.html).
fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
}
