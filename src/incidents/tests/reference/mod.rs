//! What must have been told of a history, worked out from the whole of it: what every look saw, who
//! took what on, and what was silenced. It shares nothing with the machine, which sees one look at a
//! time; where the two differ, one of them is wrong.

mod beliefs;
pub(crate) mod history;
mod incidents;
pub(crate) mod machine;
pub(crate) mod telling;

use std::collections::BTreeMap;

use history::{Chance, History};
use machine::Machine;

/// Histories; `HISTORIES` asks for more or fewer.
const HISTORIES: u64 = 100_000;

/// What the histories must hold, each so often in a hundred thousand, to prove something.
const LEAST: [(&str, u64); 7] = [
    ("opened", 50_000),
    ("resolved", 10_000),
    ("updated", 5_000),
    ("worsened", 3_000),
    ("acknowledged", 3_000),
    ("reopened", 10_000),
    ("with symptoms", 3_000),
];

#[test]
fn the_machine_tells_what_the_reference_model_tells() {
    let number = |name: &str| std::env::var(name).ok()?.parse().ok();
    let seed = number("SEED").unwrap_or_else(rand::random);
    let histories = number("HISTORIES").unwrap_or(HISTORIES);
    println!("seed {seed}, {histories} histories");
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let told = std::thread::scope(|scope| {
        let compare =
            |thread: usize| move || compare(seed, (thread as u64..histories).step_by(threads));
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(compare(thread))).collect();
        let mut told: BTreeMap<String, u64> = BTreeMap::new();
        for thread in running {
            let of_thread = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            of_thread.into_iter().for_each(|(kind, many)| *told.entry(kind).or_default() += many);
        }
        told
    });
    println!("as expected: {told:?}");
    for (kind, least) in LEAST {
        let many = told.get(kind).copied().unwrap_or_default();
        assert!(many >= least * histories / HISTORIES, "{kind}: {many} prove too little");
    }
}

/// Compares every one of some histories; what was told, by its kind.
fn compare(seed: u64, numbers: impl Iterator<Item = u64>) -> BTreeMap<String, u64> {
    let routes = machine::routes();
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for number in numbers {
        let history = history::random(&mut Chance(seed.wrapping_add(number)));
        let expected = telling::of_history(&history);
        if Machine::of_history(&history, &routes) != expected {
            let least = least(history, &routes);
            panic!("SEED={} HISTORIES=1\n{}", seed.wrapping_add(number), differ(&least, &routes));
        }
        for message in expected {
            let with_symptoms = (!message.symptoms.is_empty()).then(|| "with symptoms".to_owned());
            for kind in with_symptoms.into_iter().chain([message.kind]) {
                *told.entry(kind).or_default() += 1;
            }
        }
    }
    told
}

/// The history without whatever does not matter for the difference.
fn least(mut history: History, routes: &crate::incidents::Routes) -> History {
    let mut place = 0;
    while place < history.len() {
        let mut without = history.clone();
        without.remove(place);
        if Machine::of_history(&without, routes) == telling::of_history(&without) {
            place += 1;
        } else {
            (history, place) = (without, 0);
        }
    }
    history
}

fn differ(history: &History, routes: &crate::incidents::Routes) -> String {
    let written = |lines: Vec<String>| lines.join("\n  ");
    let happened = history.iter().map(|happened| format!("{happened:?}")).collect();
    let told = Machine::of_history(history, routes);
    let expected = telling::of_history(history);
    let only = |these: &[telling::Message], those: &[telling::Message]| {
        let missing = these.iter().filter(|message| !those.contains(message));
        missing.map(|message| format!("{message:?}")).collect()
    };
    format!(
        "happened\n  {}\ntold alone\n  {}\nexpected alone\n  {}",
        written(happened),
        written(only(&told, &expected)),
        written(only(&expected, &told)),
    )
}
