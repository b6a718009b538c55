//! Which keys may stand in `vigie.toml`, and what does each take? The schema and `docs/config.md` are
//! written from this, and a test holds it equal to what the reader asks for.

mod channels;
mod page;
mod schema;
mod tables;
#[cfg(test)]
mod tests;

pub use page::page;
pub use schema::schema;

/// A table of the file.
struct Table {
    /// As mistakes name it: `[network]`, `[[domains]]`, `` `expect` in [[domains]] ``.
    title: &'static str,
    about: &'static str,
    keys: &'static [Key],
    /// Sets of keys of which one must be written.
    needs: &'static [&'static [&'static str]],
}

/// A key of a table.
struct Key {
    name: &'static str,
    takes: Takes,
    /// One sentence.
    about: &'static str,
    /// As it would be written, or in words; empty where there is none.
    default: &'static str,
}

/// What a key takes.
enum Takes {
    Text,
    /// `45s`, `1h30m`.
    Duration,
    Flag,
    /// A whole number from 1 up.
    Count,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A literal, `{ env = "NAME" }`, `{ file = "PATH" }` or `{ credential = "NAME" }`.
    Secret,
    /// A list of such values.
    List(&'static Takes),
    /// Such a value alone, or a list of them.
    OneOrMore(&'static Takes),
    Table(&'static Table),
    /// A table whose keys are these words, or any where there are none.
    Map {
        keys: &'static [&'static str],
        values: &'static Takes,
    },
}

impl Key {
    const fn new(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, takes, about, default: "" }
    }

    const fn or(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }
}
