//! What does one zone hold at a name? (RFC 1034 §4.3.2, RFC 4592)
//!
//! Zone text is read by hickory's parser, which knows no types that it has no mnemonic for; `$INCLUDE` is refused, since a scenario is one file.

use std::collections::HashMap;

use hickory_proto::rr::rdata::{NS, SOA};
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};
use hickory_proto::serialize::txt::Parser;

use super::escapes::undone;
use super::flatten::flatten;
use crate::controls::NAME_SERVERS;
use crate::world::WorldError;

/// The TTL of records that state none, in seconds.
pub const DEFAULT_TTL: u32 = 300;

/// Longest text whose faulty line is looked for, in lines.
const MAX_LINES_TO_SEARCH: usize = 2_000;

/// One zone: its records by owner name, with the empty non-terminals.
#[derive(Debug, Clone)]
pub struct Zone {
    origin: LowerName,
    nodes: HashMap<LowerName, Vec<RrSet>>,
    has_cuts: bool,
}

#[derive(Debug, Clone)]
struct RrSet {
    rtype: RecordType,
    records: Vec<Record>,
}

/// What a zone says of a name and a type; the records bear the owner name as written.
#[derive(Debug)]
pub(crate) enum Held<'z> {
    Records(&'z [Record]),
    Alias(&'z Record),
    NoData,
    NxDomain,
    /// The name is at or below a cut (RFC 1034 §4.2.1).
    Delegation(&'z [Record]),
}

impl Zone {
    /// Reads master-file text; `serial` is that of the SOA which is added if none is written.
    ///
    /// # Errors
    /// When the text does not parse, or names something outside the zone.
    pub(crate) fn parse(origin: &Name, text: &str, serial: u32) -> Result<Self, WorldError> {
        let records = parse_records(origin, text)?;
        Self::from_records(origin, records, serial)
    }

    /// Puts a zone together, with an SOA and NS records if there are none.
    pub(crate) fn from_records(
        origin: &Name,
        mut records: Vec<Record>,
        serial: u32,
    ) -> Result<Self, WorldError> {
        let at_apex =
            |rtype| move |record: &Record| record.record_type() == rtype && record.name == *origin;
        if !records.iter().any(at_apex(RecordType::SOA)) {
            records.push(default_soa(origin, serial));
        }
        if !records.iter().any(at_apex(RecordType::NS)) {
            records.extend(default_ns(origin));
        }
        let mut zone =
            Self { origin: LowerName::new(origin), nodes: HashMap::new(), has_cuts: false };
        for record in records {
            zone.insert(record)?;
        }
        Ok(zone)
    }

    fn insert(&mut self, record: Record) -> Result<(), WorldError> {
        let owner = LowerName::new(&record.name);
        if !self.origin.zone_of(&owner) {
            return Err(WorldError::OutOfZone {
                zone: self.origin.to_string(),
                name: record.name.to_ascii(),
            });
        }
        let rtype = record.record_type();
        self.has_cuts |= rtype == RecordType::NS && owner != self.origin;
        let mut above = owner.clone();
        while above != self.origin {
            above = above.base_name();
            self.nodes.entry(above.clone()).or_default();
        }
        let node = self.nodes.entry(owner).or_default();
        match node.iter_mut().find(|set| set.rtype == rtype) {
            Some(set) => set.records.push(record),
            None => node.push(RrSet { rtype, records: vec![record] }),
        }
        Ok(())
    }

    /// The same zone with one RRset replaced; no records delete it. The serial moves on.
    pub(crate) fn with_rrset(
        &self,
        owner: &LowerName,
        rtype: RecordType,
        records: Vec<Record>,
    ) -> Result<Self, WorldError> {
        let mut all: Vec<Record> = self
            .nodes
            .iter()
            .flat_map(|(name, node)| node.iter().map(move |set| (name, set)))
            .filter(|(name, set)| !(*name == owner && set.rtype == rtype))
            .flat_map(|(_, set)| set.records.iter().cloned())
            .collect();
        let serial = self.serial().wrapping_add(1);
        for record in &mut all {
            if let RData::SOA(soa) = &mut record.data {
                soa.serial = serial;
            }
        }
        all.extend(records);
        Self::from_records(&Name::from(&self.origin), all, serial)
    }

    /// The name of the zone.
    #[must_use]
    pub fn origin(&self) -> &LowerName {
        &self.origin
    }

    /// The SOA record.
    ///
    /// # Panics
    /// Never: a zone is not made without one.
    #[must_use]
    pub fn soa(&self) -> &Record {
        self.at(&self.origin, RecordType::SOA)
            .first()
            .expect("from_records adds an SOA where none is written")
    }

    pub(crate) fn serial(&self) -> u32 {
        match &self.soa().data {
            RData::SOA(soa) => soa.serial,
            _ => 0,
        }
    }

    /// The records of the apex NS set.
    pub(crate) fn name_servers(&self) -> &[Record] {
        self.at(&self.origin, RecordType::NS)
    }

    /// Whether the zone writes this very name, wildcards apart.
    pub(crate) fn writes(&self, name: &LowerName) -> bool {
        self.nodes.get(name).is_some_and(|node| !node.is_empty())
    }

    /// Whether the name exists in the zone, if only as one on the way to others.
    pub(crate) fn has_node(&self, name: &LowerName) -> bool {
        self.nodes.contains_key(name)
    }

    /// The types written at exactly this name.
    pub(crate) fn types_at(&self, name: &LowerName) -> Vec<RecordType> {
        self.nodes
            .get(name)
            .map(|node| node.iter().map(|set| set.rtype).collect())
            .unwrap_or_default()
    }

    /// The RRset written at exactly this name.
    pub(crate) fn at(&self, name: &LowerName, rtype: RecordType) -> &[Record] {
        self.nodes
            .get(name)
            .and_then(|node| node.iter().find(|set| set.rtype == rtype))
            .map_or(&[], |set| &set.records)
    }

    /// Looks up as an authoritative server does; `name` is in the zone.
    pub(crate) fn lookup(&self, name: &LowerName, rtype: RecordType) -> Held<'_> {
        if let Some(cut) = self.cut_above(name, rtype) {
            return Held::Delegation(cut);
        }
        if let Some(node) = self.nodes.get(name) {
            return in_node(node, rtype);
        }
        // RFC 4592 §3.3.1: the source of synthesis is the wildcard below the closest encloser.
        let mut encloser = name.base_name();
        while !self.nodes.contains_key(&encloser) && encloser != self.origin {
            encloser = encloser.base_name();
        }
        let wildcard = Name::from_ascii("*")
            .and_then(|star| star.append_domain(&Name::from(&encloser)))
            .map(LowerName::from);
        match wildcard.ok().and_then(|source| self.nodes.get(&source)) {
            Some(node) => in_node(node, rtype),
            None => Held::NxDomain,
        }
    }

    /// The delegation at or above `name`; the highest one counts.
    fn cut_above(&self, name: &LowerName, rtype: RecordType) -> Option<&[Record]> {
        if !self.has_cuts {
            return None;
        }
        let mut highest: Option<&[Record]> = None;
        let mut candidate = name.clone();
        while candidate != self.origin {
            let ns = self.at(&candidate, RecordType::NS);
            // RFC 4035 §3.1.4.1: the DS of a cut belongs to the parent.
            let ds_of_cut = rtype == RecordType::DS && candidate == *name;
            if !ns.is_empty() && !ds_of_cut {
                highest = Some(ns);
            }
            candidate = candidate.base_name();
        }
        highest
    }
}

fn in_node(node: &[RrSet], rtype: RecordType) -> Held<'_> {
    let of_type = |wanted| node.iter().find(|set| set.rtype == wanted);
    // RFC 8482 §4.1: ANY may be answered with one RRset.
    if rtype == RecordType::ANY {
        return node.first().map_or(Held::NoData, |set| Held::Records(&set.records));
    }
    // A CNAME hides every other type but those that make the zone itself.
    let alias = of_type(RecordType::CNAME).filter(|_| {
        !matches!(rtype, RecordType::SOA | RecordType::NS | RecordType::CNAME | RecordType::DS)
    });
    match (alias, of_type(rtype)) {
        (Some(alias), _) => alias.records.first().map_or(Held::NoData, Held::Alias),
        (None, Some(set)) => Held::Records(&set.records),
        (None, None) => Held::NoData,
    }
}

