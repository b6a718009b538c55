//! Was the configuration that was read last adopted, when was one, and why was one refused since?

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::run::commit::Fault;
use crate::web::Refused;

/// How reading the configuration again went.
#[derive(Debug)]
pub struct Reloads(Mutex<Last>);

#[derive(Debug)]
struct Last {
    adopted_at: DateTime<Utc>,
    /// What was refused since.
    refused: Option<Refused>,
}

impl Reloads {
    /// The daemon began with one that holds.
    pub fn since(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(Last { adopted_at: now, refused: None }))
    }

    pub fn adopted(&self, now: DateTime<Utc>) {
        *self.held() = Last { adopted_at: now, refused: None };
    }

    /// One was refused; of several in a row the first says since when.
    pub fn refused(&self, file: String, faults: Vec<Fault>, now: DateTime<Utc>) {
        let mut last = self.held();
        let since = last.refused.as_ref().map_or(now, |refused| refused.since);
        last.refused = Some(Refused { file, faults, since });
    }

    /// Whether the last one was adopted, and when one was.
    pub fn last(&self) -> (bool, DateTime<Utc>) {
        let last = self.held();
        (last.refused.is_none(), last.adopted_at)
    }

    /// The one that was refused while the one before goes on.
    pub fn refusal(&self) -> Option<Refused> {
        self.held().refused.clone()
    }

    fn held(&self) -> MutexGuard<'_, Last> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use vigie_checks::kernel::Bilingual;

    use super::*;

    #[test]
    fn a_configuration_is_refused_since_the_first_time_until_one_is_adopted() {
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap();
        let reloads = Reloads::since(at(0));
        assert_eq!((reloads.last(), reloads.refusal()), ((true, at(0)), None));
        let fault = |line| Fault {
            file: "vigie.toml".to_owned(),
            line,
            column: 1,
            message: Bilingual::new("`x` is not a key", "`x` n’est pas une clé"),
        };
        reloads.refused("vigie.toml".to_owned(), vec![fault(3)], at(10));
        reloads.refused("vigie.toml".to_owned(), vec![fault(4)], at(20));
        let refused = reloads.refusal().expect("it was refused");
        assert_eq!((refused.since, refused.faults), (at(10), vec![fault(4)]));
        assert_eq!(reloads.last(), (false, at(0)));
        reloads.adopted(at(30));
        assert_eq!((reloads.last(), reloads.refusal()), ((true, at(30)), None));
    }
}
