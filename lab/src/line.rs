//! How does a server of the lab read lines from somebody it does not trust? Bounded, always.
//! Used by SMTP, IMAP and HTTP; knows none of their grammars.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Why no line came.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line has more octets than the reader was told to take.
    #[error("line: longer than {limit} octets")]
    TooLong { limit: usize },
    /// The connection failed.
    #[error("line: {0}")]
    Io(#[from] io::Error),
}

/// A connection read line by line, and written as it is.
pub struct LineStream<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> LineStream<S> {
    /// Wraps a fresh connection.
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The next line without its CRLF or LF; `None` once the peer has closed between lines.
    pub async fn line(&mut self, limit: usize) -> Result<Option<Vec<u8>>, LineError> {
        let mut searched = 0;
        loop {
            if let Some(found) = self.buffer[searched..].iter().position(|&b| b == b'\n') {
                let end = searched + found;
                if end > limit {
                    return Err(LineError::TooLong { limit });
                }
                let rest = self.buffer.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(line));
            }
            searched = self.buffer.len();
            if searched > limit {
                return Err(LineError::TooLong { limit });
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Exactly `count` octets (the caller has bounded the count).
    pub async fn octets(&mut self, count: usize) -> Result<Vec<u8>, LineError> {
        while self.buffer.len() < count {
            if self.fill().await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
        let rest = self.buffer.split_off(count);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    /// Writes and flushes.
    pub async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.write_all(octets).await?;
        self.stream.flush().await
    }

    /// Reads and throws away until the peer closes.
    pub async fn drain(&mut self) -> io::Result<()> {
        self.buffer.clear();
        while self.fill().await? != 0 {
            self.buffer.clear();
        }
        Ok(())
    }

    /// Says goodbye to the peer, so that what was written arrives before the end.
    pub async fn close(mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// The bare connection. What was read ahead is thrown away: text that came before a TLS
    /// handshake must not be taken for text that came after (RFC 3207 §4.2).
    pub fn into_inner(self) -> S {
        self.stream
    }

    async fn fill(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 4096];
        let read = self.stream.read(&mut chunk).await?;
        self.buffer.extend_from_slice(&chunk[..read]);
        Ok(read)
    }
}
