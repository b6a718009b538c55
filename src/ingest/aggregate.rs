//! What does an aggregate report say? (RFC 9990 §3.1.1, RFC 7489 Appendix C, and the drafts before them)
//!
//! Elements go by their local names: the namespace is another in each of the forms, and most reporters
//! write none. What is not counted here is not looked at.

use chrono::{DateTime, TimeDelta, Utc};
use roxmltree::{Document, Error, Node, ParsingOptions};

use vigie_checks::kernel::parse_domain;
use vigie_checks::records::display::is_unsafe;

use super::{Fault, Kind, Unread};
use crate::store::{Report, Tally};

/// Elements and texts of a report that are read: some 70,000 records.
const MOST_NODES: u32 = 4_000_000;

/// Messages of one report beyond which its counts are no counts.
const MOST_MESSAGES: u64 = 1_000_000_000_000;

/// Characters of a reporter's name that are kept.
const NAME_LIMIT: usize = 100;

/// A report of a longer time is none: they are made daily or more often (RFC 9990 §3.1).
const LONGEST: TimeDelta = TimeDelta::days(366);

/// How far a reporter's clock, or its day, may be ahead.
const AHEAD: TimeDelta = TimeDelta::days(1);

/// Reads a report.
///
/// # Errors
/// It is XML of another kind, or not a report that can be counted.
pub fn read(text: &str, now: DateTime<Utc>) -> Result<Report, Unread> {
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) => document,
        Err(Error::NodesLimitReached) => return Err(Fault::TooManyRecords.into()),
        Err(Error::DtdDetected) => return Err(Unread::Other(Kind::OtherXml)),
        Err(_) => return Err(Fault::NotXml.into()),
    };
    let root = document.root_element();
    if root.tag_name().name() != "feedback" {
        return Err(Unread::Other(Kind::OtherXml));
    }
    Ok(report(root, now)?)
}

fn report(root: Node<'_, '_>, now: DateTime<Utc>) -> Result<Report, Fault> {
    let metadata = within(root, "report_metadata")?;
    let reporter = text(metadata, "org_name").or_else(|_| text(metadata, "email"));
    let reporter = reporter.map_err(|_| Fault::Lacks { element: "org_name" })?;
    let range = within(metadata, "date_range")?;
    let (begins_at, ends_at) = (time(range, "begin")?, time(range, "end")?);
    if begins_at > ends_at || ends_at - begins_at > LONGEST {
        return Err(Fault::Wrong { element: "date_range" });
    }
    // A report from tomorrow would hide for long that the others have stopped.
    if ends_at > now + AHEAD {
        return Err(Fault::InFuture);
    }
    let domain = text(within(root, "policy_published")?, "domain")?;
    Ok(Report {
        domain: parse_domain(&domain).map_err(|_| Fault::Wrong { element: "domain" })?,
        reporter: visible(&reporter),
        report_id: text(metadata, "report_id")?,
        begins_at,
        ends_at,
        tally: tally(root)?,
    })
}

fn tally(root: Node<'_, '_>) -> Result<Tally, Fault> {
    let mut tally = Tally::default();
    for record in children(root, "record") {
        let row = within(record, "row")?;
        let count: u64 = number(row, "count")?;
        tally.messages = tally.messages.saturating_add(count);
        if tally.messages > MOST_MESSAGES {
            return Err(Fault::Wrong { element: "count" });
        }
        let evaluated = within(row, "policy_evaluated")?;
        let says = |element, word: &str| {
            text(evaluated, element).is_ok_and(|said| said.eq_ignore_ascii_case(word))
        };
        let (dkim, spf) = (says("dkim", "pass"), says("spf", "pass"));
        for (counted, of) in [
            (dkim || spf, &mut tally.aligned),
            (dkim, &mut tally.by_dkim),
            (spf, &mut tally.by_spf),
            (says("disposition", "quarantine"), &mut tally.quarantined),
            (says("disposition", "reject"), &mut tally.rejected),
        ] {
            *of += if counted { count } else { 0 };
        }
    }
    Ok(tally)
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn within<'a, 'i>(node: Node<'a, 'i>, element: &'static str) -> Result<Node<'a, 'i>, Fault> {
    children(node, element).next().ok_or(Fault::Lacks { element })
}

fn text(node: Node<'_, '_>, element: &'static str) -> Result<String, Fault> {
    let text = within(node, element)?.text().unwrap_or_default().trim();
    if text.is_empty() { Err(Fault::Lacks { element }) } else { Ok(text.to_owned()) }
}

fn number<T: std::str::FromStr>(node: Node<'_, '_>, element: &'static str) -> Result<T, Fault> {
    text(node, element)?.parse().map_err(|_| Fault::Wrong { element })
}

fn time(node: Node<'_, '_>, element: &'static str) -> Result<DateTime<Utc>, Fault> {
    let seconds: i64 = number(node, element)?;
    let at = DateTime::from_timestamp(seconds, 0);
    at.filter(|at| at.timestamp() > 0).ok_or(Fault::Wrong { element })
}

/// A name that a person can read.
fn visible(name: &str) -> String {
    let shown = name.chars().map(|c| if is_unsafe(c) { char::REPLACEMENT_CHARACTER } else { c });
    shown.take(NAME_LIMIT).collect()
}
