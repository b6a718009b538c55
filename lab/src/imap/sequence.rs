//! Which messages does a set name? `1:3,7,*` (RFC 3501 §9, sequence-set).

/// Most ranges of a set.
const RANGES: usize = 1_000;

/// A set of message numbers or uids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceSet(Vec<(u32, u32)>);

impl SequenceSet {
    /// Reads a set; `*` is the largest number there is. `None` when it is not a set.
    pub fn parse(text: &str, largest: u32) -> Option<Self> {
        let bound = |text: &str| match text {
            "*" => Some(largest),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|&number: &u32| number > 0)
            }
            _ => None,
        };
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let (from, until) = part.split_once(':').unwrap_or((part, part));
            let (from, until) = (bound(from)?, bound(until)?);
            ranges.push((from.min(until), from.max(until)));
            if ranges.len() > RANGES {
                return None;
            }
        }
        Some(Self(ranges))
    }

    /// Whether the set names that number.
    pub fn contains(&self, number: u32) -> bool {
        self.0.iter().any(|&(from, until)| (from..=until).contains(&number))
    }
}
