//! Looks at the tree and at what stands beside it, and evaluates every declared sender.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use futures::future::{join, join_all, join3};

use super::authorise::{Session, SpfResult, check_host, check_record};
use super::facts::{Facts, Node, Obsolete, Seen, SenderResult, WouldPass};
use super::remedy;
use super::walk::{spf_records, walk};
use crate::kernel::{
    Data, Lookup, Name, Net, Rtype, Stream, Target, Text, View, ask, mail_exchangers, texts,
};
use crate::rdap;
use crate::records::spf_lookalike::is_lookalike;

/// Declared senders that are evaluated.
const SENDER_LIMIT: usize = 64;

/// Domains that are looked for in one tree.
const DOMAIN_LIMIT: usize = 20;

/// Records of one kind that are kept.
const KEPT: usize = 10;

pub async fn observe(view: &View<'_>) -> Facts {
    let (net, domain) = (view.net, &view.target.domain);
    let declared = declared_senders(view.target);
    let senders = join_all(declared.into_iter().map(|sender| evaluate(view, sender)));
    let beside = join3(texts(net, domain), type_spf(net, domain), mail_hosts(net, domain));
    let (tree, (mut senders, (all, type_spf, mail_hosts))) =
        join(walk(net, domain), join(senders, beside)).await;
    join_all(senders.iter_mut().map(|sender| note_what_would_pass(view, &tree, sender))).await;
    senders.sort_by(|a, b| (&a.domain, a.ip, &a.stream).cmp(&(&b.domain, b.ip, &b.stream)));
    let unregistered = unregistered(net, &tree).await;
    let (lookups, void_lookups, complete) = count(&tree);
    let all = all.found().map(Vec::as_slice).unwrap_or_default();
    let has_none = tree.records.found().is_some_and(Vec::is_empty);
    Facts {
        record: tree.record().map(str::to_owned),
        lookups,
        void_lookups,
        complete,
        tree,
        lookalikes: if has_none { kept(all, is_lookalike) } else { Vec::new() },
        answer_octets: answer_octets(domain, all),
        obsolete: Obsolete { type_spf, sender_id: kept(all, is_sender_id) },
        mail_hosts,
        unregistered,
        senders,
    }
}

fn kept(texts: &[Text], wanted: impl Fn(&[u8]) -> bool) -> Vec<String> {
    let fitting = texts.iter().filter(|text| wanted(&text.joined()));
    fitting.take(KEPT).map(Text::printable).collect()
}

/// RFC 4406 §3.1.1.
fn is_sender_id(octets: &[u8]) -> bool {
    octets.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"spf2.0/"))
}

/// A message that answers for TXT: header, question, records with a compressed owner, OPT.
fn answer_octets(domain: &Name, texts: &[Text]) -> usize {
    const HEADER: usize = 12;
    const OPT: usize = 11;
    let question = domain.as_str().len() + 2 + 4;
    let record = |text: &Text| 12 + text.strings().iter().map(|s| s.len() + 1).sum::<usize>();
    HEADER + question + OPT + texts.iter().map(record).sum::<usize>()
}

async fn type_spf(net: &dyn Net, domain: &Name) -> Lookup<Vec<String>> {
    let text = |data: Data| match data {
        Data::Other { hex, .. } => character_strings(&hex),
        _ => None,
    };
    ask(net, domain, Rtype::SPF).await.map(|all| {
        all.into_iter().filter_map(text).take(KEPT).map(|text| text.printable()).collect()
    })
}

/// The octets of a record as character-strings (RFC 1035 §3.3.14).
fn character_strings(hex: &str) -> Option<Text> {
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let octets: Vec<u8> = hex.as_bytes().chunks(2).map(octet).collect::<Option<_>>()?;
    let mut rest = octets.as_slice();
    let mut strings = Vec::new();
    while let Some((length, after)) = rest.split_first() {
        let (string, next) = after.split_at_checked(usize::from(*length))?;
        strings.push(string.to_vec());
        rest = next;
    }
    Some(Text::new(strings))
}

async fn mail_hosts(net: &dyn Net, domain: &Name) -> Lookup<Vec<Name>> {
    mail_exchangers(net, domain)
        .await
        .map(|hosts| hosts.into_iter().map(|host| host.exchange).collect())
}

/// The domains below which void terms look, and which nobody holds.
async fn unregistered(net: &dyn Net, tree: &Node) -> Vec<Name> {
    let own = tree.domain.registrable();
    let mut domains = BTreeSet::new();
    tree.each(&mut |_, term| {
        let asked = term.asks.as_ref().filter(|_| term.is_void());
        let domain = asked.and_then(Name::registrable_by_anybody);
        domains.extend(domain.filter(|domain| *domain != own));
    });
    let asked = domains
        .into_iter()
        .take(DOMAIN_LIMIT)
        .map(|domain| async move { rdap::is_unregistered(net, &domain).await.then_some(domain) });
    join_all(asked).await.into_iter().flatten().collect()
}

struct Declared {
    ip: IpAddr,
    domain: Name,
    stream: Option<String>,
    helo: Option<String>,
}

