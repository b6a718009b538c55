//! Why the history could not be opened, read or written.

/// What went wrong with the store; each is one sentence for the person who runs vigie.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("store {url}: not a store URL; write sqlite://vigie.db")]
    Url { url: String },
    #[error("store {scheme}://…: not offered yet; use sqlite://vigie.db")]
    NotOffered { scheme: String },
    #[error("store {path}: cannot be opened or created: {reason}")]
    Unreachable { path: String, reason: String },
    #[error("store {path}: written by a newer vigie; run that version, or restore a backup")]
    Newer { path: String },
    #[error("store {path}: written by an older vigie; `vigie run` brings it up to date")]
    Older { path: String },
    #[error("store {path}: not a vigie store, or damaged; restore a backup")]
    Damaged { path: String },
    #[error("store: column {column} holds what this version does not know: {value}")]
    Content { column: &'static str, value: String },
    #[error("store: {0}")]
    Query(#[from] sqlx::Error),
}
