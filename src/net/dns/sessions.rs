//! TLS sessions with a resolver, kept for the next question (RFC 7858 §3.4).

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use vigie_checks::kernel::{Question, Reason};

use super::stream;
use super::wire::Received;

/// Sessions that wait for a question; those above are closed.
const IDLE: usize = 16;

type Session = TlsStream<TcpStream>;

/// A resolver that is asked over TLS, one question at a time on each session.
pub struct Sessions {
    server: SocketAddr,
    name: ServerName<'static>,
    connector: TlsConnector,
    idle: Mutex<Vec<Session>>,
}

impl Sessions {
    /// Sessions with the server, whose certificate must bear the name. Nothing is opened yet.
    pub fn to(server: SocketAddr, name: ServerName<'static>, connector: TlsConnector) -> Self {
        Self { server, name, connector, idle: Mutex::default() }
    }

    /// Sends a question and waits for its answer; the caller bounds the time.
    pub async fn exchange(&self, question: &Question) -> Result<Received, Reason> {
        if let Some(session) = self.take() {
            match self.ask(session, question).await {
                // The resolver may close what is idle at any moment (RFC 7858 §3.4).
                Err(Reason::Network) => {}
                answered => return answered,
            }
        }
        let connection = TcpStream::connect(self.server).await.map_err(|_| Reason::Network)?;
        let session = self.connector.connect(self.name.clone(), connection).await;
        self.ask(session.map_err(|_| Reason::Network)?, question).await
    }

    /// Only a session that gave a good answer is used again.
    async fn ask(&self, mut session: Session, question: &Question) -> Result<Received, Reason> {
        let received = stream::exchange(&mut session, question, true).await?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(session);
        }
        Ok(received)
    }

    fn take(&self) -> Option<Session> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}
