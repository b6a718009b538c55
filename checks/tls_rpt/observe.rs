//! The questions of `tls-rpt`: the record; without one, whether there would be much to report.

use futures::future::join_all;

use super::TlsRptFacts;
use crate::kernel::{Lookup, Name, Rtype, Text, View, ask, texts};
use crate::mx::Mx;
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

fn mail_hosts(view: &View<'_>) -> Vec<Name> {
    let mx = view.needs.facts::<Mx>();
    let hosts = mx.map(|mx| mx.hosts.as_slice()).unwrap_or_default();
    let takes_mail = hosts.iter().filter(|host| !host.addresses.found().is_empty());
    takes_mail.map(|host| host.name.clone()).take(MOST_HOSTS).collect()
}

/// One that is found is enough; otherwise all must be proven absent.
async fn deployed(view: &View<'_>, domain: &Name, hosts: &[Name]) -> Lookup<bool> {
    let policy = texts(view.net, &domain.child("_mta-sts")).await;
    let mut ends =
        vec![policy.map(|all| all.iter().any(|text| mta_sts::is_record(&text.printable())))];
    let tlsa = hosts.iter().map(|host| async {
        let asked = host.child("_25._tcp");
        ask(view.net, &asked, Rtype::TLSA).await.map(|all| !all.is_empty())
    });
    ends.extend(join_all(tlsa).await);
    if ends.contains(&Lookup::Found(true)) {
        return Lookup::Found(true);
    }
    match ends.iter().find_map(Lookup::reason) {
        Some(reason) => Lookup::Unknown { reason },
        None => Lookup::Found(false),
    }
}
