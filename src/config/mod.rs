//! What did the admin ask for? `vigie.toml` as written becomes [`Settings`] as used.
//!
//! A wrong key or value is refused with its place and a suggestion, every mistake at once; nothing is
//! ignored in silence. Secrets are resolved here and shown nowhere. The world is not asked: whether a
//! resolver or a mailbox answers is seen when it is used.

mod blocklists;
mod cadence;
mod cells;
mod channels;
mod damage;
mod domain_list;
mod domains;
mod doubts;
mod duration;
mod heartbeat;
mod host;
mod hours;
mod include;
mod inputs;
mod keys;
mod link;
mod load;
mod mail_url;
mod maintenance;
mod mistake;
mod network;
mod plugins;
mod probes;
mod reader;
mod routes;
mod schedule;
mod secret;
mod service_url;
mod settings;
mod source;
mod store;
mod streams;
mod suggest;
#[cfg(test)]
mod tests;
mod watched;
mod web;

pub use blocklists::BlocklistChange;
pub use cadence::{CHECKS, Cadence};
pub use channels::{Channel, Destination, KINDS as CHANNEL_KINDS};
pub use domains::{Domain, selector};
pub use duration::{parse_duration, written_duration};
pub use heartbeat::Heartbeat;
pub use host::Host;
pub use hours::Hours;
pub use inputs::Inputs;
pub use keys::{page, schema};
pub use load::{MINIMAL, MINIMAL_FR};
pub use mail_url::{MailScheme, MailUrl};
pub use maintenance::{Maintenance, MaintenanceTime};
pub use mistake::{BadValue, ConfigError, ConfigErrors, Mistake};
pub use network::Network;
pub use plugins::Plugin;
pub use probes::{MailAccount, Probe, SeedMailbox};
pub use routes::Route;
pub use schedule::Schedule;
pub use secret::{Environment, ProcessEnvironment};
pub use service_url::read as service;
pub use settings::Settings;
pub use store::Store;
pub use suggest::{did_you_mean, nearest};
pub use watched::Domains;
pub use web::Web;
