//! What lies over the world, a layer over the other, as one future.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use vigie_checks::kernel::{Net, Request, Response};

/// A request under way, boxed.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;
    use vigie_checks::kernel::{Name, Question, Rtype, To};

    use super::*;
    use crate::net::{
        Ahead, Allowance, Deadline, Freshness, Guard, Live, LiveSettings, Memo, Memoised, Recorder,
    };

    /// Octets that a question may take in each of the two boxes that it lies in while it waits.
    const ROOM: usize = 1024;

    /// Of ten thousand questions under way, each octet is felt.
    #[tokio::test]
    async fn a_question_under_way_takes_little_room() {
        let resolvers = vec!["127.0.0.1:53".parse().unwrap()];
        let settings = LiveSettings { resolvers, ..LiveSettings::default() };
        let live = Live::open(settings).await.unwrap();
        let room = |net: &dyn Net, question: &Question| {
            size_of_val(&*net.exchange(Request::Dns(question.clone())))
        };
        let question = Question::new(&Name::new("example.com"), Rtype::TXT);
        let server = To::Server("192.0.2.53".parse().unwrap());
        let of_server = Question { to: server, ..question.clone() };
        assert!(room(&*live, &question) <= ROOM, "{}", room(&*live, &question));
        assert!(room(&*live, &of_server) <= ROOM, "{}", room(&*live, &of_server));

        let memo = Memo::new(live, Duration::ZERO, Duration::ZERO);
        let ahead = Ahead::new(Memoised::new(memo, Freshness::Kept));
        let in_time = Deadline::new(Guard::new(ahead, Vec::new(), false), Instant::now());
        let recorder = Recorder::new(Allowance::new(in_time), false);
        assert!(room(&*recorder, &question) <= ROOM, "{}", room(&*recorder, &question));
    }
}
