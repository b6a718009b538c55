//! Durations as people write them: `45s`, `1h30m`, `400d`.

use std::time::Duration;

use serde::Serializer;

use super::mistake::BadValue;

/// Units and their milliseconds, the larger before the smaller.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", DAY), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const DAY: u64 = 86_400_000;

/// Reads whole numbers with a unit each (`w`, `d`, `h`, `m`, `s`, `ms`), the larger before the
/// smaller; at most 100 years.
///
/// # Errors
/// Says what is wrong and how a duration looks.
pub fn parse_duration(written: &str) -> Result<Duration, BadValue> {
    let refuse = |en: &str, fr: &str| {
        BadValue::sentence(format!("`{written}`: {en}"), format!("`{written}` : {fr}"))
            .hint("write it like 45s, 5m, 1h30m or 7d", "écrire par exemple 45s, 5m, 1h30m ou 7d")
    };
    let no_duration = || refuse("not a duration", "ce n’est pas une durée");
    let mut rest = written.trim();
    let mut milliseconds: u64 = 0;
    let mut units = UNITS.iter();
    if rest.is_empty() {
        return Err(refuse("the duration is empty", "la durée est vide"));
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| no_duration())?;
        let tail = &rest[digits..];
        let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (written, after) = tail.split_at(letters);
        if tail.is_empty() {
            return Err(refuse("the unit is missing", "il manque l’unité"));
        }
        let (_, worth) = units.find(|(unit, _)| *unit == written).ok_or_else(no_duration)?;
        let more = number.checked_mul(*worth).and_then(|more| milliseconds.checked_add(more));
        milliseconds = more
            .filter(|all| *all <= 100 * 365 * DAY)
            .ok_or_else(|| refuse("too long", "c’est trop long"))?;
        rest = after.trim_start();
    }
    Ok(Duration::from_millis(milliseconds))
}

/// The duration as [`parse_duration`] reads it.
pub fn written_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    // Weeks are read, never written: `400d` stays `400d`.
    for (unit, worth) in &UNITS[1..] {
        if rest >= *worth {
            text.push_str(&format!("{}{unit}", rest / worth));
            rest %= worth;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

pub(super) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&written_duration(*duration))
}

pub(super) fn serialize_option<S: Serializer>(
    duration: &Option<Duration>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serialize(duration, to),
        None => to.serialize_none(),
    }
}
