//! What the names of sending addresses are worth to receivers.

use std::net::IpAddr;

use super::IpCode;
use super::facts::{BySpf, Greeting, GreetingAnswer, IpFacts, Named, Sender};
use super::generic::is_generic;
use crate::kernel::{
    Addresses, CASE, Code, Judgement, Lookup, Name, Raised, Reason, RecordChange, Rtype, Severity,
    Target, Withheld,
};
use crate::records::provider;
use crate::spf::SpfResult;

pub fn judge(facts: &IpFacts, target: &Target) -> Judgement {
    if facts.senders.is_empty() && facts.greetings.is_empty() && facts.untold.is_none() {
        return Judgement::nothing_to_ask("no-addresses");
    }
    let senders = facts.senders.iter().filter_map(|sender| name_of(sender, target));
    let senders = senders.chain(facts.untold.map(|reason| {
        // What SPF could not tell may be an address whose name is wrong.
        untold(&target.domain, reason).with(CASE, "senders")
    }));
    let greetings = facts.greetings.iter().flat_map(|greeting| greeting_of(greeting, target));
    senders.chain(greetings).collect::<Vec<Raised>>().into()
}

/// At most one finding: a name that is missing is neither wrong nor generic.
fn name_of(sender: &Sender, target: &Target) -> Option<Raised> {
    let on = |code: IpCode| by_spf(code, sender).evidence("ptr", &sender.ptr);
    let names = match &sender.ptr {
        Lookup::Unknown { reason } => return Some(untold(sender.address, *reason)),
        Lookup::Absent { .. } => return Some(missing(on(IpCode::PtrMissing), sender, target)),
        Lookup::Found(names) => names,
    };
    let all = || names.iter().map(|named| named.name.to_string()).collect::<Vec<_>>().join(", ");
    if !sender.is_forward_confirmed() {
        let untold_name =
            names.iter().find_map(|named| Some((&named.name, named.addresses.reason()?)));
        return Some(match untold_name {
            Some((name, reason)) => {
                untold(sender.address, reason).with(CASE, "forward").with("name", name)
            }
            None => astray(on(IpCode::PtrNotForwardConfirmed).with("names", all()), names),
        });
    }
    // What providers call the addresses that their customers share is theirs to choose.
    let is_shared = provider::of_address(sender.address).is_some();
    let generic = names.iter().all(|named| is_generic(&named.name, sender.address, &target.domain));
    (generic && !is_shared).then(|| on(IpCode::PtrGeneric).with("names", all()))
}

/// What is wrong with an address that nobody declares as sending weighs what its place in SPF weighs.
fn by_spf(code: IpCode, sender: &Sender) -> Raised {
    let raised = code.on(sender.address);
    match &sender.by_spf {
        None => raised,
        Some(BySpf { term, most }) => {
            let weight = if code == IpCode::PtrGeneric { Severity::Warning } else { *most };
            let raised = raised.severity(weight).with(CASE, "named").with("term", term);
            raised.evidence("named_by", term)
        }
    }
}

/// A name that lacks its final dot tells which record is wrong.
fn astray(astray: Raised, names: &[Named]) -> Raised {
    match names.iter().find_map(|named| without_reverse_zone(&named.name)) {
        Some(meant) => astray.with(CASE, "final-dot").with("meant", meant),
        None => astray,
    }
}

/// The name that was meant, where its reverse zone was appended for want of the final dot (RFC 1035 §5.1): what
/// stands before the zone's labels, which are no top-level domain, whether it is delegated by RFC 2317 or not.
fn without_reverse_zone(name: &Name) -> Option<Name> {
    let appended = ["in-addr.arpa", "ip6.arpa"].map(Name::new);
    let zone = appended.iter().find(|zone| name.is_at_or_below(zone))?;
    let labels = name.labels();
    let before = &labels[..labels.len() - zone.labels().len()];
    let may_be_top_level =
        |label: &&str| label.len() > 1 && label.bytes().all(|octet| octet.is_ascii_alphabetic());
    let end = before.iter().rposition(may_be_top_level)?;
    (end > 0).then(|| Name::new(&before[..=end].join(".")))
}

/// Gmail, Yahoo and Outlook refuse bulk mail from such addresses, and any from IPv6.
fn missing(missing: Raised, sender: &Sender, target: &Target) -> Raised {
    let mut bulk = target.streams.iter().filter(|stream| stream.bulk);
    let sends_bulk = bulk.any(|stream| stream.ips.contains(&sender.address));
    if sender.by_spf.is_none() && (sender.address.is_ipv6() || sends_bulk) {
        missing.severity(Severity::Critical)
    } else {
        missing
    }
}

fn untold(subject: impl std::fmt::Display, reason: Reason) -> Raised {
    IpCode::PtrLookupFailed.on(subject).with("reason", reason).evidence("reason", reason)
}