/// The addresses of streams under their MAIL FROM domain, then the domain's own that no stream claims: one
/// that only sends with another return path is never looked up here (RFC 7208 §2.4).
fn declared_senders(target: &Target) -> Vec<Declared> {
    let is_claimed = |ip| target.streams.iter().any(|stream| stream.ips.contains(ip));
    let own = target.sending_ips.iter().filter(|ip| !is_claimed(ip)).map(|&ip| Declared {
        ip,
        domain: target.domain.clone(),
        stream: None,
        helo: None,
    });
    let streams = target.streams.iter().flat_map(declared_of);
    let mut declared: Vec<Declared> = Vec::new();
    for sender in streams.chain(own) {
        if !declared.iter().any(|known| known.ip == sender.ip && known.domain == sender.domain) {
            declared.push(sender);
        }
    }
    declared.truncate(SENDER_LIMIT);
    declared
}

fn declared_of(stream: &Stream) -> impl Iterator<Item = Declared> {
    let domain = stream.mail_from.as_ref().unwrap_or(&stream.from);
    stream.ips.iter().map(|&ip| Declared {
        ip,
        domain: domain.clone(),
        stream: Some(stream.name.clone()),
        helo: stream.helo.clone(),
    })
}

/// What SPF comes to for the declared addresses of streams, at most 64 of each.
pub async fn senders_of<'a>(
    view: &View<'_>,
    streams: impl Iterator<Item = &'a Stream>,
) -> Vec<SenderResult> {
    let declared = streams.flat_map(|stream| declared_of(stream).take(SENDER_LIMIT));
    join_all(declared.map(|sender| evaluate(view, sender))).await
}

fn session<'a>(view: &'a View<'_>, ip: IpAddr, helo: &'a str, mail_from: &'a str) -> Session<'a> {
    Session { ip, helo, mail_from, receiver: &view.vantage.helo, now: view.clock.now() }
}

async fn evaluate(view: &View<'_>, sender: Declared) -> SenderResult {
    let address = format!("postmaster@{}", sender.domain);
    let helo = sender.helo.as_deref().unwrap_or(sender.domain.as_str());
    let session = session(view, sender.ip, helo, &address);
    let said = check_host(view.net, &session).await;
    let record = match spf_records(view.net, &sender.domain).await.found().map(Vec::as_slice) {
        Some([only]) => Some(Text::printable(only)),
        _ => None,
    };
    let result = said.proven();
    let stopped_at = if result == SpfResult::Permerror { said.stopped_at() } else { Vec::new() };
    SenderResult {
        ip: sender.ip,
        domain: sender.domain,
        stream: sender.stream,
        result,
        matched: said.matched,
        stopped_at,
        record,
        would_pass: None,
        unanswered: said.unanswered.filter(|_| result == SpfResult::Temperror),
    }
}

/// Of a sender that is refused, looks whether a term would let it pass that receivers do not get to: one after
/// `all`, a `redirect` beside it, or one behind an include without a record.
async fn note_what_would_pass(view: &View<'_>, tree: &Node, sender: &mut SenderResult) {
    let Some(record) = sender.record.as_deref() else { return };
    let candidates: Vec<String> = match sender.result {
        SpfResult::Fail | SpfResult::Softfail | SpfResult::Neutral => {
            [remedy::with_terms_before_all(record), remedy::with_redirect_included(record)]
                .into_iter()
                .flatten()
                .collect()
        }
        SpfResult::Permerror if sender.domain == tree.domain => {
            remedy::with_live_includes(tree).into_iter().collect()
        }
        _ => return,
    };
    let address = format!("postmaster@{}", sender.domain);
    let passes = async |ip, record: &str| {
        check_record(view.net, &session(view, ip, sender.domain.as_str(), &address), record).await
    };
    for candidate in candidates {
        let (SpfResult::Pass, Some(by)) = passes(sender.ip, &candidate).await else { continue };
        // What a stranger comes to with all the terms: no limit may be broken by those that count now.
        let (strangers, _) = passes(IpAddr::V4(Ipv4Addr::UNSPECIFIED), &candidate).await;
        if matches!(strangers, SpfResult::Permerror | SpfResult::Temperror) {
            continue;
        }
        let term = match record.split(' ').find(|word| *word == by) {
            Some(_) => by,
            None => remedy::redirect_of(record).unwrap_or(by),
        };
        sender.would_pass = Some(WouldPass { record: candidate, term });
        return;
    }
}

/// Lookups, void lookups, and whether nothing of the tree is unknown.
pub fn count(tree: &Node) -> (usize, usize, bool) {
    let mut lookups = 0;
    let mut void_lookups = 0;
    let mut complete = tree.records.reason().is_none();
    tree.each(&mut |_, term| {
        lookups += usize::from(term.seen != Seen::NoLookup);
        void_lookups += usize::from(term.is_void());
        complete &= match &term.seen {
            Seen::Record(node) => node.records.reason().is_none(),
            Seen::Unknown(_) | Seen::NotAsked => false,
            _ => true,
        };
    });
    (lookups, void_lookups, complete)
}
