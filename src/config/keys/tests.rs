//! Are the tables the keys that the reader asks for, no more and no less?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use vigie_checks::kernel::Bilingual;

use super::super::Settings;
use super::super::include;
use super::super::reader::{Reading, Section};
use super::super::secret::ProcessEnvironment;
use super::super::source::Source;
use super::tables::FILE;
use super::{Table, Takes};

/// Every table of the file at least once, so that the reader asks for all of its keys.
const EVERY_TABLE: &str = r#"
[network]
[store]
[web]
[schedule]
[heartbeat]
[[domains]]
streams = [{}]
expect = {}
[[domains]]
file = "no-such-list"
[[probes]]
submit = {}
mailbox = {}
returns = {}
[[probes]]
seeds = "no-such-list"
[[channels]]
submit = {}
[[routes]]
[[maintenance]]
[[blocklists]]
[[plugins]]
"#;

type Keys = BTreeMap<String, BTreeSet<&'static str>>;

fn gather(table: &Table, keys: &mut Keys) {
    keys.entry(table.title.to_owned()).or_default().extend(table.keys.iter().map(|key| key.name));
    for key in table.keys {
        if let Takes::Table(inner) | Takes::List(Takes::Table(inner)) = &key.takes {
            gather(inner, keys);
        }
    }
}

#[test]
fn the_tables_hold_the_keys_that_the_reader_asks_for() {
    let source = Source::new(Path::new("vigie.toml"), EVERY_TABLE.to_owned());
    let reading = Reading::new(&source, &ProcessEnvironment);
    let document = toml::de::DeTable::parse(EVERY_TABLE).expect("written above");
    let mut file = Section::new(&reading, Bilingual::default(), 0..0, Some(document.get_ref()));
    assert!(include::sources(&mut file).is_empty());
    Settings::read(file, &[], &[]);
    let asked: Keys = reading.asked();
    let mut written = Keys::new();
    gather(&FILE, &mut written);
    assert_eq!(written, asked);
}

/// The tables are sections of the page; what stands outside of them must not be lost.
#[test]
fn the_page_has_a_row_for_every_key_and_names_each_way_to_keep_a_secret() {
    let mut keys = Keys::new();
    gather(&FILE, &mut keys);
    let page = super::page();
    for key in FILE.keys {
        let is_table = matches!(key.takes, Takes::Table(_) | Takes::List(Takes::Table(_)));
        if is_table {
            keys.get_mut("").expect("that of the file itself").remove(key.name);
        }
    }
    for (title, keys) in keys {
        for key in keys {
            assert!(page.contains(&format!("\n| `{key}` | ")), "{key} of {title:?}");
        }
    }
    for place in ["env", "file", "credential"] {
        assert!(page.contains(&format!("`{{ {place} = \"")), "{place}");
    }
}

#[test]
fn every_key_says_what_it_is_for() {
    fn each(table: &Table) {
        assert!(table.about.ends_with('.'), "{}: {}", table.title, table.about);
        for key in table.keys {
            assert!(key.about.ends_with('.'), "{}: {}", key.name, key.about);
            if let Takes::Table(inner) | Takes::List(Takes::Table(inner)) = &key.takes {
                each(inner);
            }
        }
    }
    each(&FILE);
}
