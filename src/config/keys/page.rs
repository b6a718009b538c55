//! The keys as a page of Markdown, `docs/config.md`.

use std::fmt::Write as _;

use super::tables::FILE;
use super::{Key, Table, Takes};

const HEAD: &str = "\
# vigie.toml

Every key, what it takes and what holds without it. Written from `src/config/keys/tables.rs`.

Paths are relative to the file. A secret is a literal, `{ env = \"NAME\" }`, `{ file = \"PATH\" }` or, for what
systemd passes (`LoadCredential=`), `{ credential = \"NAME\" }`; a duration is numbers with a unit each
(`w` `d` `h` `m` `s` `ms`), such as `1h30m`. `vigie config check` names every mistake at once, with its line;
`vigie config schema` prints all of this as a JSON Schema.
";

/// The page, ending with a line feed.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    let plain = FILE.keys.iter().filter(|key| inner(key).is_none());
    text.push_str("\nBefore the first table:\n");
    rows(&mut text, plain);
    for table in FILE.keys.iter().filter_map(inner) {
        section(&mut text, table);
    }
    text
}

/// The table, or the one of the list, that a key takes: a section of its own.
fn inner(key: &Key) -> Option<&'static Table> {
    match &key.takes {
        Takes::Table(table) | Takes::List(Takes::Table(table)) => Some(table),
        _ => None,
    }
}

/// A table and those inside it.
fn section(text: &mut String, table: &'static Table) {
    let title = table.title.replace('`', "");
    let _ = write!(text, "\n## {title}\n\n{}\n", table.about);
    match table.needs {
        [] => {}
        several => {
            let sets: Vec<String> = several.iter().map(|needed| coded(needed)).collect();
            let _ = writeln!(text, "Needed: {}.", sets.join(", or "));
        }
    }
    rows(text, table.keys);
    for inner in table.keys.iter().filter_map(inner) {
        section(text, inner);
    }
}

fn rows(text: &mut String, keys: impl IntoIterator<Item = &'static Key>) {
    text.push_str("\n| key | takes | without it | |\n|---|---|---|---|\n");
    for key in keys {
        let default = match key.default {
            written if written.starts_with('"') || written == "true" || written == "false" => {
                format!("`{written}`")
            }
            words => words.to_owned(),
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {default} | {} |",
            key.name,
            in_words(&key.takes),
            key.about.replace('|', "\\|")
        );
    }
}

fn coded(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" ")
}

fn in_words(what: &Takes) -> String {
    match what {
        Takes::Text => "text".to_owned(),
        Takes::Duration => "a duration".to_owned(),
        Takes::Flag => "`true` or `false`".to_owned(),
        Takes::Count => "a whole number from 1 up".to_owned(),
        Takes::Word(words) => coded(words),
        Takes::Secret => "a secret".to_owned(),
        Takes::List(Takes::Table(_)) => "a list of tables".to_owned(),
        Takes::List(item) => format!("a list: {}", in_words(item)),
        Takes::OneOrMore(item) => format!("{}, or a list", in_words(item)),
        Takes::Table(_) => "a table".to_owned(),
        Takes::Map { values, .. } => format!("a table of names and values: {}", in_words(values)),
    }
}
