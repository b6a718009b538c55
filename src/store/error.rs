//! Why the history could not be opened, read, written or copied.

use std::path::PathBuf;

use vigie_checks::kernel::Bilingual;

/// What went wrong with the store; each is one sentence for the person who runs vigie.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum StoreError {
    Url { url: String },
    Unreachable { place: String, reason: String },
    Newer { place: String },
    Older { place: String },
    Damaged { place: String },
    Empty { place: String },
    NoCopy { place: String },
    Exists { file: PathBuf },
    Copy { file: PathBuf, reason: String },
    Content { column: &'static str, value: String },
    Query(#[from] sqlx::Error),
}

impl StoreError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        let store = |place: &str, en: &str, fr: &str| {
            Bilingual::new(en, fr).about_each(&format!("store {place}"), &format!("base {place}"))
        };
        match self {
            Self::Url { url } => store(
                url,
                "not a store URL; write sqlite://vigie.db or postgres://host/database",
                "ce n’est pas l’URL d’une base ; écrire sqlite://vigie.db ou postgres://hôte/base",
            ),
            Self::Unreachable { place, reason } => store(
                place,
                &format!("cannot be opened or created: {reason}"),
                &format!("impossible de l’ouvrir ou de la créer (« {reason} »)"),
            ),
            Self::Newer { place } => store(
                place,
                "written by a newer vigie; run that version, or restore a backup",
                "écrite par un vigie plus récent ; lancer cette version, ou restaurer une sauvegarde",
            ),
            Self::Older { place } => store(
                place,
                "written by an older vigie; `vigie run` brings it up to date",
                "écrite par un vigie plus ancien ; `vigie run` la met à jour",
            ),
            Self::Damaged { place } => store(
                place,
                "not a vigie store, or damaged; `vigie backup --help` says how a copy is put back",
                "ce n’est pas une base de vigie, ou elle est abîmée ; `vigie backup --help` dit comment \
                 remettre une copie en place",
            ),
            Self::Empty { place } => store(
                place,
                "there is no history yet; `vigie run` writes it",
                "il n’y a pas encore d’historique ; c’est `vigie run` qui l’écrit",
            ),
            Self::NoCopy { place } => store(
                place,
                "`vigie backup` copies SQLite; for PostgreSQL use pg_dump",
                "`vigie backup` copie SQLite ; pour PostgreSQL, prendre pg_dump",
            ),
            Self::Exists { file } => Bilingual::new(
                "exists already; a backup overwrites nothing",
                "ce fichier existe déjà ; une sauvegarde n’écrase rien",
            )
            .about(file.display()),
            Self::Copy { file, reason } => Bilingual::new(
                format!("the backup could not be written: {reason}"),
                format!("la sauvegarde n’a pas pu être écrite (« {reason} »)"),
            )
            .about(file.display()),
            Self::Content { column, value } => Bilingual::new(
                format!("store: column {column} holds what this version does not know: {value}"),
                format!(
                    "base : la colonne {column} contient ce que cette version ne connaît pas : {value}"
                ),
            ),
            Self::Query(error) => Bilingual::quoted(error).about_each("store", "base"),
        }
    }
}
