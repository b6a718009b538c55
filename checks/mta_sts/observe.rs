//! The questions of `mta-sts`: the record, the policy behind it, and the hosts that `mx` talked to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use futures::future::{join, join_all};
use sha2::{Digest, Sha256};

use super::facts::{Delivery, Fetch, MailHost, MtaStsFacts, PolicyText, Served};
use crate::kernel::{
    Fetched, HttpsUrl, Lookup, Name, Net, Page, Reason, Text, TlsSession, View, canonical, fetch,
    texts,
};
use crate::mx::{Heard, Mx, Unencrypted};
use crate::records::mta_sts::{self, Mode, Policy};
use crate::records::web_certificate::WebCertificate;

/// Records kept of the name; more than one is a fault already.
const MOST_RECORDS: usize = 10;

/// The longest policy that senders read, in octets (RFC 8461 §3.3).
const LONGEST_POLICY: u32 = 64 * 1024;

pub async fn observe(view: &View<'_>) -> MtaStsFacts {
    let (published, hosts) = join(published(view), mail_hosts(view)).await;
    MtaStsFacts { hosts, ..published }
}

/// Whether senders are told to deliver to verified hosts alone. What the certificate of the policy's
/// own host is worth does not count: copies of the policy outlive it.
pub async fn is_enforced(view: &View<'_>) -> Lookup<bool> {
    let published = published(view).await;
    match (&published.records, &published.policy) {
        (Lookup::Unknown { reason }, _) | (_, Some(Fetch::Unknown { reason })) => {
            Lookup::Unknown { reason: *reason }
        }
        _ => {
            let mode = published.text().and_then(|text| text.policy.applied());
            Lookup::Found(published.id.is_some() && mode == Some(Mode::Enforce))
        }
    }
}

/// The record and the policy.
async fn published(view: &View<'_>) -> MtaStsFacts {
    let domain = &view.target.domain;
    let records = texts(view.net, &domain.child("_mta-sts")).await.map(|all| {
        let is_meant = |text: &Text| {
            let shown = text.printable();
            mta_sts::is_record(&shown) || mta_sts::resembles(&shown)
        };
        all.into_iter().filter(is_meant).take(MOST_RECORDS).collect()
    });
    let mut facts = MtaStsFacts { records, id: None, policy: None, hosts: Vec::new() };
    let (id, counted) = match facts.counted()[..] {
        [only] => (mta_sts::id(&only.printable()).map(str::to_owned), 1),
        ref others => (None, others.len()),
    };
    facts.id = id;
    // Also of a record that misses its form: what its repair would put into force has to be known.
    if counted == 1 || facts.records.found().is_some_and(|meant| meant.len() == 1) {
        facts.policy = Some(policy(view.net, domain).await);
    }
    facts
}

/// RFC 8461 §3.3.
async fn policy(net: &dyn Net, domain: &Name) -> Fetch {
    let host = domain.child("mta-sts");
    let url = HttpsUrl::new(&host, "/.well-known/mta-sts.txt");
    match fetch(net, &url, Some("text/plain"), LONGEST_POLICY).await {
        Fetched::Page { page, tls } => served(*page, &tls),
        Fetched::NoAddress { nxdomain } => {
            Fetch::NoAddress { nxdomain, alias_of: canonical(net, &host).await }
        }
        Fetched::Refused => Fetch::Refused,
        Fetched::Unknown { reason } => Fetch::Unknown { reason },
    }
}

fn served(page: Page, tls: &TlsSession) -> Fetch {
    let Some(certificate) = WebCertificate::of(tls) else {
        return Fetch::Unknown { reason: Reason::Malformed };
    };
    let text = (page.status == 200 && !page.cut).then(|| {
        let digest = Sha256::digest(&page.body.0);
        PolicyText {
            policy: Policy::parse(&String::from_utf8_lossy(&page.body.0)),
            sha256: digest.iter().map(|octet| format!("{octet:02x}")).collect(),
        }
    });
    let media_type = page.media_type();
    let location = page.location.filter(|_| (300..400).contains(&page.status));
    let status = page.status;
    Fetch::Served(Box::new(Served { certificate, status, location, media_type, text }))
}

/// A host without any address that was found takes no mail as far as we know; `mx` says so.
async fn mail_hosts(view: &View<'_>) -> Vec<MailHost> {
    let Some(mx) = view.needs.facts::<Mx>() else {
        return Vec::new();
    };
    let heard: BTreeMap<Name, BTreeMap<IpAddr, Heard>> =
        mx.conversations(view).await.into_iter().collect();
    let takes_mail = mx.hosts.iter().filter(|host| !host.addresses.found().is_empty());
    let hosts = takes_mail.map(|host| async {
        let addresses = heard.get(&host.name).into_iter().flatten();
        let deliveries = addresses.map(|(address, said)| async {
            (*address, delivery(view, &host.name, *address, said).await)
        });
        let deliveries = join_all(deliveries).await.into_iter().collect();
        MailHost { name: host.name.clone(), deliveries }
    });
    join_all(hosts).await
}

async fn delivery(view: &View<'_>, host: &Name, address: IpAddr, heard: &Heard) -> Delivery {
    let Heard::Conversation(said) = heard else { return Delivery::Untold };
    if let Some(session) = &said.tls {
        let certificate = WebCertificate::of(session).map(Box::new);
        return certificate.map_or(Delivery::Untold, Delivery::Encrypted);
    }
    match Unencrypted::of(view, host, address, said).await {
        Unencrypted::NotOffered => Delivery::NoStarttls,
        Unencrypted::Refused => Delivery::StarttlsRefused,
        Unencrypted::HandshakeFails => Delivery::HandshakeFails,
        Unencrypted::Untold(_) => Delivery::Untold,
    }
}
