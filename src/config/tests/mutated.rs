//! Configurations that something happened to: read without a panic, and each mistake names a line
//! that is there.

use vigie_checks::kernel::{Bilingual, Lang};

use super::{around_the_example, parse_in};

const EXAMPLE: &str = include_str!("../../../config/vigie.example.toml");

/// Files that are tried; `MUTATIONS` asks for more.
const MUTATIONS: u64 = 500;

/// What falls into a file by accident or by a slip.
const SCRAPS: [&str; 15] = [
    "\"",
    "[",
    "]",
    "=",
    "\n",
    "[[domains]]",
    "{",
    "}",
    "'''",
    "\u{202e}",
    "\u{0}",
    "#",
    "-1",
    "every 0s",
    "\u{feff}",
];

/// A run of numbers from a seed (splitmix64), so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).expect("below a usize")
    }

    /// The text with its characters parted somewhere.
    fn part(&mut self, text: &str) -> (String, String) {
        let characters: Vec<char> = text.chars().collect();
        let (before, after) = characters.split_at(self.below(characters.len() + 1));
        (before.iter().collect(), after.iter().collect())
    }
}

fn mutated(dice: &mut Dice) -> String {
    let mut lines: Vec<String> = EXAMPLE.lines().map(str::to_owned).collect();
    for _ in 0..=dice.below(3) {
        // Cut to one line, which then went: an empty file is a mistake as good as any.
        if lines.is_empty() {
            break;
        }
        let at = dice.below(lines.len());
        match dice.below(8) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[dice.below(lines.len())].clone()),
            // Cut off in the middle, as a file that is still being written.
            2 => lines.truncate(at.max(1)),
            3 => lines[at] = dice.part(&lines[at]).0,
            4 => lines[at] = lines[at].replace('=', ""),
            5 => lines[at] = lines[at].replacen('"', "", 1),
            // What is a comment comes to hold.
            6 => lines[at] = lines[at].trim_start_matches(['#', ' ']).to_owned(),
            _ => {
                let (before, after) = dice.part(&lines[at]);
                lines[at] = format!("{before}{}{after}", SCRAPS[dice.below(SCRAPS.len())]);
            }
        }
    }
    lines.join("\n")
}

#[test]
fn a_mistake_always_names_a_line_and_nothing_stops_the_reader() {
    let count = std::env::var("MUTATIONS").ok().and_then(|count| count.parse().ok());
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let around = around_the_example();
    let (mut refused, mut taken) = (0, 0);
    for round in 0..count.unwrap_or(MUTATIONS) {
        let text = mutated(&mut Dice(seed.wrapping_add(round)));
        let Err(wrong) = parse_in(&around, &text) else {
            taken += 1;
            continue;
        };
        refused += 1;
        assert!(!wrong.errors.is_empty(), "refused for nothing:\n{text}");
        let lines = text.lines().count() + 1;
        for mistake in &wrong.errors {
            let is_here = mistake.file.ends_with("vigie.toml");
            let is_there = mistake.line >= 1 && (!is_here || mistake.line <= lines);
            assert!(is_there, "{mistake:?}\n{text}");
            let Bilingual { en, fr } = &mistake.message;
            assert!(mistake.column >= 1 && !en.is_empty() && !fr.is_empty(), "{mistake:?}");
            let shown = format!("{en}{fr}{}", mistake.line_text);
            assert!(!shown.contains("hunter2"), "{mistake:?}");
            assert!(!shown.chars().any(char::is_control), "{mistake:?}");
        }
        // What is printed is bounded.
        assert!(wrong.render(Lang::Fr, true).len() < 200_000);
    }
    assert!(refused > 0 && taken > 0, "{refused} refused, {taken} taken: the slips are too like");
}
