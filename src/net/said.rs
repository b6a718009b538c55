//! An exchange in a line of the log, for who looks on (`-v`). Tells no target of a page: it may bear a
//! token of a recipient.

use vigie_checks::kernel::{
    Answer, End, HttpsEnd, MailboxReading, Peer, Reply, Request, Response, SmtpTranscript,
    StoppedBy, To,
};

/// Characters that are shown of a reply.
const SHOWN: usize = 120;

/// What is asked, and whom.
pub fn asked(request: &Request) -> String {
    match request {
        Request::Dns(question) => {
            let whom = match question.to {
                To::Resolver => String::new(),
                To::OtherResolver => " of another resolver".to_owned(),
                To::Server(address) => format!(" of {address}"),
            };
            format!("{} {}{whom}", question.rtype, question.name)
        }
        Request::Smtp(script) => format!("smtp {}", whom(&script.peer)),
        Request::Tls(script) => format!("tls {} of {}", script.server_name, whom(&script.peer)),
        Request::Https(request) => {
            format!("https {} of {}:{}", request.host, request.address, request.port)
        }
        Request::Http(request) => format!("http {} of {}", request.host, request.address),
        Request::Trust(chain) => format!("trust in a chain of {}", chain.len()),
        Request::Mailbox(query) => format!("mailbox {:?}", query.host),
    }
}

fn whom(peer: &Peer) -> String {
    match peer {
        Peer::Learned { address, port } => format!("{address}:{port}"),
        Peer::Written { host, port } => format!("{host:?}:{port}"),
    }
}

/// What came of it; what the world wrote is quoted.
pub fn came(response: &Response) -> String {
    match response {
        Response::Dns(Answer::Failed { reason }) => reason.to_string(),
        Response::Dns(Answer::Message(message)) => {
            let (rcode, answers) = (message.rcode, message.answers.len());
            format!("{rcode}, {answers} in the answer")
        }
        Response::Smtp(transcript) => conversation(transcript),
        Response::Tls(reply) => ending(&reply.end, None),
        Response::Https(reply) => page(&reply.end),
        Response::Http(reply) => page(&reply.end),
        Response::Trust(trust) => format!("{trust:?}"),
        Response::Mailbox(reading) => match &**reading {
            MailboxReading::Read(_) => "read".to_owned(),
            MailboxReading::Failed { error } => format!("{error:?}"),
        },
    }
}

/// Each point that was answered with the code of its reply, and how it ended.
fn conversation(transcript: &SmtpTranscript) -> String {
    let told = transcript.steps.iter().map(|step| format!("{} {}", step.stage, step.reply.code));
    let told: Vec<String> = told.collect();
    let end = ending(&transcript.end, transcript.steps.last().map(|step| &step.reply));
    if told.is_empty() { end } else { format!("{}: {end}", told.join(", ")) }
}

fn ending(end: &End, last: Option<&Reply>) -> String {
    let at = format!("stopped at {}", end.stage);
    match &end.by {
        StoppedBy::Done => "done".to_owned(),
        StoppedBy::Reply => match last {
            Some(reply) => format!("{at} by {:?}", shortened(&reply.line())),
            None => at,
        },
        StoppedBy::ConnectionRefused => format!("{at}: connection refused"),
        StoppedBy::NoAddress => format!("{at}: no address"),
        StoppedBy::NotSmtp => format!("{at}: what answers is not SMTP"),
        StoppedBy::NotOffered => format!("{at}: it is not offered"),
        StoppedBy::TlsFailed(why) => format!("{at}: {:?}", shortened(why)),
        StoppedBy::Closed => format!("{at}: the other side closed"),
        StoppedBy::Unknown(reason) => format!("{at}: {reason}"),
    }
}

/// Of what the world wrote, as much as fits on a line.
fn shortened(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn page(end: &HttpsEnd) -> String {
    match end {
        HttpsEnd::Page(page) => format!("HTTP {}", page.status),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use vigie_checks::kernel::{Reason, SmtpStep, Stage};

    use super::*;

    fn told(steps: &[(Stage, u16, &str)], stage: Stage, by: StoppedBy) -> String {
        let step = |(stage, code, text): &(Stage, u16, &str)| SmtpStep {
            stage: *stage,
            sent: None,
            reply: Reply { code: *code, lines: vec![(*text).to_owned()] },
            ms: 1,
        };
        let mut transcript = SmtpTranscript::ended(stage, by);
        transcript.steps = steps.iter().map(step).collect();
        came(&Response::Smtp(transcript.into()))
    }

    #[test]
    fn a_conversation_shows_how_far_it_came() {
        let greeting = (Stage::Greeting, 220, "mx");
        #[rustfmt::skip]
        let cases = [
            (told(&[greeting, (Stage::Quit, 221, "bye")], Stage::Quit, StoppedBy::Done), "greeting 220, quit 221: done"),
            (told(&[greeting], Stage::Ehlo, StoppedBy::Unknown(Reason::Timeout)), "greeting 220: stopped at ehlo: timeout"),
            (told(&[], Stage::Connect, StoppedBy::ConnectionRefused), "stopped at connect: connection refused"),
            (told(&[(Stage::Greeting, 554, "go\u{1b}[2J \"away\"")], Stage::Greeting, StoppedBy::Reply), "greeting 554: stopped at greeting by \"554 go\\u{1b}[2J \\\"away\\\"\""),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }
}
