//! A simulated week with every fault of the network, each coming and going at random, tells of nothing
//! that is not so; then each real regression is told within two periods. `SEED` plays a week again.

mod regressions;
mod troubles;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::{Blocklist, Clock, ListKind, Name, Net};
use vigie_lab::world::World;
use vigie_scenario::Fault;

use super::house::{CALM, House, Plan};
use super::servers::{Mood, Servers};
use crate::incidents::tests::reference::history::Chance;
use regressions::{DAY, Regression, regressions};
use troubles::{GUSTS, SPELLS, Trouble};

const WORLD: &str = include_str!("seasons/world.toml");
const SETTINGS: &str = include_str!("seasons/vigie.toml");

/// Weeks that are played side by side; `WEEKS` asks for more.
const WEEKS: u64 = 2;

/// A fault that would be so if it stayed is gone before a second look.
const GUST: TimeDelta = TimeDelta::seconds(45);

/// And does not come again before that look is long over.
const LULL: TimeDelta = TimeDelta::minutes(20);

/// The faults of a week, as chance has them.
struct Season {
    chance: Chance,
    spells: Vec<(DateTime<Utc>, DateTime<Utc>, Trouble)>,
    gust: Option<(DateTime<Utc>, TimeDelta, Trouble)>,
}

impl Season {
    fn of(seed: u64, begins: DateTime<Utc>) -> Self {
        let mut chance = Chance(seed);
        let mut spells = Vec::new();
        // Each kind comes, in an order of chance, and at the end some come again.
        let mut kinds: Vec<Trouble> = SPELLS.to_vec();
        let mut at = begins;
        while at < begins + TimeDelta::days(7) {
            if kinds.is_empty() {
                kinds = SPELLS.to_vec();
            }
            let trouble = kinds.swap_remove(chance.below(kinds.len()));
            let hours = chance.one_of(&[1, 1, 2, 4, 7, 13, 30]);
            let minutes = i64::try_from(chance.below(60)).unwrap();
            spells.push((at, at + TimeDelta::hours(hours), trouble));
            at += TimeDelta::minutes(minutes) + TimeDelta::hours(chance.one_of(&[0, 1, 2, 5]));
        }
        Self { chance, spells, gust: None }
    }

    /// What holds at a moment.
    fn at(&mut self, now: DateTime<Utc>) -> (Mood, Vec<Fault>) {
        let (mut mood, mut faults) = (Mood::default(), Vec::new());
        let over = self.gust.is_none_or(|(since, ..)| now >= since + LULL);
        if over && self.chance.of_hundred(30) {
            let lasts = TimeDelta::seconds(1 + i64::try_from(self.chance.below(44)).unwrap());
            self.gust = Some((now, lasts.min(GUST), self.chance.one_of(GUSTS)));
        }
        if let Some((since, lasts, trouble)) = self.gust
            && now < since + lasts
        {
            trouble.befall(&mut mood, &mut faults);
        }
        let spells = self.spells.iter().filter(|(from, until, _)| *from <= now && now < *until);
        for (.., trouble) in spells {
            // Some come and go within their time.
            if self.chance.of_hundred(75) {
                trouble.befall(&mut mood, &mut faults);
            }
        }
        (mood, faults)
    }
}

fn lists() -> Vec<Blocklist> {
    let list = |id: &str, zone: &str, kind, code: &str, word: &str| Blocklist {
        id: id.to_owned(),
        name: None,
        zone: Name::new(zone),
        kind,
        codes: [(code.to_owned(), word.to_owned())].into(),
        tier: 1,
        test_listed: None,
        delist: None,
        terms: None,
        replaces: None,
    };
    vec![
        list("house", "bl.example.net", ListKind::Ip4, "127.0.0.2", "listed"),
        list("house-domains", "dbl.example.net", ListKind::Domain, "127.0.1.2", "critical"),
    ]
}

