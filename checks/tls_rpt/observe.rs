//! The questions of `tls-rpt`: the record; without one, whether there would be much to report.

use futures::future::{join, join_all};

use super::TlsRptFacts;
use crate::dane::published;
use crate::kernel::{Lookup, Name, Reason, Text, View, texts};
use crate::mx::{self, Mx};
use crate::records::mta_sts;
use crate::records::tls_rpt::{addresses, is_record, resembles};

/// Records kept of the name; more than one is a fault already.
const MOST_RECORDS: usize = 10;

/// Mail hosts that are asked for TLSA records.
const MOST_HOSTS: usize = 10;

pub async fn observe(view: &View<'_>) -> TlsRptFacts {
    let domain = &view.target.domain;
    let hosts = mail_hosts(view);
    let found = texts(view.net, &domain.child("_smtp._tls")).await;
    // RFC 8460 §3: what does not begin with the version is passed over, so it spoils no record.
    let records = found.map(|all| {
        let (counted, others): (Vec<Text>, Vec<Text>) =
            all.into_iter().partition(|text| is_record(&text.printable()));
        let resembling = others.into_iter().filter(|text| resembles(&text.printable()));
        let meant = if counted.is_empty() { resembling.collect() } else { counted };
        meant.into_iter().take(MOST_RECORDS).collect::<Vec<Text>>()
    });
    let rua = match records.found().map(Vec::as_slice) {
        Some([only]) => addresses(&only.printable()).usable,
        _ => Vec::new(),
    };
    let is_missing = match &records {
        Lookup::Found(records) => records.is_empty(),
        Lookup::Absent { .. } => true,
        Lookup::Unknown { .. } => false,
    };
    let deployed = match is_missing && !hosts.is_empty() {
        true => Some(deployed(view, domain, &hosts).await),
        false => None,
    };
    TlsRptFacts { takes_mail: !hosts.is_empty(), records, rua, deployed }
}

fn mail_hosts<'a>(view: &View<'a>) -> Vec<&'a mx::Host> {
    let mx = view.needs.facts::<Mx>();
    let hosts = mx.map(|mx| mx.hosts.as_slice()).unwrap_or_default();
    hosts.iter().filter(|host| !host.addresses.found().is_empty()).take(MOST_HOSTS).collect()
}

/// One that is found is enough; otherwise all must be proven absent.
async fn deployed(view: &View<'_>, domain: &Name, hosts: &[&mx::Host]) -> Lookup<bool> {
    let name = domain.child("_mta-sts");
    let (policy, mut ends) = join(texts(view.net, &name), with_dane(view, domain, hosts)).await;
    ends.push(policy.map(|all| all.iter().any(|text| mta_sts::is_record(&text.printable()))));
    if ends.contains(&Lookup::Found(true)) {
        return Lookup::Found(true);
    }
    match ends.iter().find_map(Lookup::reason) {
        Some(reason) => Lookup::Unknown { reason },
        None => Lookup::Found(false),
    }
}

/// Whether senders hold each host to TLSA records: the MX set and all that leads to them must be signed
/// (RFC 7672 §2.2.1). Records of a host that an unsigned domain names are its provider's, not the domain's.
async fn with_dane(view: &View<'_>, domain: &Name, hosts: &[&mx::Host]) -> Vec<Lookup<bool>> {
    match published::vouched_set(view, domain).await {
        Some(true) => {}
        Some(false) => return Vec::new(),
        None => return vec![Lookup::Unknown { reason: Reason::Servfail }],
    }
    let hosts = hosts.iter().map(|host| async {
        let host = published::of_host(view, host).await;
        let is_secure = host.is_secure();
        match (host.tlsa, host.address_secure) {
            (Lookup::Found(records), None) if !records.is_empty() => {
                Lookup::Unknown { reason: Reason::Servfail }
            }
            // RFC 7672 §2.1.1: where the addresses are not signed, nobody asks for records.
            (Lookup::Unknown { .. }, Some(false)) => Lookup::Found(false),
            (tlsa, _) => tlsa.map(|records| is_secure && !records.is_empty()),
        }
    });
    join_all(hosts).await
}
