//! Who answers when the lab's relay calls an address at port 25? A receiver of the same lab, unless
//! the world leads that address nowhere.

use crate::smtp::SmtpHost;
use crate::world::{Route, World};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// The port of mail between servers (RFC 5321 §4.5.4.2).
const PORT: u16 = 25;

/// Why nobody answers; the words stand in the reply to the submitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// Nothing listens.
    #[error("Connection refused")]
    Refused,
    /// The attempt is never answered.
    #[error("Connection timed out")]
    TimedOut,
    /// Nobody plays the address.
    #[error("No route to host")]
    Unreachable,
}

/// The receivers of a world by address; clones share one directory.
#[derive(Clone)]
pub struct Post {
    world: World,
    hosts: Arc<RwLock<HashMap<IpAddr, Weak<SmtpHost>>>>,
}

impl Post {
    /// A directory without receivers.
    pub fn new(world: World) -> Self {
        Self { world, hosts: Arc::default() }
    }

    /// Puts a receiver at an address. The post does not keep it alive.
    pub fn set(&self, address: IpAddr, host: &Arc<SmtpHost>) {
        let mut hosts = self.hosts.write().unwrap_or_else(PoisonError::into_inner);
        hosts.insert(address, Arc::downgrade(host));
    }

    /// The receiver that answers at an address.
    pub(super) fn at(&self, address: IpAddr) -> Result<Arc<SmtpHost>, PostError> {
        match self.world.route_to(address, PORT) {
            Route::To(_) => {
                let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
                let host = hosts.get(&address).and_then(Weak::upgrade);
                host.ok_or(PostError::Refused)
            }
            Route::Refuse | Route::NameServer => Err(PostError::Refused),
            Route::Drop => Err(PostError::TimedOut),
            Route::Unreachable => Err(PostError::Unreachable),
        }
    }
}
