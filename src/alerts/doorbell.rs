//! Is there something new to deliver? Rung by whoever commits rows to the outbox.
//! A ring that nobody hears is not lost, and many rings may be heard as one.

use std::sync::Arc;

use tokio::sync::watch;

/// Wakes every channel to look at the outbox. Clones ring the same bell.
#[derive(Debug, Clone)]
pub struct Doorbell(Arc<watch::Sender<()>>);

impl Doorbell {
    #[expect(clippy::new_without_default, reason = "a second bell by mistake would wake nobody")]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }

    /// Call after the commit, not before.
    pub fn ring(&self) {
        self.0.send_replace(());
    }

    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
