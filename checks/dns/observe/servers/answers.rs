//! What do the answers of the zone's servers say of them, and do the records agree?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures::future::join_all;

use super::{Answered, Asked, direct};
use crate::dns::observe::names;
use crate::dns::{Copies, Differing, Lame, Server, Standing};
use crate::kernel::{Answer, Data, Message, Name, Question, Rcode, Reason, Record, Rtype, View};

/// Servers whose records are compared.
const MOST_SERVERS: usize = 8;

/// DKIM keys that are compared.
const MOST_SELECTORS: usize = 5;

/// What is told of one record, in octets.
const LONGEST: usize = 300;

/// What the answers to the questions for SOA and NS say of a server.
pub fn read(origin: &Name, soa: &Answer, ns: &Answer) -> Answered {
    let standing = match [standing(origin, soa), standing(origin, ns)] {
        [Standing::Serves, _] | [_, Standing::Serves] => Standing::Serves,
        [Standing::Untold(reason), _] | [_, Standing::Untold(reason)] => Standing::Untold(reason),
        [Standing::Silent, Standing::Silent] => Standing::Silent,
        // It speaks, if not always.
        [Standing::Silent, _] | [_, Standing::Silent] => Standing::Untold(Reason::Timeout),
        [lame, _] => lame,
    };
    let at_apex = |answer: &Answer| match answer {
        Answer::Message(message) if message.authoritative => {
            let own = message.answers.iter().filter(|record| record.name == *origin);
            own.map(|record| record.data.clone()).collect()
        }
        _ => Vec::new(),
    };
    let name_servers = Some(names(&at_apex(ns))).filter(|set| !set.is_empty());
    let serial = at_apex(soa).into_iter().find_map(|data| match data {
        Data::Soa(soa) => Some(soa.serial),
        _ => None,
    });
    let is_cut = is_cut(soa) || is_cut(ns);
    Answered { server: Server { standing, name_servers, withholds: false }, serial, is_cut }
}

/// It was too long for a datagram, and could not be had over TCP.
fn is_cut(answer: &Answer) -> bool {
    matches!(answer, Answer::Failed { reason: Reason::Truncated })
}

fn standing(origin: &Name, answer: &Answer) -> Standing {
    let message = match answer {
        Answer::Message(message) => message,
        Answer::Failed { reason: Reason::Timeout } => return Standing::Silent,
        Answer::Failed { reason } => return Standing::Untold(*reason),
    };
    match message.rcode {
        Rcode::NOERROR if message.authoritative && !message.answers.is_empty() => Standing::Serves,
        Rcode::NOERROR if refers_upwards(message, origin) => Standing::Lame(Lame::UpwardReferral),
        Rcode::NOERROR | Rcode::NXDOMAIN => Standing::Lame(Lame::NotAuthoritative),
        Rcode::REFUSED => Standing::Lame(Lame::Refused),
        Rcode::SERVFAIL => Standing::Lame(Lame::Servfail),
        _ => Standing::Lame(Lame::Error),
    }
}

fn refers_upwards(message: &Message, origin: &Name) -> bool {
    let is_above = |record: &Record| {
        record.data.rtype() == Rtype::NS
            && record.name != *origin
            && origin.is_at_or_below(&record.name)
    };
    message.authority.iter().any(is_above)
}

/// The records that differ, and the servers whose answers were cut.
pub struct Compared {
    pub records: Vec<Differing>,
    pub copies: Option<Copies>,
    /// A server that serves the zone did not tell its serial or a record.
    pub is_partial: bool,
    pub cut: BTreeSet<IpAddr>,
}

