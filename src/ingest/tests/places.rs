//! Files, folders, and what is told of them when they are taken in.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::ingest::intake::take_from;
use crate::ingest::sources::look_through;
use crate::ingest::{Intake, take_in};

struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        for (name, content) in files {
            let path = folder.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    async fn take_in(&self, names: &[&str]) -> Intake {
        let url = format!("sqlite://{}", self.path("vigie.db").display());
        let paths = names.iter().map(|name| self.path(name)).collect();
        take_in(&url, paths, now()).await.unwrap()
    }
}

fn told(paths: &[PathBuf]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    look_through(paths, now(), |batch| {
        told.extend(batch.iter().map(|(place, found)| {
            let name = Path::new(&place.file).file_name().unwrap().to_string_lossy().into_owned();
            (name, short(found))
        }));
        true
    });
    told
}

#[test]
fn a_folder_is_read_with_its_folders_and_what_is_no_report_is_passed_over() {
    let folder = Folder::with(&[
        ("in/new/1.eml", xml("1").as_bytes()),
        ("in/cur/2.xml", xml("2").as_bytes()),
        ("in/cur/3.xml.gz", b"\x1f\x8bdamaged"),
        ("in/notes.txt", b"hello"),
        ("in/empty", b""),
        ("in/t.json", b"{\"organization-name\": \"x\"}"),
    ]);
    std::os::unix::fs::symlink(folder.path("in"), folder.path("in/cur/again")).unwrap();
    let expected = [
        ("2.xml", "2"),
        ("3.xml.gz", "damaged-gzip"),
        ("empty", "no-report"),
        ("1.eml", "1"),
        ("notes.txt", "no-report"),
        ("t.json", "tls-report"),
    ];
    let expected = expected.map(|(name, said)| (name.to_owned(), said.to_owned()));
    assert_eq!(told(&[folder.path("in")]), expected);
}

#[test]
fn what_is_named_should_be_a_report() {
    let folder = Folder::with(&[("notes.txt", b"hello"), ("empty", b"")]);
    let said: Vec<_> = told(&["notes.txt", "empty", "nowhere"].map(|name| folder.path(name)))
        .into_iter()
        .map(|(_, said)| said)
        .collect();
    assert_eq!(said, ["unknown", "empty", "unreadable"]);
}

#[tokio::test]
async fn a_report_counts_once_however_often_it_comes() {
    let zipped = zip(&[("a.xml", xml("1").as_bytes()), ("b.xml", xml("2").as_bytes())]);
    let mailbox = format!(
        "From a\nSubject: x\n\nHello\n\nFrom b\nContent-Type: text/xml\nFrom: r@x.example\n\n{}\n",
        xml("3")
    );
    let folder = Folder::with(&[
        ("in/a.zip", &zipped),
        ("in/b.xml", xml("2").as_bytes()),
        ("in/c.mbox", mailbox.as_bytes()),
        ("in/d.zip", b"PK\x03\x04damaged"),
    ]);
    let first = folder.take_in(&["in", "in/b.xml"]).await;
    let domain = first.domains.values().next().unwrap();
    assert_eq!((domain.new, domain.known, domain.tally.messages), (3, 2, 30));
    assert_eq!(domain.reporters["receiver.example"], 3);
    assert_eq!(domain.range, Some((now() - TimeDelta::hours(30), now() - TimeDelta::hours(6))));
    assert_eq!((first.passed_over, first.unread.len(), first.is_whole()), (1, 1, false));
    assert_eq!(first.unread[0].1, Unread::Faulty(Fault::DamagedZip));

    let again = folder.take_in(&["in"]).await;
    let domain = again.domains.values().next().unwrap();
    assert_eq!((domain.new, domain.known, domain.tally.messages, domain.range), (0, 4, 0, None));
}

#[tokio::test]
async fn what_was_not_read_is_told_up_to_a_bound() {
    let many: Vec<(String, &[u8])> =
        (0..999).map(|number| (format!("{number}.xml"), &b"<feedback>"[..])).collect();
    let many: Vec<(&str, &[u8])> =
        many.iter().map(|(name, octets)| (name.as_str(), *octets)).collect();
    let archive = zip(&many);
    let folder = Folder::with(&[("a.zip", &archive), ("b.zip", &archive)]);
    let intake = folder.take_in(&["a.zip", "b.zip"]).await;
    assert_eq!((intake.unread.len(), intake.unread_beyond), (1000, 998));
    assert!(!intake.is_whole());
}

#[test]
fn what_makes_a_library_panic_is_not_read_and_the_rest_is() {
    let mut search = Search::at(now());
    let (one, two) = (Place::of("one"), Place::of("two"));
    search.contained(&one, |search| {
        search.look(xml("1").as_bytes(), &one, 0);
        panic!("a library met octets that it never saw");
    });
    search.begin(xml("2").as_bytes(), &two);
    let said: Vec<_> = search.found.iter().map(|(place, found)| (place, short(found))).collect();
    let expected = [(&one, "1"), (&one, "reader-failed"), (&two, "2")];
    assert_eq!(said, expected.map(|(place, said)| (place, said.to_owned())));
}

#[tokio::test]
#[should_panic(expected = "nobody saw it coming")]
async fn a_reader_that_panics_is_not_taken_for_one_that_is_done() {
    let folder = Folder::with(&[]);
    let url = format!("sqlite://{}", folder.path("vigie.db").display());
    let look = |told: &mut dyn FnMut(_) -> bool| {
        told(found(xml("1").as_bytes()));
        panic!("nobody saw it coming");
    };
    // What it comes to is of no interest: it has to come to nothing.
    let _ = take_from(&url, now(), look).await;
}
