//! Which worlds does the lab bring along? The one that the demonstration is played in.

use vigie_scenario::{Scenario, ScenarioError};

/// The world of the forgotten SPF record, as a scenario file.
pub const FORGOTTEN_SPF: &str = include_str!("story/forgotten_spf.toml");

/// The world of the forgotten SPF record: `example.com`, the relay of its newsletter, and five
/// receivers with ten seed addresses each, one of which does not exist.
///
/// # Errors
/// The file that comes with the lab does not parse, which a test holds.
pub fn forgotten_spf() -> Result<Scenario, ScenarioError> {
    Scenario::parse(FORGOTTEN_SPF)
}
