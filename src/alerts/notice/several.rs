//! Events of many incidents that became one message: each with its domain, what is wrong and what
//! changed.

use serde_json::Value;
use vigie_checks::kernel::{Lang, Severity};

use super::incident::{change_lines, domains, text};
use super::text::{Measure, cut};
use super::words::{and_more, counted, few, say, severity_of, titled_event, told_severity};
use super::{Fact, Kind, List, Notice};

/// Domains that the headline names, and that one incident names.
const NAMED: usize = 1;
const LISTED: usize = 10;
/// Changes of one incident that are shown, and characters of each of their lines.
const CHANGES: usize = 3;
const LINE: usize = 200;

/// What happened, in the order in which it is told.
const ORDER: [Kind; 6] =
    [Kind::Opened, Kind::Reopened, Kind::Worsened, Kind::Updated, Kind::Reminder, Kind::Resolved];

/// One incident of many.
struct One {
    kind: Kind,
    severity: Option<Severity>,
    domains: Vec<String>,
    item: String,
}

pub(super) fn tell(notice: &mut Notice, data: &Value) {
    let lang = notice.lang;
    let events = data["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut all: Vec<One> = events.iter().filter_map(|event| one(event, lang)).collect();
    // The heaviest first; what is as heavy stays in the order in which it came.
    all.sort_by_key(|one| std::cmp::Reverse(one.severity));
    let stands = all.iter().filter(|one| one.kind != Kind::Resolved);
    notice.severity = stands.clone().filter_map(|one| one.severity).max();
    let mut domains: Vec<String> = stands.flat_map(|one| one.domains.clone()).collect();
    if domains.is_empty() {
        domains = all.iter().flat_map(|one| one.domains.clone()).collect();
    }
    domains.sort();
    domains.dedup();
    notice.headline = headline(&all, &domains, lang);
    let severity = notice.severity.map(|severity| severity.word(lang).to_owned());
    let domains_told = Some(few(&domains, LISTED, lang)).filter(|told| !told.is_empty());
    for (label, value) in [
        (say(lang, "Severity", "Gravité"), severity),
        (say(lang, "Domains", "Domaines"), domains_told),
    ] {
        notice.facts.extend(value.map(|value| Fact { label, value }));
    }
    notice.domains = domains;
    notice.link = events.iter().find_map(|event| page_of_all(&event["data"]["url"]));
    for kind in ORDER {
        let of_kind = all.iter().filter(|one| one.kind == kind);
        let items: Vec<String> = of_kind.map(|one| one.item.clone()).collect();
        if !items.is_empty() {
            notice.lists.push(List { label: super::event_word(kind, lang), items, more: 0 });
        }
    }
}

fn one(event: &Value, lang: Lang) -> Option<One> {
    let kind = Kind::of(event["type"].as_str()?);
    let data = &event["data"];
    let severity = severity_of(data);
    let domains = domains(data);
    let title = text(&data["title"]).unwrap_or_default();
    let word = told_severity(data, lang);
    let mut lines = vec![format!("{word}  {}  {title}", few(&domains, LISTED, lang))];
    // What is over needs no explanation.
    if kind != Kind::Resolved {
        let (changes, left_out) = change_lines(data, CHANGES);
        lines.extend(
            changes.iter().map(|line| format!("  {}", cut(line, LINE, Measure::Characters))),
        );
        if left_out > 0 {
            lines.push(format!("  {}", and_more(left_out, lang)));
        }
    }
    ORDER.contains(&kind).then(|| One { kind, severity, domains, item: lines.join("\n") })
}

/// `300 incidents opened (a.example and 299 more)`, or `5 incidents: 3 opened, 2 resolved`.
fn headline(all: &[One], domains: &[String], lang: Lang) -> String {
    let count = |kind: Kind| all.iter().filter(|one| one.kind == kind).count();
    let kinds = ORDER.into_iter().map(|kind| (kind, count(kind))).filter(|(_, count)| *count > 0);
    let kinds: Vec<(Kind, usize)> = kinds.collect();
    let incidents = counted(all.len(), "incident", "incidents", lang);
    let happened = match kinds.as_slice() {
        [(kind, count)] => format!("{incidents} {}", titled_event(*kind, *count, lang)),
        kinds => {
            let each = kinds
                .iter()
                .map(|(kind, count)| format!("{count} {}", titled_event(*kind, *count, lang)));
            let each = each.collect::<Vec<_>>().join(", ");
            super::words::labelled(&incidents, &each, lang)
        }
    };
    match domains {
        [] => happened,
        domains => format!("{happened} ({})", few(domains, NAMED, lang)),
    }
}

/// The page of all incidents, by the address of one.
fn page_of_all(url: &Value) -> Option<String> {
    let url = url.as_str().filter(|url| super::is_page(url))?;
    let (all, _) = url.split_once("/incidents/")?;
    Some(format!("{all}/incidents"))
}
