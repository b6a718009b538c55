//! The dashboard: how does every domain stand, what is wrong with one, and which incidents are there?
//!
//! Pages are made on the server and work without scripts. Reads the store; what people ask
//! for (audit now, acknowledge, silence) is done by others.

mod access;
mod actions;
mod api;
mod assets;
mod filter;
mod frame;
mod metrics;
mod mishap;
mod openapi;
mod pages;
mod parameters;
mod serve;
mod session;
mod silences;
#[cfg(test)]
mod tests;
mod tries;
mod view;
mod visitor;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use vigie_checks::kernel::{Lang, Name};

use crate::metrics::Format;
use crate::run::ReviewState;
use crate::run::commit::{Committer, Fault};
use crate::store::{Store, StoreError};

pub use access::Access;
pub use openapi::page as api_page;
pub use serve::{router, serve};
pub use session::Sessions;
pub use tries::Tries;

/// Puts a domain at the front of the schedule; how many checks that are.
pub type RunNow = Arc<dyn Fn(&Name) -> usize + Send + Sync>;

/// Whether what is due is being run.
pub type Works = Arc<dyn Fn() -> bool + Send + Sync>;

/// Makes a message of the outbox due at once; whether there is one of that id.
pub type Resend = Arc<dyn Fn(String) -> BoxFuture<'static, Result<bool, StoreError>> + Send + Sync>;

/// A configuration that was refused while the one before goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub file: String,
    pub faults: Vec<Fault>,
    pub since: DateTime<Utc>,
}

/// The configuration that is refused now, if one is.
pub type Refusals = Arc<dyn Fn() -> Option<Refused> + Send + Sync>;

/// The page for monitoring, in chunks.
pub type Metrics = Arc<
    dyn Fn(Format) -> BoxFuture<'static, Result<BoxStream<'static, String>, StoreError>>
        + Send
        + Sync,
>;

/// The reviews before campaigns that people ask for.
pub trait Reviews: Send + Sync {
    /// Begins one of a watched domain, unless one is under way.
    fn begin(&self, domain: &Name);

    /// The last of each domain, the newest first.
    fn all(&self) -> Vec<(Name, ReviewState)>;
}

/// A domain of the configuration.
#[derive(Clone, Debug)]
pub struct Watched {
    pub name: Name,
    /// In order.
    pub tags: Vec<String>,
}

/// What the pages need.
#[derive(Clone)]
pub struct WebState {
    pub store: Store,
    /// For what people say of incidents.
    pub committer: Arc<Committer>,
    /// What is watched, also before anything was seen of it; what is no longer watched has no page.
    pub domains: Arc<[Arc<Watched>]>,
    /// The plugins whose findings may be silenced, by name.
    pub plugins: Arc<[String]>,
    pub timezone: Tz,
    /// The language of who asks for none that we speak.
    pub lang: Lang,
    pub run_now: RunNow,
    pub works: Works,
    pub refusals: Refusals,
    pub metrics: Metrics,
    pub resend: Resend,
    pub reviews: Arc<dyn Reviews>,
    pub access: Arc<Access>,
}

impl WebState {
    /// The domain of a name, if it is watched.
    pub fn watched(&self, name: &Name) -> Option<&Watched> {
        self.domains.iter().find(|watched| watched.name == *name).map(|watched| &**watched)
    }
}
