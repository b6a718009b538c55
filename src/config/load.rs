//! Which file is the configuration, and is it whole?

use std::path::{Path, PathBuf};

use toml::de::DeTable;
use vigie_checks::kernel::Bilingual;

use super::damage;
use super::include::{self, Included};
use super::mistake::{ConfigError, ConfigErrors};
use super::reader::{Reading, Section};
use super::secret::{Environment, ProcessEnvironment};
use super::settings::Settings;
use super::source::Source;

/// 100,000 domains with a table each are about 16 MiB.
const LIMIT: u64 = 64 * 1024 * 1024;

/// A short configuration to start from, as `vigie config init` writes it.
pub const MINIMAL: &str = include_str!("minimal.toml");

/// The same, told in French.
pub const MINIMAL_FR: &str = include_str!("minimal.fr.toml");

impl Settings {
    /// Reads `path`, else `$VIGIE_CONFIG`, `./vigie.toml`, `/etc/vigie/vigie.toml`; with none of them
    /// the defaults. Says which file it was.
    ///
    /// # Errors
    /// The file that was named cannot be read, or holds mistakes: all of them.
    pub fn load(path: Option<&Path>) -> Result<(Self, Option<PathBuf>), ConfigError> {
        Self::load_in(&ProcessEnvironment, path)
    }

    pub(super) fn load_in(
        environment: &dyn Environment,
        path: Option<&Path>,
    ) -> Result<(Self, Option<PathBuf>), ConfigError> {
        let variable = || environment.variable("VIGIE_CONFIG").filter(|named| !named.is_empty());
        if let Some(named) = path.map(Path::to_owned).or_else(|| variable().map(PathBuf::from)) {
            let text = text_of(environment, &named)?;
            return Ok((Self::parse(environment, &named, text)?, Some(named)));
        }
        for usual in ["vigie.toml", "/etc/vigie/vigie.toml"].map(PathBuf::from) {
            match text_of(environment, &usual) {
                Err(ConfigError::Unreadable { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound => {}
                text => return Ok((Self::parse(environment, &usual, text?)?, Some(usual))),
            }
        }
        Ok((Self::default(), None))
    }

    /// Reads a configuration that is at hand; `file` is what mistakes name, and what relative paths
    /// in it are relative to.
    ///
    /// # Errors
    /// Every mistake, in the order of the lines.
    pub fn parse(
        environment: &dyn Environment,
        file: &Path,
        text: String,
    ) -> Result<Self, ConfigErrors> {
        let source = Source::new(file, text);
        let mut reading = Reading::new(&source, environment);
        let sound = damage::cut_out(&mut reading);
        let (document, _) = DeTable::parse_recoverable(&sound);
        let mut root = Section::new(&reading, Bilingual::default(), 0..0, Some(document.get_ref()));
        let sources = include::sources(&mut root);
        let included: Vec<Included<'_>> =
            sources.iter().map(|source| Included::of(source, environment)).collect();
        let further: Vec<_> =
            included.iter().map(|file| (&file.reading, file.document())).collect();
        let settings = Self::read(root, &further, &catalogue_ids());
        drop(further);
        let mut mistakes = reading.into_mistakes();
        mistakes.extend(included.into_iter().flat_map(Included::into_mistakes));
        match mistakes.is_empty() {
            true => Ok(settings),
            false => Err(ConfigErrors { file: file.to_owned(), errors: mistakes }),
        }
    }
}

fn text_of(environment: &dyn Environment, file: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { file: file.to_owned(), source };
    let octets = environment.file(file, LIMIT).map_err(unreadable)?;
    let text = String::from_utf8(octets);
    text.map_err(|_| ConfigError::NotText { file: file.to_owned() })
}

/// The ids of the catalogue's blocklists.
fn catalogue_ids() -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Catalogue {
        list: Vec<List>,
    }
    #[derive(serde::Deserialize)]
    struct List {
        id: String,
    }
    let catalogue: Catalogue =
        toml::from_str(include_str!("../../config/catalogue/blocklists.toml"))
            .expect("the catalogue of blocklists is part of the program and read by a test");
    catalogue.list.into_iter().map(|list| list.id).collect()
}