/// Compares the records that mail rests on, between servers of one serial and between those of several.
pub async fn differing(view: &View<'_>, asked: &Asked) -> Compared {
    let cut = asked.iter().filter(|(_, answered)| answered.is_cut).map(|(address, _)| *address);
    let is_silent = |answered: &Answered| {
        answered.server.standing == Standing::Serves && answered.serial.is_none()
    };
    let is_partial = asked.values().any(is_silent);
    let mut compared =
        Compared { records: Vec::new(), copies: None, is_partial, cut: cut.collect() };
    let serving = asked.iter().filter(|(_, answered)| answered.serial.is_some());
    let serials: Vec<(IpAddr, u32)> = serving
        .filter_map(|(address, answered)| Some((*address, answered.serial?)))
        .take(MOST_SERVERS)
        .collect();
    let servers = &serials;
    let answers = audited(view).into_iter().map(|(name, rtype)| async move {
        let questions =
            servers.iter().map(|(server, _)| view.net.dns(direct(*server, &name, rtype)));
        let answers = join_all(questions).await;
        (name, rtype, answers)
    });
    let mut older: BTreeSet<String> = BTreeSet::new();
    for (name, rtype, answers) in join_all(answers).await {
        let mut by_serial: BTreeMap<u32, BTreeMap<IpAddr, Vec<String>>> = BTreeMap::new();
        for ((address, serial), answer) in serials.iter().zip(&answers) {
            if is_cut(answer) {
                compared.cut.insert(*address);
            }
            match held(view, &name, rtype, answer) {
                Some(held) => drop(by_serial.entry(*serial).or_default().insert(*address, held)),
                None => compared.is_partial = true,
            }
        }
        let differs =
            |held: &BTreeMap<IpAddr, Vec<String>>| held.values().collect::<BTreeSet<_>>().len() > 1;
        let all: BTreeSet<&Vec<String>> = by_serial.values().flat_map(BTreeMap::values).collect();
        if by_serial.len() > 1 && all.len() > 1 {
            older.insert(format!("{rtype} {name}"));
        }
        if let Some(held) = by_serial.into_values().find(differs) {
            compared.records.push(Differing { name, rtype, held });
        }
    }
    if !older.is_empty() {
        let serials = serials.into_iter().collect();
        compared.copies = Some(Copies { serials, records: older });
    }
    compared
}

fn audited(view: &View<'_>) -> Vec<(Name, Rtype)> {
    let domain = &view.target.domain;
    let selectors = view.target.selectors.iter().take(MOST_SELECTORS);
    let keys = selectors.map(|selector| domain.child(&format!("{selector}._domainkey")));
    let texts = [domain.clone(), domain.child("_dmarc")].into_iter().chain(keys);
    let mut audited = vec![(domain.clone(), Rtype::MX)];
    audited.extend(texts.map(|name| (name, Rtype::TXT)));
    audited
}

/// What a server holds, in sorted words; nothing if it does not say so with authority.
fn held(view: &View<'_>, name: &Name, rtype: Rtype, answer: &Answer) -> Option<Vec<String>> {
    let Answer::Message(message) = answer else { return None };
    let speaks = matches!(message.rcode, Rcode::NOERROR | Rcode::NXDOMAIN);
    if !message.authoritative || !speaks {
        return None;
    }
    let own = message.answers.iter().filter(|record| record.name == *name);
    // Of the texts at the domain only SPF is mail's; others may well differ, as those of a proof
    // of ownership under way.
    let counts = |data: &&Data| match data {
        Data::Txt(text) if *name == view.target.domain => {
            text.joined().to_ascii_lowercase().starts_with(b"v=spf1")
        }
        Data::Cname(_) => true,
        other => other.rtype() == rtype,
    };
    let words: BTreeSet<String> =
        own.map(|record| &record.data).filter(counts).map(words).collect();
    Some(words.into_iter().collect())
}

fn words(data: &Data) -> String {
    let whole = match data {
        Data::Mx(mx) => format!("{} {}", mx.preference, mx.exchange),
        Data::Txt(text) => text.printable(),
        Data::Cname(target) => format!("CNAME {target}"),
        other => other.rtype().to_string(),
    };
    whole.chars().take(LONGEST).collect()
}

/// The servers among `cut` that answer nothing over TCP.
pub async fn withholding(
    view: &View<'_>,
    asked: &Asked,
    cut: &BTreeSet<IpAddr>,
) -> BTreeSet<IpAddr> {
    let suspects = asked.keys().filter(|address| cut.contains(*address));
    let by_stream = suspects.map(|address| async move {
        let question = direct(*address, &view.target.domain, Rtype::SOA);
        let answer = view.net.dns(Question { tcp: true, ..question }).await;
        matches!(answer, Answer::Failed { .. }).then_some(*address)
    });
    join_all(by_stream).await.into_iter().flatten().collect()
}
