//! An exchange in a line of the log, for who looks on (`-v`). Tells no target of a page: it may bear a
//! token of a recipient.

use vigie_checks::kernel::{Answer, HttpsEnd, MailboxReading, Peer, Request, Response, To};

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
        Response::Smtp(transcript) => format!("{:?}", transcript.end.by),
        Response::Tls(reply) => format!("{:?}", reply.end.by),
        Response::Https(reply) => page(&reply.end),
        Response::Http(reply) => page(&reply.end),
        Response::Trust(trust) => format!("{trust:?}"),
        Response::Mailbox(reading) => match &**reading {
            MailboxReading::Read(_) => "read".to_owned(),
            MailboxReading::Failed { error } => format!("{error:?}"),
        },
    }
}

fn page(end: &HttpsEnd) -> String {
    match end {
        HttpsEnd::Page(page) => format!("HTTP {}", page.status),
        other => format!("{other:?}"),
    }
}
