//! What does the reply of a mail server mean, and what is to be done? Read by its wording first, since
//! providers use the numbers of the standards with meanings of their own.
//!
//! Tells what such a reply usually means; who refused, and for which message, stands in the log.

mod catalogue;
#[cfg(test)]
mod tests;

use serde::Serialize;
use vigie_checks::kernel::Lang;

use super::grade::State;
use super::paint::{Paper, wrapped};
use super::words::say;
use catalogue::{Row, provider, rows, speaks};

pub use catalogue::{Fault, Lasts};

/// Octets of a reply that are read: RFC 5321 §4.5.3.1.5 allows 512 a line.
const LONGEST: usize = 8192;

/// Meanings of a bare code that are told.
const MOST_MEANINGS: usize = 6;

/// A reply with what it may mean.
#[derive(Clone, Debug, Serialize)]
pub struct ReplyManual {
    pub code: u16,
    /// The enhanced status code (RFC 3463 §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The likeliest first; never empty.
    pub meanings: Vec<ReplyMeaning>,
}

/// One thing that a reply may mean.
#[derive(Clone, Debug, Serialize)]
pub struct ReplyMeaning {
    /// The provider that speaks so; absent where any host may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<&'static str>,
    pub meaning: String,
    pub remedy: String,
    pub lasts: Lasts,
    pub fault: Fault,
    /// The address is not to be written to again.
    pub suppress: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
}

/// A reply taken apart.
struct Heard {
    code: u16,
    status: Option<String>,
    /// Code, status and text on one line, with single spaces.
    text: String,
    has_text: bool,
}

impl ReplyManual {
    /// What a reply such as `550 5.7.26 …` means, its lines joined; nothing where it is none that refuses.
    pub fn find(reply: &str, lang: Lang) -> Option<Self> {
        let heard = Heard::of(reply)?;
        let found = heard.meanings();
        let meanings =
            found.iter().map(|row| ReplyMeaning::of(row, heard.code, lang)).collect::<Vec<_>>();
        let meanings =
            if meanings.is_empty() { vec![by_class(heard.code, lang)] } else { meanings };
        Some(Self { code: heard.code, status: heard.status, meanings })
    }

    /// For a terminal, ending without an empty line.
    pub fn text(&self, lang: Lang, paper: Paper) -> String {
        let head = match &self.status {
            Some(status) => format!("{} {status}", self.code),
            None => self.code.to_string(),
        };
        let mut lines = vec![paper.bold(&head)];
        for meaning in &self.meanings {
            lines.push(String::new());
            lines.extend(meaning.lines(lang, paper));
        }
        lines.join("\n")
    }
}

impl ReplyMeaning {
    fn of(row: &Row, code: u16, lang: Lang) -> Self {
        Self {
            provider: row.at.as_deref().and_then(provider),
            meaning: row.meaning.get(lang).to_owned(),
            remedy: row.remedy(code, lang),
            lasts: Lasts::of(code),
            fault: row.fault,
            suppress: row.strikes_the_address(code),
            references: row.refs.clone(),
        }
    }

    fn lines(&self, lang: Lang, paper: Paper) -> Vec<String> {
        let (state, word) = match self.lasts {
            Lasts::Transient => (State::Warning, say(lang, "FOR NOW", "TEMPORAIRE")),
            Lasts::Permanent => (State::Error, say(lang, "FOR GOOD", "DÉFINITIF")),
        };
        let colon = say(lang, ": ", "\u{a0}: ");
        let said = match self.provider {
            Some(provider) => format!("{provider}{colon}{}", self.meaning),
            None => self.meaning.clone(),
        };
        let mut lines = vec![paper.state(state, word)];
        lines.extend(wrapped(&said, "", "", paper.width).iter().map(|line| paper.bold(line)));
        lines.push(paper.dim(say(lang, "What to do", "Que faire")));
        lines.extend(wrapped(&self.remedy, "  ", "  ", paper.width));
        if !self.references.is_empty() {
            lines.push(paper.dim(say(lang, "References", "Références")));
            lines.extend(wrapped(&self.references.join(" · "), "  ", "  ", paper.width));
        }
        lines
    }
}

