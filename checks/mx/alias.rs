//! An MX names an alias: what rests on that name, and which record can stand in its place?
//!
//! Addresses in place of the alias leave the name as it is, and all that senders hold against it. Another
//! name in the MX needs a policy, a certificate and TLSA records of its own.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use futures::future::join4;
use serde::{Deserialize, Serialize};

use super::facts::{Host, MxFacts};
use super::judge::with_target;
use crate::kernel::{
    Context, Lookup, Name, Net, Raised, RecordChange, Rtype, SmtpTranscript, Withheld, ask,
    own_alias, texts,
};
use crate::records::mta_sts;
use crate::records::web_certificate::WebCertificate;

/// What rests on the name of an alias, and on that of the host it leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rests {
    /// What the CNAME record names, where one stands at the name itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Name>,
    /// Texts that the name shares with its host, such as SPF.
    pub texts: Lookup<()>,
    /// TLSA records under the name in the MX.
    pub tlsa: Lookup<()>,
    /// TLSA records under the name of the host, where senders look first (RFC 7672 §2.2.2).
    pub tlsa_of_host: Lookup<()>,
    /// The domain announces a policy that names its hosts (RFC 8461 §3.1).
    pub mta_sts: Lookup<()>,
    /// A certificate was shown that names the alias and not the host.
    #[serde(default)]
    pub certificate: bool,
}

pub async fn rests(net: &dyn Net, domain: &Name, name: &Name, host: &Name) -> Rests {
    let tlsa = |of: &Name| {
        let asked = of.child("_25._tcp");
        async move { ask(net, &asked, Rtype::TLSA).await.map(|_| ()) }
    };
    let announced = async {
        match texts(net, &domain.child("_mta-sts")).await {
            Lookup::Found(all) if !all.iter().any(|text| mta_sts::is_record(&text.printable())) => {
                Lookup::Absent { nxdomain: false }
            }
            other => other.map(|_| ()),
        }
    };
    let shared = async {
        let shared = texts(net, name).await.map(|_| ());
        (own_alias(net, name, Rtype::A).await, shared)
    };
    let ((own, texts), tlsa, tlsa_of_host, mta_sts) =
        join4(shared, tlsa(name), tlsa(host), announced).await;
    Rests { own, texts, tlsa, tlsa_of_host, mta_sts, certificate: false }
}

/// Whether a certificate was shown that fits the alias and not the host.
pub fn has_certificate(
    heard: &BTreeMap<IpAddr, Arc<SmtpTranscript>>,
    name: &Name,
    host: &Name,
) -> bool {
    let sessions = heard.values().filter_map(|said| said.tls.as_ref());
    let mut leaves = sessions.filter_map(WebCertificate::of).map(|shown| shown.leaf);
    leaves.any(|leaf| leaf.names_host(name) && !leaf.names_host(host))
}

/// Proposes what can stand in place of the alias, or says why nothing is proposed.
pub fn heal(
    raised: Raised,
    facts: &MxFacts,
    host: &Host,
    target: &Name,
    context: &Context<'_>,
) -> Raised {
    let domain = &context.target.domain;
    let Some(rests) = host.rests.as_ref() else { return raised };
    let is_whole = host.addresses.unknown().is_none();
    let are_of_domain = host.name.is_at_or_below(domain) && target.is_at_or_below(domain);
    if is_whole
        && are_of_domain
        && let Some(alias) = rests.gives_way()
    {
        return with_addresses(raised, host, alias);
    }
    if rests.can_be_left() {
        return with_target(raised, facts, host, target, domain);
    }
    raised.withhold(Withheld::Relied { name: host.name.clone(), target: target.clone() })
}

impl Rests {
    /// What the CNAME record names, if nothing is lost with it that came from the host's own name.
    fn gives_way(&self) -> Option<&Name> {
        self.own.as_ref().filter(|_| self.texts.is_absent() && self.tlsa_of_host.is_absent())
    }

    /// Senders hold nothing against the name that would not fit the host's own.
    fn can_be_left(&self) -> bool {
        self.tlsa.is_absent() && self.mta_sts.is_absent() && !self.certificate
    }
}

fn with_addresses(raised: Raised, host: &Host, named: &Name) -> Raised {
    let alias = RecordChange::delete(&host.name, Rtype::CNAME, format!("{named}."));
    let address = |ip: IpAddr| {
        let rtype = if ip.is_ipv4() { Rtype::A } else { Rtype::AAAA };
        RecordChange::add(&host.name, rtype, ip.to_string())
    };
    host.addresses.found().into_iter().map(address).fold(raised.fix(alias), Raised::fix)
}
