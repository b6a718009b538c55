//! The only sockets to the world that is judged, and the layers that stand before them.
//!
//! From the checks to the world: overlay, recorder, allowance, deadline, guard, ahead, memo, live. A replay stands in
//! place of everything from the recorder on.

mod ahead;
mod allowance;
mod clock;
mod deadline;
pub mod dns;
mod guard;
pub mod https;
mod layer;
mod live;
pub mod mailbox;
mod memo;
mod overlay;
pub mod proxy;
mod record;
mod replay;
mod said;
pub mod smtp;
mod tls;
pub mod trust;
mod zone_keys;

pub use ahead::Ahead;
pub use allowance::Allowance;
pub use clock::{FixedClock, SystemClock};
pub use deadline::Deadline;
pub use guard::Guard;
pub use layer::{Exchange, Layer, Layered};
pub use live::{Live, LiveError, LiveSettings};
pub use memo::{Freshness, Memo, Memoised};
pub use overlay::{Overlay, OverlayError, OverlayLayer};
pub use record::Recorder;
pub use replay::Replay;
pub use zone_keys::ZoneKeys;
