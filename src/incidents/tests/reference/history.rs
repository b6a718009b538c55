//! What can happen around two domains, and random histories of it.

use vigie_checks::kernel::Severity;

pub(crate) const DOMAINS: [&str; 2] = ["a.example", "b.example"];

/// A domain by its place in [`DOMAINS`].
pub(crate) type Domain = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Check {
    Blocklist,
    Mx,
    Probe,
    Spf,
}

/// What can be wrong, in the order of the ids. A listing and an unexpected host are one fault for
/// both domains; the others are each domain's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Listed,
    Unexpected,
    InSpam,
    Refused,
    Missing,
}

impl Fault {
    pub(crate) const ALL: [Self; 5] =
        [Self::Listed, Self::Unexpected, Self::InSpam, Self::Refused, Self::Missing];

    pub(crate) fn check(self) -> Check {
        match self {
            Self::Listed => Check::Blocklist,
            Self::Unexpected => Check::Mx,
            Self::InSpam | Self::Refused => Check::Probe,
            Self::Missing => Check::Spf,
        }
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Listed => "blocklist.ip-listed",
            Self::Unexpected => "mx.unexpected",
            Self::InSpam => "probe.in-spam",
            Self::Refused => "probe.refused",
            Self::Missing => "spf.missing",
        }
    }

    pub(crate) fn subject(self, domain: Domain) -> &'static str {
        match self {
            Self::Listed => "house/192.0.2.1",
            Self::Unexpected => "mx.example",
            Self::InSpam | Self::Refused | Self::Missing => DOMAINS[domain],
        }
    }

    /// Those that the world may show: a cause is an error at least, or it would explain nothing.
    fn severities(self) -> &'static [Severity] {
        match self {
            Self::Listed => &[Severity::Warning],
            Self::Missing => &[Severity::Error, Severity::Critical],
            _ => &[Severity::Warning, Severity::Error, Severity::Critical],
        }
    }
}

impl Check {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blocklist => "blocklist",
            Self::Mx => "mx",
            Self::Probe => "probe",
            Self::Spf => "spf",
        }
    }

    /// What it says when it cannot tell. A list that refuses is one part among others.
    pub(crate) fn untold(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Blocklist => ("blocklist.refused", Some("house")),
            Self::Mx => ("mx.lookup-failed", None),
            Self::Probe => ("probe.mailbox-unreachable", None),
            Self::Spf => ("spf.temperror", None),
        }
    }
}

/// What one check saw.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub check: Check,
    pub faults: Vec<(Fault, Severity)>,
    /// Something of it could not be told.
    pub untold: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Look {
        domain: Domain,
        second: bool,
        seen: Vec<Seen>,
    },
    /// Somebody takes on the incident of a cause.
    Acknowledge {
        fault: Fault,
        domain: Domain,
        until: i64,
    },
    Silence {
        of: Silenced,
        until: i64,
    },
    /// What time makes due is told.
    Wake,
}

/// What nobody wants to hear of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Silenced {
    Everything,
    Domain(Domain),
    Check(Check),
}

/// Everything that happens, each at a second of its own.
pub(crate) type History = Vec<(i64, Happening)>;

/// Chance that can be had again: SplitMix64.
pub(crate) struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(crate) fn of_hundred(&mut self, hits: usize) -> bool {
        self.below(100) < hits
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Seconds between two things that happen: around the second look, what reopens, and a day.
const PAUSES: [i64; 14] = [1, 10, 44, 45, 46, 46, 60, 90, 180, 300, 900, 3599, 3601, 90_000];

/// A history of a few dozen happenings at most, in which a few things go wrong, heal and come back.
pub(crate) fn random(chance: &mut Chance) -> History {
    let mut faults: Vec<Fault> =
        (0..=chance.below(3)).map(|_| chance.one_of(&Fault::ALL)).collect();
    faults.sort_unstable();
    faults.dedup();
    // One that comes and goes: it takes many looks to open and resolve it again and again.
    let flaps = chance.of_hundred(3);
    if flaps {
        faults.truncate(1);
    }
    let length = if flaps { 60 } else { 4 + chance.below(12) + chance.below(12) };
    let quick = flaps || chance.of_hundred(50);
    let mut world = [[None; Fault::ALL.len()]; DOMAINS.len()];
    let mut now = 0;
    let mut history = History::new();
    for number in 0..length {
        now += if quick { chance.one_of(&PAUSES[3..9]) } else { chance.one_of(&PAUSES) };
        let at_start = number == 0 && chance.of_hundred(20);
        if flaps {
            // Three looks of each: mostly enough to believe it.
            let is_wrong = number / 3 % 2 == 1;
            world[0][faults[0] as usize] = is_wrong.then(|| faults[0].severities()[0]);
        } else if at_start || (number > 0 && chance.of_hundred(35)) {
            let domain = usize::from(chance.of_hundred(30));
            let fault = chance.one_of(&faults);
            let is_wrong = chance.of_hundred(60);
            world[domain][fault as usize] = is_wrong.then(|| chance.one_of(fault.severities()));
        }
        let happening = match chance.below(if flaps { 60 } else { 20 }) {
            0 => Happening::Acknowledge {
                fault: chance.one_of(&faults),
                domain: chance.below(DOMAINS.len()),
                until: now + chance.one_of(&PAUSES),
            },
            1 => Happening::Silence {
                of: silenced(chance, &faults),
                until: now + chance.one_of(&PAUSES),
            },
            2 => Happening::Wake,
            _ => look(chance, &faults, &world, flaps),
        };
        history.push((now, happening));
    }
    history
}

fn silenced(chance: &mut Chance, faults: &[Fault]) -> Silenced {
    match chance.below(3) {
        0 => Silenced::Everything,
        1 => Silenced::Domain(chance.below(DOMAINS.len())),
        _ => Silenced::Check(chance.one_of(faults).check()),
    }
}

fn look(
    chance: &mut Chance,
    faults: &[Fault],
    world: &[[Option<Severity>; Fault::ALL.len()]; DOMAINS.len()],
    flaps: bool,
) -> Happening {
    let domain = usize::from(!flaps && chance.of_hundred(25));
    let mut checks: Vec<Check> = faults.iter().map(|fault| fault.check()).collect();
    checks.dedup();
    let sure = chance.one_of(&checks);
    checks.retain(|check| *check == sure || chance.of_hundred(80));
    let seen = checks.into_iter().map(|check| {
        let untold = chance.of_hundred(if flaps { 3 } else { 12 });
        let is_blind = untold && chance.of_hundred(60);
        let shown = |fault: &Fault| Some((*fault, world[domain][*fault as usize]?));
        let of_check = faults.iter().filter(|fault| fault.check() == check && !is_blind);
        Seen { check, faults: of_check.filter_map(shown).collect(), untold }
    });
    let seen = seen.collect();
    Happening::Look { domain, second: chance.of_hundred(if flaps { 90 } else { 70 }), seen }
}
