//! How much of a long list does a service take? Whole items, and how many are left out.

use super::text::{Measure, cut};
use super::words::{and_more, say};
use super::{Fact, Notice, Part};

/// A list that may be longer than a service takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub label: &'static str,
    /// Each of one line or more.
    pub items: Vec<String>,
    /// How many the event itself leaves out.
    pub more: usize,
}

/// What a service takes of long lists.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Of all lists together.
    pub all: usize,
    /// Of one list.
    pub each: usize,
    /// What a line costs beside its text.
    pub line: usize,
    pub measure: Measure,
}

impl Room {
    /// One text, in which a line costs its end alone.
    pub const fn of(all: usize, measure: Measure) -> Self {
        Self { all, each: all, line: 1, measure }
    }

    fn cost(&self, item: &str) -> usize {
        item.lines().map(|line| self.measure.length(line) + self.line).sum()
    }
}

impl Notice {
    /// With its long lists as parts that fit. How many items are left out is told first, where no
    /// service cuts.
    #[must_use]
    pub fn fitted(mut self, room: Room) -> Self {
        let mut left = room.all;
        let mut left_out = 0;
        let lists = std::mem::take(&mut self.lists);
        let many = lists.len();
        for (at, list) in lists.into_iter().enumerate() {
            // What one list does not need is for those after it.
            let share = (left / (many - at)).min(room.each);
            let (lines, used, more) = fit(&list.items, share, &room);
            left = left.saturating_sub(used);
            let more = more + list.more;
            left_out += more;
            let mut lines = lines;
            if more > 0 {
                lines.push(and_more(more, self.lang));
            }
            self.parts.push(Part::Listed { label: list.label, lines });
        }
        if left_out > 0 {
            let label = say(self.lang, "Left out", "Non affichés");
            self.facts.push(Fact { label, value: left_out.to_string() });
        }
        self
    }
}

/// The first items that fit, what they cost, and how many do not; one always stands.
fn fit(items: &[String], most: usize, room: &Room) -> (Vec<String>, usize, usize) {
    // For what says how many are left out.
    let most = most.saturating_sub(room.line + 40);
    let mut lines = Vec::new();
    let mut used = 0;
    for (at, item) in items.iter().enumerate() {
        let cost = room.cost(item);
        if used + cost > most {
            if at > 0 {
                return (lines, used, items.len() - at);
            }
            lines.push(cut(item.lines().next().unwrap_or_default(), most, room.measure));
            used += room.cost(&lines[0]);
            continue;
        }
        used += cost;
        lines.extend(item.lines().map(str::to_owned));
    }
    (lines, used, 0)
}
