//! How is the history opened, read and written?
//!
//! One connection writes, a few read; every statement but those in `dialect` is the same for SQLite
//! and PostgreSQL.

use std::sync::Arc;
use std::time::Instant;

use sqlx::{Any, AnyConnection, Pool, Transaction};

use super::StoreError;
use super::dialect::Dialect;
use super::figures::Figures;
use super::glance::{Glance, Written};
use super::place::{Place, without_secret};

const READERS: u32 = 4;

/// The history. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Pool<Any>,
    readers: Pool<Any>,
    pub(super) dialect: &'static Dialect,
    pub(super) figures: Arc<Figures>,
    pub(super) glance: Arc<Glance>,
}

/// A transaction that writes. Dropped without [`Write::commit`], nothing of it stays.
#[derive(Debug)]
pub struct Write {
    transaction: Transaction<'static, Any>,
    begun: Instant,
    figures: Arc<Figures>,
    glance: Arc<Glance>,
    /// What of it matters at a glance, once it is committed.
    pub(super) written: Vec<Written>,
}

impl Store {
    /// Opens the history at `sqlite://PATH` or `postgres://HOST/DATABASE`, and brings an older schema
    /// up to date. A file is created if there is none; `sqlite://:memory:` lasts as long as the value.
    ///
    /// # Errors
    /// One sentence each: not a URL, a file or server that cannot be reached, a schema of a newer
    /// version, a damaged file.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let place = Place::parse(url)?;
        place.sound().await?;
        let dialect = place.dialect();
        let writer = place.connect(1, dialect.writer).await?;
        place.migrate(&writer).await?;
        let readers = match place {
            // Each connection to memory is a database of its own.
            Place::Memory => writer.clone(),
            Place::File { .. } | Place::Postgres { .. } => {
                place.connect(READERS, dialect.reader).await?
            }
        };
        Ok(Self { writer, readers, dialect, figures: Arc::default(), glance: Arc::default() })
    }

    /// Opens a history that is there already, to read it and nothing else; nothing if there is none.
    ///
    /// # Errors
    /// As [`Self::open`]; a schema of an older version too, since nothing is written.
    pub async fn open_to_read(url: &str) -> Result<Option<Self>, StoreError> {
        let place = Place::parse(url)?;
        match &place {
            Place::Memory => return Ok(None),
            Place::File { path } if !path.exists() => return Ok(None),
            Place::File { .. } => {}
            Place::Postgres { .. } => place.sound().await?,
        }
        let readers = place.connect(1, place.dialect().reader).await?;
        let readable = place.is_readable(&readers).await?;
        let (writer, dialect) = (readers.clone(), place.dialect());
        let store =
            Self { writer, readers, dialect, figures: Arc::default(), glance: Arc::default() };
        Ok(readable.then_some(store))
    }

    /// How a sentence names the store at `url`: without what may be secret.
    pub fn place(url: &str) -> String {
        Place::parse(url).map_or_else(|_| without_secret(url), |place| place.name())
    }

    /// Begins to write; waits while another transaction does.
    ///
    /// # Errors
    /// The database cannot be reached or locked.
    pub async fn write(&self) -> Result<Write, StoreError> {
        let begun = self.begin().await.map_err(StoreError::from);
        let transaction = begun.inspect_err(|_| self.figures.failures.count())?;
        Ok(Write {
            transaction,
            begun: Instant::now(),
            figures: Arc::clone(&self.figures),
            glance: Arc::clone(&self.glance),
            written: Vec::new(),
        })
    }

    async fn begin(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.writer.begin_with(self.dialect.begin).await {
            // SQLite itself ends a transaction for which the disk has no room; its connection still
            // counts it as begun, and would for good.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                self.writer.begin_with(self.dialect.begin).await
            }
            begun => begun,
        }
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
        let Self { transaction, begun, figures, glance, written } = self;
        let kept = transaction.commit().await.map_err(StoreError::from);
        figures.ended(&kept, begun.elapsed());
        if kept.is_ok() {
            glance.take(written);
        }
        kept
    }
}
