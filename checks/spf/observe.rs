//! Looks at the tree, and evaluates every declared sender.

use futures::future::{join, join_all};

use super::authorise::{Session, check_host};
use super::facts::{Facts, Node, Seen, SenderResult};
use super::walk::{spf_records, walk};
use crate::kernel::{Lookup, Name, Target, Text, View};

/// Declared senders that are evaluated.
const SENDER_LIMIT: usize = 64;

pub async fn observe(view: &View<'_>) -> Facts {
    let declared = declared_senders(view.target);
    let senders = join_all(declared.into_iter().map(|sender| evaluate(view, sender)));
    let (tree, mut senders) = join(walk(view.net, &view.target.domain), senders).await;
    senders.sort_by(|a, b| (&a.domain, a.ip, &a.stream).cmp(&(&b.domain, b.ip, &b.stream)));
    let (lookups, void_lookups, complete) = count(&tree);
    Facts {
        record: tree.record().map(str::to_owned),
        lookups,
        void_lookups,
        complete,
        tree,
        senders,
    }
}

struct Declared {
    ip: std::net::IpAddr,
    domain: Name,
    stream: Option<String>,
    helo: Option<String>,
}

/// The domain's own addresses, then those of its streams under their MAIL FROM domain.
fn declared_senders(target: &Target) -> Vec<Declared> {
    let own = target.sending_ips.iter().map(|&ip| Declared {
        ip,
        domain: target.domain.clone(),
        stream: None,
        helo: None,
    });
    let streams = target.streams.iter().flat_map(|stream| {
        let domain = stream.mail_from.clone().unwrap_or_else(|| stream.from.clone());
        stream.ips.iter().map(move |&ip| Declared {
            ip,
            domain: domain.clone(),
            stream: Some(stream.name.clone()),
            helo: stream.helo.clone(),
        })
    });
    let mut declared: Vec<Declared> = Vec::new();
    for sender in streams.chain(own) {
        if !declared.iter().any(|known| known.ip == sender.ip && known.domain == sender.domain) {
            declared.push(sender);
        }
    }
    declared.truncate(SENDER_LIMIT);
    declared
}

async fn evaluate(view: &View<'_>, sender: Declared) -> SenderResult {
    let address = format!("postmaster@{}", sender.domain);
    let helo = sender.helo.as_deref().unwrap_or(sender.domain.as_str());
    let session = Session {
        ip: sender.ip,
        helo,
        mail_from: &address,
        receiver: &view.vantage.helo,
        now: view.clock.now(),
    };
    let said = check_host(view.net, &session).await;
    let record = match spf_records(view.net, &sender.domain).await.found().map(Vec::as_slice) {
        Some([only]) => Some(Text::printable(only)),
        _ => None,
    };
    SenderResult {
        ip: sender.ip,
        domain: sender.domain,
        stream: sender.stream,
        result: said.result,
        matched: said.matched,
        record,
    }
}

/// Lookups, void lookups, and whether nothing of the tree is unknown.
fn count(tree: &Node) -> (usize, usize, bool) {
    let mut lookups = 0;
    let mut void_lookups = 0;
    let mut complete = tree.records.reason().is_none();
    tree.each(&mut |_, term| {
        lookups += usize::from(term.seen != Seen::NoLookup);
        match &term.seen {
            Seen::Void => void_lookups += 1,
            Seen::Record(node) => match &node.records {
                Lookup::Absent { .. } => void_lookups += 1,
                Lookup::Unknown { .. } => complete = false,
                Lookup::Found(_) => {}
            },
            Seen::Unknown(_) | Seen::NotAsked => complete = false,
            Seen::NoLookup | Seen::Hit | Seen::Dynamic | Seen::Loop(_) => {}
        }
    });
    (lookups, void_lookups, complete)
}
