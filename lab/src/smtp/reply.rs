//! What does an SMTP server say? One reply, of one line or many (RFC 5321 §4.2).
//! A reply may be nonsense on purpose: it is then sent as written and has no code.

use std::fmt;

/// A reply as it goes over the wire, without the last CRLF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply(String);

impl Reply {
    /// A reply from its text; lines are parted by a line feed, each with its own code.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A reply of several lines under one code, the last one set apart by a space.
    pub fn lines(code: u16, lines: &[String]) -> Self {
        let last = lines.len().saturating_sub(1);
        let numbered = lines.iter().enumerate().map(|(index, line)| {
            let separator = if index == last { ' ' } else { '-' };
            format!("{code}{separator}{line}")
        });
        Self(numbered.collect::<Vec<_>>().join("\n"))
    }

    /// The three digits of the last line; `None` when there are none.
    pub fn code(&self) -> Option<u16> {
        let last = self.0.lines().last()?;
        let digits = last.get(..3)?;
        let code = digits.bytes().all(|b| b.is_ascii_digit());
        code.then(|| digits.parse().ok()).flatten()
    }

    /// The command was taken: 2yz, or 3yz which asks for more.
    pub fn is_positive(&self) -> bool {
        self.code().is_some_and(|code| (200..400).contains(&code))
    }

    /// The octets to send, every line ended by CRLF.
    pub fn to_wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(self.0.len() + 2);
        for line in self.0.lines() {
            wire.extend_from_slice(line.as_bytes());
            wire.extend_from_slice(b"\r\n");
        }
        wire
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
