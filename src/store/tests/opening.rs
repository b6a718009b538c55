//! Which stores are opened, and how the others are refused.

use super::*;

#[tokio::test]
async fn memory_is_a_store_too() {
    let store = Store::open("sqlite://:memory:").await.unwrap();
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    assert_eq!(store.latest(&example()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_says_why() {
    let shelf = Shelf::new();
    let damaged = shelf.directory.path().join("damaged.db");
    std::fs::write(&damaged, "not a database, but some other file that somebody keeps here")
        .unwrap();
    let url = |path: &std::path::Path| format!("sqlite://{}", path.display());
    let nowhere = url(&shelf.directory.path().join("no/such/folder/vigie.db"));
    let cases = [
        ("vigie.db".to_owned(), "not a store URL; write sqlite://vigie.db"),
        ("sqlite://".to_owned(), "not a store URL"),
        ("postgres://u:secret@db/vigie".to_owned(), "store postgres://…: not offered yet"),
        (url(&damaged), "not a vigie store, or damaged"),
        (nowhere, "cannot be opened or created"),
        (url(shelf.directory.path()), "cannot be opened or created"),
    ];
    for (written, expected) in cases {
        let said = Store::open(&written).await.unwrap_err().to_string();
        assert!(said.contains(expected), "{written}: {said}");
        assert!(!said.contains("secret") && !said.contains('\n'), "{said}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let shelf = Shelf::new();
    let store = shelf.open().await;
    let mut write = store.write().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
        execution_time) VALUES (9999, 'later', 1, x'00', 0)";
    sqlx::query(newer).execute(write.connection()).await.unwrap();
    write.commit().await.unwrap();
    store.close().await;

    let error = Store::open(&shelf.url()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn a_backup_opens_as_a_store() {
    let shelf = Shelf::new();
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    let copy = shelf.directory.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    store.backup(copy).await.unwrap();

    let restored = Store::open(&format!("sqlite://{copy}")).await.unwrap();
    assert_eq!(restored.latest(&example()).await.unwrap().len(), 1);
    assert!(store.backup(copy).await.is_err(), "a backup never overwrites");
}
