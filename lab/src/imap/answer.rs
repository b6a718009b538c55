//! How does the IMAP host end an answer? With OK, NO or BAD under the client's tag
//! (RFC 3501 §7.1).

use super::command::Malformed;

/// An answer, and what the server does after it.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Say(Vec<u8>),
    /// Ask for one more line: the response of AUTHENTICATE.
    Ask { tag: String },
    /// Say this, and shake hands.
    StartTls(Vec<u8>),
    /// Hang up.
    End(Vec<u8>),
}

/// The text of an OK, or why there is none.
pub type Outcome = Result<String, Refusal>;

/// Why a command was not carried out.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It could not be.
    No(&'static str),
    /// It is not a command, not here, or not now.
    Bad(&'static str),
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self::Bad(malformed.0)
    }
}

/// The tagged line, with its CRLF.
pub fn finish(tag: &str, outcome: Outcome) -> Vec<u8> {
    match outcome {
        Ok(text) => format!("{tag} OK {text}\r\n"),
        Err(Refusal::No(why)) => format!("{tag} NO {why}\r\n"),
        Err(Refusal::Bad(why)) => format!("{tag} BAD {why}\r\n"),
    }
    .into_bytes()
}
