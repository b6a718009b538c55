//! What is due at which time, with nothing running.

use std::collections::HashMap;
use std::time::Duration;

use chrono_tz::Tz;
use vigie_checks::kernel::Name;

use super::super::{Look, Queue};
use super::{key, minutes, planned, queue, start, with_gap};

fn looks(queue: &mut Queue, after: i64) -> Vec<(String, Look)> {
    let due = queue.due(start() + minutes(after));
    due.into_iter().map(|due| (due.key.to_string(), due.look)).collect()
}

#[test]
fn what_never_ran_is_due_at_once_and_then_by_its_schedule() {
    let spf = key("example.com", "spf");
    let mut queue = queue(vec![planned(&spf, "@hourly")]);
    assert_eq!(looks(&mut queue, 0), [("example.com spf".to_owned(), Look::Scheduled)]);
    assert_eq!(looks(&mut queue, 600), [], "it is given out once");
    queue.finished(&spf, start() + minutes(1));
    assert_eq!(queue.next_at(), Some(start() + minutes(60)));
    assert_eq!(looks(&mut queue, 59), []);
    assert_eq!(looks(&mut queue, 60).len(), 1);
}

#[test]
fn what_was_missed_is_due_once() {
    let cases = [
        ("many times missed", -600, 30),
        ("not missed", 10, 60),
        ("by a clock set back since", 600, 60),
    ];
    for (rule, last_run, due_at) in cases {
        let spf = key("example.com", "spf");
        let mut queue = Queue::default();
        let (last, now) = (start() + minutes(last_run), start() + minutes(30));
        queue.replace(&[planned(&spf, "@hourly")], Tz::UTC, now, |_| Some(last));
        assert_eq!(queue.next_at(), Some(start() + minutes(due_at)), "{rule}");
        assert_eq!(looks(&mut queue, due_at).len(), 1, "{rule}");
        queue.finished(&spf, start() + minutes(due_at));
        let next = if due_at == 60 { 120 } else { 60 };
        assert_eq!(queue.next_at(), Some(start() + minutes(next)), "{rule}");
    }
}

#[test]
fn a_restart_keeps_the_phase() {
    let spf = key("example.com", "spf");
    let mut first = queue(vec![planned(&spf, "every 2h")]);
    first.due(start());
    first.finished(&spf, start());
    let next = first.next_at().expect("it comes again");
    let mut restarted = Queue::default();
    restarted.replace(&[planned(&spf, "every 2h")], Tz::UTC, start(), |_| Some(start()));
    assert_eq!(restarted.next_at(), Some(next));
}

#[test]
fn checks_of_a_domain_with_one_period_are_due_together() {
    let keys = [key("example.com", "spf"), key("example.com", "dkim")];
    let mut queue = queue(keys.iter().map(|key| planned(key, "every 1h")).collect());
    queue.due(start());
    keys.iter().for_each(|key| queue.finished(key, start()));
    let next = queue.next_at().expect("they come again");
    assert_eq!(queue.due(next).len(), 2);
}

#[test]
fn a_second_look_comes_at_its_time_and_weighs_more() {
    let spf = key("example.com", "spf");
    let mut queue = queue(vec![planned(&spf, "@hourly")]);
    queue.due(start());
    queue.finished(&spf, start());
    assert!(queue.look_again(&spf, start() + minutes(1)));
    assert!(queue.look_again(&spf, start() + minutes(2)), "the earlier one counts");
    assert_eq!(looks(&mut queue, 1), [("example.com spf".to_owned(), Look::Second)]);
    queue.finished(&spf, start() + minutes(1));
    assert_eq!(queue.next_at(), Some(start() + minutes(60)), "and it comes once");
    assert!(!queue.look_again(&key("example.net", "spf"), start()), "it is not planned");
}

#[test]
fn a_person_is_served_now_or_right_after_the_run() {
    let spf = key("example.com", "spf");
    let mut queue = queue(vec![planned(&spf, "@hourly")]);
    let domain = Name::new("example.com");
    queue.due(start());
    assert_eq!(queue.run_now(&domain, start() + minutes(1)), 1);
    assert_eq!(looks(&mut queue, 1), [], "it runs already");
    queue.finished(&spf, start() + minutes(2));
    assert_eq!(looks(&mut queue, 2), [("example.com spf".to_owned(), Look::Asked)]);
    assert_eq!(queue.run_now(&Name::new("example.net"), start()), 0);
}

#[test]
fn the_gap_is_kept_but_for_a_person() {
    let probe = key("example.com", "probe").of_probe("p");
    let plan = with_gap(&probe, "every 5m", Duration::from_secs(20 * 60));
    let mut queue = queue(vec![plan]);
    queue.due(start());
    queue.look_again(&probe, start() + minutes(1));
    queue.finished(&probe, start());
    assert_eq!(queue.next_at(), Some(start() + minutes(20)));
    queue.run_now(&probe.domain, start() + minutes(2));
    assert_eq!(looks(&mut queue, 2), [("example.com probe p".to_owned(), Look::Asked)]);
}

#[test]
fn a_changed_plan_forgets_and_keeps() {
    let (spf, dkim) = (key("example.com", "spf"), key("example.com", "dkim"));
    let mut queue = queue(vec![planned(&spf, "@hourly"), planned(&dkim, "@hourly")]);
    queue.due(start());
    queue.finished(&spf, start());
    let store = HashMap::from([(spf.clone(), start() - minutes(600))]);
    let now = start() + minutes(1);
    queue.replace(&[planned(&spf, "@daily")], Tz::UTC, now, |key| store.get(key).copied());
    assert_eq!(queue.next_at(), Some(start() + minutes(24 * 60)), "its own memory is newer");
    queue.finished(&dkim, now);
    assert_eq!(queue.due(start() + minutes(24 * 60)).len(), 1);
}
