//! What if these records were published? Proposed RRsets laid over the live ones.
//!
//! An RRset of the overlay replaces the live one whole; `;- NAME TYPE` deletes one. Names above a
//! laid-over name exist; a laid-over CNAME hides other types; wildcards work as in a zone
//! (RFC 4592). What no name server would load is refused. Nothing is signed: what the overlay says is never
//! authenticated.

mod head;
mod layer;
mod records;
#[cfg(test)]
mod tests;
mod together;
mod zone_file;

use vigie_checks::kernel::{Bilingual, Rtype};

use head::Lack;

pub use layer::OverlayLayer;
pub use records::Overlay;

/// Records that an overlay may hold.
const RECORD_LIMIT: usize = 10_000;

/// Why a zone file cannot be laid over.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", self.words().en)]
pub enum OverlayError {
    Malformed { line: usize, lack: Lack },
    Open { line: usize, what: Bilingual },
    Include { line: usize },
    Deletion { line: usize },
    Doubled { line: usize, name: String, origin: String },
    BesideAlias { line: usize, other: usize, name: String },
    AlsoDeleted { line: usize, other: usize, name: String, rtype: Rtype },
    TooLarge,
    Empty,
}

impl OverlayError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Malformed { line, lack } => {
                let Bilingual { en, fr } = lack.words();
                on(*line, en, fr)
            }
            Self::Open { line, what } => on(
                *line,
                format!("the {} that begins here does not end", what.en),
                format!("{} qui commence ici ne se ferme pas", what.fr),
            ),
            Self::Include { line } => on(
                *line,
                "$INCLUDE is not followed; write the records themselves",
                "$INCLUDE n’est pas suivi ; écrire les enregistrements eux-mêmes",
            ),
            Self::Deletion { line } => on(
                *line,
                "write `;- NAME TYPE` to delete an RRset",
                "pour supprimer un RRset, écrire `;- NOM TYPE`",
            ),
            Self::Doubled { line, name, origin } => on(
                *line,
                format!("`{name}` means {name}.{origin} without its final dot; write `{name}.`"),
                format!(
                    "sans son point final, `{name}` signifie {name}.{origin} ; écrire `{name}.`"
                ),
            ),
            Self::BesideAlias { line, other, name } => on(
                *line,
                format!(
                    "`{name}` has a record already (line {other}); a CNAME stands alone at its name, \
                     and no name server loads it otherwise"
                ),
                format!(
                    "`{name}` a déjà un enregistrement (ligne {other}) ; un CNAME est seul à son nom, \
                     sinon aucun serveur de noms ne charge la zone"
                ),
            ),
            Self::AlsoDeleted { line, other, name, rtype } => on(
                *line,
                format!(
                    "{rtype} of `{name}` is deleted and written too (line {other}); keep one of the \
                     two lines, for what is written replaces the whole RRset"
                ),
                format!(
                    "{rtype} de `{name}` est à la fois supprimé et écrit (ligne {other}) ; garder l’une \
                     des deux lignes, car ce qui est écrit remplace tout le RRset"
                ),
            ),
            Self::TooLarge => Bilingual::new(
                format!("more than {RECORD_LIMIT} records"),
                format!("plus de {RECORD_LIMIT} enregistrements"),
            )
            .about_each("overlay", "--overlay"),
            Self::Empty => Bilingual::new(
                "it holds no record and no deletion",
                "il ne contient ni enregistrement ni suppression",
            )
            .about_each("overlay", "--overlay"),
        }
    }
}

fn on(line: usize, en: impl Into<String>, fr: impl Into<String>) -> Bilingual {
    Bilingual::new(en, fr)
        .about_each(&format!("overlay, line {line}"), &format!("--overlay, ligne {line}"))
}
