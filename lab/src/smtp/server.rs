//! How does an SMTP host speak over a socket? Lines in, replies out, TLS where asked; the faults
//! that need a socket (silence, an endless greeting, a tarpit, a hang-up) are played here.

use super::session::{MESSAGE, Session, Turn};
use super::{Opening, Reply, SmtpHost};
use crate::line::{LineError, LineStream};
use crate::running::Running;
use crate::tls;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest command line, AUTH included (RFC 4954 §4.5.3 wants 12,288 octets).
const LINE: usize = 12_288;
/// Longest line of a message; longer ones than RFC 5321 §4.5.3.1.6 are common.
const TEXT_LINE: usize = 64 * 1024;
/// How long a client may stay silent (RFC 5321 §4.5.3.2.7).
const PATIENCE: Duration = Duration::from_secs(300);
/// Most lines of a greeting that has no end, for a client that never gives up.
const GREETING_LINES: usize = 1_000_000;

/// What a port of the host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Mail from other servers (25).
    Receiver,
    /// Submission with STARTTLS (587).
    Submission,
    /// Submission inside TLS from the first octet (465).
    ImplicitTls,
}

/// Opens a port of the host on loopback.
pub async fn serve(host: Arc<SmtpHost>, port: Port) -> io::Result<Running> {
    Running::serve(move |stream, peer| {
        let host = Arc::clone(&host);
        async move {
            let session = match port {
                Port::Receiver => Session::with_receiver(host, peer.ip()),
                Port::Submission | Port::ImplicitTls => Session::with_submission(host, peer.ip()),
            };
            if let Err(error) = connect(stream, session, port).await {
                tracing::debug!(%error, "an SMTP conversation ended early");
            }
        }
    })
    .await
}

async fn connect(stream: TcpStream, mut session: Session, port: Port) -> Result<(), LineError> {
    if port == Port::ImplicitTls {
        let stream = handshake(&mut session, stream).await?;
        return match open(LineStream::new(stream), &mut session).await? {
            Some(lines) => converse(lines, &mut session).await.map(drop),
            None => Ok(()),
        };
    }
    let Some(lines) = open(LineStream::new(stream), &mut session).await? else {
        return Ok(());
    };
    if let Some(stream) = converse(lines, &mut session).await? {
        let stream = handshake(&mut session, stream).await?;
        converse(LineStream::new(stream), &mut session).await?;
    }
    Ok(())
}

async fn handshake(
    session: &mut Session,
    mut stream: TcpStream,
) -> Result<tokio_rustls::server::TlsStream<TcpStream>, LineError> {
    let manners = session.host().manners();
    if manners.old_tls.answer(&mut stream).await? {
        return Err(io::Error::other("a handshake of the past").into());
    }
    let kind = manners.certificate;
    let stream = tls::accept(stream, session.host().ca(), session.host().name(), kind).await?;
    session.secured();
    Ok(stream)
}

/// Greets; `None` when the host never gets that far.
async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    mut lines: LineStream<S>,
    session: &mut Session,
) -> Result<Option<LineStream<S>>, LineError> {
    let manners = session.host().manners();
    match manners.opening {
        Opening::Greets => {
            tokio::time::sleep(manners.greeting_after).await;
            let greeting = session.greeting();
            say(&mut lines, session, &greeting).await?;
            if greeting.is_positive() {
                return Ok(Some(lines));
            }
            // RFC 5321 §3.1: after 554 the host waits for QUIT and answers 503 to the rest.
            refuse_all(lines).await?;
        }
        Opening::Silent => lines.drain().await?,
        Opening::Endless => {
            let line = format!("220-{} ESMTP, and so on\r\n", session.host().name());
            for _ in 0..GREETING_LINES {
                lines.write(line.as_bytes()).await?;
            }
        }
    }
    Ok(None)
}

async fn refuse_all<S: AsyncRead + AsyncWrite + Unpin>(
    mut lines: LineStream<S>,
) -> Result<(), LineError> {
    for _ in 0..10 {
        match next_line(&mut lines, LINE).await? {
            None => return Ok(()),
            Some(line) if line.eq_ignore_ascii_case(b"QUIT") => {
                lines.write(b"221 2.0.0 Bye\r\n").await?;
                break;
            }
            Some(_) => lines.write(b"503 5.5.1 Bad sequence of commands\r\n").await?,
        }
    }
    Ok(lines.close().await?)
}

/// Holds the conversation to its end; hands the stream back when TLS is to start.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut lines: LineStream<S>,
    session: &mut Session,
) -> Result<Option<S>, LineError> {
    loop {
        let line = match next_line(&mut lines, LINE).await {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(None),
            Err(LineError::TooLong { .. }) => {
                let reply = Reply::from("500 5.5.2 Line too long");
                say(&mut lines, session, &reply).await?;
                break;
            }
            Err(error) => return Err(error),
        };
        let mut turn = session.line(&line).await;
        if let Turn::ReadMessage(reply) = turn {
            say(&mut lines, session, &reply).await?;
            turn = match read_message(&mut lines).await? {
                Some(message) => session.message(&message).await,
                None => Turn::End(Some(Reply::from("552 5.3.4 Message too big"))),
            };
        }
        match turn {
            Turn::Say(reply) | Turn::ReadMessage(reply) => {
                say(&mut lines, session, &reply).await?;
            }
            Turn::StartTls(reply) => {
                say(&mut lines, session, &reply).await?;
                return Ok(Some(lines.into_inner()));
            }
            Turn::End(reply) => {
                if let Some(reply) = reply {
                    say(&mut lines, session, &reply).await?;
                }
                break;
            }
        }
    }
    lines.close().await?;
    Ok(None)
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut LineStream<S>,
    session: &Session,
    reply: &Reply,
) -> io::Result<()> {
    let delay = session.host().manners().delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    lines.write(&reply.to_wire()).await
}

/// A message up to its final dot, transparency undone (RFC 5321 §4.5.2); `None` when too big.
async fn read_message<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut LineStream<S>,
) -> Result<Option<Vec<u8>>, LineError> {
    let mut message = Vec::new();
    loop {
        let Some(line) = next_line(lines, TEXT_LINE).await? else {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        };
        if line == b"." {
            return Ok(Some(message));
        }
        let text = line.strip_prefix(b".").unwrap_or(&line);
        if message.len() + text.len() > MESSAGE {
            return Ok(None);
        }
        message.extend_from_slice(text);
        message.extend_from_slice(b"\r\n");
    }
}

async fn next_line<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut LineStream<S>,
    limit: usize,
) -> Result<Option<Vec<u8>>, LineError> {
    match timeout(PATIENCE, lines.line(limit)).await {
        Ok(line) => line,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}
