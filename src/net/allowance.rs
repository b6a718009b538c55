//! How much one domain may send: what is more is not read, so that a hostile one fills no memory.

use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::{Either, FutureExt as _};
use vigie_checks::kernel::{Answer, Reason, Request, Response};

use super::layer::Layer;

/// The answers of DNS that are read of one domain, in octets. A large sender with all its selectors
/// and name servers stays under a tenth of it.
const OCTETS: usize = 2 << 20;

/// Ends what exceeds the allowance as "could not tell". Conversations and pages are bounded where
/// they are read.
pub struct Allowance<N> {
    below: N,
    used: AtomicUsize,
}

impl<N> Allowance<N> {
    pub fn new(below: N) -> Self {
        Self { below, used: AtomicUsize::new(0) }
    }

    /// Counts a response, and lets it pass while there is room.
    fn within(&self, response: Response) -> Response {
        let Response::Dns(Answer::Message(message)) = &response else { return response };
        let octets = message.octets();
        let used = self.used.fetch_add(octets, Ordering::Relaxed).saturating_add(octets);
        if used > OCTETS { exceeded() } else { response }
    }
}

impl<N: Layer> Layer for Allowance<N> {
    fn pass(&self, request: Request) -> impl Future<Output = Response> + Send {
        match matches!(request, Request::Dns(_)) && self.used.load(Ordering::Relaxed) > OCTETS {
            true => Either::Left(ready(exceeded())),
            false => Either::Right(self.below.pass(request).map(|response| self.within(response))),
        }
    }
}

fn exceeded() -> Response {
    Response::Dns(Answer::failed(Reason::TooLarge))
}

#[cfg(test)]
mod tests {
    use vigie_checks::kernel::{Data, Message, Name, Net, Question, Record, Rtype, Text};

    use super::*;
    use crate::net::layer::Layered;

    /// Answers everything with a text of so many octets.
    struct World(usize);

    impl Layer for World {
        async fn pass(&self, request: Request) -> Response {
            let Request::Dns(question) = request else { panic!("only DNS is asked here") };
            let data = Data::Txt(Text::new(vec![vec![b'x'; 255]; self.0 / 255]));
            let record = Record { name: question.name, ttl: 60, data };
            Response::Dns(Message { answers: vec![record], ..Message::default() }.into())
        }
    }

    async fn answered(octets: usize, questions: usize) -> usize {
        let net: Box<dyn Net> = Box::new(Layered(Allowance::new(World(octets))));
        let mut answered = 0;
        for number in 0..questions {
            let name = Name::new(&format!("n{number}.example.com"));
            match net.dns(Question::new(&name, Rtype::TXT)).await {
                Answer::Message(_) => answered += 1,
                Answer::Failed { reason } => assert_eq!(reason, Reason::TooLarge),
            }
        }
        answered
    }

    #[tokio::test]
    async fn a_domain_of_many_large_answers_is_cut_off_and_one_of_common_answers_is_not() {
        assert_eq!(answered(400, 500).await, 500);
        let large = answered(64_000, 500).await;
        assert!((20..40).contains(&large), "{large} answers of 64 KB");
    }
}
