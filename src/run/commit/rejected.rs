//! A configuration that was refused while the one before it holds.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vigie_checks::kernel::{Bilingual, Lang};

use super::{Committer, outbox};
use crate::store::StoreError;

/// Mistakes that one message lists at most.
const LISTED: usize = 20;

/// What is wrong, and where. Fit to be printed, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// From 1, as `column`.
    pub line: usize,
    pub column: usize,
    pub message: Bilingual,
}

impl Fault {
    /// As an event tells it, in the language of its channel.
    fn told(&self, lang: Lang) -> Value {
        let Self { file, line, column, message } = self;
        json!({ "file": file, "line": line, "column": column, "message": message.get(lang) })
    }
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
        let data = |lang| {
            let listed: Vec<Value> =
                faults.iter().take(LISTED).map(|fault| fault.told(lang)).collect();
            json!({ "file": file, "errors": listed })
        };
        let channels = self.settings.routes.of_rest();
        let messages =
            outbox::put(&mut write, "config.rejected", data, &channels, &self.settings, now)
                .await?;
        write.commit().await?;
        Ok(messages)
    }
}
