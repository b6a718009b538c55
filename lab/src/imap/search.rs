//! Which messages match? The keys of SEARCH (RFC 3501 §6.4.4) that mail clients use.

use super::command::{Malformed, Token};
use super::fetch::{field, split};
use super::sequence::SequenceSet;
use crate::mailbox::Message;
use chrono::NaiveDate;

/// A condition on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    All,
    Numbers(SequenceSet),
    Uids(SequenceSet),
    Header(String, String),
    Body(String),
    Text(String),
    Since(NaiveDate),
    Before(NaiveDate),
    Flag(String),
    Not(Box<Key>),
    Or(Box<Key>, Box<Key>),
    And(Vec<Key>),
}

/// Deepest nesting of NOT and OR.
const NESTING: usize = 16;

/// The largest message number and uid, which `*` stands for.
#[derive(Debug, Clone, Copy)]
pub struct Largest {
    pub number: u32,
    pub uid: u32,
}

/// Reads the keys of a command; all of them must match. `tab` is where a host with Gmail's search
/// shows its mail.
pub fn parse(tokens: &[Token], largest: Largest, tab: Option<&str>) -> Result<Key, Malformed> {
    if let [Token::Text(word), Token::Text(raw)] = tokens
        && word.eq_ignore_ascii_case("X-GM-RAW")
    {
        return gmail(raw, tab.ok_or(Malformed("unknown search key"))?);
    }
    let mut words = tokens.iter();
    if let [Token::Text(word), _, ..] = tokens
        && word.eq_ignore_ascii_case("CHARSET")
    {
        words.nth(1);
    }
    keys(&mut words, largest, 0)
}

impl Key {
    /// Whether the message of that number matches.
    pub fn matches(&self, number: u32, message: &Message) -> bool {
        match self {
            Self::All => true,
            Self::Numbers(set) => set.contains(number),
            Self::Uids(set) => set.contains(message.uid),
            Self::Header(name, text) => {
                field(split(&message.octets).0, name).any(|value| contains(value, text))
            }
            Self::Body(text) => contains(split(&message.octets).1, text),
            Self::Text(text) => contains(&message.octets, text),
            Self::Since(date) => message.internal_date.date_naive() >= *date,
            Self::Before(date) => message.internal_date.date_naive() < *date,
            Self::Flag(flag) => message.flags.iter().any(|f| f.eq_ignore_ascii_case(flag)),
            Self::Not(key) => !key.matches(number, message),
            Self::Or(one, other) => one.matches(number, message) || other.matches(number, message),
            Self::And(keys) => keys.iter().all(|key| key.matches(number, message)),
        }
    }
}

type Words<'t> = std::slice::Iter<'t, Token>;

fn keys(words: &mut Words, largest: Largest, depth: usize) -> Result<Key, Malformed> {
    let mut all = Vec::new();
    while words.len() > 0 {
        all.push(key(words, largest, depth)?);
    }
    if all.is_empty() {
        return Err(Malformed("nothing to search for"));
    }
    Ok(Key::And(all))
}

fn key(words: &mut Words, largest: Largest, depth: usize) -> Result<Key, Malformed> {
    if depth > NESTING {
        return Err(Malformed("nested too deep"));
    }
    let word = match words.next().ok_or(Malformed("a search key is missing"))? {
        Token::List(list) => return keys(&mut list.iter(), largest, depth + 1),
        Token::Text(word) => word,
    };
    let deeper = depth + 1;
    Ok(match word.to_ascii_uppercase().as_str() {
        "ALL" => Key::All,
        "NOT" => Key::Not(Box::new(key(words, largest, deeper)?)),
        "OR" => {
            Key::Or(Box::new(key(words, largest, deeper)?), Box::new(key(words, largest, deeper)?))
        }
        "UID" => Key::Uids(set(argument(words)?, largest.uid)?),
        "HEADER" => Key::Header(argument(words)?.to_owned(), argument(words)?.to_owned()),
        name @ ("SUBJECT" | "FROM" | "TO" | "CC" | "BCC") => {
            Key::Header(name.to_owned(), argument(words)?.to_owned())
        }
        "BODY" => Key::Body(argument(words)?.to_owned()),
        "TEXT" => Key::Text(argument(words)?.to_owned()),
        "SINCE" => Key::Since(date(argument(words)?)?),
        "BEFORE" => Key::Before(date(argument(words)?)?),
        "ON" => {
            let day = date(argument(words)?)?;
            let next = day.succ_opt().ok_or(Malformed("not a date"))?;
            Key::And(vec![Key::Since(day), Key::Before(next)])
        }
        name @ ("SEEN" | "DELETED" | "FLAGGED" | "ANSWERED" | "DRAFT") => flag(name),
        name @ ("UNSEEN" | "UNDELETED" | "UNFLAGGED" | "UNANSWERED" | "UNDRAFT") => {
            Key::Not(Box::new(flag(&name[2..])))
        }
        _ => Key::Numbers(set(word, largest.number)?),
    })
}

/// Gmail's own search, as far as `rfc822msgid:` and `category:`.
fn gmail(raw: &str, tab: &str) -> Result<Key, Malformed> {
    let term = |term: &str| match term.split_once(':') {
        Some(("rfc822msgid", id)) => Ok(Key::Header("Message-ID".to_owned(), id.to_owned())),
        Some(("category", category)) if category == tab => Ok(Key::All),
        Some(("category", _)) => Ok(Key::Not(Box::new(Key::All))),
        _ => Err(Malformed("not a search term")),
    };
    Ok(Key::And(raw.split(' ').map(term).collect::<Result<_, _>>()?))
}

fn argument<'t>(words: &mut Words<'t>) -> Result<&'t str, Malformed> {
    let word = words.next().and_then(Token::text);
    word.ok_or(Malformed("a search key lacks its argument"))
}

fn set(text: &str, largest: u32) -> Result<SequenceSet, Malformed> {
    SequenceSet::parse(text, largest).ok_or(Malformed("neither a search key nor a set"))
}

fn flag(name: &str) -> Key {
    Key::Flag(format!("\\{name}"))
}

fn date(text: &str) -> Result<NaiveDate, Malformed> {
    NaiveDate::parse_from_str(text, "%d-%b-%Y").map_err(|_| Malformed("not a date"))
}

fn contains(octets: &[u8], text: &str) -> bool {
    let wanted = text.as_bytes();
    wanted.is_empty()
        || octets.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
}
