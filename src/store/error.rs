//! Why the history could not be opened, read, written or copied.

use std::path::PathBuf;

/// What went wrong with the store; each is one sentence for the person who runs vigie.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("store {url}: not a store URL; write sqlite://vigie.db or postgres://host/database")]
    Url { url: String },
    #[error("store {place}: cannot be opened or created: {reason}")]
    Unreachable { place: String, reason: String },
    #[error("store {place}: written by a newer vigie; run that version, or restore a backup")]
    Newer { place: String },
    #[error("store {place}: written by an older vigie; `vigie run` brings it up to date")]
    Older { place: String },
    #[error(
        "store {place}: not a vigie store, or damaged; `vigie backup --help` says how a copy is put back"
    )]
    Damaged { place: String },
    #[error("store {place}: there is no history yet; `vigie run` writes it")]
    Empty { place: String },
    #[error("store {place}: `vigie backup` copies SQLite; for PostgreSQL use pg_dump")]
    NoCopy { place: String },
    #[error("{}: exists already; a backup overwrites nothing", file.display())]
    Exists { file: PathBuf },
    #[error("{}: the backup could not be written: {reason}", file.display())]
    Copy { file: PathBuf, reason: String },
    #[error("store: column {column} holds what this version does not know: {value}")]
    Content { column: &'static str, value: String },
    #[error("store: {0}")]
    Query(#[from] sqlx::Error),
}
