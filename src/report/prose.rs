//! Sentences of the catalogue in a page: what it has between backticks is code. A backtick that the world wrote,
//! and a finding quotes, is shown as any other character.

use std::collections::BTreeSet;
use std::fmt;

use askama::filters::Escaper;
use vigie_checks::kernel::{Bilingual, Catalogue, Lang};

use super::visible::Visible;
use super::words::glued;

/// A sentence as markup; every word of it is escaped, so it is safe to write.
pub struct Prose<'a> {
    sentence: &'a str,
    /// What may be code in it.
    code: BTreeSet<&'static str>,
}

/// A sentence of the finding of this id, ready for a page.
pub fn prose<'a>(id: &str, sentence: &'a str) -> Prose<'a> {
    let sentences = Catalogue::find(id).map(|entry| entry.every_sentence()).unwrap_or_default();
    let both = |text: &'static Bilingual| [Lang::En, Lang::Fr].map(|lang| text.get(lang));
    let code = sentences.into_iter().flatten().flat_map(both).flat_map(between_backticks).collect();
    Prose { sentence, code }
}

/// The title of a finding, ready for a page: none has code in it.
pub fn heading(title: &str) -> Prose<'_> {
    Prose { sentence: title, code: BTreeSet::new() }
}

/// Whether this is what the catalogue has between backticks, a blank in it filled in.
fn is_filled(written: &str, code: &str) -> bool {
    match (written.split_once('{'), written.rsplit_once('}')) {
        (Some((before, _)), Some((_, after))) => {
            code.strip_prefix(before).is_some_and(|rest| rest.ends_with(after))
        }
        _ => written == code,
    }
}

fn between_backticks(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.sentence;
        while let Some((before, after)) = rest.split_once('`') {
            Visible.write_escaped_str(&mut *f, &glued(before))?;
            let is_code = |code: &str| self.code.iter().any(|written| is_filled(written, code));
            let known = after.split_once('`').filter(|(code, _)| is_code(code));
            rest = if let Some((code, behind)) = known {
                f.write_str("<code>")?;
                Visible.write_escaped_str(&mut *f, code)?;
                f.write_str("</code>")?;
                behind
            } else {
                f.write_str("`")?;
                after
            };
        }
        Visible.write_escaped_str(f, &glued(rest))
    }
}

#[cfg(test)]
mod tests {
    use vigie_checks::kernel::{Catalogue, Lang};

    use super::{heading, is_filled, prose};

    #[test]
    fn what_the_catalogue_has_between_backticks_is_code_and_nothing_is_markup() {
        #[rustfmt::skip]
        let cases = [
            ("plain",             "Publish it.",            "Publish it."),
            ("code",              "Publish `3 1 1`.",       "Publish <code>3 1 1</code>."),
            ("twice",             "`3 1 1`, or `2 1 1`",    "<code>3 1 1</code>, or <code>2 1 1</code>"),
            ("a mark",            "enforce : non",          "enforce\u{a0}: non"),
            ("a mark after code", "`3 1 1` : oui",          "<code>3 1 1</code>\u{a0}: oui"),
            ("left open",         "it`s",                   "it`s"),
            ("open after code",   "`3 1 1` it`s",           "<code>3 1 1</code> it`s"),
            ("code after open",   "it`s `3 1 1`",           "it`s <code>3 1 1</code>"),
            ("the world\u{2019}s", "include:`x`|y| `3 1 1`", "include:`x`|y| <code>3 1 1</code>"),
            ("markup",            "<b> `<i>` &",            "&#60;b&#62; `&#60;i&#62;` &#38;"),
            ("hidden characters", "`a\u{202e}b`",           "`a\\u{202e}b`"),
        ];
        for (rule, sentence, page) in cases {
            assert_eq!(prose("dane.unusable", sentence).to_string(), page, "{rule}");
        }
        assert_eq!(prose("spf.syntax", "`3 1 1`").to_string(), "`3 1 1`", "of another finding");
        assert_eq!(heading("`3 1 1` : <b>").to_string(), "`3 1 1`\u{a0}: &#60;b&#62;");
    }

    #[test]
    fn a_blank_in_code_may_be_anything() {
        #[rustfmt::skip]
        let cases = [
            ("word for word", "3 1 1",           "3 1 1",          true),
            ("another",       "3 1 1",           "3 1 2",          false),
            ("all of it",     "{record}",        "v=spf1 a -all",  true),
            ("its beginning", "v=spf1 {a} -all", "v=spf1 a -all",  true),
            ("its end",       "v=spf1 {a} -all", "v=spf1 a ~all",  false),
        ];
        for (rule, written, code, expected) in cases {
            assert_eq!(is_filled(written, code), expected, "{rule}");
        }
    }

    #[test]
    fn no_title_of_the_catalogue_has_code_and_no_sentence_leaves_it_open() {
        for entry in Catalogue::all().flat_map(|catalogue| catalogue.entries().values()) {
            for [title, sentences @ ..] in entry.every_sentence() {
                for lang in [Lang::En, Lang::Fr] {
                    assert!(!title.get(lang).contains('`'), "{}", title.en);
                    for text in sentences.map(|sentence| sentence.get(lang)) {
                        assert_eq!(text.matches('`').count() % 2, 0, "{text}");
                    }
                }
            }
        }
    }
}
