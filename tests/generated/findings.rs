//! `docs/findings/<check>.md`, and the same in French in `docs/findings/fr/`: a page per check, from its
//! `findings.toml`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use vigie::report::{FindingManual, badge, check_label, check_question, say};
use vigie_checks::kernel::{Catalogue, Lang};

use crate::{hold, root};

#[test]
fn every_check_has_its_page_in_both_languages() {
    for catalogue in Catalogue::all() {
        for lang in [Lang::En, Lang::Fr] {
            hold(&place(catalogue.check(), lang), &page(catalogue, lang));
        }
    }
    no_page_is_left_of_a_check_that_is_gone();
}

fn no_page_is_left_of_a_check_that_is_gone() {
    for folder in ["docs/findings", "docs/findings/fr"] {
        let entries = std::fs::read_dir(root().join(folder)).expect("the pages are there");
        let files = entries.map(|entry| entry.expect("the pages can be read").path());
        let pages = files.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
        let names = pages.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
        let checks = Catalogue::all().map(|catalogue| catalogue.check().to_owned());
        assert_eq!(names.collect::<BTreeSet<_>>(), checks.collect::<BTreeSet<_>>(), "{folder}");
    }
}

fn place(check: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("docs/findings/{check}.md"),
        Lang::Fr => format!("docs/findings/fr/{check}.md"),
    }
}

fn page(catalogue: &Catalogue, lang: Lang) -> String {
    let check = catalogue.check();
    let (other, written) = match lang {
        Lang::En => (format!("[Français](fr/{check}.md)"), "written from"),
        Lang::Fr => (format!("[English](../{check}.md)"), "rédigé à partir de"),
    };
    let folder = check.replace('-', "_");
    let mut text = format!(
        "# {}\n\n{}\n\n{other} · {written} `checks/{folder}/findings.toml`\n",
        check_label(check, lang),
        check_question(check, lang),
    );
    for finding in FindingManual::of_check(check, lang) {
        section(&mut text, &finding, lang);
    }
    text
}

fn section(text: &mut String, finding: &FindingManual, lang: Lang) {
    let colon = say(lang, ":", " :");
    let weight = badge(finding.state(), lang).to_lowercase();
    let _ = write!(text, "\n## {}\n\n**{}**\n\n", finding.id, emphasised(&finding.title));
    let _ = writeln!(text, "- {}{colon} {weight}", say(lang, "Weight", "Gravité"));
    for (name, words) in finding.sections(lang) {
        let _ = writeln!(text, "- {name}{colon} {}", emphasised(&words));
    }
}

/// A sentence with its placeholders in italics, and nothing that Markdown would take for its own.
fn emphasised(sentence: &str) -> String {
    let mut text = String::with_capacity(sentence.len());
    for c in sentence.chars() {
        match c {
            '{' | '}' => text.push('*'),
            '*' | '_' | '<' | '>' | '[' | ']' | '`' => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    text
}
