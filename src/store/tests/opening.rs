//! Which stores are opened, and how the others are refused.

use sqlx::migrate::Migrator;

use super::*;
use crate::store::place::{MIGRATIONS, Place};

on_both!(
    a_newer_schema_is_left_alone,
    an_older_schema_is_not_read,
    an_older_store_is_brought_up_to_date_with_all_it_holds,
    what_is_there_is_opened_to_read_and_nothing_is_made,
);

#[tokio::test]
async fn memory_is_a_store_too() {
    let store = Store::open("sqlite://:memory:").await.unwrap();
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    assert_eq!(store.latest(&example()).await.unwrap().len(), 1);
}

/// It tells whom a domain's mail goes to, and who reported what.
#[tokio::test]
async fn only_its_owner_reads_a_new_store() {
    use std::os::unix::fs::PermissionsExt;
    let shelf = Stores::Files.shelf().await;
    let file = shelf.beside("own.db");
    let store = Store::open(&format!("sqlite://{}", file.display())).await.unwrap();
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    for name in ["own.db", "own.db-wal", "own.db-shm"] {
        let metadata = std::fs::metadata(shelf.beside(name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_says_why() {
    let shelf = Stores::Files.shelf().await;
    let damaged = shelf.beside("damaged.db");
    std::fs::write(&damaged, "not a database, but some other file that somebody keeps here")
        .unwrap();
    let url = |path: &std::path::Path| format!("sqlite://{}", path.display());
    let nowhere = url(&shelf.beside("no/such/folder/vigie.db"));
    let folder = url(damaged.parent().unwrap());
    // The discard port of loopback: nobody listens there.
    let server = "postgres://u:sec@ret@127.0.0.1:9/vigie?password=secret".to_owned();
    let cases = [
        ("vigie.db".to_owned(), "not a store URL; write sqlite://vigie.db"),
        ("sqlite://".to_owned(), "not a store URL"),
        ("mysql://u:secret@db/vigie".to_owned(), "store mysql://db/vigie: not a store URL"),
        ("postgres:u:secret@db/vigie".to_owned(), "not a store URL"),
        (server, "store postgres://127.0.0.1:9/vigie: cannot be opened"),
        (url(&damaged), "not a vigie store, or damaged"),
        (nowhere, "cannot be opened or created"),
        (folder, "cannot be opened or created"),
    ];
    for (written, expected) in cases {
        let said = Store::open(&written).await.unwrap_err().to_string();
        assert!(said.contains(expected), "{written}: {said}");
        assert!(!said.contains("sec") && !said.contains('\n'), "{said}");
    }
}

#[tokio::test]
async fn a_store_that_another_program_has_locked_says_what_to_do() {
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions, Executor};
    let shelf = Stores::Files.shelf().await;
    let file = shelf.beside("locked.db");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut other = options.clone().connect().await.unwrap();
    other.execute("CREATE TABLE one (it); BEGIN EXCLUSIVE").await.unwrap();
    let mut ours = options.busy_timeout(std::time::Duration::ZERO).connect().await.unwrap();
    let locked = ours.execute("SELECT * FROM one").await.unwrap_err();
    let place = Place::parse(&format!("sqlite://{}", file.display())).unwrap();
    let said = place.failed(&locked).to_string();
    let advice = "another program has locked it; end that program, or try again later";
    assert!(said.contains(advice), "{said}");
}

/// Notes a migration that this version does not have.
async fn grow_older(shelf: &Shelf) {
    let store = shelf.open().await;
    let later = "INSERT INTO _sqlx_migrations \
        (version, description, installed_on, success, checksum, execution_time) \
        SELECT 9999, 'later', installed_on, success, checksum, execution_time \
        FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(later).execute(store.writer()).await.unwrap();
    store.close().await;
}

async fn a_newer_schema_is_left_alone(stores: Stores) {
    let shelf = stores.shelf().await;
    grow_older(&shelf).await;
    let refused = [
        Store::open(shelf.url()).await.unwrap_err(),
        Store::open_to_read(shelf.url()).await.unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, StoreError::Newer { .. }), "{error}");
        assert!(
            error.to_string().contains("written by a newer vigie; run that version"),
            "{error}"
        );
    }
}

async fn an_older_schema_is_not_read(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let older = "DELETE FROM _sqlx_migrations WHERE version > 1";
    sqlx::query(older).execute(store.writer()).await.unwrap();
    store.close().await;
    let error = Store::open_to_read(shelf.url()).await.unwrap_err();
    assert!(matches!(error, StoreError::Older { .. }), "{error}");
}

async fn an_older_store_is_brought_up_to_date_with_all_it_holds(stores: Stores) {
    let shelf = stores.shelf().await;
    let place = Place::parse(shelf.url()).unwrap();
    place.sound().await.unwrap();
    let first = place.connect(1, place.dialect().writer).await.unwrap();
    let migrations = MIGRATIONS.iter().take(1).cloned().collect();
    Migrator::with_migrations(migrations).run(&first).await.unwrap();
    let old = "INSERT INTO incidents (id, cause_id, subject, state, severity, baseline, domain, \
        domains, symptoms, cause, since, opened_at, sequence) \
        VALUES ('01J', 'spf.missing', 'example.com', 'open', 'error', 0, 'example.com', '[]', '[]', \
        $1, 1, 1, 1)";
    let cause = serde_json::to_string(&finding(Severity::Error)).unwrap();
    sqlx::query(old).bind(cause).execute(&first).await.unwrap();
    first.close().await;

    let store = shelf.open().await;
    let incident = store.incident("01J").await.unwrap().unwrap();
    assert_eq!((incident.cause, incident.held), (finding(Severity::Error), false));
}

async fn what_is_there_is_opened_to_read_and_nothing_is_made(stores: Stores) {
    let shelf = stores.shelf().await;
    assert!(Store::open_to_read(shelf.url()).await.unwrap().is_none());
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;

    let reading = Store::open_to_read(shelf.url()).await.unwrap().unwrap();
    assert_eq!(reading.domains().await.unwrap(), [example()]);
    let mut write = reading.write().await;
    if let Ok(write) = &mut write {
        write.put_last_runs(&["mine"], at(0)).await.unwrap_err();
    }
    drop(write);
    assert!(store.last_runs().await.unwrap().is_empty());
}
