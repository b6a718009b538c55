//! Files of SQLite: are they whole, and how are they copied?

use std::os::unix::fs::{FileExt, PermissionsExt};
use std::time::Duration;

use super::*;
use crate::store::file::{Soundness, look_through};

/// A store of some hundred pages.
async fn filled(shelf: &Shelf) -> Store {
    let store = shelf.open().await;
    for look in 0..400 {
        let record = format!("{look} {}", "a".repeat(2000));
        put(&store, &outcome(CheckStatus::Pass, &record, vec![]), at(look)).await;
    }
    store
}

#[tokio::test]
async fn a_copy_made_while_it_is_written_is_whole_and_private() {
    let shelf = Stores::Files.shelf().await;
    let store = filled(&shelf).await;
    let copy = shelf.beside("copy.db");
    let writing = async {
        for look in 400..500 {
            put(&store, &outcome(CheckStatus::Pass, &look.to_string(), vec![]), at(look)).await;
        }
    };
    let (copied, ()) = tokio::join!(back_up(shelf.url(), &copy), writing);

    let metadata = copy.metadata().unwrap();
    assert_eq!(copied.unwrap(), metadata.len());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let restored = Store::open(&format!("sqlite://{}", copy.display())).await.unwrap();
    let history = restored.history(&example(), 1000).await.unwrap();
    assert!(history.len() >= 400, "{}", history.len());
    assert_eq!(history[0].position, i64::try_from(history.len()).unwrap() - 1);
}

#[tokio::test]
async fn a_full_disk_loses_what_it_has_no_room_for_and_nothing_later() {
    let shelf = Stores::Files.shelf().await;
    let store = shelf.open().await;
    // As good as a disk: this connection finds no further page.
    let full = "PRAGMA max_page_count = 1";
    sqlx::query(full).execute(store.writer()).await.unwrap();
    let mut write = store.write().await.unwrap();
    let large = outcome(CheckStatus::Pass, &"a".repeat(1 << 20), vec![]);
    let spf = key();
    let new = [NewSpan { key: &spf, outcome: &large, seen_at: at(0) }];
    let refused = write.put_spans(&example(), &new).await.unwrap_err().to_string();
    assert!(refused.contains("full"), "{refused}");
    drop(write);
    assert!(put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(60)).await);
    store.ready().await.unwrap();
    assert_eq!(store.latest(&example()).await.unwrap()[0].first_seen, at(60));
}

#[tokio::test]
async fn what_cannot_be_copied_says_why_and_leaves_nothing() {
    let shelf = Stores::Files.shelf().await;
    filled(&shelf).await.close().await;
    let there = shelf.beside("there.db");
    std::fs::write(&there, "precious").unwrap();
    let other = shelf.beside("other.db");
    let foreign = format!("sqlite://{}", other.display());
    std::fs::write(&other, "").unwrap();
    let absent = format!("sqlite://{}", shelf.beside("absent.db").display());
    let cases = [
        (shelf.url(), "there.db", "exists already; a backup overwrites nothing"),
        (shelf.url(), "no/such/folder/copy.db", "could not be written: No such file"),
        (absent.as_str(), "copy.db", "there is no history yet"),
        (foreign.as_str(), "copy.db", "not a vigie store"),
        ("sqlite://:memory:", "copy.db", "there is no history yet"),
        (
            "postgres://u:secret@db/vigie",
            "copy.db",
            "store postgres://db/vigie: `vigie backup` copies SQLite; for PostgreSQL use pg_dump",
        ),
    ];
    let before = std::fs::read_dir(there.parent().unwrap()).unwrap().count();
    for (url, file, expected) in cases {
        let said = back_up(url, &shelf.beside(file)).await.unwrap_err().to_string();
        assert!(said.contains(expected) && !said.contains("secret"), "{url} {file}: {said}");
    }
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "precious");
    assert_eq!(std::fs::read_dir(there.parent().unwrap()).unwrap().count(), before);
}

#[tokio::test]
async fn damage_is_found_when_a_store_is_opened_and_when_it_is_copied() {
    let shelf = Stores::Files.shelf().await;
    filled(&shelf).await.close().await;
    let path = shelf.beside("vigie one.db");
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let octets = file.metadata().unwrap().len();
    for place in 1..8 {
        file.write_all_at(&[0xab; 4096], octets / 8 * place / 4096 * 4096).unwrap();
    }
    let error = Store::open(shelf.url()).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("damaged; `vigie backup --help`"), "{error}");
    let copy = shelf.beside("copy.db");
    back_up(shelf.url(), &copy).await.unwrap_err();
    assert!(!copy.exists());
}

#[tokio::test]
async fn a_large_store_is_looked_through_for_so_long() {
    let shelf = Stores::Files.shelf().await;
    filled(&shelf).await.close().await;
    let path = shelf.beside("vigie one.db");
    let looked = |limit| look_through(&path, limit);
    assert_eq!(looked(Duration::from_secs(60)).await.unwrap(), Soundness::Whole);
    assert_eq!(looked(Duration::ZERO).await.unwrap(), Soundness::InPart);
}