/// What came of a week and of the regressions after it.
struct Played {
    wrong: Vec<String>,
    /// The faults that somebody met.
    met: BTreeSet<String>,
    /// What was suspected in that week, and was nothing.
    suspected: BTreeSet<String>,
}

/// A week, and then the regressions.
async fn play(seed: u64) -> Played {
    let built = Arc::new(OnceLock::new());
    let plan = Plan { world: WORLD, settings: SETTINGS, blocklists: lists() };
    let mut house = House::of(plan, |world, clock| {
        Arc::clone(built.get_or_init(|| Arc::new(Servers::of(world, clock)))) as Arc<dyn Net>
    })
    .await;
    let servers = Arc::clone(built.get().unwrap());
    house.pass(CALM, &mut |_, _| {}).await;
    assert_eq!(house.incidents().await, [], "SEED={seed}: before anything happened");
    let mut season = Season::of(seed, house.clock.now());
    let mut weather = |world: &World, now| {
        let (mood, faults) = season.at(now);
        world.set_faults(&faults).unwrap();
        *servers.mood.lock().unwrap() = mood;
    };
    house.pass(TimeDelta::days(7), &mut weather).await;
    let (mut wrong, suspected) = (Vec::new(), house.suspected.clone());
    for incident in house.all_incidents().await {
        let (id, subject) = (&incident.cause.id, &incident.cause.subject);
        let after = incident.opened_at - house.begun - CALM;
        wrong.push(format!("SEED={seed}: {id} of {subject}, after {after}"));
    }
    *servers.mood.lock().unwrap() = Mood::default();
    house.world.set_faults(&[]).unwrap();
    house.pass(DAY * 2, &mut |_, _| {}).await;
    for Regression { told_as, period, breaks, heals } in regressions() {
        let since = house.clock.now();
        breaks(&house.world, &mut servers.mood.lock().unwrap());
        house.pass(period * 2 + TimeDelta::seconds(46), &mut |_, _| {}).await;
        let all = house.all_incidents().await;
        let tells = |id: &String| told_as.iter().any(|begin| id.starts_with(begin));
        let is_told = all.iter().any(|incident| {
            let stands = incident.resolved_at.is_none() && incident.since >= since;
            stands && (tells(&incident.cause.id) || incident.symptoms.iter().any(tells))
        });
        if !is_told {
            wrong.push(format!("SEED={seed}: {told_as:?} is not told"));
        }
        heals(&house.world);
        *servers.mood.lock().unwrap() = Mood::default();
        house.pass(period * 2 + TimeDelta::hours(13), &mut |_, _| {}).await;
        for incident in house.all_incidents().await.iter().filter(|one| one.resolved_at.is_none()) {
            wrong.push(format!("SEED={seed}: {} stands after {told_as:?}", incident.cause.id));
        }
    }
    let met = servers.met.lock().unwrap().clone();
    Played { wrong, met, suspected }
}

#[test]
fn a_week_of_every_fault_tells_of_nothing_but_what_is_so() {
    let number = |name: &str| std::env::var(name).ok()?.parse().ok();
    let seed: u64 = number("SEED").unwrap_or_else(rand::random);
    let weeks = number("WEEKS").unwrap_or(WEEKS);
    println!("seed {seed}");
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    let each = |thread: u64| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let seeds = (thread..weeks).step_by(usize::try_from(threads).unwrap());
        let played = seeds.map(|number| runtime.block_on(play(seed.wrapping_add(number))));
        played.collect::<Vec<_>>()
    };
    let played: Vec<Played> = std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || each(thread))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let wrong: Vec<&String> = played.iter().flat_map(|played| &played.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let met: BTreeSet<&String> = played.iter().flat_map(|played| &played.met).collect();
    let nothing: BTreeSet<&String> = played.iter().flat_map(|played| &played.suspected).collect();
    println!("{} kinds of faults were met; suspected was {nothing:?}", met.len());
    assert!(met.len() >= 25, "too few faults were met to prove anything: {met:?}");
    assert!(nothing.len() >= 5, "too little was suspected to prove anything: {nothing:?}");
}
