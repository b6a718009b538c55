//! What was asked before its turn waits here for the check that asks for it.
//!
//! Not in the memory that domains share, which makes room by what nobody asked for again yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use vigie_checks::kernel::{Answer, Net, Question, Request, Response};

/// The answers of one run that came early.
pub struct Ahead {
    below: Arc<dyn Net>,
    early: Mutex<HashMap<Question, Answer>>,
}

impl Ahead {
    pub fn new(below: Arc<dyn Net>) -> Self {
        Self { below, early: Mutex::default() }
    }

    /// Asks before the turn; who asks next has the answer at hand.
    pub async fn ask(&self, question: Question) {
        let answer = self.below.dns(question.clone()).await;
        self.early().insert(question, answer);
    }

    fn early(&self) -> MutexGuard<'_, HashMap<Question, Answer>> {
        self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Net for Ahead {
    async fn exchange(&self, request: Request) -> Response {
        if let Request::Dns(question) = &request
            && let Some(answer) = self.early().remove(question)
        {
            return Response::Dns(answer);
        }
        self.below.exchange(request).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use vigie_checks::kernel::{Message, Name, Rtype};

    use super::*;

    /// Counts what it is asked.
    #[derive(Default)]
    struct World(AtomicUsize);

    #[async_trait]
    impl Net for World {
        async fn exchange(&self, _: Request) -> Response {
            self.0.fetch_add(1, Ordering::Relaxed);
            Response::Dns(Message::default().into())
        }
    }

    #[tokio::test]
    async fn what_was_asked_before_its_turn_is_not_asked_again_when_its_turn_comes() {
        let world = Arc::new(World::default());
        let ahead = Ahead::new(world.clone());
        let question = |rtype| Question::new(&Name::new("example.com"), rtype);
        ahead.ask(question(Rtype::TXT)).await;
        let net: &dyn Net = &ahead;
        for (rtype, asked) in [(Rtype::TXT, 1), (Rtype::MX, 2), (Rtype::TXT, 3)] {
            net.dns(question(rtype)).await;
            assert_eq!(world.0.load(Ordering::Relaxed), asked, "{rtype}");
        }
    }
}
