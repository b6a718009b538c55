//! Commands out, replies in: bounded in lines and octets, whatever the other side sends.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use vigie_checks::kernel::Reply;
use vigie_checks::records::display::is_unsafe;

/// Lines of a reply that are read before it counts as endless.
const MOST_LINES: usize = 100;

/// Octets of a line that are read before it counts as endless; RFC 5321 §4.5.3.1.5 allows 512.
const LONGEST_LINE: usize = 2048;

/// Octets of a line that are kept.
const KEPT: usize = 512;

/// A connected stream, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Why there is no reply.
#[derive(Debug)]
pub(super) enum WireError {
    /// The other side closed before the end of its reply.
    Closed,
    /// What it sent is no SMTP reply, or has no end.
    NotSmtp,
    /// The connection broke.
    Broken,
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // TLS without a close_notify before the end of the stream.
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Broken,
        }
    }
}

/// A stream with what was read of it beyond the last reply.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    ahead: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), ahead: Vec::new() }
    }

    /// The bare stream, for TLS to take over. What was sent ahead in plain text is thrown away:
    /// anyone on the way could have put it there (RFC 3207 §6, CVE-2011-0411).
    pub(super) fn into_stream(self) -> Box<dyn Stream> {
        self.stream
    }

    pub(super) async fn send(&mut self, octets: &[u8]) -> Result<(), WireError> {
        self.stream.write_all(octets).await?;
        self.stream.flush().await?;
        Ok(())
    }

    /// Reads one whole reply (RFC 5321 §4.2.1): `NNN-text` lines, then `NNN text` or `NNN`.
    pub(super) async fn reply(&mut self) -> Result<Reply, WireError> {
        let mut lines = Vec::new();
        while lines.len() < MOST_LINES {
            let line = self.line().await?;
            let (code, more, text) = split(&line).ok_or(WireError::NotSmtp)?;
            lines.push(printable(text));
            if !more {
                return Ok(Reply { code, lines });
            }
        }
        Err(WireError::NotSmtp)
    }

    /// One line without its end; a bare LF ends one too, as it does for most clients.
    async fn line(&mut self) -> Result<Vec<u8>, WireError> {
        loop {
            if let Some(at) = self.ahead.iter().position(|octet| *octet == b'\n') {
                let mut line: Vec<u8> = self.ahead.drain(..=at).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.ahead.len() > LONGEST_LINE {
                return Err(WireError::NotSmtp);
            }
            let mut part = [0; 1024];
            match self.stream.read(&mut part).await? {
                0 => return Err(WireError::Closed),
                length => self.ahead.extend_from_slice(&part[..length]),
            }
        }
    }
}

/// The code, whether more lines follow, and the text.
fn split(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_first_chunk::<3>()?;
    if !matches!(digits[0], b'2'..=b'5') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest {
        [] => Some((code, false, rest)),
        [b' ' | b'\t', text @ ..] => Some((code, false, text)),
        [b'-', text @ ..] => Some((code, true, text)),
        _ => None,
    }
}

/// Text that obeys no terminal, cut at [`KEPT`] octets.
fn printable(text: &[u8]) -> String {
    let mut shown = String::new();
    for c in String::from_utf8_lossy(text).chars() {
        let c = if is_unsafe(c) { char::REPLACEMENT_CHARACTER } else { c };
        if shown.len() + c.len_utf8() > KEPT {
            break;
        }
        shown.push(c);
    }
    shown
}
