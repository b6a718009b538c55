//! Where is the history kept? A file of SQLite, memory, or a database of PostgreSQL.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Any, AnyConnection, ConnectOptions, Connection, Executor, Pool};
use tracing::warn;

use super::StoreError;
use super::dialect::{Dialect, POSTGRES, SQLITE};
use super::file::{self, Soundness};
use super::row::Column;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// The longest that a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// A place for the history, as the configuration writes it.
pub(super) enum Place {
    Memory,
    File {
        path: PathBuf,
    },
    /// The URL may hold a password.
    Postgres {
        url: String,
    },
}

/// A history that is there, but perhaps not one that this version can read.
enum Schema {
    Missing,
    Version(Option<i64>),
}

impl Place {
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        install_default_drivers();
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(StoreError::Url { url: without_secret(url) });
        };
        match scheme {
            "sqlite" if rest == ":memory:" => Ok(Self::Memory),
            "sqlite" if !rest.is_empty() && !rest.contains(['?', '#', '\0']) => {
                Ok(Self::File { path: rest.into() })
            }
            "postgres" | "postgresql" if !rest.is_empty() => {
                Ok(Self::Postgres { url: url.to_owned() })
            }
            _ => Err(StoreError::Url { url: without_secret(url) }),
        }
    }

    /// How sentences name it: no user, password or option of a URL.
    pub fn name(&self) -> String {
        match self {
            Self::Memory => ":memory:".to_owned(),
            // A relative path says nothing to who stands elsewhere.
            Self::File { path } => {
                std::path::absolute(path).as_ref().unwrap_or(path).display().to_string()
            }
            Self::Postgres { url } => without_secret(url),
        }
    }

    pub fn dialect(&self) -> &'static Dialect {
        match self {
            Self::Memory | Self::File { .. } => &SQLITE,
            Self::Postgres { .. } => &POSTGRES,
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File { path } => Some(path),
            Self::Memory | Self::Postgres { .. } => None,
        }
    }

    /// Creates the file if there is none, and looks for damage; asks whether a server answers. A pool
    /// would try again until its time is over.
    pub async fn sound(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory => Ok(()),
            Self::File { path } => match file::look_through(path, file::LOOKED_AT).await {
                Ok(Soundness::Whole) => Ok(()),
                Ok(Soundness::InPart) => {
                    warn!(store = %self.name(), "a large store: it was looked through in part");
                    Ok(())
                }
                Ok(Soundness::Damaged) => Err(StoreError::Damaged { place: self.name() }),
                Err(error) => Err(self.failed(&error)),
            },
            Self::Postgres { url } => {
                let connected = tokio::time::timeout(PATIENCE, AnyConnection::connect(url)).await;
                let late = || StoreError::Unreachable {
                    place: self.name(),
                    reason: "no answer in 30 s".to_owned(),
                };
                let connection = connected.map_err(|_| late())?;
                let connection = connection.map_err(|error| self.failed(&error))?;
                connection.close().await.map_err(|error| self.failed(&error))
            }
        }
    }

    pub async fn connect(
        &self,
        connections: u32,
        told: &'static str,
    ) -> Result<Pool<Any>, StoreError> {
        let options = AnyPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(sqlx::raw_sql(told)).await?;
                    Ok(())
                })
            });
        // A statement that waits for another program is told as that, not as SQL.
        let at =
            self.url().parse::<AnyConnectOptions>().map(ConnectOptions::disable_statement_logging);
        let at = at.map_err(|error| self.failed(&error))?;
        options.connect_with(at).await.map_err(|error| self.failed(&error))
    }

    fn url(&self) -> String {
        match self {
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::File { path } => {
                // sqlx decodes percent signs again.
                let encoded = path.display().to_string().replace('%', "%25").replace(' ', "%20");
                format!("sqlite:{encoded}?mode=rw")
            }
            Self::Postgres { url } => url.clone(),
        }
    }

    /// Brings an older schema up to date.
    pub async fn migrate(&self, writer: &Pool<Any>) -> Result<(), StoreError> {
        MIGRATIONS.run(writer).await.map_err(|error| self.migration_failed(error))
    }

    /// Whether there is a history that this version can read: reading alone brings no schema up to
    /// date.
    pub async fn is_readable(&self, readers: &Pool<Any>) -> Result<bool, StoreError> {
        let ours = MIGRATIONS.iter().map(|migration| migration.version).max();
        let place = self.name();
        match self.schema(readers).await? {
            Schema::Missing if self.file().is_none() => Ok(false),
            // A file that is there and no history is another program's.
            Schema::Missing => Err(StoreError::Damaged { place }),
            Schema::Version(version) => match version.cmp(&ours) {
                Ordering::Less => Err(StoreError::Older { place }),
                Ordering::Equal => Ok(true),
                Ordering::Greater => Err(StoreError::Newer { place }),
            },
        }
    }

    async fn schema(&self, readers: &Pool<Any>) -> Result<Schema, StoreError> {
        let newest = "SELECT MAX(version) AS version FROM _sqlx_migrations";
        match sqlx::query(newest).fetch_one(readers).await {
            Ok(row) => Ok(Schema::Version(row.number_if_any("version")?)),
            Err(sqlx::Error::Database(error)) if error.message().contains("_sqlx_migrations") => {
                Ok(Schema::Missing)
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    pub fn failed(&self, error: &sqlx::Error) -> StoreError {
        if file::is_damage(error) {
            return StoreError::Damaged { place: self.name() };
        }
        let reason = match error {
            sqlx::Error::Database(error) if error.message().contains("is locked") => {
                "another program has locked it; end that program, or try again later".to_owned()
            }
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => other.to_string(),
        };
        StoreError::Unreachable { place: self.name(), reason }
    }

    fn migration_failed(&self, error: MigrateError) -> StoreError {
        let place = self.name();
        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                StoreError::Newer { place }
            }
            MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => {
                StoreError::Damaged { place }
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                self.failed(&error)
            }
            other => StoreError::Unreachable { place, reason: other.to_string() },
        }
    }
}

/// A URL without user, password and options.
pub(super) fn without_secret(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        let start = url.split(':').next().unwrap_or_default();
        return if url.contains('@') { format!("{start}:…") } else { url.to_owned() };
    };
    if scheme == "sqlite" {
        return url.to_owned();
    }
    // The last sign: a password that holds one, unescaped, stays out too.
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}://{rest}")
}
