//! May this address send for this domain? `check_host()` of RFC 7208 §4, with both limits.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use super::walk::spf_records;
use super::{LOOKUP_LIMIT, VOID_LIMIT};
use crate::kernel::{Data, Lookup, Name, Net, Rtype, addresses_of, ask, mail_exchangers};
use crate::records::spf::{Kind, Mechanism, Qualifier, Record, parse};
use crate::records::spf_macro::{MacroString, Sender};

/// RFC 7208 §4.6.4: names of one `mx` or `ptr` that are looked up.
const NAME_LIMIT: usize = 10;

/// The words of RFC 7208 §2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum SpfResult {
    None,
    Neutral,
    Pass,
    Fail,
    Softfail,
    Temperror,
    Permerror,
}

/// A result with what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorisation {
    pub result: SpfResult,
    /// The term that decided, as written, in the record that holds it.
    pub matched: Option<String>,
    pub lookups: usize,
    pub void_lookups: usize,
}

/// RFC 7208 §4.1: evaluates `<ip>`, `<domain>` and `<sender>`; `helo` only fills macros.
pub async fn check_host(
    net: &dyn Net,
    ip: IpAddr,
    domain: &Name,
    sender: &str,
    helo: &str,
) -> Authorisation {
    let ip = unmapped(ip);
    let (local_part, sender_domain) = match sender.rsplit_once('@') {
        // RFC 7208 §4.3: an absent local part is `postmaster`.
        Some(("", host)) => ("postmaster", host),
        Some((local, host)) => (local, host),
        None => ("postmaster", sender),
    };
    let mut evaluation =
        Evaluation { net, ip, local_part, sender_domain, helo, lookups: 0, void_lookups: 0 };
    let (result, matched) = match evaluation.record_of(domain.clone()).await {
        Ok((result, matched)) => (result, matched),
        Err(stop) => (stop, None),
    };
    Authorisation {
        result,
        matched,
        lookups: evaluation.lookups,
        void_lookups: evaluation.void_lookups,
    }
}

/// RFC 7208 §5: an IPv4-mapped IPv6 address is its IPv4 address.
fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

struct Evaluation<'a> {
    net: &'a dyn Net,
    ip: IpAddr,
    local_part: &'a str,
    sender_domain: &'a str,
    helo: &'a str,
    lookups: usize,
    void_lookups: usize,
}

/// What ends the evaluation at once: `permerror`, `temperror` or `none`.
type Stop = SpfResult;
type Ended = (SpfResult, Option<String>);
type Evaluated<'b, T> = Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 'b>>;

