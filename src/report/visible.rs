//! How is a value written into a page, so that it is neither markup nor anything that hides or reorders
//! the text around it?
//!
//! `askama.toml` puts every value of every template through here; only the templates' own words do not.

use std::fmt::{Result, Write};

use askama::filters::{Escaper, Html};
use vigie_checks::records::display::is_unsafe;

/// HTML escapes, and a visible `\u{202e}` in place of controls and of what turns the direction of text.
#[derive(Clone, Copy)]
pub struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> Result {
        let mut rest = text;
        while let Some((at, unsafe_char)) = rest.char_indices().find(|(_, c)| is_invisible(*c)) {
            Html.write_escaped_str(&mut dest, &rest[..at])?;
            write!(dest, "{}", unsafe_char.escape_unicode())?;
            rest = &rest[at + unsafe_char.len_utf8()..];
        }
        Html.write_escaped_str(dest, rest)
    }
}

/// Line ends and tabs keep their meaning inside `<pre>`.
fn is_invisible(c: char) -> bool {
    !matches!(c, '\n' | '\t') && is_unsafe(c)
}
