//! What answers over HTTP in the lab? Pages under a name with a certificate of any kind, and a
//! receiver of webhooks that can fail in every way. HTTP/1.1 by hand, one request a connection.

mod message;
mod pages;
mod registry;
#[cfg(test)]
mod tests;
mod webhook;

pub use message::{Request, Response};
pub use pages::{Page, PagesHost, serve, serve_plain};
pub use registry::serve as serve_registry;
pub use webhook::{Delivery, Webhook, WebhookManner};
