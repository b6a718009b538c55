//! What do SQLite and PostgreSQL say in their own way? Everything else is one set of statements for
//! both: `$1` parameters, text and bigint columns.

/// The statements that differ.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Begins to write, and waits until nobody else does: a transaction reads what it compares with,
    /// and never fails half-way for want of the lock.
    pub begin: &'static str,
    /// What a connection is told when it is made.
    pub writer: &'static str,
    pub reader: &'static str,
    /// The octets of all of it, as `size`.
    pub size: &'static str,
}

pub(super) const SQLITE: Dialect = Dialect {
    begin: "BEGIN IMMEDIATE",
    writer: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
        PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000;",
    reader: "PRAGMA busy_timeout = 10000; PRAGMA query_only = ON;",
    size: "SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size",
};

pub(super) const POSTGRES: Dialect = Dialect {
    // The number is vigie's own; the lock ends with the transaction.
    begin: "BEGIN; SELECT pg_advisory_xact_lock(8461726365)",
    writer: "SET synchronous_commit = on",
    reader: "SET default_transaction_read_only = on",
    size: "SELECT pg_database_size(current_database()) AS size",
};
