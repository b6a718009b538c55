//! What did the client write? One IMAP command (RFC 3501 §2.2.1), literals put in their place.

/// Largest literal, and most tokens and nesting of a command.
const LITERAL: usize = 8 * 1024;
const TOKENS: usize = 1_000;
const NESTING: usize = 8;

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Bare, quoted or a literal.
    Text(String),
    /// In parentheses.
    List(Vec<Token>),
}

impl Token {
    /// The word, unless it is a list.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) => None,
        }
    }
}

/// A whole command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The client's mark for the answer.
    pub tag: String,
    /// What to do, in capitals; `UID FETCH` is one verb.
    pub verb: String,
    /// The rest.
    pub arguments: Vec<Token>,
}

/// A literal that the client announced at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// Its octets.
    pub size: usize,
    /// Whether the client waits to be asked for it (RFC 7888 lets it not wait).
    pub waits: bool,
}

/// The command breaks the grammar or a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("IMAP command: {0}")]
pub struct Malformed(pub &'static str);

/// A command in the making, line by line.
pub struct Reader {
    open: Vec<Vec<Token>>,
    tokens: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self { open: vec![Vec::new()], tokens: 0 }
    }
}

impl Reader {
    /// Takes a line; the answer is the literal that must come before the next one, if any.
    pub fn line(&mut self, line: &[u8]) -> Result<Option<Announced>, Malformed> {
        let line = std::str::from_utf8(line).map_err(|_| Malformed("not UTF-8"))?;
        let mut rest = line.trim_start_matches(' ');
        while let Some(first) = rest.chars().next() {
            rest = match first {
                '(' => {
                    self.open()?;
                    &rest[1..]
                }
                ')' => {
                    self.close()?;
                    &rest[1..]
                }
                '"' => self.quoted(&rest[1..])?,
                '{' if rest.ends_with('}') => return announced(rest).map(Some),
                _ => self.bare(rest)?,
            };
            rest = rest.trim_start_matches(' ');
        }
        Ok(None)
    }

    /// Takes the literal that was announced.
    pub fn literal(&mut self, octets: Vec<u8>) -> Result<(), Malformed> {
        let text = String::from_utf8(octets).map_err(|_| Malformed("literal is not UTF-8"))?;
        self.push(Token::Text(text))
    }

    /// The command, now that no line is missing.
    pub fn finish(mut self) -> Result<Command, Malformed> {
        let (Some(tokens), true) = (self.open.pop(), self.open.is_empty()) else {
            return Err(Malformed("a parenthesis is open"));
        };
        let mut words = tokens.into_iter();
        let mut word = || words.next().and_then(|token| token.text().map(str::to_owned));
        let tag = word().ok_or(Malformed("no tag"))?;
        let mut verb = word().ok_or(Malformed("no command"))?.to_ascii_uppercase();
        if verb == "UID" {
            let what = word().ok_or(Malformed("no command after UID"))?;
            verb = format!("UID {}", what.to_ascii_uppercase());
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
        if tag.len() > 64 || !tag.bytes().all(plain) {
            return Err(Malformed("no tag"));
        }
        Ok(Command { tag, verb, arguments: words.collect() })
    }

    fn push(&mut self, token: Token) -> Result<(), Malformed> {
        self.tokens += 1;
        if self.tokens > TOKENS {
            return Err(Malformed("too many words"));
        }
        let innermost = self.open.last_mut();
        innermost.expect("the outermost list is never closed").push(token);
        Ok(())
    }

    fn open(&mut self) -> Result<(), Malformed> {
        if self.open.len() > NESTING {
            return Err(Malformed("nested too deep"));
        }
        self.open.push(Vec::new());
        Ok(())
    }

    fn close(&mut self) -> Result<(), Malformed> {
        if self.open.len() < 2 {
            return Err(Malformed("a parenthesis was not open"));
        }
        let list = self.open.pop().expect("two are open");
        self.push(Token::List(list))
    }

    fn quoted<'l>(&mut self, rest: &'l str) -> Result<&'l str, Malformed> {
        let mut text = String::new();
        let mut characters = rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.push(Token::Text(text))?;
                    return Ok(&rest[at + 1..]);
                }
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                other => text.push(other),
            }
        }
        Err(Malformed("a quote is open"))
    }

    /// A bare word; brackets hold spaces and parentheses (`BODY[HEADER.FIELDS (FROM)]`).
    fn bare<'l>(&mut self, rest: &'l str) -> Result<&'l str, Malformed> {
        let mut bracketed = false;
        let end = rest.find(|character| {
            match character {
                '[' => bracketed = true,
                ']' => bracketed = false,
                _ => {}
            }
            !bracketed && matches!(character, ' ' | '(' | ')')
        });
        let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.push(Token::Text(word.to_owned()))?;
        Ok(rest)
    }
}

fn announced(text: &str) -> Result<Announced, Malformed> {
    let number = text.trim_start_matches('{').trim_end_matches('}');
    let digits = number.strip_suffix('+').unwrap_or(number);
    match digits.parse() {
        Ok(size) if size <= LITERAL => Ok(Announced { size, waits: digits.len() == number.len() }),
        Ok(_) => Err(Malformed("literal too big")),
        Err(_) => Err(Malformed("literal without a size")),
    }
}
