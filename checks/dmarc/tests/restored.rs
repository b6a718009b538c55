//! The record that stood before is proposed again, where it was fine and its place is free.

use super::*;
use crate::kernel::{Action, Catalogue, Lang, Message, Record, Text};
use crate::scripted::{dangling, findings_after};

const NONE: &str = "v=DMARC1; p=none; rua=mailto:r@example.com";

/// What each finding of these ids proposes: `id action old -> value`.
fn proposed(now: &DmarcFacts, seen: &[(&DmarcFacts, i64)], ids: &[&str]) -> Vec<String> {
    let findings = findings_after::<Dmarc>(now, seen, &target("example.com"));
    let ours = findings.iter().filter(|finding| ids.contains(&finding.id.as_str()));
    let changes = ours.flat_map(|finding| finding.fix.iter().map(move |fix| (&finding.id, fix)));
    let told = changes.map(|(id, fix)| {
        assert_eq!(fix.name.as_str(), ABOVE);
        let action = match fix.action {
            Action::Add => "add",
            Action::Replace => "replace",
            Action::Delete => "delete",
        };
        let (old, value) = (fix.old.as_deref(), fix.value.as_deref());
        format!("{id} {action} {} -> {}", old.unwrap_or("–"), value.unwrap_or("–"))
    });
    told.collect()
}

/// The rule, the facts now and before, and what is proposed.
type Case<'a> = (&'a str, &'a DmarcFacts, Vec<(&'a DmarcFacts, i64)>, Vec<String>);

#[test]
fn the_record_of_before_is_proposed_where_it_was_fine() {
    let at = |texts: &[&str]| facts(&mailed().txt(ABOVE, texts), "example.com");
    let (good, none, gone) = (at(&[GOOD]), at(&[NONE]), facts(&mailed(), "example.com"));
    let invalid = at(&["v=DMARC1; p=reject; sp=x; rua=mailto:r@example.com"]);
    let several = at(&[NONE, GOOD]);
    let to_nothing = dangling(ABOVE, "gone.example.net");
    let aliased = facts(&mailed().answer(ABOVE, Rtype::TXT, to_nothing), "example.com");
    // Somebody else's zone holds the record; ours the alias.
    let elsewhere = |text: &str| {
        let record = |name: &str, data| Record { name: Name::new(name), ttl: 300, data };
        let target = "dmarc.example.net";
        let text = Text::new(vec![text.as_bytes().to_vec()]);
        let answers =
            vec![record(ABOVE, Data::Cname(Name::new(target))), record(target, Data::Txt(text))];
        let answer = Answer::from(Message { answers, ..Message::default() });
        facts(&mailed().answer(ABOVE, Rtype::TXT, answer), "example.com")
    };
    let (strict_elsewhere, none_elsewhere) = (elsewhere(GOOD), elsewhere(NONE));
    let first = "dmarc.missing add – -> v=DMARC1; p=none; rua=mailto:postmaster@example.com";
    let back = |id: &str| format!("dmarc.{id} add – -> {GOOD}");
    let cases: Vec<Case<'_>> = vec![
        (
            "weaker",
            &none,
            vec![(&good, 1)],
            vec![format!("dmarc.weakened replace {NONE} -> {GOOD}")],
        ),
        ("gone", &gone, vec![(&good, 1)], vec![back("missing"), back("weakened")]),
        (
            "gone, as was seen before",
            &gone,
            vec![(&gone, 0), (&good, 3)],
            vec![back("missing"), back("weakened")],
        ),
        ("gone for weeks", &gone, vec![(&gone, 0), (&good, 12)], vec![back("missing")]),
        ("gone for long", &gone, vec![(&gone, 0), (&good, 31)], vec![first.to_owned()]),
        ("never there", &gone, vec![], vec![first.to_owned()]),
        ("it was wrong then", &none, vec![(&invalid, 1)], vec![]),
        ("others stand there now", &several, vec![(&good, 1)], vec![]),
        ("an alias stands there now", &aliased, vec![(&good, 1)], vec![]),
        ("weaker in the zone of another", &none_elsewhere, vec![(&strict_elsewhere, 1)], vec![]),
        (
            "the last was wrong, one before it was fine",
            &gone,
            vec![(&invalid, 9), (&good, 20)],
            vec![first.to_owned()],
        ),
    ];
    for (rule, now, seen, expected) in cases {
        let found = proposed(now, &seen, &["dmarc.missing", "dmarc.weakened"]);
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn no_policy_at_all_is_told_as_nothing() {
    let at = |text: &str| facts(&mailed().txt(ABOVE, &[text]), "example.com");
    let (good, none, gone) = (at(GOOD), at(NONE), facts(&mailed(), "example.com"));
    let cases = [
        (&none, Lang::En, "DMARC of example.com went from reject to none", "now they apply none."),
        (
            &gone,
            Lang::En,
            "DMARC of example.com went from reject to nothing",
            "now they apply nothing.",
        ),
        (&gone, Lang::Fr, "DMARC de example.com est passé de reject à rien", "à présent : rien."),
    ];
    for (now, lang, title, end) in cases {
        let findings = findings_after::<Dmarc>(now, &[(&good, 1)], &target("example.com"));
        let weakened = findings.iter().find(|finding| finding.id == "dmarc.weakened");
        let words = Catalogue::words(weakened.expect("it is weaker"), lang);
        assert_eq!(words.title, title);
        assert!(words.message.ends_with(end) && !words.message.contains('–'), "{}", words.message);
    }
}
