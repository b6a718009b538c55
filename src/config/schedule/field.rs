//! What does one cron field allow? Numbers, names, ranges, steps and lists (crontab(5)).

use std::collections::BTreeSet;

use super::super::mistake::BadValue;

/// What a number of the field is, in English and French, its range, and the names its numbers have.
pub(super) struct Field {
    is: (&'static str, &'static str),
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

pub(super) const SECOND: Field =
    Field { is: ("a second", "une seconde"), least: 0, most: 59, names: &[] };
pub(super) const MINUTE: Field =
    Field { is: ("a minute", "une minute"), least: 0, most: 59, names: &[] };
pub(super) const HOUR: Field =
    Field { is: ("an hour", "une heure"), least: 0, most: 23, names: &[] };
pub(super) const DAY: Field =
    Field { is: ("a day of the month", "un jour du mois"), least: 1, most: 31, names: &[] };
pub(super) const MONTH: Field =
    Field { is: ("a month", "un mois"), least: 1, most: 12, names: &MONTHS };
/// 0 and 7 are Sunday.
pub(super) const WEEKDAY: Field =
    Field { is: ("a day of the week", "un jour de la semaine"), least: 0, most: 7, names: &DAYS };
pub(super) const YEAR: Field =
    Field { is: ("a year", "une année"), least: 1970, most: 2100, names: &[] };

/// The numbers that a field allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    pub numbers: BTreeSet<u32>,
    /// It begins with `*`, so that it restricts nothing beside another field (crontab(5)).
    pub starred: bool,
}

impl Field {
    pub fn parse(&self, written: &str) -> Result<Allowed, BadValue> {
        let mut numbers = BTreeSet::new();
        for item in written.split(',') {
            numbers.extend(self.item(item).ok_or_else(|| {
                let Self { is: (en, fr), least, most, .. } = self;
                BadValue::sentence(
                    format!("`{written}` is not {en} from {least} to {most}"),
                    format!("`{written}` n’est pas {fr} de {least} à {most}"),
                )
            })?);
        }
        Ok(Allowed { numbers, starred: written.starts_with(['*', '?']) })
    }

    fn item(&self, item: &str) -> Option<Vec<u32>> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(digits(step)?)),
            None => (item, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (self.least, self.most),
            Some((first, last)) => (self.number(first)?, self.last(last)?),
            // `5/10` goes on to the end, as cron programs have it.
            None if step.is_some() => (self.number(range)?, self.most),
            None => (self.number(range)?, self.number(range)?),
        };
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        (first <= last && step > 0).then(|| (first..=last).step_by(step).collect())
    }

    /// The end of a range: `SAT-SUN` ends with the Sunday after.
    fn last(&self, written: &str) -> Option<u32> {
        match self.number(written)? {
            0 if self.most == WEEKDAY.most && !written.starts_with('0') => Some(WEEKDAY.most),
            number => Some(number),
        }
    }

    fn number(&self, written: &str) -> Option<u32> {
        let lower = written.to_ascii_lowercase();
        let named = self.names.iter().position(|name| *name == lower);
        let number = match named {
            Some(at) => self.least + u32::try_from(at).ok()?,
            None => digits(written)?,
        };
        (self.least..=self.most).contains(&number).then_some(number)
    }
}

/// A plain number; `+5` is none.
fn digits(written: &str) -> Option<u32> {
    written.bytes().all(|octet| octet.is_ascii_digit()).then(|| written.parse().ok())?
}
