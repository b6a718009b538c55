//! Which certificate does a service show? TLS from the first octet; nothing is sent inside it.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use vigie_checks::kernel::{End, Reason, Stage, StoppedBy, TlsReply, TlsScript};

use super::smtp::SmtpClient;
use super::smtp::conversation::connect;
use super::trust::{HandshakeError, TlsNeed, handshake};

/// The most that a connection and its handshake may take.
const WHOLE: Duration = Duration::from_secs(40);

/// Looks at sessions, over the way that mail goes.
pub(super) struct TlsClient<'a>(pub(super) &'a SmtpClient);

impl TlsClient<'_> {
    pub(super) async fn look(&self, script: &TlsScript) -> TlsReply {
        let mut reply = TlsReply {
            address: None,
            session: None,
            end: End { stage: Stage::Handshake, by: StoppedBy::Done },
        };
        let deadline = Instant::now() + WHOLE;
        match connect(self.0, &script.peer, deadline, &mut reply.address).await {
            Err(end) => reply.end = end,
            Ok(stream) => {
                let name = script.server_name.as_str();
                let shaken = handshake(stream, name, &self.0.roots, TlsNeed::Inspection);
                match timeout(self.0.timeouts.reply, shaken).await {
                    Err(_) => reply.end.by = StoppedBy::Unknown(Reason::Timeout),
                    Ok(Err(HandshakeError::Tls(words))) => {
                        reply.end.by = StoppedBy::TlsFailed(words);
                    }
                    Ok(Err(HandshakeError::Connection(_))) => {
                        reply.end.by = StoppedBy::Unknown(Reason::Network);
                    }
                    Ok(Ok(shaken)) => reply.session = Some(shaken.session),
                }
            }
        }
        reply
    }
}
