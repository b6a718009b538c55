//! What does an entry of a zone file say before its value: whose record it is, and of which type? And what
//! does one lack that says less? (RFC 1035 §5.1)

use std::str::FromStr;

use hickory_proto::rr::{DNSClass, Name as WireName, RecordType};
use hickory_proto::serialize::txt::parse_ttl;

use vigie_checks::kernel::Bilingual;

/// What is shown of a word, at the most.
const LONGEST_WORD: usize = 60;

/// The parts of an entry.
#[derive(Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// As it is written; none where a blank begins the line, which means the owner before.
    pub owner: Option<&'a str>,
    pub rtype: RecordType,
    pub value: &'a str,
}

impl<'a> Head<'a> {
    /// Reads an entry that is no directive.
    ///
    /// # Errors
    /// It is not whole.
    pub fn of(entry: &'a str) -> Result<Self, Lack> {
        let mut rest = entry;
        let owner = (!entry.starts_with(char::is_whitespace)).then(|| word(&mut rest));
        if let Some(owner) = owner.filter(|owner| *owner != "@" && !is_name(owner)) {
            return Err(Lack::name_in(owner));
        }
        loop {
            let written = word(&mut rest);
            let in_capitals = written.to_ascii_uppercase();
            if parse_ttl(written).is_ok() || DNSClass::from_str(&in_capitals).is_ok() {
                continue;
            }
            let Ok(rtype) = RecordType::from_str(&in_capitals) else {
                // Of a line that begins with its type, in capitals, that was taken for the name.
                let begins_with_type =
                    owner.is_some_and(|owner| RecordType::from_str(owner).is_ok());
                return Err(if begins_with_type { Lack::Owner } else { Lack::type_in(written) });
            };
            return match rest.trim() {
                "" => Err(Lack::Value { rtype }),
                value => Ok(Self { owner, rtype, value }),
            };
        }
    }
}

/// The next word of the rest; empty at its end.
fn word<'a>(rest: &mut &'a str) -> &'a str {
    let begun = rest.trim_start();
    let (word, after) = begun.split_at(begun.find(char::is_whitespace).unwrap_or(begun.len()));
    *rest = after;
    word
}

fn is_name(written: &str) -> bool {
    !written.starts_with('"') && WireName::from_ascii(written).is_ok()
}

/// Whether a directive is one that is followed, with all that it needs.
///
/// # Errors
/// It is none.
pub fn directive(entry: &str) -> Result<(), Lack> {
    let mut rest = entry;
    let (name, value) = (word(&mut rest), word(&mut rest));
    let is_followed = match name.to_ascii_uppercase().as_str() {
        "$ORIGIN" => value == "." || !value.is_empty() && is_name(value),
        "$TTL" => parse_ttl(value).is_ok(),
        _ => false,
    };
    if is_followed { Ok(()) } else { Err(Lack::Directive { written: shown(entry.trim()) }) }
}

/// What an entry lacks to be a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It does not say whose record it is.
    Owner,
    /// What stands there is no name.
    Name {
        written: String,
    },
    /// It ends, or its value begins, before its type.
    Type,
    /// What stands in its place is no type.
    KnownType {
        written: String,
    },
    /// It has none, or one that its type does not have.
    Value {
        rtype: RecordType,
    },
    Directive {
        written: String,
    },
}

impl Lack {
    fn name_in(written: &str) -> Self {
        if written.starts_with('"') { Self::Owner } else { Self::Name { written: shown(written) } }
    }

    fn type_in(written: &str) -> Self {
        match written.is_empty() || written.starts_with('"') {
            true => Self::Type,
            false => Self::KnownType { written: shown(written) },
        }
    }

    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Owner => Bilingual::new(
                "the name of the record is missing; `@` is the domain itself",
                "il manque le nom de l’enregistrement ; `@` désigne le domaine lui-même",
            ),
            Self::Name { written } => Bilingual::new(
                format!("`{written}` is no name"),
                format!("`{written}` n’est pas un nom"),
            ),
            Self::Type => Bilingual::new(
                "the type of the record is missing, such as TXT",
                "il manque le type de l’enregistrement, comme TXT",
            )
            .and(the_form()),
            Self::KnownType { written } => Bilingual::new(
                format!("`{written}` is no type of record that is known"),
                format!("`{written}` n’est pas un type d’enregistrement connu"),
            )
            .and(the_form()),
            Self::Value { rtype } => Bilingual::new(
                format!("the value of the {rtype} record is missing or cannot be read"),
                format!("la valeur de l’enregistrement {rtype} manque ou est illisible"),
            )
            .and(example_of(*rtype)),
            Self::Directive { written } => Bilingual::new(
                format!("`{written}` is not understood; `$ORIGIN NAME` and `$TTL TIME` are"),
                format!("`{written}` est inconnu ; `$ORIGIN NOM` et `$TTL DURÉE` sont compris"),
            ),
        }
    }
}

/// How a record is written.
fn the_form() -> Bilingual {
    Bilingual::new(
        "a line reads NAME TTL IN TYPE VALUE, and TTL and IN may be left out",
        "une ligne se lit NOM TTL IN TYPE VALEUR, et TTL et IN peuvent manquer",
    )
}

/// A value of the types that people write by hand.
fn example_of(rtype: RecordType) -> Option<Bilingual> {
    let value = match rtype {
        RecordType::A => "192.0.2.1",
        RecordType::AAAA => "2001:db8::1",
        RecordType::MX => "10 mx.example.com.",
        RecordType::TXT => "\"v=spf1 -all\"",
        RecordType::CNAME | RecordType::NS | RecordType::PTR => "host.example.com.",
        RecordType::CAA => "0 issue \"ca.example\"",
        RecordType::TLSA => "3 1 1 DIGEST",
        RecordType::SRV => "0 1 443 host.example.com.",
        _ => return None,
    };
    Some(Bilingual::new(
        format!("one looks like `{value}`"),
        format!("elle s’écrit comme `{value}`"),
    ))
}

fn shown(word: &str) -> String {
    word.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_WORD).collect()
}
