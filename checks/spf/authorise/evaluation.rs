//! The terms of a record and of those it leads to, one after the other (RFC 7208 §4.6, §5).

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use super::super::walk::spf_records;
use super::super::{LOOKUP_LIMIT, VOID_LIMIT};
use super::{CameTo, Session, SpfResult, Step, Unanswered};
use crate::kernel::{Lookup, Name, Net, Reason, Rtype, addresses_of, ask, mail_exchangers};
use crate::records::spf::{Kind, Mechanism, Qualifier, Record, parse};
use crate::records::spf_macro::MacroString;

/// RFC 7208 §4.6.4: names of one `mx` or `ptr` that are looked up.
pub(super) const NAME_LIMIT: usize = 10;

pub(super) struct Evaluation<'a> {
    pub(super) net: &'a dyn Net,
    pub(super) session: &'a Session<'a>,
    pub(super) local_part: &'a str,
    pub(super) sender_domain: &'a str,
    pub(super) lookups: usize,
    pub(super) void_lookups: usize,
    /// The first look-up without a definite answer.
    pub(super) unanswered: Option<Unanswered>,
    pub(super) steps: Vec<Step>,
}

/// What ends the evaluation at once: `permerror`, `temperror` or `none`.
type Stop = SpfResult;
type Evaluated<'b, T> = Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 'b>>;

/// How the evaluation of a record ended.
pub(super) struct Ended {
    pub(super) result: SpfResult,
    pub(super) matched: Option<String>,
    /// The `exp` of the record that decided, and the domain that publishes it.
    pub(super) explanation: Option<(MacroString, Name)>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn of(
        net: &'a dyn Net,
        session: &'a Session<'a>,
        local_part: &'a str,
        sender_domain: &'a str,
    ) -> Self {
        Self {
            net,
            session,
            local_part,
            sender_domain,
            lookups: 0,
            void_lookups: 0,
            unanswered: None,
            steps: Vec::new(),
        }
    }

    /// Evaluates the record of a domain, `depth` records below the first.
    pub(super) fn record_of(&mut self, domain: Name, depth: usize) -> Evaluated<'_, Ended> {
        Box::pin(async move {
            if !domain.is_askable() || domain.is_root() {
                return Err(SpfResult::None);
            }
            let octets = match spf_records(self.net, &domain).await {
                Lookup::Unknown { reason } => return Err(self.unanswered(&domain, reason)),
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
            self.terms(&record, &domain, depth).await
        })
    }

    /// Evaluates the terms of a record without faults, as that of `domain`.
    pub(super) async fn terms(
        &mut self,
        record: &Record,
        domain: &Name,
        depth: usize,
    ) -> Result<Ended, Stop> {
        for term in &record.terms {
            let Kind::Directive { qualifier, mechanism } = &term.kind else { continue };
            let step = self.begin(depth, &term.text);
            let matched = self.matches(mechanism, domain, depth).await;
            self.steps[step].came_to = match matched {
                Ok(true) => CameTo::Match,
                Ok(false) => CameTo::NoMatch,
                Err(stop) => CameTo::Error(stop),
            };
            if matched? {
                let result = said_by(*qualifier);
                let explanation = record.explanation().map(|exp| (exp.clone(), domain.clone()));
                return Ok(Ended { result, matched: Some(term.text.clone()), explanation });
            }
        }
        match record.redirect() {
            Some((text, target)) => {
                let step = self.begin(depth, text);
                let ended = self.redirect(target, domain, depth).await;
                self.steps[step].came_to =
                    ended.as_ref().map_or_else(|stop| CameTo::Error(*stop), |_| CameTo::Match);
                ended
            }
            // §4.7
            None => Ok(Ended { result: SpfResult::Neutral, matched: None, explanation: None }),
        }
    }

    fn begin(&mut self, depth: usize, term: &str) -> usize {
        self.steps.push(Step { depth, term: term.to_owned(), came_to: CameTo::NoMatch });
        self.steps.len() - 1
    }

    /// §6.1: no record at the target is a permerror.
    async fn redirect(
        &mut self,
        target: &MacroString,
        domain: &Name,
        depth: usize,
    ) -> Result<Ended, Stop> {
        self.count()?;
        let target = self.expand(Some(target), domain).await;
        match self.record_of(target, depth + 1).await {
            Err(SpfResult::None) => Err(SpfResult::Permerror),
            other => other,
        }
    }

    async fn matches(
        &mut self,
        mechanism: &Mechanism,
        domain: &Name,
        depth: usize,
    ) -> Result<bool, Stop> {
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4(network) => {
                Ok(matches!(self.session.ip, IpAddr::V4(ip) if network.contains(&ip)))
            }
            Mechanism::Ip6(network) => {
                Ok(matches!(self.session.ip, IpAddr::V6(ip) if network.contains(&ip)))
            }
            Mechanism::Include(target) => self.include(target, domain, depth).await,
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
                let found = ask(self.net, &host, Rtype::A).await;
                Ok(!self.taken(&host, found)?.is_empty())
            }
            Mechanism::Ptr(host) => {
                self.count()?;
                let host = self.expand(host.as_ref(), domain).await;
                Ok(!self.validated_names(Some(&host), true).await.is_empty())
            }
        }
    }

    /// §5.2: a pass matches; no record, or one with faults, is a permerror.
    async fn include(
        &mut self,
        target: &MacroString,
        domain: &Name,
        depth: usize,
    ) -> Result<bool, Stop> {
        self.count()?;
        let target = self.expand(Some(target), domain).await;
        match self.record_of(target, depth + 1).await {
            Ok(ended) => Ok(ended.result == SpfResult::Pass),
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
        let exchangers = self.taken(&host, found)?;
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
    pub(super) async fn addresses(
        &mut self,
        host: &Name,
        counts_as_void: bool,
    ) -> Result<Vec<IpAddr>, Stop> {
        let rtype = if self.session.ip.is_ipv4() { Rtype::A } else { Rtype::AAAA };
        match addresses_of(self.net, host, rtype).await {
            found if counts_as_void => self.taken(host, found),
            Lookup::Found(addresses) => Ok(addresses),
            Lookup::Absent { .. } => Ok(Vec::new()),
            Lookup::Unknown { reason } => Err(self.unanswered(host, reason)),
        }
    }

    /// Keeps what had no definite answer.
    pub(super) fn unanswered(&mut self, asked: &Name, reason: Reason) -> Stop {
        self.unanswered.get_or_insert_with(|| Unanswered { asked: asked.clone(), reason });
        SpfResult::Temperror
    }

    /// What a look-up found, void ones counted.
    fn taken<T>(&mut self, asked: &Name, lookup: Lookup<Vec<T>>) -> Result<Vec<T>, Stop> {
        match lookup {
            Lookup::Found(found) => Ok(found),
            Lookup::Unknown { reason } => Err(self.unanswered(asked, reason)),
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
        match (self.session.ip, address) {
            (IpAddr::V4(ip), IpAddr::V4(found)) => {
                ipnet::Ipv4Net::new(found, v4).is_ok_and(|network| network.contains(&ip))
            }
            (IpAddr::V6(ip), IpAddr::V6(found)) => {
                ipnet::Ipv6Net::new(found, v6).is_ok_and(|network| network.contains(&ip))
            }
            _ => false,
        }
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
