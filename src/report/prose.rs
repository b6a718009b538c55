//! Sentences of the catalogue in a page: what stands between backticks in them is code.

use std::fmt;

use askama::filters::Escaper;

use super::visible::Visible;
use super::words::glued;

/// A sentence as markup; every word of it is escaped, so it is safe to write.
pub struct Prose(String);

/// A sentence of a finding, ready for a page. A backtick that nothing closes stays what it is.
pub fn prose(sentence: &str) -> Prose {
    Prose(glued(sentence))
}

impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_str();
        while let Some((before, (code, after))) =
            rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
        {
            Visible.write_escaped_str(&mut *f, before)?;
            f.write_str("<code>")?;
            Visible.write_escaped_str(&mut *f, code)?;
            f.write_str("</code>")?;
            rest = after;
        }
        Visible.write_escaped_str(f, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn what_stands_between_backticks_is_code_and_nothing_is_markup() {
        #[rustfmt::skip]
        let cases = [
            ("plain",             "Publish it.",        "Publish it."),
            ("code",              "Publish `3 1 1`.",   "Publish <code>3 1 1</code>."),
            ("twice",             "`a`, or `b`",        "<code>a</code>, or <code>b</code>"),
            ("a mark",            "enforce : non",      "enforce\u{a0}: non"),
            ("left open",         "it`s",               "it`s"),
            ("open after code",   "`a` it`s",           "<code>a</code> it`s"),
            ("markup",            "<b> `<i>` &",        "&#60;b&#62; <code>&#60;i&#62;</code> &#38;"),
            ("hidden characters", "`a\u{202e}b`",       "<code>a\\u{202e}b</code>"),
        ];
        for (rule, sentence, page) in cases {
            assert_eq!(prose(sentence).to_string(), page, "{rule}");
        }
    }
}
