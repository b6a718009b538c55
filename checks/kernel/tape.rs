//! What was asked and what came back, in order: the evidence that can be judged again.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Request, Response};

/// One exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeEntry {
    pub ask: Request,
    pub got: Response,
    /// Milliseconds that it took.
    pub ms: u64,
}

/// The exchanges of one run over one domain. The same request may occur several times: the n-th
/// occurrence answers the n-th asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tape {
    pub entries: Vec<TapeEntry>,
}

impl Tape {
    /// The entries by request, each list in the order of asking.
    pub fn by_request(&self) -> HashMap<&Request, Vec<&TapeEntry>> {
        let mut index: HashMap<&Request, Vec<&TapeEntry>> = HashMap::new();
        for entry in &self.entries {
            index.entry(&entry.ask).or_default().push(entry);
        }
        index
    }
}
