//! Asks DNS questions and brings back whole messages.
//!
//! One retry, at the next resolver where there is one; truncated answers are asked again over TCP.
//! What a message means is not decided here; see `vigie_checks::kernel::Lookup`.

mod datagram;
mod https;
mod pool;
mod recursion;
mod resolver;
mod server;
mod sessions;
mod stream;
#[cfg(test)]
mod tests;
pub mod wire;

use std::time::Duration;

use futures::future::FutureExt as _;
use vigie_checks::kernel::{Answer, Question, Reason, To};

pub use recursion::{RecursionError, RecursionSettings};
pub use resolver::{ResolverError, ResolverSpec, Way};
pub use server::ServerClient;

use resolver::Resolver;

/// What one attempt may take.
pub const ATTEMPT: Duration = Duration::from_secs(5);

/// Where the network failed, or nobody listens, a server that is started anew is back in a moment.
const PAUSE: Duration = Duration::from_millis(300);

/// Questions under way at once, over all resolvers.
const IN_FLIGHT: usize = 512;

/// The configured resolvers, asked in turn.
pub struct DnsClient {
    resolvers: Vec<Resolver>,
    attempt: Duration,
    in_flight: tokio::sync::Semaphore,
}

impl DnsClient {
    /// Opens the resolvers; nothing is sent yet.
    ///
    /// # Errors
    /// A resolver cannot be set up: no such address family here, no system configuration.
    pub async fn open(specs: &[ResolverSpec], way: &Way<'_>) -> Result<Self, ResolverError> {
        let mut resolvers = Vec::new();
        for spec in specs {
            resolvers.extend(Resolver::open(spec, way).await?);
        }
        if resolvers.is_empty() {
            return Err(ResolverError::NoSystemResolver);
        }
        Ok(Self { resolvers, attempt: ATTEMPT, in_flight: tokio::sync::Semaphore::new(IN_FLIGHT) })
    }

    /// How many resolvers there are.
    pub fn resolvers(&self) -> usize {
        self.resolvers.len()
    }

    /// One question to the resolvers. `To::Server` is not for them: it ends as a network failure.
    pub async fn ask(&self, question: &Question) -> Answer {
        let Ok(_turn) = self.in_flight.acquire().await else {
            return Answer::failed(Reason::Network);
        };
        let first = match question.to {
            To::Resolver => 0,
            To::OtherResolver => 1,
            To::Server(_) => return Answer::failed(Reason::Network),
        };
        let mut last = Reason::Timeout;
        for attempt in 0..2 {
            if last == Reason::Network && self.resolvers.len() == 1 {
                tokio::time::sleep(PAUSE).await;
            }
            let resolver = &self.resolvers[(first + attempt) % self.resolvers.len()];
            match self.attempt(resolver, question).await {
                Ok(answer) => return answer,
                Err(reason) => last = reason,
            }
        }
        Answer::failed(last)
    }

    async fn attempt(&self, resolver: &Resolver, question: &Question) -> Result<Answer, Reason> {
        let tcp = question.tcp;
        let first = self.bounded(resolver.exchange(question, tcp)).await?;
        if !first.truncated {
            return Ok(Answer::from(first.message));
        }
        // RFC 7766 §5: a truncated answer is asked again over TCP; without it there is no answer. Boxed: few
        // questions need it, and a datagram is not to take its room.
        match Box::pin(self.bounded(resolver.exchange(question, true))).await {
            Ok(whole) if !whole.truncated => Ok(Answer::from(whole.message)),
            _ => Ok(Answer::failed(Reason::Truncated)),
        }
    }

    fn bounded<T>(
        &self,
        exchange: impl Future<Output = Result<T, Reason>>,
    ) -> impl Future<Output = Result<T, Reason>> {
        let late = |_| Err(Reason::Timeout);
        tokio::time::timeout(self.attempt, exchange).map(move |ended| ended.unwrap_or_else(late))
    }
}
