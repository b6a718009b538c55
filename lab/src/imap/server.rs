//! How does the IMAP host speak over a socket? TLS from the first octet or by STARTTLS, commands
//! with their literals in, answers out.

use super::ImapHost;
use super::answer::Answer;
use super::command::{Command, Malformed, Reader};
use super::session::Session;
use crate::line::{LineError, LineStream};
use crate::running::Running;
use crate::tls;
use chrono::Utc;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest line of a command, and most literals in one.
const LINE: usize = 16 * 1024;
const LITERALS: usize = 16;
/// Most commands that cannot be read, before the host hangs up.
const MISTAKES: usize = 20;
/// How long a client may stay silent (RFC 3501 §5.4).
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// What a port of the host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// TLS from the first octet (993).
    ImplicitTls,
    /// Plain text until STARTTLS (143).
    StartTls,
}

/// Opens the host on a free loopback port.
pub async fn serve(host: ImapHost, port: Port) -> io::Result<Running> {
    let uid_validity = u32::try_from(Utc::now().timestamp()).unwrap_or(1);
    Running::serve(move |stream, _| {
        let host = host.clone();
        async move {
            if let Err(error) = connect(stream, host, port, uid_validity).await {
                tracing::debug!(%error, "an IMAP session ended early");
            }
        }
    })
    .await
}

async fn connect(
    mut stream: TcpStream,
    host: ImapHost,
    port: Port,
    uid_validity: u32,
) -> Result<(), LineError> {
    let (ca, name, certificate) = (Arc::clone(&host.ca), host.name.clone(), host.certificate);
    let mut session = Session::new(host, uid_validity);
    if port == Port::StartTls {
        let mut lines = LineStream::new(stream);
        lines.write(&session.greeting()).await?;
        match converse(lines, &mut session).await? {
            Some(plain) => stream = plain,
            None => return Ok(()),
        }
    }
    let mut lines = LineStream::new(tls::accept(stream, &ca, &name, certificate).await?);
    session.secured();
    if port == Port::ImplicitTls {
        lines.write(&session.greeting()).await?;
    }
    converse(lines, &mut session).await.map(drop)
}

/// Holds the session to its end; hands the stream back when TLS is to start.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut lines: LineStream<S>,
    session: &mut Session,
) -> Result<Option<S>, LineError> {
    let mut mistakes = 0;
    loop {
        let answer = match next_command(&mut lines).await? {
            None => return Ok(None),
            Some(Ok(command)) => session.answer(&command),
            Some(Err(Malformed(why))) => {
                mistakes += 1;
                if mistakes > MISTAKES {
                    Answer::End(b"* BYE too many errors\r\n".to_vec())
                } else {
                    Answer::Say(format!("* BAD {why}\r\n").into_bytes())
                }
            }
        };
        let answer = match answer {
            Answer::Ask { tag } => {
                lines.write(b"+ \r\n").await?;
                match next_line(&mut lines).await? {
                    Some(response) => session.authenticate(&tag, &response),
                    None => return Ok(None),
                }
            }
            answer => answer,
        };
        match answer {
            Answer::Say(octets) => lines.write(&octets).await?,
            Answer::StartTls(octets) => {
                lines.write(&octets).await?;
                return Ok(Some(lines.into_inner()));
            }
            Answer::End(octets) => {
                lines.write(&octets).await?;
                lines.close().await?;
                return Ok(None);
            }
            Answer::Ask { .. } => return Err(io::Error::other("asked twice").into()),
        }
    }
}

type Read = Option<Result<Command, Malformed>>;

async fn next_command<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut LineStream<S>,
) -> Result<Read, LineError> {
    let mut reader = Reader::default();
    for _ in 0..=LITERALS {
        let Some(line) = next_line(lines).await? else {
            return Ok(None);
        };
        let announced = match reader.line(&line) {
            Ok(Some(announced)) => announced,
            Ok(None) => return Ok(Some(reader.finish())),
            Err(malformed) => return Ok(Some(Err(malformed))),
        };
        if announced.waits {
            lines.write(b"+ go on\r\n").await?;
        }
        let octets = match timeout(PATIENCE, lines.octets(announced.size)).await {
            Ok(octets) => octets?,
            Err(_) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        };
        if let Err(malformed) = reader.literal(octets) {
            return Ok(Some(Err(malformed)));
        }
    }
    Ok(Some(Err(Malformed("too many literals"))))
}

async fn next_line<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut LineStream<S>,
) -> Result<Option<Vec<u8>>, LineError> {
    match timeout(PATIENCE, lines.line(LINE)).await {
        Ok(line) => line,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}
