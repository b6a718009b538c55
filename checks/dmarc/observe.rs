//! The questions of `dmarc`: the walk, what stands beside it, and the hosts that reports would go to.

use std::collections::BTreeSet;

use futures::future::{join, join_all, join3};

use super::facts::{Authorisation, BulkSender, DmarcFacts, Misplaced, ReportHost, Step};
use super::keys;
use super::walk::{Discovery, discover, ends, path, read};
use crate::kernel::{
    Lookup, Name, Net, Rtype, Stream, Text, View, addresses, alias, mail_exchangers, texts,
};
use crate::records::dmarc::{DmarcRecord, Policy};
use crate::records::dmarc_uri::ReportUri;
use crate::spf::senders_of;

/// Records kept of one name; more than one is a fault already.
const RECORDS_KEPT: usize = 10;

/// From domains of streams that are looked at.
const DOMAIN_LIMIT: usize = 20;

pub async fn observe(view: &View<'_>) -> DmarcFacts {
    let (net, domain) = (view.net, &view.target.domain);
    let own_name = domain.child("_dmarc");
    let streams = &view.target.streams;
    let ((walk, above, published), (alias, stream_domains), bulk_senders) = join3(
        discovered(net, domain),
        join(alias(net, &own_name, Rtype::TXT), stream_domains(net, domain, streams)),
        bulk_senders(view),
    )
    .await;
    let has_no_mail_host = published.rua.is_empty() && has_no_mail_host(net, domain).await;
    let (misplaced, undotted, astray_keys) = join3(
        misplaced(net, domain, &walk),
        undotted(net, domain, &walk, &alias),
        keys::astray(net, view.target, &walk, &stream_domains),
    )
    .await;
    DmarcFacts {
        record: published.record,
        policy: published.policy,
        found_at: published.found_at,
        rua: published.rua,
        external: published.external,
        external_ruf: published.external_ruf,
        report_hosts: published.report_hosts,
        has_no_mail_host,
        misplaced,
        undotted,
        walk,
        above,
        alias,
        stream_domains,
        astray_keys,
        bulk_senders,
    }
}

/// Evaluated here, not read from the facts of `spf`, so that neither check waits for the other; in a run the
/// same question is asked once. Its record is left out: an edit of it is no change of DMARC.
async fn bulk_senders(view: &View<'_>) -> Vec<BulkSender> {
    let bulk = view.target.streams.iter().filter(|stream| stream.bulk);
    let senders = senders_of(view, bulk).await.into_iter().map(|sender| BulkSender {
        domain: sender.domain,
        ip: sender.ip,
        stream: sender.stream.unwrap_or_default(),
        result: sender.result,
        unanswered: sender.unanswered,
    });
    let mut senders: Vec<BulkSender> = senders.collect();
    senders.sort_by(|a, b| (&a.domain, a.ip, &a.stream).cmp(&(&b.domain, b.ip, &b.stream)));
    senders
}

/// The walk, and what is asked once it has ended.
async fn discovered(net: &dyn Net, domain: &Name) -> (Vec<Step>, Vec<Step>, Published) {
    let walk = walk(net, domain).await;
    let (above, published) =
        join(above(net, domain, &walk), published(net, domain, discover(&walk))).await;
    (walk, above, published)
}

/// What the record that counts says; nothing if there is none.
#[derive(Default)]
struct Published {
    record: Option<String>,
    policy: Option<Policy>,
    found_at: Option<Name>,
    rua: Vec<String>,
    external: Vec<Authorisation>,
    external_ruf: Vec<Authorisation>,
    report_hosts: Vec<ReportHost>,
}

async fn published(net: &dyn Net, domain: &Name, discovery: Discovery) -> Published {
    let Discovery::Found { domain: at, text, record } = discovery else {
        return Published::default();
    };
    let (external, external_ruf, report_hosts) = join3(
        external(net, &at, &record.rua),
        external(net, &at, &record.ruf),
        report_hosts(net, &record),
    )
    .await;
    Published {
        record: Some(text.printable()),
        policy: record.effective(at != *domain),
        found_at: Some(at.child("_dmarc")),
        rua: record.rua.iter().filter_map(shown).collect(),
        external,
        external_ruf,
        report_hosts,
    }
}

/// The record that counts for a domain (RFC 9989 §4.10).
pub async fn policy(net: &dyn Net, domain: &Name) -> Discovery {
    discover(&walk(net, domain).await)
}

/// One name after the other, so that a record ends the asking.
async fn walk(net: &dyn Net, domain: &Name) -> Vec<Step> {
    let mut steps = Vec::new();
    for at in path(domain) {
        let step = step(net, at).await;
        let is_last = ends(&step, steps.is_empty());
        steps.push(step);
        if is_last {
            break;
        }
    }
    steps
}

