//! Where does something stand? In which file, which message of it, which attachment, which member.

/// A place inside a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// The message of this number, from 1.
    Message(u64),
    /// What the message or archive calls it; hostile text.
    Named(String),
}

/// A place, from the outside in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path as it was given or found; `-` is standard input.
    pub file: String,
    pub inside: Vec<Inside>,
}

/// Characters of a name that are kept.
const NAME_LIMIT: usize = 100;

impl Place {
    pub(super) fn of(file: impl Into<String>) -> Self {
        Self { file: file.into(), inside: Vec::new() }
    }

    pub(super) fn message(&self, number: u64) -> Self {
        self.with(Inside::Message(number))
    }

    pub(super) fn named(&self, name: &str) -> Self {
        self.with(Inside::Named(name.chars().take(NAME_LIMIT).collect()))
    }

    fn with(&self, inside: Inside) -> Self {
        let mut place = self.clone();
        place.inside.push(inside);
        place
    }
}
