//! How does the IMAP host speak over a socket? TLS from the first octet, commands with their
//! literals in, answers out.

use super::ImapHost;
use super::answer::Answer;
use super::command::{Command, Malformed, Reader};
use super::session::Session;
use crate::line::{LineError, LineStream};
use crate::running::Running;
use crate::tls;
use chrono::Utc;
use std::io;
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

/// Opens the host on a free loopback port.
pub async fn serve(host: ImapHost) -> io::Result<Running> {
    let uid_validity = u32::try_from(Utc::now().timestamp()).unwrap_or(1);
    Running::serve(move |stream, _| {
        let host = host.clone();
        async move {
            if let Err(error) = connect(stream, host, uid_validity).await {
                tracing::debug!(%error, "an IMAP session ended early");
            }
        }
    })
    .await
}

async fn connect(stream: TcpStream, host: ImapHost, uid_validity: u32) -> Result<(), LineError> {
    let stream = tls::accept(stream, &host.ca, &host.name, host.certificate).await?;
    let mut lines = LineStream::new(stream);
    let mut session = Session::new(host, uid_validity);
    lines.write(&session.greeting()).await?;
    let mut mistakes = 0;
    loop {
        let answer = match next_command(&mut lines).await? {
            None => return Ok(()),
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
                    None => return Ok(()),
                }
            }
            answer => answer,
        };
        match answer {
            Answer::Say(octets) => lines.write(&octets).await?,
            Answer::End(octets) => {
                lines.write(&octets).await?;
                return Ok(lines.close().await?);
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
