//! What every check owes, tested once for all of them.

use std::collections::BTreeSet;

use crate::kernel::{Catalogue, CatalogueEntry, Lang, Severity};
use crate::registry::CHECKS;

#[test]
fn the_enum_and_the_words_name_the_same_findings() {
    for check in CHECKS {
        let catalogue = Catalogue::parse(check).unwrap_or_else(|error| panic!("{error}"));
        let written: BTreeSet<&str> = catalogue.entries().keys().map(String::as_str).collect();
        let coded: BTreeSet<&str> = (check.conditions)().into_iter().collect();
        assert_eq!(written, coded, "{}", check.name);
    }
}

#[test]
fn every_sentence_is_in_both_languages_with_the_same_placeholders() {
    each(|id, entry| {
        for text in entry.every_sentence().into_iter().flatten() {
            assert!(
                !text.en.trim().is_empty() && !text.fr.trim().is_empty(),
                "{id}: a sentence is empty"
            );
        }
        for [title, ..] in entry.every_sentence() {
            assert_ne!(title.en, title.fr, "{id}: the title is not translated");
        }
        for text in entry.every_sentence().into_iter().flatten() {
            assert_eq!(text.blanks(Lang::En), text.blanks(Lang::Fr), "{id}");
        }
    });
}

/// French remedies say what is to be done in the infinitive, all alike.
#[test]
fn a_french_remedy_commands_nobody() {
    const NO_VERBS: [&str; 2] = ["chez", "assez"];
    each(|id, entry| {
        for [.., fix] in entry.every_sentence() {
            let words: Vec<&str> = fix.fr.split(|c: char| !c.is_alphabetic()).collect();
            for (at, word) in words.iter().enumerate() {
                let is_addressed = words[at.saturating_sub(3)..at].contains(&"vous");
                let is_verb = word.ends_with("ez") && !NO_VERBS.contains(&&*word.to_lowercase());
                assert!(!is_verb || is_addressed, "{id}: {word} in: {}", fix.fr);
            }
        }
    });
}

/// A text is read days after it was written: "in 12 days" is wrong by then.
#[test]
fn a_time_is_told_as_a_date_and_what_ends_names_the_day() {
    const COUNTS: [&str; 8] = ["day", "hour", "week", "month", "jour", "heure", "semaine", "mois"];
    let ending = [
        ("dkim.stale-key", "date"),
        ("dnssec.signature-expiring", "ends"),
        ("mta-sts.certificate-expiring", "not_after"),
        ("registration.expiring", "expires"),
        ("registration.vendor-expiring", "sign"),
        ("tls.cert-expired", "not_after"),
        ("tls.cert-expiring", "not_after"),
    ];
    let mut seen = 0;
    each(|id, entry| {
        let told = entry.every_sentence().into_iter();
        for sentence in told.flat_map(|[title, message, ..]| [title, message]) {
            for text in [&sentence.en, &sentence.fr] {
                let mut after = text.split("} ").skip(1);
                let counted = after.any(|rest| COUNTS.iter().any(|word| rest.starts_with(word)));
                assert!(!counted, "{id} counts time: {text}");
            }
        }
        if let Some((_, day)) = ending.iter().find(|(ending, _)| *ending == id) {
            seen += 1;
            for sentence in [&entry.title, &entry.message] {
                assert!(sentence.blanks(Lang::En).contains(day), "{id} names no {day}");
            }
        }
    });
    assert_eq!(seen, ending.len(), "one of them is gone");
}

#[test]
fn every_finding_has_references_and_a_record_or_the_reason_for_none() {
    each(|id, entry| {
        assert!(!entry.refs.is_empty(), "{id}: no reference");
        for reference in &entry.refs {
            let known = ["RFC ", "https://", "CA/B ", "M3AAWG"]
                .iter()
                .any(|start| reference.starts_with(start));
            assert!(known, "{id}: {reference} is neither a standard nor a page");
            assert!(
                !reference.starts_with("RFC ") || names_a_section(reference),
                "{id}: {reference} names no section, as RFC 7208 §4.6.4 does"
            );
        }
        assert!(
            entry.record != entry.no_record.is_some(),
            "{id}: say record = true, or why there is no record"
        );
        assert!(!entry.part || entry.indeterminate, "{id}: only what could not be told is a part");
        assert!(
            entry.hides.is_empty() || entry.part,
            "{id}: only a part hides some findings alone"
        );
        let check = id.split_once('.').map_or("", |(check, _)| check);
        for hidden in &entry.hides {
            let is_own = hidden.split_once('.').is_some_and(|(named, _)| named == check);
            let is_known = is_own && Catalogue::find(hidden).is_some();
            assert!(is_known, "{id}: hides {hidden}, which there is not");
        }
        let blank = entry.no_record.as_ref().is_some_and(|reason| reason.trim().is_empty());
        assert!(!blank, "{id}: the reason for no record is empty");
        assert!(
            !entry.indeterminate
                || (entry.severity == Severity::Info && !entry.record && entry.profiles.is_empty()),
            "{id}: what could not be told is info, and nothing to publish follows from it"
        );
    });
}

#[test]
fn the_set_of_ids_changes_only_on_purpose() {
    let mut ids = Vec::new();
    each(|id, _| ids.push(id.to_owned()));
    ids.sort();
    insta::assert_snapshot!("ids", ids.join("\n"));
}

fn each(mut visit: impl FnMut(&str, &CatalogueEntry)) {
    for check in CHECKS {
        let catalogue = Catalogue::parse(check).unwrap_or_else(|error| panic!("{error}"));
        for (condition, entry) in catalogue.entries() {
            visit(&format!("{}.{condition}", check.name), entry);
        }
    }
}

/// `RFC 7208 §4.6.4` or `RFC 5322 §A.1`: a number, then a section that starts with a number or a letter.
fn names_a_section(reference: &str) -> bool {
    let Some((number, section)) =
        reference.strip_prefix("RFC ").and_then(|rest| rest.split_once(" §"))
    else {
        return false;
    };
    let plain = section.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    number.parse::<u32>().is_ok() && !section.is_empty() && plain
}
