//! `[heartbeat]`: who is told, again and again, that vigie works?

use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;

use super::reader::Section;
use super::secret::redacted;
use super::{cadence, duration, host};

#[derive(Clone, Debug, Serialize)]
pub struct Heartbeat {
    /// What is asked for with GET. The address of such a service is a secret by itself.
    #[serde(serialize_with = "redacted")]
    pub url: SecretString,
    /// Default: 1 minute.
    #[serde(serialize_with = "duration::serialize")]
    pub every: Duration,
    /// No beat while an alert waits longer than this. Default: 1 hour.
    #[serde(serialize_with = "duration::serialize")]
    pub undelivered: Duration,
    /// Whether the address may be a private or other special one. Default: no.
    pub allow_private: bool,
}

pub(super) fn read(mut section: Section<'_, '_>, is_there: bool) -> Option<Heartbeat> {
    let url = section.checked_secret("url", host::web_url);
    let every = section.parsed("every", cadence::wait).unwrap_or(Duration::from_secs(60));
    let undelivered =
        section.parsed("undelivered", cadence::wait).unwrap_or(Duration::from_secs(3600));
    let allow_private = section.flag("allow_private").unwrap_or_default();
    let url = if is_there { section.needed("url", url) } else { None };
    section.finish();
    Some(Heartbeat { url: url?, every, undelivered, allow_private })
}
