//! The world as a tape has it: what is not on the tape was not recorded.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use vigie_checks::kernel::{Net, Reason, Request, Response, Tape};

/// Answers from a tape; the n-th asking of a request gets its n-th entry.
pub struct Replay {
    left: Mutex<HashMap<Request, std::collections::VecDeque<Response>>>,
}

impl Replay {
    pub fn of(tape: &Tape) -> Self {
        let mut left: HashMap<Request, std::collections::VecDeque<Response>> = HashMap::new();
        for entry in &tape.entries {
            left.entry(entry.ask.clone()).or_default().push_back(entry.got.clone());
        }
        Self { left: Mutex::new(left) }
    }
}

#[async_trait]
impl Net for Replay {
    async fn exchange(&self, request: Request) -> Response {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = || Response::failed(&request, Reason::NotRecorded);
        let Some(answers) = left.get_mut(&request) else { return missing() };
        // The last answer stays: a run that asks it again asks nothing new.
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        next.filter(|response| response.answers(&request)).unwrap_or_else(missing)
    }
}
