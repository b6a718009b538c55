//! How does submitted mail reach its receiver? MX hosts in order of preference (RFC 5321 §5.1), and
//! an SMTP conversation inside the lab that bears the sender's simulated address.

use super::post::Post;
use crate::resolver::{ExchangeError, Resolver};
use crate::smtp::{Envelope, Opening, Reply, Session, SmtpHost, Turn};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Most addresses tried for one domain.
const ADDRESSES: usize = 20;

/// Delivers to every recipient's domain; the answer is the first refusal, else the last acceptance.
pub(super) async fn deliver(
    post: &Post,
    resolver: &Resolver,
    envelope: &Envelope,
    message: &[u8],
) -> Reply {
    let mut domains: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for recipient in &envelope.recipients {
        let domain = recipient.rsplit_once('@').map_or("", |(_, domain)| domain);
        let named = domains.entry(domain.to_ascii_lowercase()).or_default();
        named.push(recipient.clone());
    }
    let mut answer = Reply::from("554 5.5.1 No valid recipients");
    for (domain, recipients) in domains {
        let outgoing = Envelope { recipients, ..envelope.clone() };
        answer = deliver_to_domain(post, resolver, &domain, &outgoing, message).await;
        if !answer.is_positive() {
            break;
        }
    }
    answer
}

async fn deliver_to_domain(
    post: &Post,
    resolver: &Resolver,
    domain: &str,
    envelope: &Envelope,
    message: &[u8],
) -> Reply {
    let names = match resolver.exchanges(domain).await {
        Ok(names) => names,
        Err(ExchangeError::None) => {
            return Reply::new(format!("550 5.1.2 {domain}: no host takes mail for this domain"));
        }
        Err(ExchangeError::Unknown) => {
            return Reply::new(format!("451 4.4.3 {domain}: name service error, try again"));
        }
    };
    // RFC 7505 §3: a null MX.
    if names.iter().any(String::is_empty) {
        return Reply::new(format!("556 5.1.10 {domain}: the domain accepts no mail (null MX)"));
    }
    let mut answer = Reply::new(format!("451 4.4.3 {domain}: no address for its mail hosts"));
    let mut tried = 0;
    for name in names {
        for address in resolver.addresses(&name).await {
            tried += 1;
            if tried > ADDRESSES {
                return answer;
            }
            let host = match knock(post, &name, address) {
                Ok(host) => host,
                Err(refusal) => {
                    answer = refusal;
                    continue;
                }
            };
            // RFC 5321 §5.1: a transient failure sends the client to the next address.
            match Box::pin(converse(host, envelope, message)).await {
                reply if reply.code().is_some_and(|code| (400..500).contains(&code)) => {
                    answer = reply;
                }
                reply => return reply,
            }
        }
    }
    answer
}

fn knock(post: &Post, name: &str, address: IpAddr) -> Result<Arc<SmtpHost>, Reply> {
    let host = post.at(address).map_err(|error| {
        Reply::new(format!("451 4.4.1 connect to {name}[{address}]:25: {error}"))
    })?;
    match host.manners().opening {
        Opening::Greets => Ok(host),
        Opening::Silent | Opening::Endless => Err(Reply::new(format!(
            "451 4.4.2 conversation with {name}[{address}] timed out while receiving the greeting"
        ))),
    }
}

/// Holds the conversation; the answer is the first refusal, or the reply to the message.
async fn converse(host: Arc<SmtpHost>, envelope: &Envelope, message: &[u8]) -> Reply {
    let mut session = Session::with_receiver(host, envelope.client);
    let greeting = session.greeting();
    if !greeting.is_positive() {
        return greeting;
    }
    let mut commands =
        vec![format!("EHLO {}", envelope.helo), format!("MAIL FROM:<{}>", envelope.mail_from)];
    let recipients = envelope.recipients.iter();
    commands.extend(recipients.map(|recipient| format!("RCPT TO:<{recipient}>")));
    let manners = session.host().manners();
    if manners.starttls && manners.certificate.is_some() {
        session.secured();
    }
    for command in &commands {
        let reply = speak(&mut session, command).await;
        if !reply.is_positive() {
            return reply;
        }
    }
    match session.line(b"DATA").await {
        Turn::ReadMessage(reply) if reply.is_positive() => {}
        turn => return outcome(turn),
    }
    outcome(session.message(message).await)
}

async fn speak(session: &mut Session, command: &str) -> Reply {
    outcome(session.line(command.as_bytes()).await)
}

/// What a turn means to the relay; a hang-up is a transient failure (RFC 5321 §3.8).
fn outcome(turn: Turn) -> Reply {
    match turn {
        Turn::Say(reply) | Turn::ReadMessage(reply) | Turn::StartTls(reply) => reply,
        Turn::End(Some(reply)) => reply,
        Turn::End(None) => Reply::from("451 4.4.2 the receiving host closed the connection"),
    }
}
