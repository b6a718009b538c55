//! Master-file text with one entry to a line (RFC 1035 §5.1), as hickory's parser takes it:
//! inside parentheses that parser loses `;` and the bounds of quoted strings, and it misreads
//! `\DDD`.

/// Takes out parentheses and comments, and writes `\DDD` of ASCII octets as `\X`; every entry
/// stays on the line where it begins.
pub(super) fn flatten(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    let mut depth = 0_usize;
    let mut swallowed = 0;
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                let digits: String = chars.clone().take(3).collect();
                flat.push('\\');
                match digits.parse::<u8>().ok().filter(|octet| is_plain(&digits, *octet)) {
                    Some(octet) => {
                        flat.push(char::from(octet));
                        chars.nth(2);
                    }
                    None => flat.extend(chars.next()),
                }
            }
            '"' => {
                quoted = !quoted;
                flat.push('"');
            }
            _ if quoted => flat.push(char),
            ';' => while chars.next_if(|next| *next != '\n').is_some() {},
            '(' | ')' => {
                depth = if char == '(' { depth + 1 } else { depth.saturating_sub(1) };
                flat.push(' ');
            }
            '\n' if depth > 0 => {
                swallowed += 1;
                flat.push(' ');
            }
            '\n' => {
                flat.push('\n');
                flat.extend(std::iter::repeat_n('\n', swallowed));
                swallowed = 0;
            }
            _ => flat.push(char),
        }
    }
    flat
}

/// Whether `\DDD` stands for a character that `\X` can stand for.
fn is_plain(digits: &str, octet: u8) -> bool {
    digits.len() == 3
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && (octet == b' ' || octet.is_ascii_graphic())
        && !octet.is_ascii_digit()
}