/// RFC 9989 §4.10.2: the organizational domain is looked for past the domain's own record.
async fn above(net: &dyn Net, domain: &Name, walk: &[Step]) -> Vec<Step> {
    let is_own = walk.len() == 1 && matches!(discover(walk), Discovery::Found { .. });
    let says_enough = walk.first().is_some_and(|step| ends(step, false));
    if !is_own || says_enough {
        return Vec::new();
    }
    let mut steps = Vec::new();
    for at in path(domain).into_iter().skip(1) {
        let step = step(net, at).await;
        let is_last = ends(&step, false);
        steps.push(step);
        if is_last {
            break;
        }
    }
    steps
}

async fn step(net: &dyn Net, domain: Name) -> Step {
    let found = texts(net, &domain.child("_dmarc")).await;
    let is_record = |text: &Text| read(text).is_some();
    let all = found.found().map(Vec::as_slice).unwrap_or_default();
    let others = all.iter().filter(|text| !is_record(text)).take(RECORDS_KEPT).cloned().collect();
    let records = found.map(|all| all.into_iter().filter(is_record).take(RECORDS_KEPT).collect());
    Step { domain, records, others }
}

async fn stream_domains(net: &dyn Net, domain: &Name, streams: &[Stream]) -> Vec<Step> {
    let below = streams.iter().map(|stream| &stream.from);
    let below: BTreeSet<&Name> =
        below.filter(|from| *from != domain && from.is_at_or_below(domain)).collect();
    join_all(below.into_iter().take(DOMAIN_LIMIT).map(|from| step(net, from.clone()))).await
}

/// The apex, the name without its underscore, and the name that a missing final dot makes; asked where there is
/// no record at the right name.
async fn misplaced(net: &dyn Net, domain: &Name, walk: &[Step]) -> Vec<Misplaced> {
    let has_none = |step: &Step| match &step.records {
        Lookup::Found(records) => records.is_empty(),
        Lookup::Absent { .. } => true,
        Lookup::Unknown { .. } => false,
    };
    if !walk.first().is_some_and(has_none) {
        return Vec::new();
    }
    let names = [domain.clone(), domain.child("dmarc"), domain.child(&format!("_dmarc.{domain}"))];
    let asked = names.into_iter().map(|at| async move {
        let record = record_at(net, &at).await?;
        Some(Misplaced { at, record })
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// The target that was meant where its final dot is missing: a record stands there.
async fn undotted(
    net: &dyn Net,
    domain: &Name,
    walk: &[Step],
    alias: &Lookup<Name>,
) -> Option<Name> {
    let target = alias.found()?;
    walk.first().filter(|own| own.records == (Lookup::Absent { nxdomain: true }))?;
    let meant = target.without_appended_zone(domain).into_iter();
    let asked = meant.map(|name| async move { record_at(net, &name).await.map(|_| name) });
    join_all(asked).await.into_iter().flatten().next()
}

/// The first record of DMARC at a name, as printable text.
async fn record_at(net: &dyn Net, name: &Name) -> Option<String> {
    let found = texts(net, name).await;
    Some(found.found()?.iter().find(|text| read(text).is_some())?.printable())
}

fn shown(uri: &ReportUri) -> Option<String> {
    match uri {
        ReportUri::Mailto { address, .. } => Some(format!("mailto:{address}")),
        ReportUri::Other(written) => Some(written.clone()),
        ReportUri::Invalid(_) => None,
    }
}

/// RFC 9990 §4: a host of another organizational domain has to agree.
async fn external(net: &dyn Net, at: &Name, uris: &[ReportUri]) -> Vec<Authorisation> {
    let own = at.registrable();
    let hosts: BTreeSet<&Name> = uris.iter().filter_map(ReportUri::host).collect();
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

async fn report_hosts(net: &dyn Net, record: &DmarcRecord) -> Vec<ReportHost> {
    let hosts: BTreeSet<&Name> = record.rua.iter().filter_map(ReportUri::host).collect();
    join_all(hosts.into_iter().map(|host| async move {
        ReportHost { host: host.clone(), takes_mail: takes_mail(net, host).await }
    }))
    .await
}

/// Whether it is known that no MX record names a host. Mail that goes to the addresses of a web server, for want
/// of one, is seldom read.
async fn has_no_mail_host(net: &dyn Net, domain: &Name) -> bool {
    match mail_exchangers(net, domain).await {
        Lookup::Found(hosts) => hosts.iter().all(|mx| mx.exchange.is_root()),
        Lookup::Absent { .. } => true,
        Lookup::Unknown { .. } => false,
    }
}

/// RFC 5321 §5.1: its mail hosts, else its addresses; RFC 7505: none for a null MX.
async fn takes_mail(net: &dyn Net, host: &Name) -> Lookup<bool> {
    match mail_exchangers(net, host).await {
        Lookup::Found(hosts) => Lookup::Found(hosts.iter().any(|mx| !mx.exchange.is_root())),
        Lookup::Unknown { reason } => Lookup::Unknown { reason },
        Lookup::Absent { nxdomain } => {
            let found = addresses(net, host).await;
            match (found.found().is_empty(), found.unknown()) {
                (false, _) => Lookup::Found(true),
                (true, Some(reason)) => Lookup::Unknown { reason },
                (true, None) => Lookup::Absent { nxdomain },
            }
        }
    }
}
