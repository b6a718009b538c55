//! The simulated world without sockets: the lab's own answers, read as the wire would bring them.

use async_trait::async_trait;
use vigie::net::Replay;
use vigie::net::dns::wire;
use vigie_checks::kernel::{Answer, Net, Question, Reason, Request, Response, Tape, To};
use vigie_lab::dns::{At, Reply, Transport};
use vigie_lab::world::World;

/// DNS from the zones of a world; everything else from what was recorded on the sockets.
pub struct Memory {
    world: World,
    recorded: Replay,
}

impl Memory {
    pub fn of(world: World, recorded: &Tape) -> Self {
        Self { world, recorded: Replay::of(recorded) }
    }

    fn dns(&self, question: &Question) -> Answer {
        let transport = if question.tcp { Transport::Tcp } else { Transport::Udp };
        match self.ask(question, transport) {
            Ok(received) if received.truncated && !question.tcp => {
                match self.ask(question, Transport::Tcp) {
                    Ok(whole) if !whole.truncated => Answer::from(whole.message),
                    _ => Answer::failed(Reason::Truncated),
                }
            }
            Ok(received) => Answer::from(received.message),
            Err(reason) => Answer::failed(reason),
        }
    }

    fn ask(&self, question: &Question, transport: Transport) -> Result<wire::Received, Reason> {
        let octets = wire::encode(question, 1, true)?;
        let message =
            hickory_proto::op::Message::from_vec(&octets).map_err(|_| Reason::Malformed)?;
        let at = match question.to {
            To::Server(address) => At::Server(address),
            To::Resolver | To::OtherResolver => At::Resolver,
        };
        let asked = vigie_lab::dns::Asked { at, transport };
        let tcp = transport == Transport::Tcp;
        match vigie_lab::dns::answer(&self.world, &message, asked).reply {
            Reply::Message(message) => {
                let octets = message.to_vec().map_err(|_| Reason::Malformed)?;
                wire::decode(&octets, question, 1, tcp).unwrap_or(Err(Reason::Timeout))
            }
            Reply::Octets(octets) => {
                wire::decode(&octets, question, 1, tcp).unwrap_or(Err(Reason::Timeout))
            }
            Reply::Silent => Err(Reason::Timeout),
            Reply::HangUp => Err(if tcp { Reason::Network } else { Reason::Timeout }),
        }
    }
}

#[async_trait]
impl Net for Memory {
    async fn exchange(&self, request: Request) -> Response {
        match &request {
            Request::Dns(question) => Response::Dns(self.dns(question)),
            _ => self.recorded.exchange(request).await,
        }
    }
}
