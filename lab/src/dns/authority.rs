//! Which zone speaks, and what does it know of a name?

use std::borrow::Cow;

use hickory_proto::rr::{LowerName, Record, RecordType};
use vigie_scenario::SignedZone;

use super::registry;
use super::signer::Signer;
use super::zone::Zone;
use crate::world::Snapshot;

/// A zone that answers: one of the world's, or one of the registries above them.
#[derive(Debug, Clone)]
pub(crate) enum Authority<'w> {
    Zone(&'w Zone),
    Registry(LowerName),
}

impl<'w> Authority<'w> {
    pub(crate) fn origin(&self) -> LowerName {
        match self {
            Self::Zone(zone) => zone.origin().clone(),
            Self::Registry(origin) => origin.clone(),
        }
    }

    pub(crate) fn soa(&self) -> Cow<'w, Record> {
        match self {
            Self::Zone(zone) => Cow::Borrowed(zone.soa()),
            Self::Registry(origin) => Cow::Owned(registry::soa(origin)),
        }
    }

    /// Who signs for the zone; nobody where it is not signed.
    pub(crate) fn signer(&self, snapshot: &Snapshot) -> Option<Signer> {
        signer(snapshot, &self.origin()).filter(Signer::serves_signatures)
    }

    /// The records that the zone has because it, or a zone below it, is signed; none where it has
    /// none of this type.
    pub(crate) fn signing_records(
        &self,
        snapshot: &Snapshot,
        name: &LowerName,
        rtype: RecordType,
    ) -> Option<Record> {
        if rtype == RecordType::DS {
            let is_below = !name.is_root() && *name != self.origin();
            return is_below.then(|| signer(snapshot, name)).flatten()?.ds();
        }
        let own = || (*name == self.origin()).then(|| self.signer(snapshot)).flatten();
        match rtype {
            RecordType::DNSKEY => Some(own()?.dnskey()),
            RecordType::NSEC3PARAM => own()?.nsec3param(),
            _ => None,
        }
    }

    /// Whether the name exists, without the help of a wildcard.
    pub(crate) fn holds(&self, snapshot: &Snapshot, name: &LowerName) -> bool {
        snapshot.leads_to_a_zone(name)
            || match self {
                Self::Zone(zone) => zone.has_node(name),
                Self::Registry(origin) => name == origin || registry::is_origin(name),
            }
    }

    /// The types at a name, those of signing apart from RRSIG and NSEC included.
    pub(crate) fn types(&self, snapshot: &Snapshot, name: &LowerName) -> Vec<RecordType> {
        let mut types = match self {
            Self::Zone(zone) => zone.types_at(name),
            Self::Registry(origin) if name == origin => vec![RecordType::SOA, RecordType::NS],
            Self::Registry(_) => Vec::new(),
        };
        let is_apex = *name == self.origin();
        let is_cut = !is_apex
            && (snapshot.zone(name).is_some()
                || types.contains(&RecordType::NS)
                || self.delegates_registry(name));
        if is_cut {
            // What the child holds is not the parent's to tell (RFC 4035 §2.3).
            types.retain(|rtype| *rtype == RecordType::DS);
            types.push(RecordType::NS);
        }
        let wanted = if is_apex {
            &[RecordType::DNSKEY, RecordType::NSEC3PARAM][..]
        } else {
            &[RecordType::DS][..]
        };
        let signing = |rtype: &&RecordType| self.signing_records(snapshot, name, **rtype).is_some();
        types.extend(wanted.iter().filter(signing));
        types
    }

    fn delegates_registry(&self, name: &LowerName) -> bool {
        matches!(self, Self::Registry(_)) && registry::is_origin(name)
    }
}

/// Who signs the zone with this origin, whether or not it serves the signatures.
fn signer(snapshot: &Snapshot, origin: &LowerName) -> Option<Signer> {
    match snapshot.zone(origin) {
        Some(zone) => Some(Signer::of(zone.origin(), snapshot.signed(origin)?)),
        None => registry::is_origin(origin).then(|| Signer::of(origin, SignedZone::default())),
    }
}
