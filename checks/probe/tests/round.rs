//! A round as it goes: retries, looks, lateness, and what may not be asked twice.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;

use super::super::Probe;
use super::super::facts::{FollowedStep, ProbeFacts, SeedEnd};
use super::{probe, target};
use crate::kernel::{
    Check, Clock, FoundMessage, MailboxError, MailboxReading, MailboxReport, Needs, Net, Reason,
    Request, Response, SmtpTranscript, Stage, StoppedBy, Target, Vantage, View,
};
use crate::scripted::conversation;

/// A world of one seed: what submissions and looks come to in turn, and when they were made. The
/// last of each comes again and again. Its time jumps when somebody sleeps.
struct World {
    submissions: Mutex<VecDeque<SmtpTranscript>>,
    looks: Mutex<VecDeque<MailboxReading>>,
    now: Mutex<TimeDelta>,
    submitted: Mutex<Vec<i64>>,
    looked: Mutex<Vec<i64>>,
}

impl World {
    fn new(
        submissions: impl IntoIterator<Item = SmtpTranscript>,
        looks: impl IntoIterator<Item = MailboxReading>,
    ) -> Self {
        Self {
            submissions: Mutex::new(submissions.into_iter().collect()),
            looks: Mutex::new(looks.into_iter().collect()),
            now: Mutex::new(TimeDelta::zero()),
            submitted: Mutex::default(),
            looked: Mutex::default(),
        }
    }

    /// What becomes of the message, and the seconds at which it was submitted and looked for.
    fn play(&self, target: &Target) -> (SeedEnd, Vec<i64>, Vec<i64>) {
        let (needs, vantage) = (Needs::default(), Vantage::default());
        let now = DateTime::UNIX_EPOCH;
        let view = View { target, vantage: &vantage, needs: &needs, net: self, clock: self, now };
        let facts: ProbeFacts = Probe::observe(&view).now_or_never().expect("nothing waits here");
        let taken = |times: &Mutex<Vec<i64>>| times.lock().expect("nobody panicked").clone();
        (facts.seeds[0].end.clone(), taken(&self.submitted), taken(&self.looked))
    }
}

fn next<T: Clone>(queue: &Mutex<VecDeque<T>>) -> T {
    let mut queue = queue.lock().expect("nobody panicked");
    let first = if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() };
    first.expect("the world says something")
}

#[async_trait]
impl Net for World {
    async fn exchange(&self, request: Request) -> Response {
        let at = self.now.lock().expect("nobody panicked").num_seconds();
        match request {
            Request::Smtp(_) => {
                self.submitted.lock().expect("nobody panicked").push(at);
                Response::Smtp(next(&self.submissions).into())
            }
            Request::Mailbox(_) => {
                self.looked.lock().expect("nobody panicked").push(at);
                Response::Mailbox(next(&self.looks).into())
            }
            other => Response::failed(&other, Reason::NotRecorded),
        }
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + *self.now.lock().expect("nobody panicked")
    }

    async fn sleep_until(&self, when: DateTime<Utc>) {
        let mut now = self.now.lock().expect("nobody panicked");
        *now = (when - DateTime::UNIX_EPOCH).max(*now);
    }
}

fn taken() -> SmtpTranscript {
    let mut transcript =
        conversation(&[(Stage::Message, 250, "2.0.0 queued")], Stage::Quit, StoppedBy::Done);
    transcript.taken_at = Some(DateTime::UNIX_EPOCH);
    transcript
}

fn replies(stage: Stage, code: u16) -> SmtpTranscript {
    conversation(&[(stage, code, "said")], stage, StoppedBy::Reply)
}

fn empty() -> MailboxReading {
    MailboxReading::Read(MailboxReport::default())
}

fn found(at: i64) -> MailboxReading {
    let message = FoundMessage {
        folder: "INBOX".to_owned(),
        junk: false,
        stored_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(at),
        header: String::new(),
        body: None,
        tab: None,
    };
    MailboxReading::Read(MailboxReport { found: vec![message], ..MailboxReport::default() })
}

