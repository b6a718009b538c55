//! A copy of the history while it is in use. Where it is, is for the store to know.

use std::path::Path;

use crate::store::{self, StoreError};

/// Writes a consistent copy of the history at `url` to a new file; its octets are the answer.
///
/// # Errors
/// As [`store::back_up`].
pub async fn back_up(url: &str, to: &Path) -> Result<u64, StoreError> {
    store::back_up(url, to).await
}
