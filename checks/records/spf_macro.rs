//! SPF macros (RFC 7208 §7): which names depend on the message, and what they expand to.

use std::net::IpAddr;

/// A piece of a macro-string.
///
/// ```abnf
/// macro-string = *( macro-expand / macro-literal )
/// macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Literal(String),
    Macro { letter: char, keep: usize, reverse: bool, delimiters: String },
}

/// A domain-spec, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroString {
    pub pieces: Vec<Piece>,
}

/// What a message brings into expansion. Without one, only `%{d}` can be expanded.
#[derive(Clone, Debug)]
pub struct Sender<'a> {
    pub ip: IpAddr,
    pub local_part: &'a str,
    pub sender_domain: &'a str,
    pub helo: &'a str,
    /// The validated domain name of the address (`p`); `unknown` where there is none.
    pub validated: &'a str,
    /// The name of the receiver (`r`); `unknown` where it has none to tell.
    pub receiver: &'a str,
    /// Seconds since 1970 (`t`).
    pub at: i64,
}

impl MacroString {
    /// Parses the macro-string of a name; says what is wrong in a few words.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let parsed = Self::parse_all(text)?;
        // RFC 7208 §7.2: c, r and t are only for exp texts.
        let only_in_exp = |piece: &Piece| matches!(piece, Piece::Macro { letter, .. } if "crt".contains(letter.to_ascii_lowercase()));
        if parsed.pieces.iter().any(only_in_exp) { Err("macro-only-in-exp") } else { Ok(parsed) }
    }

    /// Parses the text that `exp` leads to, which may hold spaces and the letters c, r and t.
    ///
    /// ```abnf
    /// explain-string = *( macro-string / SP )
    /// ```
    pub fn parse_explanation(text: &str) -> Result<Self, &'static str> {
        Self::parse_all(text)
    }

    fn parse_all(text: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first != '%' {
                // macro-literal = %x21-24 / %x26-7E
                if !first.is_ascii_graphic() && first != ' ' {
                    return Err("not-ascii");
                }
                literal.push(first);
                rest = &rest[1..];
                continue;
            }
            rest = match rest.as_bytes().get(1) {
                Some(b'%') => push(&mut literal, "%", &rest[2..]),
                Some(b'_') => push(&mut literal, " ", &rest[2..]),
                Some(b'-') => push(&mut literal, "%20", &rest[2..]),
                Some(b'{') => {
                    let (inside, after) = rest[2..].split_once('}').ok_or("bad-macro")?;
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(parse_macro(inside)?);
                    after
                }
                _ => return Err("bad-macro"),
            };
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self { pieces })
    }

    /// Whether the expansion depends on the message and not on the domain alone.
    pub fn is_dynamic(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Macro { letter, .. } if !letter.eq_ignore_ascii_case(&'d')))
    }

    /// Whether `p` occurs, which costs PTR look-ups.
    pub fn uses_validated_name(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Macro { letter, .. } if letter.eq_ignore_ascii_case(&'p')))
    }

    /// The expansion for `domain`; `None` if it depends on a message and there is no `sender`.
    pub fn expand(&self, domain: &str, sender: Option<&Sender<'_>>) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Macro { letter, keep, reverse, delimiters } => {
                    let value = value_of(*letter, domain, sender)?;
                    let transformed = transform(&value, *keep, *reverse, delimiters);
                    if letter.is_ascii_uppercase() {
                        text.push_str(&url_escape(&transformed));
                    } else {
                        text.push_str(&transformed);
                    }
                }
            }
        }
        Some(text)
    }
}

/// The name that an expansion comes to: over 253 octets it loses labels from the left (RFC 7208 §7.3).
pub fn name_of(expanded: &str) -> &str {
    let mut name = expanded.strip_suffix('.').unwrap_or(expanded);
    while name.len() > 253 {
        match name.split_once('.') {
            Some((_, shorter)) => name = shorter,
            None => return "",
        }
    }
    name
}

fn push<'a>(literal: &mut String, text: &str, rest: &'a str) -> &'a str {
    literal.push_str(text);
    rest
}

/// ```abnf
/// macro-letter = "s" / "l" / "o" / "d" / "i" / "p" / "h" / "c" / "r" / "t" / "v"
/// transformers = *DIGIT [ "r" ]
/// delimiter    = "." / "-" / "+" / "," / "/" / "_" / "="
/// ```
fn parse_macro(inside: &str) -> Result<Piece, &'static str> {
    let mut letters = inside.chars();
    let letter = letters.next().ok_or("bad-macro")?;
    if !"slodiphcrtv".contains(letter.to_ascii_lowercase()) {
        return Err("bad-macro");
    }
    let rest = letters.as_str();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let rest = &rest[digits.len()..];
    let keep = match digits.as_str() {
        "" => usize::MAX,
        number => match number.parse() {
            Ok(0) => return Err("bad-macro"),
            Ok(keep) => keep,
            Err(_) => usize::MAX,
        },
    };
    let (reverse, delimiters) = match rest.strip_prefix(['r', 'R']) {
        Some(after) => (true, after),
        None => (false, rest),
    };
    if !delimiters.chars().all(|c| ".-+,/_=".contains(c)) {
        return Err("bad-macro");
    }
    Ok(Piece::Macro { letter, keep, reverse, delimiters: delimiters.to_owned() })
}

fn value_of(letter: char, domain: &str, sender: Option<&Sender<'_>>) -> Option<String> {
    let letter = letter.to_ascii_lowercase();
    if letter == 'd' {
        return Some(domain.to_owned());
    }
    let sender = sender?;
    Some(match letter {
        's' => format!("{}@{}", sender.local_part, sender.sender_domain),
        'l' => sender.local_part.to_owned(),
        'o' => sender.sender_domain.to_owned(),
        'i' => dotted(sender.ip),
        'p' => sender.validated.to_owned(),
        'c' => sender.ip.to_string(),
        'r' => sender.receiver.to_owned(),
        't' => sender.at.to_string(),
        'v' => if sender.ip.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
        _ => sender.helo.to_owned(),
    })
}

/// RFC 7208 §7.3: IPv4 as usual, IPv6 as dotted nibbles.
fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let nibbles: Vec<String> = address
                .octets()
                .iter()
                .flat_map(|octet| [format!("{:x}", octet >> 4), format!("{:x}", octet & 0xf)])
                .collect();
            nibbles.join(".")
        }
    }
}

fn transform(value: &str, keep: usize, reverse: bool, delimiters: &str) -> String {
    let delimiters = if delimiters.is_empty() { "." } else { delimiters };
    let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
    if reverse {
        parts.reverse();
    }
    parts[parts.len().saturating_sub(keep)..].join(".")
}

fn url_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for octet in text.bytes() {
        // RFC 3986 §2.3: unreserved characters stay.
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            escaped.push(char::from(octet));
        } else {
            escaped.push_str(&format!("%{octet:02X}"));
        }
    }
    escaped
}