impl Heard {
    fn of(reply: &str) -> Option<Self> {
        // A reply of several lines has its code on each (RFC 5321 §4.2.1).
        let reply = &reply[..reply.floor_char_boundary(LONGEST)];
        let words = reply.split_whitespace().flat_map(|word| match word.split_once('-') {
            Some((code, rest)) if is_code(code) => [code, rest],
            _ => [word, ""],
        });
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let (first, rest) = words.split_first()?;
        let code = Some(first).filter(|word| is_code(word))?.parse().ok()?;
        let rest: Vec<&str> = rest.iter().copied().filter(|word| word != first).collect();
        let status = rest.first().map(|word| word.trim_end_matches([':', ',', ';']));
        let status = status.filter(|word| is_status(word)).map(str::to_owned);
        let has_text = rest.len() > usize::from(status.is_some());
        let text = [&[*first], rest.as_slice()].concat().join(" ");
        Some(Self { code, status, text, has_text })
    }

    /// The one that its wording tells, else every one that its numbers do.
    fn meanings(&self) -> Vec<&'static Row> {
        let by_words = rows().iter().filter(|row| {
            let speaks = match &row.at {
                Some(provider) => row.token || speaks(provider, &self.text),
                None => true,
            };
            speaks && row.is_said_in(&self.text)
        });
        if let Some(row) = by_words.min_by_key(|row| (row.at.is_none(), self.distance(row))) {
            return vec![row];
        }
        let same_status = |row: &&Row| self.status.is_some() && row.status == self.status;
        let of_anybody = |row: &&Row| row.at.is_none() && !row.has_words();
        let with_status = |row: &&Row| {
            let statuses = self.status.as_deref().zip(row.status.as_deref());
            of_anybody(row) && statuses.is_some_and(|(own, other)| means_the_same(own, other))
        };
        let by_status = rows().iter().filter(with_status).min_by_key(|row| {
            // Where both classes have a row, the code decides and not the status.
            row.status.as_ref().is_none_or(|status| !self.text.starts_with(&status[..1]))
        });
        let by_code = || {
            let bare = |row: &&Row| row.status.is_none() && row.code == Some(self.code);
            rows().iter().find(|row| of_anybody(row) && bare(row))
        };
        let mut found: Vec<&Row> = by_status.or_else(by_code).into_iter().collect();
        if !self.has_text {
            // Without a word of who speaks, the providers that use this number so are named too.
            let of_a_provider = rows()
                .iter()
                .filter(|row| row.at.is_some() && row.code == Some(self.code) && same_status(row));
            found.extend(of_a_provider.take(MOST_MEANINGS));
        }
        found
    }

    /// How far the status of a row is from that of the reply, if that says enough to tell rows apart.
    fn distance(&self, row: &Row) -> u8 {
        match self.status.as_deref().zip(row.status.as_deref()) {
            Some((own, _)) if own.ends_with(".0") || own.ends_with(".7.1") => 2,
            Some((own, other)) if own == other => 0,
            Some((own, other)) if means_the_same(own, other) => 1,
            _ => 2,
        }
    }
}

/// What the first digit alone says (RFC 5321 §4.2.1).
fn by_class(code: u16, lang: Lang) -> ReplyMeaning {
    let lasts = Lasts::of(code);
    let (meaning, remedy) = match lasts {
        Lasts::Transient => (
            say(lang, "Not accepted for now.", "Pas accepté pour l’instant."),
            say(
                lang,
                "Keep the message queued and read the whole reply; it usually says why.",
                "Garder le message en file et lire toute la réponse, qui dit d’ordinaire pourquoi.",
            ),
        ),
        Lasts::Permanent => (
            say(lang, "Refused.", "Refusé."),
            say(
                lang,
                "Read the whole reply; it usually says why. Do not strike the address off for this code alone.",
                "Lire toute la réponse, qui dit d’ordinaire pourquoi. Ne pas supprimer l’adresse sur ce seul code.",
            ),
        ),
    };
    ReplyMeaning {
        provider: None,
        meaning: meaning.to_owned(),
        remedy: remedy.to_owned(),
        lasts,
        fault: Fault::Unknown,
        suppress: false,
        references: vec!["RFC 5321 §4.2.1".to_owned()],
    }
}

/// A code that refuses: 4yz or 5yz.
fn is_code(word: &str) -> bool {
    let digits = word.as_bytes();
    matches!(digits, [b'4' | b'5', b'0'..=b'9', b'0'..=b'9'])
}

/// In security and policy (RFC 3463 §3.8) a detail means the same in both classes, as those of RFC 7372 §3.
fn means_the_same(own: &str, other: &str) -> bool {
    own == other || own[1..] == other[1..] && own[1..].starts_with(".7.")
}

/// RFC 3463 §2: class, subject and detail.
fn is_status(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let is_number = |part: &&str| -> bool {
        (1..=3).contains(&part.len()) && part.bytes().all(|octet| octet.is_ascii_digit())
    };
    parts.len() == 3 && matches!(parts[0], "4" | "5") && parts.iter().all(is_number)
}
