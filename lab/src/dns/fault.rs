//! Which questions go wrong, and how?

use std::net::IpAddr;
use std::time::Duration;

use hickory_proto::rr::{LowerName, RecordType};
use vigie_scenario::FaultAnswer;

use crate::world::{WorldError, absolute};

/// A fault of the scenario, its names and types understood.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    names: Names,
    rtype: Option<RecordType>,
    at: Option<IpAddr>,
    pub answer: FaultAnswer,
    pub ede: Option<u16>,
    pub address: Option<IpAddr>,
    pub after: Duration,
}

#[derive(Debug, Clone)]
enum Names {
    All,
    One(LowerName),
    Below(LowerName),
}

impl Fault {
    pub(crate) fn read(written: &vigie_scenario::Fault) -> Result<Self, WorldError> {
        let names = match written.name.as_deref() {
            None => Names::All,
            Some(name) => match name.strip_prefix("*.") {
                Some(above) => Names::Below(LowerName::from(absolute(above)?)),
                None => Names::One(LowerName::from(absolute(name)?)),
            },
        };
        let rtype = written.rtype.as_deref().map(record_type).transpose()?;
        Ok(Self {
            names,
            rtype,
            at: written.only_at,
            answer: written.answer,
            ede: written.ede,
            address: written.address,
            after: Duration::from_millis(written.delay_ms.unwrap_or_default()),
        })
    }

    /// Whether the question, put to this server (`None` = the resolver), goes wrong.
    pub(crate) fn hits(&self, name: &LowerName, rtype: RecordType, at: Option<IpAddr>) -> bool {
        let named = match &self.names {
            Names::All => true,
            Names::One(one) => one == name,
            Names::Below(above) => above != name && above.zone_of(name),
        };
        named && self.at == at && self.rtype.is_none_or(|only| only == rtype)
    }
}

/// The record type of a mnemonic, in any case.
pub(crate) fn record_type(mnemonic: &str) -> Result<RecordType, WorldError> {
    mnemonic.to_ascii_uppercase().parse().map_err(|_| WorldError::UnknownType(mnemonic.to_owned()))
}
