//! How is text that the network sent shown, so that it neither hides nor reorders anything, nor is obeyed?

/// A character that a screen obeys or hides instead of showing it: controls, marks of direction, joiners
/// and separators without width, tags (Unicode 16, general categories Cc, Cf, Zl and Zp).
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// At most so many characters, each that is not printable ASCII replaced (U+FFFD).
pub fn ascii(characters: impl Iterator<Item = char>, most: usize) -> String {
    let shown = |c: char| match c {
        ' '..='~' => c,
        _ => char::REPLACEMENT_CHARACTER,
    };
    characters.take(most).map(shown).collect()
}

/// As [`ascii`], of octets.
pub fn ascii_octets(octets: &[u8], most: usize) -> String {
    ascii(octets.iter().copied().map(char::from), most)
}
