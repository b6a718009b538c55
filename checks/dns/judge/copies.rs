//! Do the servers of a zone hold the same, and what the zone above says?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::{Copies, Differing, DnsCode, Host, Server, Standing, Zone};
use crate::kernel::{CASE, Code, Name, Raised};
use crate::records::display::beginning;

/// What is shown of one record, in characters; the evidence has more.
const LONGEST: usize = 100;

pub fn judge(zone: &Zone) -> Vec<Raised> {
    let mut raised: Vec<Raised> = mismatch(zone).into_iter().collect();
    raised.extend(zone.differing.iter().map(diverging));
    raised.extend(zone.copies.iter().map(|copies| of_ages(zone, copies)));
    raised
}

fn diverging(differing: &Differing) -> Raised {
    DnsCode::AnswersDiverge
        .on(&differing.name)
        .with("type", differing.rtype)
        .with("held", held(&differing.held))
        .evidence("held", &differing.held)
}

fn of_ages(zone: &Zone, copies: &Copies) -> Raised {
    let serials = copies.serials.iter().map(|(at, serial)| format!("{at}: {serial}"));
    let records: Vec<&str> = copies.records.iter().map(String::as_str).collect();
    DnsCode::SerialsDiffer
        .on(&zone.origin)
        .with("serials", serials.collect::<Vec<_>>().join(", "))
        .with("records", records.join(", "))
        .evidence("copies", copies)
}

/// Who holds what, in the order of the servers: `192.0.2.1: 10 mx1.example.com; 192.0.2.2: –`.
fn held(held: &BTreeMap<IpAddr, Vec<String>>) -> String {
    let told = held.iter().map(|(at, records)| {
        let records: Vec<String> =
            records.iter().map(|record| beginning(record, LONGEST)).collect();
        let records = if records.is_empty() { "–".to_owned() } else { records.join(", ") };
        format!("{at}: {records}")
    });
    told.collect::<Vec<_>>().join("; ")
}

/// A server of the zone says another NS set than one of the zone above. Where another agrees with the zone above,
/// it is a server that is behind, and that is said once: by the records of mail that differ, if they do.
fn mismatch(zone: &Zone) -> Option<Raised> {
    let own = zone.servers().filter_map(|(_, _, server)| server.name_servers.as_ref());
    let own: BTreeSet<&Vec<Name>> = own.collect();
    let (parent, child) = zone
        .delegated
        .iter()
        .flat_map(|parent| own.iter().map(move |child| (parent, *child)))
        .find(|(parent, child)| parent != child)?;
    let shown = |names: &[Name]| names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
    let raised = DnsCode::NsParentChildMismatch
        .on(&zone.origin)
        .with("parent", shown(parent))
        .with("child", shown(child))
        .evidence("parent", parent)
        .evidence("child", child);
    // One that did not tell its set may agree.
    let agrees = |server: &Server| {
        let set = server.name_servers.as_ref();
        server.standing == Standing::Serves
            && set.is_none_or(|set| zone.delegated.iter().all(|parent| parent == set))
    };
    let serves = |host: &Host| host.servers.values().any(|at| at.standing == Standing::Serves);
    let is_unasked = |host: &Host| host.addresses.unknown().is_some() && !serves(host);
    let is_unasked = zone.hosts.iter().any(is_unasked);
    if !is_unasked && !zone.servers().any(|(_, _, server)| agrees(server)) {
        return Some(raised);
    }
    let says = |server: &Server| server.name_servers.as_ref() == Some(child);
    let behind: BTreeSet<IpAddr> =
        zone.servers().filter(|(_, _, server)| says(server)).map(|(_, at, _)| at).collect();
    let behind: Vec<String> = behind.iter().map(ToString::to_string).collect();
    let is_told = !zone.differing.is_empty() || zone.copies.is_some();
    let may_be_told = is_told || zone.is_uncompared || is_unasked;
    (!may_be_told).then(|| raised.with(CASE, "some-servers").with("servers", behind.join(", ")))
}
