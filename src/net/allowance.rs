//! How much one domain may send: what is more is not read, so that a hostile one fills no memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use vigie_checks::kernel::{Answer, Net, Reason, Request, Response};

/// The answers of DNS that are read of one domain, in octets. A large sender with all its selectors
/// and name servers stays under a tenth of it.
const OCTETS: usize = 2 << 20;

/// Ends what exceeds the allowance as "could not tell". Conversations and pages are bounded where
/// they are read.
pub struct Allowance {
    below: Arc<dyn Net>,
    used: AtomicUsize,
}

impl Allowance {
    pub fn new(below: Arc<dyn Net>) -> Self {
        Self { below, used: AtomicUsize::new(0) }
    }
}

#[async_trait]
impl Net for Allowance {
    async fn exchange(&self, request: Request) -> Response {
        let exceeded = Response::failed(&request, Reason::TooLarge);
        let is_dns = matches!(request, Request::Dns(_));
        if is_dns && self.used.load(Ordering::Relaxed) > OCTETS {
            return exceeded;
        }
        let response = self.below.exchange(request).await;
        let Response::Dns(Answer::Message(message)) = &response else { return response };
        let octets = message.octets();
        let used = self.used.fetch_add(octets, Ordering::Relaxed).saturating_add(octets);
        if used > OCTETS { exceeded } else { response }
    }
}

#[cfg(test)]
mod tests {
    use vigie_checks::kernel::{Data, Message, Name, Question, Record, Rtype, Text};

    use super::*;

    /// Answers everything with a text of so many octets.
    struct World(usize);

    #[async_trait]
    impl Net for World {
        async fn exchange(&self, request: Request) -> Response {
            let Request::Dns(question) = request else { panic!("only DNS is asked here") };
            let data = Data::Txt(Text::new(vec![vec![b'x'; 255]; self.0 / 255]));
            let record = Record { name: question.name, ttl: 60, data };
            Response::Dns(Message { answers: vec![record], ..Message::default() }.into())
        }
    }

    async fn answered(octets: usize, questions: usize) -> usize {
        let net: Box<dyn Net> = Box::new(Allowance::new(Arc::new(World(octets))));
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
