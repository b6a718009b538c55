//! Which domains are meant? Those on the command line, and those of a list.

use std::collections::BTreeSet;
use std::path::Path;

use vigie_checks::kernel::{Bilingual, DomainError, Name, parse_domain};

use super::output::domain;
use super::{UsageError, input};

/// A list larger than this is no list of domains.
const LIST_LIMIT: u64 = 64 * 1024 * 1024;

/// The domains in the order given, doubles once.
///
/// # Errors
/// A name is no domain, the list cannot be read, or there is nothing to audit.
pub async fn read(named: &[String], list: Option<&Path>) -> anyhow::Result<Vec<Name>> {
    let mut domains = Vec::new();
    let mut seen = BTreeSet::new();
    for written in named {
        let domain = domain(written)?;
        if seen.insert(domain.clone()) {
            domains.push(domain);
        }
    }
    if let Some(path) = list {
        for (line, written) in entries(&text_of(path).await?) {
            let wrong = |error: DomainError| {
                let list = path.display();
                let (en, fr) = (format!("{list}, line {line}"), format!("{list}, ligne {line}"));
                UsageError(error.words().about_each(&en, &fr))
            };
            let domain = parse_domain(&written).map_err(wrong)?;
            if seen.insert(domain.clone()) {
                domains.push(domain);
            }
        }
        if domains.is_empty() {
            let list = path.display();
            let none =
                Bilingual::new("the list holds no domain", "la liste ne contient aucun domaine");
            return Err(UsageError(none.about(list)).into());
        }
    }
    if domains.is_empty() {
        return Err(UsageError(Bilingual::new(
            "name a domain, or give a list with --from-file",
            "nommez un domaine, ou donnez une liste avec --from-file",
        ))
        .into());
    }
    Ok(domains)
}

/// Lines that name something, with their numbers.
fn entries(text: &str) -> Vec<(usize, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let bare = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, bare(line)))
        .filter(|(_, line)| !line.is_empty())
        .collect()
}

async fn text_of(path: &Path) -> Result<String, UsageError> {
    let read = input::read(path, LIST_LIMIT).await;
    let octets = read.map_err(|source| UsageError::unreadable(path, &source))?;
    let no_text = |_| {
        let why =
            Bilingual::new("the list is not UTF-8 text", "la liste n’est pas du texte en UTF-8");
        UsageError(why.about(path.display()))
    };
    String::from_utf8(octets).map_err(no_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blank_lines_and_carriage_returns_are_no_domains() {
        let text = "\u{feff}# list\r\nexample.com\r\n\r\n  example.net  # ours\n";
        let expected = vec![(2, "example.com".to_owned()), (4, "example.net".to_owned())];
        assert_eq!(entries(text), expected);
    }
}