fn fails(error: MailboxError) -> MailboxReading {
    MailboxReading::Failed { error }
}

/// `deliver_within` as given, in seconds.
fn within(seconds: u64) -> Target {
    let mut probe = probe();
    probe.deliver_within_ms = seconds * 1000;
    target(probe)
}

#[test]
fn a_deferred_message_is_tried_again_as_a_real_sender_does() {
    let later = || replies(Stage::Rcpt, 451);
    let cases = [
        ("taken at the second try", 300, vec![later(), taken()], vec![0, 30], None),
        (
            "the time is up before the last retry",
            300,
            vec![later()],
            vec![0, 30, 150, 450, 1200],
            Some(true),
        ),
        (
            "all retries, and time is left",
            600,
            vec![later()],
            vec![0, 30, 150, 450, 1350],
            Some(false),
        ),
        ("a short time has its last try at its end", 2, vec![later()], vec![0, 8], Some(true)),
        ("5yz is for good", 300, vec![replies(Stage::Rcpt, 550)], vec![0], None),
    ];
    for (rule, seconds, submissions, tries, to_the_end) in cases {
        let (end, submitted, _) = World::new(submissions, [found(1)]).play(&within(seconds));
        assert_eq!(submitted, tries, "{rule}");
        let said = match end {
            SeedEnd::Deferred { to_the_end, .. } => Some(to_the_end),
            _ => None,
        };
        assert_eq!(said, to_the_end, "{rule}");
    }
}

#[test]
fn a_submission_ends_in_what_its_reply_means() {
    let stopped = |by| conversation(&[], Stage::Connect, by);
    let unsubmitted = |why: &str| SeedEnd::Unsubmitted { why: why.to_owned() };
    let unknown = |reason| SeedEnd::Unknown { step: FollowedStep::Submission, reason };
    let cases = [
        (
            "nobody listens",
            stopped(StoppedBy::ConnectionRefused),
            unsubmitted("connection-refused"),
        ),
        ("no such host", stopped(StoppedBy::NoAddress), unsubmitted("no-address")),
        ("no AUTH", stopped(StoppedBy::NotOffered), unsubmitted("not-offered")),
        (
            "a wrong certificate",
            stopped(StoppedBy::TlsFailed("expired".to_owned())),
            unsubmitted("expired"),
        ),
        ("our account is refused", replies(Stage::Auth, 535), unsubmitted("535 said")),
        ("silence", stopped(StoppedBy::Unknown(Reason::Timeout)), unknown(Reason::Timeout)),
        ("a hang-up", stopped(StoppedBy::Closed), unknown(Reason::Network)),
    ];
    for (rule, transcript, expected) in cases {
        let (end, submitted, looked) = World::new([transcript], [found(1)]).play(&within(60));
        assert_eq!(end, expected, "{rule}");
        assert_eq!(
            (submitted.len(), looked.len()),
            (1, 0),
            "{rule}: once, and nothing is looked for"
        );
    }
}

#[test]
fn a_message_is_looked_for_until_four_times_its_time() {
    let (end, _, looked) = World::new([taken()], [empty()]).play(&within(60));
    assert_eq!(end, SeedEnd::Missing);
    assert_eq!((looked.first(), looked.last()), (Some(&0), Some(&240)));
    assert!(looked.windows(2).all(|pair| pair[1] - pair[0] <= 15), "{looked:?}");
}

