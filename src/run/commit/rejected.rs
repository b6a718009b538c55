//! A configuration that was refused while the one before it holds.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{Committer, outbox};
use crate::store::StoreError;

/// Mistakes that one message lists at most.
const LISTED: usize = 20;

/// What is wrong, and where. Fit to be printed, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub file: String,
    /// From 1, as `column`.
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl Committer {
    /// Tells every channel that a configuration was refused. The number of messages is the answer.
    ///
    /// # Errors
    /// The store fails; then nothing was said.
    pub async fn reject(
        &self,
        file: &str,
        faults: &[Fault],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let mut write = self.store.write().await?;
        let listed = &faults[..faults.len().min(LISTED)];
        let data = |_| json!({ "file": file, "errors": listed });
        let channels = self.settings.routes.of_rest();
        let messages =
            outbox::put(&mut write, "config.rejected", data, &channels, &self.settings, now)
                .await?;
        write.commit().await?;
        Ok(messages)
    }
}
