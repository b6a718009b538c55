//! Where is a secret kept? In the environment, in a file, with systemd, or in the configuration itself.
//! It is resolved when the configuration is read, and shown nowhere.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Serializer;
use toml::de::DeValue;
use vigie_checks::kernel::Bilingual;

use super::mistake::BadValue;
use super::reader::{Section, Value, wrong_kind};

/// A password is short; more is the wrong file.
const LIMIT: u64 = 64 * 1024;

/// What surrounds the process: its variables and its files. Tests bring their own.
pub trait Environment {
    fn variable(&self, name: &str) -> Option<String>;

    /// # Errors
    /// As [`std::fs::read`]; `FileTooLarge` beyond `limit` octets.
    fn file(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>>;

    /// The names in a folder, those that are no text left out.
    ///
    /// # Errors
    /// As [`std::fs::read_dir`].
    fn names(&self, folder: &Path) -> std::io::Result<Vec<String>>;
}

/// The environment of this process.
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        use std::io::Read;
        let mut octets = Vec::new();
        std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut octets)?;
        if octets.len() as u64 > limit {
            let words = format!("larger than {limit} octets");
            return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, words));
        }
        Ok(octets)
    }

    fn names(&self, folder: &Path) -> std::io::Result<Vec<String>> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = std::fs::read_dir(folder)?;
        entries
            .map(|entry| Ok(entry?.file_name().into_string().ok()))
            .filter_map(Result::transpose)
            .collect()
    }
}

impl Section<'_, '_> {
    /// A secret: a string, `{ env = "NAME" }`, `{ file = "PATH" }` or `{ credential = "NAME" }`.
    pub fn secret(&mut self, key: &'static str) -> Option<SecretString> {
        let value = self.value(key)?;
        self.secret_in(key, value)
    }

    /// A secret, or a list of secrets, that `check` accepts.
    pub fn secrets(
        &mut self,
        key: &'static str,
        check: impl Fn(&SecretString) -> Result<(), BadValue>,
    ) -> Vec<SecretString> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let values = match value.get_ref() {
            DeValue::Array(values) => values.iter().collect(),
            _ => vec![value],
        };
        let mut secrets = Vec::new();
        for value in values {
            let Some(secret) = self.secret_in(key, value) else { continue };
            let checked = check(&secret).map_err(|what| what.named(&format!("`{key}`")));
            secrets.extend(self.reading.accept(value.span(), checked).map(|()| secret));
        }
        secrets
    }

    fn secret_in(&self, key: &'static str, value: &Value<'_>) -> Option<SecretString> {
        let read = match value.get_ref() {
            DeValue::String(literal) => {
                self.reading.hide(value.span());
                not_blank(literal)
            }
            DeValue::Table(table) => {
                let title = Bilingual::same(format!("`{key}`"));
                let place = Section::new(self.reading, title, value.span(), Some(table));
                return kept_elsewhere(key, place);
            }
            other => {
                self.reading.hide(value.span());
                Err(wrong_kind("a secret", "un secret", other))
            }
        };
        self.reading.accept(value.span(), read.map_err(|what| what.named(&format!("`{key}`"))))
    }

    /// A secret that `check` accepts; what it says names no part of it.
    pub fn checked_secret(
        &mut self,
        key: &'static str,
        check: impl Fn(&SecretString) -> Result<(), BadValue>,
    ) -> Option<SecretString> {
        let secret = self.secret(key)?;
        let checked = check(&secret).map_err(|what| what.named(&format!("`{key}`")));
        self.reading.accept(self.value_span(key), checked)?;
        Some(secret)
    }
}

fn kept_elsewhere(key: &str, mut place: Section<'_, '_>) -> Option<SecretString> {
    let name = place.text("env");
    let file = place.text("file");
    let credential = place.text("credential");
    let written = ["env", "file", "credential"].map(|key| place.is_written(key));
    let environment = place.reading.environment;
    let read = match (name, file, credential) {
        (Some(name), None, None) => from_variable(environment, &name),
        (None, Some(file), None) => {
            from_file(environment, &beside(&place.reading.source.file, &file))
        }
        (None, None, Some(name)) => from_credential(environment, &name),
        _ if written.into_iter().filter(|is_written| *is_written).count() != 1 => {
            Err(BadValue::predicate(
                "is a table without one of { env = \"NAME\" }, { file = \"PATH\" } and \
                 { credential = \"NAME\" }",
                "est une table, mais aucune de { env = \"NOM\" }, { file = \"CHEMIN\" } et \
                 { credential = \"NOM\" }",
            ))
        }
        // What is written was refused already.
        _ => {
            place.hide_values_of_unknown_keys();
            place.finish();
            return None;
        }
    };
    let (reading, span) = (place.reading, place.span.clone());
    place.hide_values_of_unknown_keys();
    place.finish();
    reading.accept(span, read.map_err(|what| what.named(&format!("`{key}`"))))
}