/// Reads master-file text as records, in the file's order within each RRset.
pub(crate) fn parse_records(origin: &Name, text: &str) -> Result<Vec<Record>, WorldError> {
    let refused =
        |line, message: String| WorldError::ZoneText { zone: origin.to_ascii(), line, message };
    let includes = |line: &str| line.to_ascii_lowercase().starts_with("$include");
    if let Some(index) = text.lines().position(includes) {
        return Err(refused(index + 1, "$INCLUDE is refused".to_owned()));
    }
    let flat = flatten(text);
    let with_ttl = format!("$TTL {DEFAULT_TTL}\n{flat}");
    let (_, sets) = Parser::new(with_ttl, None, Some(origin.clone()))
        .parse()
        .map_err(|error| refused(faulty_line(origin, &flat), error.to_string()))?;
    Ok(sets
        .into_values()
        .flat_map(|set| set.records_without_rrsigs().cloned().map(undone).collect::<Vec<_>>())
        .collect())
}

/// The line at which the text stops to parse, counted from 1: the parser does not tell.
fn faulty_line(origin: &Name, text: &str) -> usize {
    let lines: Vec<&str> = text.lines().take(MAX_LINES_TO_SEARCH).collect();
    let parses = |count: &usize| {
        let start = format!("$TTL {DEFAULT_TTL}\n{}\n", lines[..*count].join("\n"));
        Parser::new(start, None, Some(origin.clone())).parse().is_ok()
    };
    (0..=lines.len()).rev().find(parses).map_or(1, |whole| whole + 1)
}

fn default_soa(origin: &Name, serial: u32) -> Record {
    let hostmaster = Name::from_ascii("hostmaster")
        .and_then(|label| label.append_domain(origin))
        .unwrap_or_else(|_| origin.clone());
    let soa =
        SOA::new(control_name(NAME_SERVERS[0].0), hostmaster, serial, 3_600, 900, 1_209_600, 300);
    Record::from_rdata(origin.clone(), DEFAULT_TTL, RData::SOA(soa))
}

fn default_ns(origin: &Name) -> impl Iterator<Item = Record> {
    NAME_SERVERS.iter().map(|(name, _)| {
        Record::from_rdata(origin.clone(), DEFAULT_TTL, RData::NS(NS(control_name(name))))
    })
}

/// A name of the lab's own infrastructure, absolute.
pub(crate) fn control_name(name: &str) -> Name {
    let mut name = Name::from_ascii(name).expect("the lab's own names are well formed");
    name.set_fqdn(true);
    name
}
