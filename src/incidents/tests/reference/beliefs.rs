//! What is to be believed of one fault of one domain, by everything that was ever seen of it.
//!
//! Two looks that agree, a time apart, with none between that says otherwise, decide.

use vigie_checks::kernel::Severity;

use super::history::{Check, Domain, Fault, Happening, History, Seen};

pub(super) const CONFIRM: i64 = 45;

/// A fault of a domain while it is believed.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub domain: Domain,
    pub fault: Fault,
    /// The first look that saw it.
    pub first_seen: i64,
    /// When it was believed, and at what severity; then when that changed.
    pub severities: Vec<(i64, Severity)>,
    /// It was wrong when its check first looked.
    pub baseline: bool,
    pub gone: Option<i64>,
    /// What the looks since then said of it: whether it was there.
    looks: Vec<(i64, bool)>,
}

/// A fault that was seen and is neither believed nor denied, until the look that decides it.
#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    pub domain: Domain,
    pub fault: Fault,
    pub since: i64,
    /// Not known of after the last look.
    pub until: i64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Beliefs {
    pub standings: Vec<Standing>,
    pub suspicions: Vec<Suspicion>,
}

impl Standing {
    pub(super) fn begun(&self) -> i64 {
        self.severities[0].0
    }

    pub(super) fn stands(&self, now: i64) -> bool {
        self.begun() <= now && self.gone.is_none_or(|gone| now < gone)
    }

    pub(super) fn severity(&self, now: i64) -> Severity {
        let by_now = self.severities.iter().rfind(|(at, _)| *at <= now);
        by_now.expect("it is asked of what has begun").1
    }

    /// Whether the last look that could tell saw it.
    pub(super) fn was_seen(&self, now: i64) -> bool {
        self.looks.iter().rfind(|(at, _)| *at <= now).is_some_and(|(_, seen)| *seen)
    }

    /// From when on it is a regression: what was wrong at the start is one once it has grown.
    pub(super) fn counts_from(&self) -> Option<i64> {
        if !self.baseline {
            return Some(self.begun());
        }
        let grown = self.severities.windows(2).find(|pair| pair[1].1 > pair[0].1);
        grown.map(|pair| pair[1].0)
    }
}

/// What one look says of a fault.
struct Answer {
    at: i64,
    second: bool,
    severity: Option<Severity>,
    untold: bool,
    first_of_check: bool,
}

/// `calm` is how long a standing that began then must be gone at a time before that is believed.
pub(super) fn of_everything(
    history: &History,
    calm: impl Fn(Domain, Fault, i64, i64) -> i64,
) -> Beliefs {
    let mut beliefs = Beliefs::default();
    for domain in 0..super::history::DOMAINS.len() {
        for fault in Fault::ALL {
            let calm = |begun, now| calm(domain, fault, begun, now);
            of_fault(&mut beliefs, domain, fault, &answers(history, domain, fault), calm);
        }
    }
    beliefs
}

pub(super) fn tells(seen: &Seen) -> bool {
    !seen.untold || !seen.faults.is_empty() || seen.check == Check::Blocklist
}

fn answers(history: &History, of: Domain, fault: Fault) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut looked = false;
    for (at, happening) in history {
        let Happening::Look { domain, second, seen } = happening else { continue };
        let of_check = |seen: &&Seen| *domain == of && seen.check == fault.check() && tells(seen);
        let Some(seen) = seen.iter().find(of_check) else { continue };
        let severity = seen.faults.iter().find(|(found, _)| *found == fault).map(|(_, s)| *s);
        let first_of_check = !std::mem::replace(&mut looked, true);
        // It may be there and not be told, unless as much was untold when it was last seen.
        let last = answers.iter().rfind(|answer| answer.severity.is_some());
        let may_hide = severity.is_none() && seen.untold && !last.is_some_and(|last| last.untold);
        if !may_hide {
            let (at, second, untold) = (*at, *second, seen.untold);
            answers.push(Answer { at, second, severity, untold, first_of_check });
        }
    }
    answers
}

fn of_fault(
    beliefs: &mut Beliefs,
    domain: Domain,
    fault: Fault,
    answers: &[Answer],
    calm: impl Fn(i64, i64) -> i64,
) {
    let mut current: Option<Standing> = None;
    for (index, answer) in answers.iter().enumerate() {
        let now = answer.at;
        // Since when the looks agree with this one.
        let since = |agrees: &dyn Fn(&Answer) -> bool| {
            let agreeing = answers[..=index].iter().rev().take_while(|before| agrees(before));
            agreeing.last().map_or(now, |first| first.at)
        };
        let alike = since(&|before| before.severity == answer.severity);
        if let Some(standing) = &mut current {
            standing.looks.push((now, answer.severity.is_some()));
        }
        match (&mut current, answer.severity) {
            (None, None) => {}
            (None, Some(severity)) => {
                let baseline = answer.first_of_check;
                let first_seen = since(&|before| before.severity.is_some());
                if baseline || (answer.second && now >= first_seen + CONFIRM) {
                    let severities = vec![(now, severity)];
                    let looks = vec![(now, true)];
                    let standing = Standing {
                        domain,
                        fault,
                        first_seen,
                        severities,
                        baseline,
                        gone: None,
                        looks,
                    };
                    current = Some(standing);
                } else {
                    let until = answers.get(index + 1).map_or(i64::MAX, |next| next.at);
                    let suspicion = Suspicion { domain, fault, since: first_seen, until };
                    beliefs.suspicions.push(suspicion);
                }
            }
            (Some(standing), None) => {
                if answer.second && now >= alike + calm(standing.begun(), now) {
                    standing.gone = Some(now);
                    beliefs.standings.extend(current.take());
                }
            }
            (Some(standing), Some(severity)) => {
                let changes = severity != standing.severity(now);
                if changes && answer.second && now >= alike + CONFIRM {
                    standing.severities.push((now, severity));
                }
            }
        }
    }
    beliefs.standings.extend(current);
}