#[test]
fn what_is_not_known_when_a_shorter_time_is_up_could_not_be_told() {
    let most = |seconds: u64| {
        let mut probe = probe();
        probe.most_ms = Some(seconds * 1000);
        target(probe)
    };
    let unknown = |step| SeedEnd::Unknown { step, reason: Reason::Timeout };
    let (end, _, looked) = World::new([taken()], [empty()]).play(&most(20));
    assert_eq!((end, looked.last()), (unknown(FollowedStep::Mailbox), Some(&20)), "not missing");
    let later = || replies(Stage::Rcpt, 451);
    let (end, tries, _) = World::new([later()], [empty()]).play(&most(100));
    assert_eq!((end, tries), (unknown(FollowedStep::Submission), vec![0, 30]), "not deferred");
    let (end, _, looked) = World::new([taken()], [found(1)]).play(&most(2));
    assert!(matches!(end, SeedEnd::Arrived(_)) && looked == [0, 2], "{end:?} {looked:?}");
    let (end, _, looked) = World::new([taken()], [empty()]).play(&most(10_000));
    assert_eq!((end, looked.last()), (SeedEnd::Missing, Some(&240)), "it is never longer");
}

#[test]
fn a_message_that_was_taken_at_last_is_not_missing_before_its_time() {
    let taken_at = |seconds| SmtpTranscript {
        taken_at: Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)),
        ..taken()
    };
    let unknown = SeedEnd::Unknown { step: FollowedStep::Mailbox, reason: Reason::Timeout };
    let cases = [(0, SeedEnd::Missing), (180, SeedEnd::Missing), (181, unknown)];
    for (seconds, expected) in cases {
        let (end, ..) = World::new([taken_at(seconds)], [empty()]).play(&within(60));
        assert_eq!(end, expected, "taken after {seconds} s of 240");
    }
}

#[test]
fn a_round_ends_with_its_last_message() {
    let world = World::new([taken()], [found(1)]);
    let (end, _, looked) = world.play(&within(300));
    assert!(matches!(end, SeedEnd::Arrived(_)), "{end:?}");
    let counted = DateTime::UNIX_EPOCH + TimeDelta::seconds(5);
    assert_eq!((looked, world.now()), (vec![0, 5], counted), "copies are counted a moment later");
}

#[test]
fn copies_are_those_of_one_folder_a_moment_after_the_first() {
    let twice = || match found(1) {
        MailboxReading::Read(MailboxReport { found, .. }) => MailboxReading::Read(MailboxReport {
            found: [found.clone(), found].concat(),
            ..MailboxReport::default()
        }),
        failed => failed,
    };
    let lost = || fails(MailboxError::Unreachable(Reason::Timeout));
    let cases = [
        ("one", vec![found(1)], false),
        ("two at once", vec![twice()], true),
        ("the second one later", vec![found(1), twice()], true),
        ("the second look could not tell", vec![found(1), lost()], false),
    ];
    for (rule, looks, duplicated) in cases {
        let (end, ..) = World::new([taken()], looks).play(&within(60));
        let SeedEnd::Arrived(arrival) = end else { panic!("{rule}: {end:?}") };
        assert_eq!(arrival.duplicated, duplicated, "{rule}");
    }
}

#[test]
fn a_report_ends_the_wait_wherever_it_comes_to() {
    let report = || {
        let text = super::returned::REPORT.to_owned();
        MailboxReading::Read(MailboxReport { reports: vec![text], ..MailboxReport::default() })
    };
    let bounced = |end: &SeedEnd| matches!(end, SeedEnd::Bounced(_));
    let (end, _, looked) = World::new([taken()], [empty(), report()]).play(&within(60));
    assert!(bounced(&end) && looked.len() == 2, "{end:?} {looked:?}");
    let mut elsewhere = probe();
    elsewhere.returns = Some(elsewhere.seeds[0].clone());
    let (end, ..) = World::new([taken()], [empty(), report()]).play(&target(elsewhere.clone()));
    assert!(bounced(&end), "{end:?}");
    let shut = fails(MailboxError::Login);
    let (end, ..) = World::new([taken()], [empty(), shut, found(1)]).play(&target(elsewhere));
    assert!(matches!(end, SeedEnd::Arrived(_)), "a mailbox for reports that is shut hides nothing");
}

