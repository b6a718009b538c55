//! The questions of `dmarc`: the walk, and the hosts that reports would go to.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::facts::{Authorisation, DmarcFacts, Step};
use super::walk::{Discovery, discover, ends, path, read};
use crate::kernel::{Name, Net, Text, View, texts};
use crate::records::dmarc::DmarcRecord;
use crate::records::dmarc_uri::ReportUri;

/// Records kept of one name; more than one is a fault already.
const RECORDS_KEPT: usize = 10;

pub async fn observe(view: &View<'_>) -> DmarcFacts {
    let domain = &view.target.domain;
    let walk = walk(view.net, domain).await;
    let mut facts = DmarcFacts {
        record: None,
        policy: None,
        found_at: None,
        rua: Vec::new(),
        external: Vec::new(),
        walk,
    };
    if let Discovery::Found { domain: at, text, record } = discover(&facts.walk) {
        facts.record = Some(text.printable());
        facts.policy = record.effective(at != *domain);
        facts.found_at = Some(at.child("_dmarc"));
        facts.rua = record.rua.iter().filter_map(shown).collect();
        facts.external = external(view.net, &at, &record).await;
    }
    facts
}

/// One name after the other, so that a record ends the asking.
async fn walk(net: &dyn Net, domain: &Name) -> Vec<Step> {
    let mut steps = Vec::new();
    for at in path(domain) {
        let found = texts(net, &at.child("_dmarc")).await;
        let step = Step { domain: at, records: found.map(records) };
        let is_last = ends(&step, steps.is_empty());
        steps.push(step);
        if is_last {
            break;
        }
    }
    steps
}

fn records(found: Vec<Text>) -> Vec<Text> {
    found.into_iter().filter(|text| read(text).is_some()).take(RECORDS_KEPT).collect()
}

fn shown(uri: &ReportUri) -> Option<String> {
    match uri {
        ReportUri::Mailto { address, .. } => Some(format!("mailto:{address}")),
        ReportUri::Other(written) => Some(written.clone()),
        ReportUri::Invalid(_) => None,
    }
}

/// RFC 9990 §4: a host of another organizational domain has to agree.
async fn external(net: &dyn Net, at: &Name, record: &DmarcRecord) -> Vec<Authorisation> {
    let own = at.registrable();
    let hosts: BTreeSet<&Name> = record.rua.iter().filter_map(ReportUri::host).collect();
    let foreign = hosts.into_iter().filter(|host| host.registrable() != own);
    let asked = foreign.map(|host| async {
        let asked = host.child(&format!("{at}._report._dmarc"));
        let agreed = texts(net, &asked).await.map(|found| found.iter().any(agrees));
        Authorisation { host: host.clone(), asked, agreed }
    });
    join_all(asked).await
}

fn agrees(text: &Text) -> bool {
    read(text).is_some()
}
