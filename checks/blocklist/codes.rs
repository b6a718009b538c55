//! What does an answer of a list mean? (RFC 5782 §2.1, and what each list documents)

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use ipnet::Ipv4Net;

use crate::kernel::{Blocklist, Severity};

/// Answers that say "not to you" for every list that has them, and a listing for none.
const REFUSALS: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(127, 255, 255, 0), 24);

/// Answers whose last octet may be a mask.
const MASKED: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 24);

/// What the answers to one question come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Listed(Severity),
    /// A domain listed for what others did with it, or for being new.
    Abused,
    /// Listed for what the address is meant for, not for what it did.
    Policy,
    /// Listed without consequence for mail.
    Harmless,
    /// The list vouches for it.
    Allowed,
    /// The list does not answer us.
    Refused,
    /// Outside 127.0.0.0/8, or a code that the list does not document: it may not be the list that
    /// answers.
    Invalid,
}

/// The words that an answer may mean.
pub const MEANINGS: [&str; 9] =
    ["critical", "error", "warning", "listed", "abused", "policy", "info", "allow", "refused"];

/// A code of a list that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CodeError {
    #[error("{list}: {answer} is no address, network, range or bit")]
    Answer { list: String, answer: String },
    #[error("{list}: {meaning} is not one of {}", MEANINGS.join(", "))]
    Meaning { list: String, meaning: String },
}

/// Whether all codes of a list can be read.
///
/// # Errors
/// Names the first that cannot.
pub fn check_codes(list: &Blocklist) -> Result<(), CodeError> {
    for (answer, meaning) in &list.codes {
        let list = || list.id.clone();
        if answer.parse::<Pattern>().is_err() {
            return Err(CodeError::Answer { list: list(), answer: answer.clone() });
        }
        if word(meaning).is_none() {
            return Err(CodeError::Meaning { list: list(), meaning: meaning.clone() });
        }
    }
    Ok(())
}

/// What the answers mean, each meaning once, the heaviest first. One that no list can give spoils
/// all, so does a refusal; of several weights the heaviest counts.
pub fn meanings(list: &Blocklist, answers: &[IpAddr]) -> Vec<Meaning> {
    if !answers.iter().all(IpAddr::is_loopback) {
        return vec![Meaning::Invalid];
    }
    let each = answers.iter().map(|answer| match answer {
        IpAddr::V4(answer) => single(list, *answer),
        IpAddr::V6(_) => Meaning::Invalid,
    });
    let mut meanings: Vec<Meaning> = each.collect();
    meanings.sort_by_key(|meaning| std::cmp::Reverse(meaning.rank()));
    meanings.dedup_by_key(|meaning| meaning.rank().0);
    match meanings.as_slice() {
        [] => vec![Meaning::Invalid],
        [Meaning::Refused, ..] => vec![Meaning::Refused],
        _ => meanings,
    }
}

/// The heaviest of [`meanings`].
pub fn meaning(list: &Blocklist, answers: &[IpAddr]) -> Meaning {
    meanings(list, answers)[0]
}

impl Meaning {
    fn rank(self) -> (u8, Option<Severity>) {
        match self {
            Self::Refused => (6, None),
            Self::Listed(severity) => (5, Some(severity)),
            Self::Abused => (4, None),
            Self::Policy => (3, None),
            Self::Harmless => (2, None),
            Self::Allowed => (1, None),
            Self::Invalid => (0, None),
        }
    }
}

fn single(list: &Blocklist, answer: Ipv4Addr) -> Meaning {
    let codes = list
        .codes
        .iter()
        .filter_map(|(written, meaning)| Some((written.parse::<Pattern>().ok()?, word(meaning)?)));
    let (masks, wholes): (Vec<_>, Vec<_>) =
        codes.partition(|(pattern, _)| matches!(pattern, Pattern::Bit(_)));
    let whole = wholes.iter().filter(|(pattern, _)| pattern.holds(answer));
    if let Some((_, meaning)) = whole.min_by_key(|(pattern, _)| pattern.width()) {
        return *meaning;
    }
    if REFUSALS.contains(&answer) {
        return Meaning::Refused;
    }
    let bits: Vec<Meaning> =
        masks.iter().filter(|(mask, _)| mask.holds(answer)).map(|(_, meaning)| *meaning).collect();
    heaviest(&bits)
}

fn heaviest(meanings: &[Meaning]) -> Meaning {
    meanings.iter().copied().max_by_key(|meaning| meaning.rank()).unwrap_or(Meaning::Invalid)
}

fn word(meaning: &str) -> Option<Meaning> {
    Some(match meaning {
        "critical" => Meaning::Listed(Severity::Critical),
        "error" | "listed" => Meaning::Listed(Severity::Error),
        "warning" => Meaning::Listed(Severity::Warning),
        "abused" => Meaning::Abused,
        "policy" => Meaning::Policy,
        "info" => Meaning::Harmless,
        "allow" => Meaning::Allowed,
        "refused" => Meaning::Refused,
        _ => return None,
    })
}

/// The left side of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern {
    Range(u32, u32),
    Bit(u8),
}

impl Pattern {
    fn holds(self, answer: Ipv4Addr) -> bool {
        match self {
            Self::Range(first, last) => (first..=last).contains(&u32::from(answer)),
            Self::Bit(bit) => MASKED.contains(&answer) && answer.octets()[3] & bit != 0,
        }
    }

    fn width(self) -> u32 {
        match self {
            Self::Range(first, last) => last - first,
            Self::Bit(_) => 0,
        }
    }
}

impl FromStr for Pattern {
    type Err = ();

    fn from_str(written: &str) -> Result<Self, ()> {
        if let Some(bit) = written.strip_prefix("bit:") {
            let bit: u8 = bit.parse().map_err(|_| ())?;
            return if bit.is_power_of_two() { Ok(Self::Bit(bit)) } else { Err(()) };
        }
        let address = |text: &str| text.trim().parse::<Ipv4Addr>().map_err(|_| ());
        let (first, last) = if let Some((first, last)) = written.split_once('-') {
            (address(first)?, address(last)?)
        } else if written.contains('/') {
            let network: Ipv4Net = written.parse().map_err(|_| ())?;
            (network.network(), network.broadcast())
        } else {
            (address(written)?, address(written)?)
        };
        if first > last { Err(()) } else { Ok(Self::Range(first.into(), last.into())) }
    }
}
