mod channels;
mod doubts;
mod french;
mod hostile;
mod hours;
mod includes;
mod lists;
mod mistakes;
mod mutated;
mod probes;
mod routes;
mod sample;
mod silent;
mod values;

use std::collections::HashMap;
use std::path::Path;

use vigie_checks::kernel::Lang;

use super::{ConfigErrors, Environment, Mistake, Settings};

/// Variables and files that a test brings.
#[derive(Default)]
struct Around {
    variables: HashMap<String, String>,
    files: HashMap<String, String>,
}

impl Environment for Around {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn file(&self, path: &Path, _: u64) -> std::io::Result<Vec<u8>> {
        let text = self.files.get(path.to_str().expect("test paths are text"));
        text.map(|text| text.clone().into_bytes()).ok_or(std::io::ErrorKind::NotFound.into())
    }

    fn names(&self, folder: &Path) -> std::io::Result<Vec<String>> {
        let inside = self.files.keys().filter_map(|file| Path::new(file).strip_prefix(folder).ok());
        let names: Vec<String> =
            inside.filter_map(|path| path.to_str()).map(str::to_owned).collect();
        (!names.is_empty()).then_some(names).ok_or(std::io::ErrorKind::NotFound.into())
    }
}

/// The secrets and lists that the example names.
fn around_the_example() -> Around {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    Around {
        variables: pairs(&[
            ("SMTP_PASSWORD", "hunter2-smtp"),
            ("DQS_KEY", "hunter2dqskey"),
            ("IMAP_PASSWORD", "hunter2-imap"),
            ("OPS_WEBHOOK", "https://hooks.example.net/hunter2-hook"),
            ("HEARTBEAT_URL", "https://heart.example.net/hunter2-ping"),
        ]),
        files: pairs(&[
            ("/etc/vigie/token", "hunter2-token\n"),
            ("/etc/vigie/webhook-secret", "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==\r\n"),
            (
                "dir/domains.csv",
                "name,profile,selectors,sending_ips,tags\n\
                 example.org,sender,s1 s2,192.0.2.1 2001:db8::1,prod eu\n",
            ),
        ]),
    }
}

fn parse_in(around: &Around, text: &str) -> Result<Settings, ConfigErrors> {
    Settings::parse(around, Path::new("dir/vigie.toml"), text.to_owned())
}

fn parse(text: &str) -> Result<Settings, ConfigErrors> {
    parse_in(&Around::default(), text)
}

/// `line:column message | suggestion` of every mistake, in English.
fn said(errors: &ConfigErrors) -> Vec<String> {
    said_in(errors, Lang::En)
}

fn said_in(errors: &ConfigErrors, lang: Lang) -> Vec<String> {
    let one = |mistake: &Mistake| {
        let hint = mistake.suggestion.as_ref().map(|hint| format!(" | {}", hint.get(lang)));
        let (place, message) = ((mistake.line, mistake.column), mistake.message.get(lang));
        format!("{}:{} {message}{}", place.0, place.1, hint.unwrap_or_default())
    };
    errors.errors.iter().map(one).collect()
}
