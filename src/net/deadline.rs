//! The most that one domain may take: what is still under way then ends as a timeout.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

use vigie_checks::kernel::{Net, Reason, Request, Response};

/// Ends every exchange at one moment.
pub struct Deadline {
    below: Arc<dyn Net>,
    at: Instant,
}

impl Deadline {
    pub fn new(below: Arc<dyn Net>, at: Instant) -> Self {
        Self { below, at }
    }
}

#[async_trait]
impl Net for Deadline {
    async fn exchange(&self, request: Request) -> Response {
        let late = Response::failed(&request, Reason::Timeout);
        timeout_at(self.at, self.below.exchange(request)).await.unwrap_or(late)
    }
}
