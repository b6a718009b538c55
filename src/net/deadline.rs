//! The most that one domain may take: what is still under way then ends as a timeout.

use futures::future::FutureExt as _;
use tokio::time::{Instant, timeout_at};

use vigie_checks::kernel::{Reason, Request, Response};

use super::layer::Layer;

/// Ends every exchange at one moment.
pub struct Deadline<N> {
    below: N,
    at: Instant,
}

impl<N> Deadline<N> {
    pub fn new(below: N, at: Instant) -> Self {
        Self { below, at }
    }
}

impl<N: Layer> Layer for Deadline<N> {
    fn pass(&self, request: Request) -> impl Future<Output = Response> + Send {
        let late = Response::failed(&request, Reason::Timeout);
        timeout_at(self.at, self.below.pass(request)).map(|in_time| in_time.unwrap_or(late))
    }
}
