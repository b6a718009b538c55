//! How all domains of a route stand: what is open and since when, what is over, what could not be told,
//! what ends soon, and what share of the test sends arrived.

use chrono_tz::Tz;
use serde_json::Value;
use vigie_checks::kernel::{Lang, Severity, reason_in_words};

use super::incident::{domains, strings, text};
use super::words::{counted, few, say, told_severity, written_moment};
use super::{Fact, List, Notice, Part};

/// Domains that one incident names, and one thing that ends.
const NAMED: usize = 3;

/// How many of the domains stand how.
struct Counts {
    total: usize,
    well: usize,
    wrong: usize,
    unknown: usize,
    /// What is wrong, of whatever domain.
    open: usize,
    lighter: usize,
}

impl Counts {
    fn of(data: &Value) -> Self {
        let (digest, domains) = (&data["digest"], &data["digest"]["domains"]);
        Self {
            total: count(&domains["total"]),
            well: count(&domains["well"]),
            wrong: count(&domains["wrong"]),
            unknown: count(&domains["unknown"]),
            open: count(&data["total"]),
            lighter: count(&digest["lighter"]),
        }
    }
}

pub(super) fn tell(notice: &mut Notice, data: &Value) {
    let (lang, zone) = (notice.lang, notice.zone);
    let digest = &data["digest"];
    let counts = Counts::of(data);
    notice.domains = strings(&data["domains"]);
    notice.headline = headline(&counts, lang);
    facts(notice, digest, &counts);
    if let Some(said) = lighter(&counts, digest, lang) {
        notice.parts.push(Part::Said(said));
    }
    let open = entries(&data["findings"]).map(|one| finding(one, digest, lang, zone)).collect();
    let new = |one: &Value| line_of_incident(one, lang, zone);
    let resolved = entries(&digest["resolved"]).map(new).collect();
    let unknown = entries(&digest["unknown"]).map(|one| untold(one, lang, zone)).collect();
    let ends = entries(&digest["ends"]).map(|one| end(one, lang)).collect();
    let sends = entries(&digest["sends"]).map(|one| sends(one, lang)).collect();
    let lists: [(&'static str, Vec<String>, usize); 5] = [
        (say(lang, "Open", "En cours"), open, counts.open),
        (say(lang, "Could not be told", "État inconnu"), unknown, total(digest, "unknown")),
        (
            say(lang, "Resolved since the last digest", "Résolu depuis le dernier bilan"),
            resolved,
            total(digest, "resolved"),
        ),
        (say(lang, "Ends soon", "Échéances proches"), ends, total(digest, "ends")),
        (
            say(lang, "Test sends since the last digest", "Envois d’essai depuis le dernier bilan"),
            sends,
            total(digest, "sends"),
        ),
    ];
    for (label, items, all) in lists {
        if !items.is_empty() {
            let more = all.saturating_sub(items.len());
            notice.lists.push(List { label, items, more });
        }
    }
}

/// Nothing that could not be told counts as well.
fn headline(counts: &Counts, lang: Lang) -> String {
    let total = counted(
        counts.total,
        say(lang, "domain", "domaine"),
        say(lang, "domains", "domaines"),
        lang,
    );
    let problems = counted(
        counts.open,
        say(lang, "open problem", "problème en cours"),
        say(lang, "open problems", "problèmes en cours"),
        lang,
    );
    let unknown = counts.unknown;
    // `3 domaines sur 4`, where English has `3 of 4 domains`.
    let of = |count: usize| {
        format!("{} sur {}", counted(count, "domaine", "domaines", lang), counts.total)
    };
    match (counts.wrong, unknown, lang) {
        (0, 0, Lang::En) if counts.lighter == 0 => format!("Digest: nothing is wrong ({total})"),
        (0, 0, Lang::Fr) if counts.lighter == 0 => {
            format!("Bilan\u{a0}: aucun problème ({total})")
        }
        (0, 0, Lang::En) => format!("Digest: nothing serious is wrong ({total})"),
        (0, 0, Lang::Fr) => format!("Bilan\u{a0}: aucun problème grave ({total})"),
        (0, _, Lang::En) => {
            let known = if counts.lighter == 0 { "no problem" } else { "no serious problem" };
            format!("Digest: {known} is known, {unknown} of {total} could not be told")
        }
        (0, _, Lang::Fr) => {
            let known =
                if counts.lighter == 0 { "aucun problème" } else { "aucun problème grave" };
            format!("Bilan\u{a0}: {known} connu, état inconnu pour {}", of(unknown))
        }
        (wrong, _, Lang::En) => format!("Digest: {problems} on {wrong} of {total}"),
        (wrong, _, Lang::Fr) => format!("Bilan\u{a0}: {problems} pour {}", of(wrong)),
    }
}

fn facts(notice: &mut Notice, digest: &Value, counts: &Counts) {
    let (lang, zone) = (notice.lang, notice.zone);
    let mut fact = |label, value: String| notice.facts.push(Fact { label, value });
    if let (Some(since), Some(until)) = (digest["since"].as_str(), digest["until"].as_str()) {
        let (since, until) = (written_moment(since, zone), written_moment(until, zone));
        fact(say(lang, "Period", "Période"), format!("{since} – {until}"));
    }
    let Counts { well, wrong, unknown, .. } = counts;
    let stand = match lang {
        Lang::En => format!("{well} well, {wrong} with problems, {unknown} could not be told"),
        Lang::Fr => {
            format!("{well} sans problème, {wrong} avec problème, {unknown} d’état inconnu")
        }
    };
    fact(say(lang, "Domains", "Domaines"), stand);
}

/// What the route does not list is not hidden either.
fn lighter(counts: &Counts, digest: &Value, lang: Lang) -> Option<String> {
    let severity: Severity = digest["min_severity"].as_str()?.parse().ok()?;
    let severity = severity.word(lang);
    let count = counts.lighter;
    match (count, lang) {
        (0, _) => None,
        (1, Lang::En) => Some(format!("One lighter problem, below “{severity}”, is not listed.")),
        (_, Lang::En) => {
            Some(format!("{count} lighter problems, below “{severity}”, are not listed."))
        }
        (1, Lang::Fr) => Some(format!(
            "Un problème moins grave, sous le niveau «\u{a0}{severity}\u{a0}», n’est pas listé."
        )),
        (_, Lang::Fr) => Some(format!(
            "{count} problèmes moins graves, sous le niveau «\u{a0}{severity}\u{a0}», ne sont pas listés."
        )),
    }
}

fn entries(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn total(digest: &Value, list: &str) -> usize {
    count(&digest["totals"][list])
}

fn count(value: &Value) -> usize {
    value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
}

/// `since 2026-11-25 12:00 UTC`.
fn since(one: &Value, lang: Lang, zone: Tz) -> Option<String> {
    let since = written_moment(one["since"].as_str()?, zone);
    Some(match lang {
        Lang::En => format!("since {since}"),
        Lang::Fr => format!("depuis le {since}"),
    })
}

/// `error  example.com  SPF needs … (since …; new; taken on by Ada)`.
fn finding(one: &Value, digest: &Value, lang: Lang, zone: Tz) -> String {
    let incident = |list: &str| {
        let is_same = |incident: &&Value| incident["incident"] == one["incident"];
        entries(&digest[list]).find(|incident| one["incident"].is_string() && is_same(incident))
    };
    let open = incident("open");
    let domains = domains(open.unwrap_or(one));
    let mut beside = Vec::new();
    beside.extend(since(one, lang, zone));
    if incident("opened").is_some() {
        beside.push(say(lang, "new", "nouveau").to_owned());
    }
    beside.extend(open.and_then(|open| text(&open["taken_on_by"])).map(|by| match lang {
        Lang::En => format!("taken on by {by}"),
        Lang::Fr => format!("pris en charge par {by}"),
    }));
    let title = text(&one["title"]).unwrap_or_default();
    let beside = beside.join(say(lang, "; ", "\u{a0}; "));
    format!("{}  {}  {title} ({beside})", told_severity(one, lang), few(&domains, NAMED, lang))
}

fn line_of_incident(one: &Value, lang: Lang, zone: Tz) -> String {
    let title = text(&one["title"]).unwrap_or_default();
    let until = one["resolved_at"].as_str().map(|at| written_moment(at, zone)).unwrap_or_default();
    format!("{until}  {}  {title}", few(&domains(one), NAMED, lang))
}

fn untold(one: &Value, lang: Lang, zone: Tz) -> String {
    let domain = text(&one["domain"]).unwrap_or_default();
    let checks = strings(&one["checks"]);
    if checks.is_empty() {
        return format!("{domain}  {}", say(lang, "not looked at yet", "pas encore examiné"));
    }
    let reasons = strings(&one["reasons"]);
    let reasons: Vec<&str> = reasons.iter().map(|reason| reason_in_words(reason, lang)).collect();
    let since = since(one, lang, zone).unwrap_or_default();
    let separator = say(lang, "; ", "\u{a0}; ");
    format!("{domain}  {} ({}{separator}{since})", checks.join(", "), reasons.join(", "))
}

/// `2026-12-14  certificate of mx.example.com (example.com, example.org and 3 more)`.
fn end(one: &Value, lang: Lang) -> String {
    let title = text(&one["title"]).unwrap_or_default();
    let day: String = text(&one["ends_at"]).unwrap_or_default().chars().take(10).collect();
    let domains = strings(&one["domains"]);
    let name = text(&one["name"]).unwrap_or_default();
    let is_told = |domain: &String| {
        let before = name.strip_suffix(domain.as_str());
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    match domains.iter().all(is_told) {
        true => format!("{day}  {title}"),
        false => format!("{day}  {title} ({})", few(&domains, NAMED, lang)),
    }
}

fn sends(one: &Value, lang: Lang) -> String {
    let probe = text(&one["probe"]).unwrap_or_default();
    let domain = text(&one["domain"]).unwrap_or_default();
    let count = |key: &str| one[key].as_u64().unwrap_or_default();
    let (sent, arrived) = (count("sent"), count("arrived"));
    let Some(rate) = one["rate"].as_f64() else {
        let told = say(lang, "nothing could be told", "rien n’a pu être établi");
        return format!("{probe}  {domain}  {told}");
    };
    let percent = format!("{:.1}", rate * 100.0);
    match lang {
        Lang::En => format!("{probe}  {domain}  {arrived} of {sent} in the inbox ({percent} %)"),
        Lang::Fr => {
            let percent = percent.replace('.', ",");
            format!(
                "{probe}  {domain}  {arrived} sur {sent} en boîte de réception ({percent}\u{a0}%)"
            )
        }
    }
}
