//! What is a request, what is a response? HTTP/1.1 messages (RFC 9112), bounded. A body needs a
//! length: chunks are refused.

use crate::line::{LineError, LineStream};
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};

/// Longest line, most header fields, largest body.
const LINE: usize = 16 * 1024;
const FIELDS: usize = 100;
const BODY: usize = 4 * 1024 * 1024;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header field of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        let field = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }
}

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// To be answered with that status.
    #[error("request: refused with {0}")]
    Refused(u16),
    /// The connection failed.
    #[error(transparent)]
    Line(#[from] LineError),
}

/// Reads one request; `None` when the client closed without one.
pub(super) async fn read<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut LineStream<S>,
) -> Result<Option<Request>, RequestError> {
    let Some(first) = text_line(lines).await? else {
        return Ok(None);
    };
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(RequestError::Refused(400));
    };
    if !version.starts_with("HTTP/1.") {
        return Err(RequestError::Refused(505));
    }
    let mut request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: read_fields(lines).await?,
        body: Vec::new(),
    };
    if request.header("transfer-encoding").is_some() {
        return Err(RequestError::Refused(411));
    }
    if request.header("expect").is_some() {
        let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
        lines.write(go_on).await.map_err(LineError::from)?;
    }
    let length = request.header("content-length").unwrap_or("0");
    let length: usize = length.parse().map_err(|_| RequestError::Refused(400))?;
    if length > BODY {
        return Err(RequestError::Refused(413));
    }
    request.body = lines.octets(length).await?;
    Ok(Some(request))
}

async fn read_fields<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut LineStream<S>,
) -> Result<Vec<(String, String)>, RequestError> {
    let mut headers = Vec::new();
    loop {
        let line = text_line(lines).await?;
        let line = line.ok_or(LineError::from(io::Error::from(io::ErrorKind::UnexpectedEof)))?;
        if line.is_empty() {
            return Ok(headers);
        }
        if headers.len() >= FIELDS {
            return Err(RequestError::Refused(431));
        }
        let (name, value) = line.split_once(':').ok_or(RequestError::Refused(400))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

async fn text_line<S: AsyncRead + AsyncWrite + Unpin>(
    lines: &mut LineStream<S>,
) -> Result<Option<String>, RequestError> {
    let line = match lines.line(LINE).await {
        Err(LineError::TooLong { .. }) => return Err(RequestError::Refused(431)),
        line => line?,
    };
    let text = line.map(String::from_utf8).transpose();
    text.map_err(|_| RequestError::Refused(400))
}

/// A response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields beside `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response of that status and no more.
    pub fn of(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The octets to send; without the body when only the header was asked for.
    pub(super) fn to_wire(&self, header_only: bool) -> Vec<u8> {
        let length = self.body.len();
        let mut wire = format!("HTTP/1.1 {} Lab\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            wire.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        // RFC 9110 §8.6: 204 has no body and no length.
        if self.status != 204 {
            wire.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
        }
        wire.extend_from_slice(b"Connection: close\r\n\r\n");
        if !header_only {
            wire.extend_from_slice(&self.body);
        }
        wire
    }
}
