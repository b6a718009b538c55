//! What was asked before its turn waits here for the check that asks for it.
//!
//! Not in the memory that domains share, which makes room by what nobody asked for again yet.

use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;
use futures::future::Either;
use vigie_checks::kernel::{Answer, Question, Request, Response};

use super::layer::Layer;

/// The answers of one run that came early.
pub struct Ahead<N> {
    below: N,
    early: Mutex<HashMap<Question, Answer>>,
}

impl<N: Layer> Ahead<N> {
    pub fn new(below: N) -> Self {
        Self { below, early: Mutex::default() }
    }

    /// Asks before the turn; who asks next has the answer at hand.
    pub async fn ask(&self, question: Question) {
        if let Response::Dns(answer) = self.below.pass(Request::Dns(question.clone())).await {
            self.early().insert(question, answer);
        }
    }

    fn early(&self) -> MutexGuard<'_, HashMap<Question, Answer>> {
        self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<N: Layer> Layer for Ahead<N> {
    fn pass(&self, request: Request) -> impl Future<Output = Response> + Send {
        if let Request::Dns(question) = &request
            && let Some(answer) = self.early().remove(question)
        {
            return Either::Left(ready(Response::Dns(answer)));
        }
        Either::Right(self.below.pass(request))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use vigie_checks::kernel::{Message, Name, Net, Rtype};

    use super::*;
    use crate::net::layer::Layered;

    /// Counts what it is asked.
    #[derive(Default)]
    struct World(AtomicUsize);

    impl Layer for World {
        async fn pass(&self, _: Request) -> Response {
            self.0.fetch_add(1, Ordering::Relaxed);
            Response::Dns(Message::default().into())
        }
    }

    #[tokio::test]
    async fn what_was_asked_before_its_turn_is_not_asked_again_when_its_turn_comes() {
        let world = Arc::new(World::default());
        let ahead = Arc::new(Ahead::new(world.clone()));
        let question = |rtype| Question::new(&Name::new("example.com"), rtype);
        ahead.ask(question(Rtype::TXT)).await;
        let net: &dyn Net = &Layered(ahead);
        for (rtype, asked) in [(Rtype::TXT, 1), (Rtype::MX, 2), (Rtype::TXT, 3)] {
            net.dns(question(rtype)).await;
            assert_eq!(world.0.load(Ordering::Relaxed), asked, "{rtype}");
        }
    }
}