fn greeting_of(greeting: &Greeting, target: &Target) -> Vec<Raised> {
    let on = |code: IpCode| code.on(&greeting.helo).evidence("greeting", greeting);
    let (addresses, mx, spf) = match &greeting.answer {
        GreetingAnswer::Invalid => return vec![on(IpCode::HeloInvalid)],
        GreetingAnswer::AddressLiteral => return vec![on(IpCode::HeloAddressLiteral)],
        GreetingAnswer::Name { .. } if is_of_a_private_network(&greeting.helo) => {
            return vec![on(IpCode::HeloInvalid).with(CASE, "private")];
        }
        GreetingAnswer::Name { addresses, mx, spf } => (addresses, mx, spf),
    };
    let with_mx = mx.as_ref().and_then(Lookup::found).is_some();
    let mx_reason = mx.as_ref().and_then(Lookup::reason);
    let spf_untold = spf.values().any(|result| *result == SpfResult::Temperror);
    let reason =
        addresses.unknown().or(mx_reason).or_else(|| spf_untold.then_some(Reason::Servfail));
    let mut raised = Vec::new();
    if addresses.is_absent() && !with_mx && mx_reason.is_none() {
        let lost = on(IpCode::HeloUnresolvable);
        raised.push(proposed(lost, greeting, target, address_records(spf.keys())));
    }
    let elsewhere: Vec<IpAddr> =
        spf.keys().copied().filter(|ip| is_elsewhere(addresses, *ip)).collect();
    if !elsewhere.is_empty() {
        let found = joined(addresses.found().iter());
        let mismatch = on(IpCode::HeloIpMismatch).with("addresses", found);
        raised.push(mismatch.with("sending", joined(elsewhere.iter())));
    }
    if spf.values().any(|result| is_refusal(*result)) {
        let refused = spf.iter().filter(|(_, result)| is_refusal(**result)).map(|(ip, _)| ip);
        let refusal = on(IpCode::HeloSpfFail).with("sending", joined(refused));
        let is_soft = |result: &SpfResult| *result == SpfResult::Softfail || !is_refusal(*result);
        raised.push(match spf.values().all(is_soft) {
            true => refusal.severity(Severity::Warning),
            false => refusal,
        });
    }
    // A name that does not exist lacks more than SPF; the domain's own record is judged by `spf`.
    let exists = with_mx || !addresses.found().is_empty();
    if exists && greeting.helo != target.domain.as_str() {
        // What a provider's shared addresses greet with is its own to publish.
        let lacks = |(ip, result): (&IpAddr, &SpfResult)| {
            *result == SpfResult::None && provider::of_address(*ip).is_none()
        };
        let is_missing = spf.iter().any(lacks);
        let record = spf_record(addresses, spf.keys());
        let missing = || on(IpCode::HeloSpfMissing).with("record", &record);
        let change = || vec![(Rtype::TXT, record.clone())];
        raised.extend(is_missing.then(|| proposed(missing(), greeting, target, change())));
    }
    raised.extend(reason.map(|reason| untold(&greeting.helo, reason)));
    raised
}

/// A name under a top-level domain that stands in no public DNS: RFC 6761 §6, RFC 6762 §3, and what routers and
/// installers call their networks.
fn is_of_a_private_network(helo: &str) -> bool {
    let tops = ["corp", "home", "internal", "invalid", "lan", "local", "localdomain", "localhost"];
    let name = helo.trim_end_matches('.').to_ascii_lowercase();
    name.rsplit('.').next().is_some_and(|top| tops.contains(&top))
}

/// RFC 7208 §8.2: neutral is treated like none. §8.5: softfail alone does not reject; it is a refusal of less weight.
fn is_refusal(result: SpfResult) -> bool {
    matches!(result, SpfResult::Fail | SpfResult::Softfail | SpfResult::Permerror)
}

/// RFC 7208 §10.1.3: who greets with the name, and nobody else. `a` is the name's own addresses; of the others
/// each is listed.
fn spf_record<'a>(own: &Addresses, ips: impl Iterator<Item = &'a IpAddr>) -> String {
    let found = own.found();
    let a = (!found.is_empty()).then(|| "a".to_owned());
    let others = ips.filter(|ip| !found.contains(ip));
    let others = others.map(|ip| format!("{}:{ip}", if ip.is_ipv4() { "ip4" } else { "ip6" }));
    let terms: Vec<String> = a.into_iter().chain(others).collect();
    format!("v=spf1 {} -all", terms.join(" "))
}

fn address_records<'a>(ips: impl Iterator<Item = &'a IpAddr>) -> Vec<(Rtype, String)> {
    let rtype = |ip: &IpAddr| if ip.is_ipv4() { Rtype::A } else { Rtype::AAAA };
    ips.map(|ip| (rtype(ip), ip.to_string())).collect()
}

/// The records to add at the name, which only its owner can.
fn proposed(
    raised: Raised,
    greeting: &Greeting,
    target: &Target,
    records: Vec<(Rtype, String)>,
) -> Raised {
    let name = Name::new(&greeting.helo);
    if name.registrable() != target.domain.registrable() {
        return raised.withhold(Withheld::Foreign { name });
    }
    let addition = |(rtype, value): (Rtype, String)| RecordChange::add(&name, rtype, value);
    records.into_iter().map(addition).fold(raised, Raised::fix)
}

/// The name has addresses of that family, and this is none of them.
fn is_elsewhere(addresses: &Addresses, ip: IpAddr) -> bool {
    let own = if ip.is_ipv4() { &addresses.v4 } else { &addresses.v6 };
    let is_proven = addresses.unknown().is_none() && !addresses.is_absent();
    is_proven && !own.found().is_some_and(|found| found.contains(&ip))
}

fn joined<'a>(addresses: impl Iterator<Item = &'a IpAddr>) -> String {
    addresses.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