/// A secret as lists of mailboxes write it: `env:NAME`, `file:PATH` or the secret itself.
pub(super) fn from_cell(
    environment: &dyn Environment,
    list: &Path,
    written: &str,
) -> Result<SecretString, BadValue> {
    match written.split_once(':') {
        Some(("env", name)) => from_variable(environment, name.trim()),
        Some(("file", path)) => from_file(environment, &beside(list, path.trim())),
        _ => not_blank(written),
    }
}

/// What systemd keeps for the service (systemd.exec(5), LoadCredential=), by the name that it has there.
fn from_credential(environment: &dyn Environment, name: &str) -> Result<SecretString, BadValue> {
    if name.contains('/') || name.starts_with('.') {
        return Err(BadValue::predicate(
            format!("is no name of a credential: `{name}`"),
            format!("n’est pas le nom d’un « credential » de systemd : `{name}`"),
        ));
    }
    let folder = environment.variable("CREDENTIALS_DIRECTORY").ok_or_else(|| {
        BadValue::predicate(
            format!("is the credential {name}, and no service manager passed any"),
            format!("est le credential {name}, et aucun gestionnaire de services n’en a transmis"),
        )
    })?;
    from_file(environment, &Path::new(&folder).join(name))
}

fn from_variable(environment: &dyn Environment, name: &str) -> Result<SecretString, BadValue> {
    let value = environment.variable(name).ok_or_else(|| {
        BadValue::predicate(
            format!("is kept in the environment variable {name}, which is not set"),
            format!("se trouve dans la variable d’environnement {name}, qui n’est pas définie"),
        )
    })?;
    not_blank(&value)
}

fn from_file(environment: &dyn Environment, path: &Path) -> Result<SecretString, BadValue> {
    let file = path.display();
    let octets = environment.file(path, LIMIT).map_err(|error| {
        let why = Bilingual::of_io(&error);
        BadValue::predicate(
            format!("is kept in the file {file}: {}", why.en),
            format!("se trouve dans le fichier {file} : {}", why.fr),
        )
    })?;
    let text = String::from_utf8(octets).map_err(|_| {
        BadValue::predicate(
            format!("is kept in the file {file}, which is not UTF-8 text"),
            format!("se trouve dans le fichier {file}, qui n’est pas du texte UTF-8"),
        )
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    not_blank(text.strip_suffix('\r').unwrap_or(text))
}

fn not_blank(text: &str) -> Result<SecretString, BadValue> {
    match text.trim().is_empty() {
        true => Err(BadValue::predicate("is empty", "est vide")),
        false => Ok(text.to_owned().into()),
    }
}

/// A path as the file that names it means it: relative to that file's folder.
pub(super) fn beside(file: &Path, path: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

/// Whether `secret` is `whsec_` and the base64 of 24 to 64 octets (Standard Webhooks 1.0).
pub(super) fn check_signing_secret(secret: &SecretString) -> Result<(), BadValue> {
    use base64::Engine;
    let refuse = || {
        BadValue::predicate(
            "is not a signing secret: `whsec_` and the base64 of 24 to 64 octets",
            "n’est pas un secret de signature : `whsec_` et le base64 de 24 à 64 octets",
        )
        .hint(
            "make one with: printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\"",
            "en créer un avec : printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\"",
        )
    };
    let key = secret.expose_secret().trim().strip_prefix("whsec_").ok_or_else(refuse)?;
    let octets = base64::engine::general_purpose::STANDARD.decode(key).map_err(|_| refuse())?;
    if (24..=64).contains(&octets.len()) { Ok(()) } else { Err(refuse()) }
}

pub(super) fn redacted<S: Serializer>(_: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str("***")
}

pub(super) fn redacted_option<S: Serializer>(
    secret: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => redacted(secret, to),
        None => to.serialize_none(),
    }
}

pub(super) fn redacted_list<S: Serializer>(
    secrets: &[SecretString],
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_seq(secrets.iter().map(|_| "***"))
}
