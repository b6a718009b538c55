//! Asks a zone's own servers: by datagrams, through the proxy's relay where there is one, else by
//! streams.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::timeout;

use vigie_checks::kernel::{Answer, Question, Reason};

use super::pool::Pool;
use super::wire::Received;
use super::{ATTEMPT, PAUSE};
use crate::net::proxy::{ConnectError, Connector};

/// Opening a connection may take this long.
const CONNECT: Duration = Duration::from_secs(10);

/// To each server: two random ports, as few of its questions are under way at once.
const SOCKETS: usize = 2;

/// Through the proxy, whose ports they come from, one association to each server.
const ASSOCIATIONS: usize = 1;

/// Asks name servers at their addresses.
pub struct ServerClient {
    connector: Connector,
    pool: Pool,
}

impl ServerClient {
    pub fn new(connector: Connector) -> Self {
        let sockets = if connector.proxy().is_some() { ASSOCIATIONS } else { SOCKETS };
        Self { pool: Pool::through(sockets, connector.clone()), connector }
    }

    /// One question, one retry; truncated answers are asked again over TCP.
    pub async fn ask(&self, server: IpAddr, question: &Question) -> Answer {
        let server = SocketAddr::new(server, 53);
        let mut last = Reason::Timeout;
        for _ in 0..2 {
            if last == Reason::Network {
                tokio::time::sleep(PAUSE).await;
            }
            match self.attempt(server, question).await {
                Ok(received) if received.truncated => return Answer::failed(Reason::Truncated),
                Ok(received) => return Answer::from(received.message),
                Err(reason) => last = reason,
            }
        }
        Answer::failed(last)
    }

    async fn attempt(&self, server: SocketAddr, question: &Question) -> Result<Received, Reason> {
        if !question.tcp {
            let datagram = timeout(ATTEMPT, self.datagram(server, question)).await;
            match datagram.unwrap_or(Err(Reason::Timeout))? {
                Some(whole) if !whole.truncated => return Ok(whole),
                // RFC 7766 §5: a truncated answer is asked again over TCP; without it there is none.
                Some(cut) => return Ok(self.by_stream(server, question).await.unwrap_or(cut)),
                None => {}
            }
        }
        self.by_stream(server, question).await
    }

    async fn by_stream(&self, server: SocketAddr, question: &Question) -> Result<Received, Reason> {
        // Boxed: few questions need it, and a datagram is not to take its room.
        Box::pin(self.stream(server, question)).await
    }

    async fn stream(&self, server: SocketAddr, question: &Question) -> Result<Received, Reason> {
        let stream = self.connector.connect(server, CONNECT).await;
        let mut stream = stream.map_err(|error| error.reason().unwrap_or(Reason::Network))?;
        timeout(ATTEMPT, super::stream::exchange(&mut stream, question, false))
            .await
            .unwrap_or(Err(Reason::Timeout))
    }

    /// The answer by datagram; nothing if the proxy relays none.
    async fn datagram(
        &self,
        server: SocketAddr,
        question: &Question,
    ) -> Result<Option<Received>, Reason> {
        match self.pool.to(server).await {
            Ok(datagrams) => datagrams.exchange(question, false).await.map(Some),
            Err(ConnectError::UdpNotOffered { .. }) => Ok(None),
            Err(error) => Err(error.reason().unwrap_or(Reason::Network)),
        }
    }
}
