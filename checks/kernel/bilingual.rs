//! A sentence in both languages, and what other parts say inside one.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, ErrorKind};

use serde::Deserialize;

use super::Lang;

/// The same sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    pub en: String,
    pub fr: String,
}

impl Bilingual {
    pub fn new(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self { en: en.into(), fr: fr.into() }
    }

    /// What is written alike in both languages, such as a name.
    pub fn same(text: impl Into<String>) -> Self {
        let en = text.into();
        Self { fr: en.clone(), en }
    }

    /// What a part of the program says that speaks English alone, inside a sentence of either language.
    pub fn quoted(said: impl Display) -> Self {
        Self::new(said.to_string(), format!("« {said} »"))
    }

    /// Why a file cannot be read or written. In French what happens every day has words of our own; the
    /// rest is quoted.
    pub fn of_io(error: &io::Error) -> Self {
        let fr = match error.kind() {
            ErrorKind::NotFound => "fichier ou dossier introuvable",
            ErrorKind::PermissionDenied => "accès refusé",
            ErrorKind::AlreadyExists => "il existe déjà",
            ErrorKind::IsADirectory => "c’est un dossier",
            ErrorKind::NotADirectory => "ce n’est pas un dossier",
            ErrorKind::FileTooLarge => "fichier trop volumineux",
            ErrorKind::ReadOnlyFilesystem => "système de fichiers en lecture seule",
            ErrorKind::StorageFull => "il n’y a plus de place",
            _ => return Self::quoted(error),
        };
        Self::new(error.to_string(), fr)
    }

    /// That a file cannot be read, and why.
    pub fn unreadable(error: &io::Error) -> Self {
        Self::of_io(error).about_each("cannot be read", "lecture impossible")
    }

    /// That a file cannot be written, and why.
    pub fn unwritable(error: &io::Error) -> Self {
        Self::of_io(error).about_each("cannot be written", "écriture impossible")
    }

    /// The sentence behind what it is about.
    #[must_use]
    pub fn about(self, subject: impl Display) -> Self {
        let subject = subject.to_string();
        self.about_each(&subject, &subject)
    }

    /// That these are all there are.
    pub fn there_are(all: &str) -> Self {
        Self::same(all).about_each("there are", "il y a")
    }

    /// Both, one after the other, where there are two.
    #[must_use]
    pub fn and(self, more: impl Into<Option<Self>>) -> Self {
        let Some(more) = more.into() else { return self };
        Self::new(format!("{}; {}", self.en, more.en), format!("{} ; {}", self.fr, more.fr))
    }

    /// The same, where the languages call it by other names.
    #[must_use]
    pub fn about_each(self, en: &str, fr: &str) -> Self {
        Self::new(format!("{en}: {}", self.en), format!("{fr} : {}", self.fr))
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Fr => &self.fr,
        }
    }

    /// The names of what a finding fills in.
    pub fn blanks(&self, lang: Lang) -> BTreeSet<&str> {
        let after = self.get(lang).split('{').skip(1);
        after.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }
}
