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

/// At most so many characters of text in which an octet may be told as `\DDD`; what is left out is told, and no
/// octet is cut in two.
pub fn beginning(printable: &str, most: usize) -> String {
    let (mut shown, mut rest, mut count) = (0, printable, 0);
    while !rest.is_empty() {
        let length = first_of(rest);
        count += rest[..length].chars().count();
        if count > most {
            return format!("{}…", &printable[..shown]);
        }
        shown += length;
        rest = &rest[length..];
    }
    printable.to_owned()
}

/// The length of what begins a text: a character, or one with its backslash before it.
fn first_of(text: &str) -> usize {
    let mut characters = text.chars();
    let first = characters.next().map_or(0, char::len_utf8);
    if !text.starts_with('\\') {
        return first;
    }
    let is_octet = text.as_bytes().get(1..4).is_some_and(|d| d.iter().all(u8::is_ascii_digit));
    if is_octet { 4 } else { first + characters.next().map_or(0, char::len_utf8) }
}

#[cfg(test)]
mod tests {
    use super::beginning;

    #[test]
    fn an_octet_is_told_whole_or_not_at_all() {
        let cases = [
            ("all of it", "abcdef", "abcdef"),
            ("one more", "abcdefg", "abcdef…"),
            ("an octet at the end", r"ab\155", r"ab\155"),
            ("an octet that does not fit", r"abc\155", "abc…"),
            ("a backslash that does not fit", r"abcde\\f", "abcde…"),
            ("a backslash at the end", r"abcd\\", r"abcd\\"),
            ("characters of several octets", "éééééé", "éééééé"),
            ("and one more", "ééééééé", "éééééé…"),
            ("a lone backslash", "\\", "\\"),
        ];
        for (rule, text, expected) in cases {
            assert_eq!(beginning(text, 6), expected, "{rule}");
        }
    }
}
