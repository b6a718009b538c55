//! What lies over the world, a layer over the other, as one future.

use std::sync::Arc;

use async_trait::async_trait;
use vigie_checks::kernel::{Net, Request, Response};

/// A net that lies over another. What passes through `dyn Net` is boxed at each; through layers that are
/// laid over each other it is boxed once, which of ten thousand questions is felt.
pub trait Layer: Send + Sync {
    /// As [`Net::exchange`].
    fn pass(&self, request: Request) -> impl Future<Output = Response> + Send;
}

impl Layer for dyn Net {
    fn pass(&self, request: Request) -> impl Future<Output = Response> + Send {
        self.exchange(request)
    }
}

impl<L: Layer + ?Sized> Layer for Arc<L> {
    fn pass(&self, request: Request) -> impl Future<Output = Response> + Send {
        L::pass(self, request)
    }
}

/// Layers as a net.
pub struct Layered<L>(pub L);

#[async_trait]
impl<L: Layer> Net for Layered<L> {
    async fn exchange(&self, request: Request) -> Response {
        self.0.pass(request).await
    }
}
