//! What way did each message of a test send take? Read from its exchanges, so that evidence tells it
//! again.

use chrono::{DateTime, Utc};

use vigie_checks::kernel::{MailboxReading, MailboxReport, Reply, Request, Response, Stage};

use super::DomainAudit;

/// The way of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    pub address: String,
    /// With its angle brackets; empty if nothing was handed in.
    pub message_id: String,
    /// How often it was handed in.
    pub tries: usize,
    /// What the submission host said last, on one line.
    pub reply: Option<String>,
    /// When the submission host took it.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When it was stored in its mailbox, by the clock of the mailbox.
    pub arrived_at: Option<DateTime<Utc>>,
    pub folder: Option<String>,
}

impl Course {
    /// Milliseconds from being taken to being stored; clocks that differ give no less than none.
    pub fn delay_ms(&self) -> Option<u64> {
        let delay = self.arrived_at? - self.submitted_at?;
        Some(u64::try_from(delay.num_milliseconds()).unwrap_or(0))
    }
}

/// The way of every message, in the order of the probe's seeds.
pub fn courses(audit: &DomainAudit) -> Vec<Course> {
    let seeds = audit.target.probe.iter().flat_map(|probe| &probe.seeds);
    seeds.map(|seed| course(audit, &seed.address)).collect()
}

fn course(audit: &DomainAudit, address: &str) -> Course {
    let mut course = Course { address: address.to_owned(), ..Course::default() };
    for entry in &audit.tape.entries {
        let (Request::Smtp(script), Response::Smtp(transcript)) = (&entry.ask, &entry.got) else {
            continue;
        };
        let Some(mail) = script.mail.as_ref().filter(|mail| mail.rcpt_to == address) else {
            continue;
        };
        course.tries += 1;
        course.message_id = message_id(&mail.message).unwrap_or_default().to_owned();
        let last =
            transcript.reply(Stage::Message).or_else(|| transcript.reply(transcript.end.stage));
        course.reply = last.map(Reply::line);
        course.submitted_at = transcript.taken_at;
    }
    let found = audit.tape.entries.iter().find_map(|entry| match (&entry.ask, &entry.got) {
        (Request::Mailbox(query), Response::Mailbox(reading))
            if query.message_id == course.message_id =>
        {
            let MailboxReading::Read(MailboxReport { found, .. }) = reading.as_ref() else {
                return None;
            };
            found.first()
        }
        _ => None,
    });
    course.arrived_at = found.map(|message| not_before(message.stored_at, course.submitted_at));
    course.folder = found.map(|message| message.folder.clone());
    course
}

/// Mailboxes tell whole seconds (RFC 3501 §2.3.3), submission hosts milliseconds: what is stored in the
/// second in which it was taken seems to be there before.
fn not_before(stored: DateTime<Utc>, taken: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let is_rounded = stored.timestamp_subsec_nanos() == 0;
    taken.filter(|taken| is_rounded && taken.timestamp() == stored.timestamp()).unwrap_or(stored)
}

fn message_id(message: &str) -> Option<&str> {
    message.lines().find_map(|line| line.strip_prefix("Message-ID: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_that_is_rounded_is_no_arrival_before_the_submission() {
        let at = |millis: i64| DateTime::from_timestamp_millis(1_800_000_000_000 + millis);
        let cases = [
            ("rounded in the same second", 0, Some(250), 250),
            ("in the next second", 1000, Some(250), 1000),
            ("a clock that is behind", -1000, Some(250), -1000),
            ("a clock of milliseconds", 100, Some(250), 100),
            ("never submitted", 0, None, 0),
        ];
        for (rule, stored, taken, expected) in cases {
            let found = at(stored).map(|stored| not_before(stored, taken.and_then(at)));
            assert_eq!(found, at(expected), "{rule}");
        }
    }
}