impl Evaluation<'_> {
    fn record_of(&mut self, domain: Name) -> Evaluated<'_, Ended> {
        Box::pin(async move {
            if !domain.is_askable() || domain.is_root() {
                return Err(SpfResult::None);
            }
            let octets = match spf_records(self.net, &domain).await {
                Lookup::Unknown { .. } => return Err(SpfResult::Temperror),
                Lookup::Absent { .. } => return Err(SpfResult::None),
                Lookup::Found(records) => match records.as_slice() {
                    [] => return Err(SpfResult::None),
                    [only] => only.joined(),
                    _ => return Err(SpfResult::Permerror), // §4.5
                },
            };
            let record = parse(&octets);
            if !record.faults.is_empty() {
                return Err(SpfResult::Permerror); // §4.6: before any term is evaluated
            }
            self.terms(&record, &domain).await
        })
    }

    async fn terms(&mut self, record: &Record, domain: &Name) -> Result<Ended, Stop> {
        for term in &record.terms {
            let Kind::Directive { qualifier, mechanism } = &term.kind else { continue };
            if self.matches(mechanism, domain).await? {
                return Ok((said_by(*qualifier), Some(term.text.clone())));
            }
        }
        let redirect = record.terms.iter().find_map(|term| match &term.kind {
            Kind::Redirect(target) => Some(target),
            _ => None,
        });
        match redirect {
            Some(target) => self.redirect(target, domain).await,
            None => Ok((SpfResult::Neutral, None)), // §4.7
        }
    }

    /// §6.1: no record at the target is a permerror.
    async fn redirect(&mut self, target: &MacroString, domain: &Name) -> Result<Ended, Stop> {
        self.count()?;
        let target = self.expand(Some(target), domain).await;
        match self.record_of(target).await {
            Err(SpfResult::None) => Err(SpfResult::Permerror),
            other => other,
        }
    }

    async fn matches(&mut self, mechanism: &Mechanism, domain: &Name) -> Result<bool, Stop> {
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4(network) => {
                Ok(matches!(self.ip, IpAddr::V4(ip) if network.contains(&ip)))
            }
            Mechanism::Ip6(network) => {
                Ok(matches!(self.ip, IpAddr::V6(ip) if network.contains(&ip)))
            }
            Mechanism::Include(target) => self.include(target, domain).await,
            Mechanism::A { domain: host, v4, v6 } => {
                self.count()?;
                let host = self.expand(host.as_ref(), domain).await;
                let found = self.addresses(&host, true).await?;
                Ok(found.iter().any(|address| self.within(*address, *v4, *v6)))
            }
            Mechanism::Mx { domain: host, v4, v6 } => {
                self.mail_hosts(host.as_ref(), domain, *v4, *v6).await
            }
            Mechanism::Exists(host) => {
                self.count()?;
                let host = self.expand(Some(host), domain).await;
                // §5.7: always A, also for IPv6 clients.
                Ok(!self.taken(ask(self.net, &host, Rtype::A).await)?.is_empty())
            }
            Mechanism::Ptr(host) => {
                self.count()?;
                let host = self.expand(host.as_ref(), domain).await;
                let names = self.validated_names(true).await;
                Ok(names.iter().any(|name| name.is_at_or_below(&host)))
            }
        }
    }

    /// §5.2: a pass matches; no record, or one with faults, is a permerror.
    async fn include(&mut self, target: &MacroString, domain: &Name) -> Result<bool, Stop> {
        self.count()?;
        let target = self.expand(Some(target), domain).await;
        match self.record_of(target).await {
            Ok((result, _)) => Ok(result == SpfResult::Pass),
            Err(SpfResult::Temperror) => Err(SpfResult::Temperror),
            Err(_) => Err(SpfResult::Permerror),
        }
    }

    async fn mail_hosts(
        &mut self,
        host: Option<&MacroString>,
        domain: &Name,
        v4: u8,
        v6: u8,
    ) -> Result<bool, Stop> {
        self.count()?;
        let host = self.expand(host, domain).await;
        let found = mail_exchangers(self.net, &host).await;
        let exchangers = self.taken(found)?;
        if exchangers.len() > NAME_LIMIT {
            return Err(SpfResult::Permerror);
        }
        for exchanger in exchangers {
            if exchanger.exchange.is_root() {
                continue;
            }
            let addresses = self.addresses(&exchanger.exchange, false).await?;
            if addresses.iter().any(|address| self.within(*address, v4, v6)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The addresses of a host in the sender's family.
    async fn addresses(&mut self, host: &Name, counts_as_void: bool) -> Result<Vec<IpAddr>, Stop> {
        let rtype = if self.ip.is_ipv4() { Rtype::A } else { Rtype::AAAA };
        match addresses_of(self.net, host, rtype).await {
            found if counts_as_void => self.taken(found),
            Lookup::Found(addresses) => Ok(addresses),
            Lookup::Absent { .. } => Ok(Vec::new()),
            Lookup::Unknown { .. } => Err(SpfResult::Temperror),
        }
    }

    /// What a look-up found, void ones counted.
    fn taken<T>(&mut self, lookup: Lookup<Vec<T>>) -> Result<Vec<T>, Stop> {
        match lookup {
            Lookup::Found(found) => Ok(found),
            Lookup::Unknown { .. } => Err(SpfResult::Temperror),
            Lookup::Absent { .. } => {
                self.void_lookups += 1;
                if self.void_lookups > VOID_LIMIT {
                    Err(SpfResult::Permerror)
                } else {
                    Ok(Vec::new())
                }
            }
        }
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > LOOKUP_LIMIT { Err(SpfResult::Permerror) } else { Ok(()) }
    }

    fn within(&self, address: IpAddr, v4: u8, v6: u8) -> bool {
        match (self.ip, address) {
            (IpAddr::V4(ip), IpAddr::V4(found)) => {
                ipnet::Ipv4Net::new(found, v4).is_ok_and(|network| network.contains(&ip))
            }
            (IpAddr::V6(ip), IpAddr::V6(found)) => {
                ipnet::Ipv6Net::new(found, v6).is_ok_and(|network| network.contains(&ip))
            }
            _ => false,
        }
    }

    /// §5.5: the PTR names of the address that resolve back to it; errors match nothing.
    async fn validated_names(&mut self, counts_as_void: bool) -> Vec<Name> {
        let reverse = reverse_name(self.ip);
        let names: Vec<Name> = match ask(self.net, &reverse, Rtype::PTR).await {
            Lookup::Found(all) => {
                let hosts = all
                    .into_iter()
                    .filter_map(|data| if let Data::Ptr(host) = data { Some(host) } else { None });
                hosts.take(NAME_LIMIT).collect()
            }
            Lookup::Absent { .. } => {
                self.void_lookups += usize::from(counts_as_void);
                Vec::new()
            }
            Lookup::Unknown { .. } => Vec::new(),
        };
        let mut validated = Vec::new();
        for name in names {
            let addresses = self.addresses(&name, false).await.unwrap_or_default();
            if addresses.contains(&self.ip) {
                validated.push(name);
            }
        }
        validated
    }

    async fn expand(&mut self, spec: Option<&MacroString>, domain: &Name) -> Name {
        let Some(spec) = spec else { return domain.clone() };
        let validated = if spec.uses_validated_name() {
            self.preferred_name(domain).await
        } else {
            String::new()
        };
        let sender = Sender {
            ip: self.ip,
            local_part: self.local_part,
            sender_domain: self.sender_domain,
            helo: self.helo,
            validated: &validated,
        };
        Name::new(&spec.expand(domain.as_str(), Some(&sender)).unwrap_or_default())
    }

    /// §7.3: the validated name that is the domain, else one below it, else any, else `unknown`.
    async fn preferred_name(&mut self, domain: &Name) -> String {
        let names = self.validated_names(false).await;
        let exact = names.iter().find(|name| *name == domain);
        let below = names.iter().find(|name| name.is_at_or_below(domain));
        exact.or(below).or(names.first()).map_or_else(|| "unknown".to_owned(), Name::to_string)
    }
}

fn said_by(qualifier: Qualifier) -> SpfResult {
    match qualifier {
        Qualifier::Pass => SpfResult::Pass,
        Qualifier::Fail => SpfResult::Fail,
        Qualifier::Softfail => SpfResult::Softfail,
        Qualifier::Neutral => SpfResult::Neutral,
    }
}

/// The name whose PTR records belong to an address (RFC 1035 §3.5, 3596 §2.5).
fn reverse_name(ip: IpAddr) -> Name {
    match ip {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            Name::new(&format!("{d}.{c}.{b}.{a}.in-addr.arpa"))
        }
        IpAddr::V6(address) => {
            let nibbles: Vec<String> = address
                .octets()
                .iter()
                .rev()
                .flat_map(|octet| [format!("{:x}", octet & 0xf), format!("{:x}", octet >> 4)])
                .collect();
            Name::new(&format!("{}.ip6.arpa", nibbles.join(".")))
        }
    }
}
