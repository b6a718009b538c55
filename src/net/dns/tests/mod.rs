mod datagrams;
mod encrypted;
mod relayed;
mod server;

use vigie_checks::kernel::{Answer, Name, Question, Rtype};

fn question() -> Question {
    Question::new(&Name::new("example.com"), Rtype::A)
}

/// The answer in a word: its addresses, or the reason why there is none.
fn said(answer: &Answer) -> String {
    match answer {
        Answer::Message(message) => {
            let records = message.answers.iter().map(|record| format!("{:?}", record.data));
            records.collect::<Vec<_>>().join(" ")
        }
        Answer::Failed { reason } => reason.to_string(),
    }
}
