//! The two kinds of stores, so that every rule is held to both.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tempfile::TempDir;

use super::cluster::Cluster;
use crate::store::Store;

/// Where new stores come from.
#[derive(Clone)]
pub(crate) enum Stores {
    Files,
    Postgres(Arc<Cluster>),
}

/// A place for one store.
pub(crate) struct Shelf {
    url: String,
    folder: Option<TempDir>,
}

impl Stores {
    pub(crate) async fn shelf(&self) -> Shelf {
        match self {
            Self::Files => {
                let folder = TempDir::new().unwrap();
                let url = format!("sqlite://{}", folder.path().join("vigie one.db").display());
                Shelf { url, folder: Some(folder) }
            }
            Self::Postgres(cluster) => Shelf { url: cluster.database().await, folder: None },
        }
    }
}

impl Stores {
    /// What makes every insert into a table fail, and what mends it.
    pub(crate) fn injected(&self, table: &str) -> [String; 2] {
        match self {
            Self::Files => [
                format!(
                    "CREATE TRIGGER fail BEFORE INSERT ON {table} \
                     BEGIN SELECT RAISE(ABORT, 'injected'); END"
                ),
                "DROP TRIGGER fail".to_owned(),
            ],
            Self::Postgres(_) => [
                format!(
                    "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \
                     $$ BEGIN RAISE EXCEPTION 'injected'; END $$; \
                     CREATE TRIGGER fail BEFORE INSERT ON {table} \
                     FOR EACH ROW EXECUTE FUNCTION fail()"
                ),
                format!("DROP TRIGGER fail ON {table}"),
            ],
        }
    }
}

impl Shelf {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A file beside the store.
    pub(crate) fn beside(&self, name: &str) -> std::path::PathBuf {
        self.folder.as_ref().unwrap().path().join(name)
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }
}

/// What holds of any store.
pub(crate) type Rule = (&'static str, fn(Stores) -> Pin<Box<dyn Future<Output = ()>>>);

/// Holds rules to files of SQLite, each as a test of its own, and names them for PostgreSQL.
macro_rules! on_both {
    ($($rule:ident),* $(,)?) => {
        mod on_files {
            $(
                #[tokio::test]
                async fn $rule() {
                    super::$rule($crate::store::tests::Stores::Files).await;
                }
            )*
        }

        pub(crate) fn rules() -> Vec<$crate::store::tests::Rule> {
            vec![$((stringify!($rule), |stores| Box::pin($rule(stores)))),*]
        }
    };
}

pub(crate) use on_both;