#[test]
fn a_mailbox_for_reports_that_is_shut_leaves_open_whether_a_message_came_back() {
    let mut elsewhere = probe();
    elsewhere.returns = Some(elsewhere.seeds[0].clone());
    let looks = [empty(), fails(MailboxError::Login), empty()];
    let (end, _, looked) = World::new([taken()], looks).play(&target(elsewhere.clone()));
    let unknown = |reason| SeedEnd::Unknown { step: FollowedStep::Returns, reason };
    assert_eq!(end, unknown(Reason::LoginRefused));
    let once_each = looked.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(once_each, 1, "an account that refuses is asked once: {looked:?}");
    let lost = fails(MailboxError::Unreachable(Reason::Timeout));
    let looks = std::iter::repeat_n([empty(), lost], 100).flatten();
    let (end, ..) = World::new([taken()], looks).play(&target(elsewhere));
    assert_eq!(end, unknown(Reason::Timeout));
}

#[test]
fn lateness_is_told_by_the_clock_of_the_receiver() {
    for (stored, late) in [(59, false), (62, false), (63, true)] {
        let (end, ..) = World::new([taken()], [empty(), found(stored)]).play(&within(60));
        let SeedEnd::Arrived(arrival) = end else { panic!("{end:?}") };
        assert_eq!(arrival.late, late, "stored after {stored} s");
        assert_eq!(arrival.slowest_hop.is_some(), late);
    }
}

#[test]
fn a_mailbox_that_cannot_be_read_is_asked_again_unless_it_would_lock_the_account() {
    let unknown = |reason| SeedEnd::Unknown { step: FollowedStep::Mailbox, reason };
    let unread = || {
        MailboxReading::Read(MailboxReport {
            unread: Some(Reason::Refused),
            ..MailboxReport::default()
        })
    };
    let (end, _, looked) =
        World::new([taken()], [fails(MailboxError::Login), found(1)]).play(&within(60));
    assert_eq!((end, looked.len()), (unknown(Reason::LoginRefused), 1));
    let lost = fails(MailboxError::Unreachable(Reason::Timeout));
    let (end, ..) = World::new([taken()], [lost.clone(), found(1)]).play(&within(60));
    assert!(matches!(end, SeedEnd::Arrived(_)), "{end:?}");
    let (end, ..) = World::new([taken()], [lost]).play(&within(60));
    assert_eq!(end, unknown(Reason::Timeout));
    let (end, ..) = World::new([taken()], [unread()]).play(&within(60));
    assert_eq!(end, unknown(Reason::Refused), "a folder that stays shut hides a message");
    let (end, ..) = World::new([taken()], [unread(), empty()]).play(&within(60));
    assert_eq!(end, SeedEnd::Missing);
}

#[test]
fn a_hop_that_hides_where_it_came_from_is_no_straight_way() {
    let with = |header: &str| match found(1) {
        MailboxReading::Read(mut report) => {
            report.found[0].header = header.to_owned();
            MailboxReading::Read(report)
        }
        failed => failed,
    };
    let hidden = "Received: from relay by mx.quay.example with ESMTP; x\r\n";
    let verdict = "Authentication-Results: mx; dmarc=fail\r\n";
    let untold = Some("origin-hidden");
    let cases = [
        ("it crossed nothing", String::new(), None, None),
        ("and nobody judged it", verdict.to_owned(), None, None),
        ("hidden, judged", format!("{verdict}{hidden}"), Some(false), None),
        ("hidden, not judged", hidden.to_owned(), None, untold),
    ];
    for (rule, header, authenticated, unjudged) in cases {
        let (end, ..) = World::new([taken()], [with(&header)]).play(&within(60));
        let SeedEnd::Arrived(arrival) = end else { panic!("{rule}: {end:?}") };
        assert_eq!(arrival.verdicts.map(|said| said.authenticated), authenticated, "{rule}");
        assert_eq!(arrival.unjudged.as_deref(), unjudged, "{rule}");
    }
}
