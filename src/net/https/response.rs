//! A response as it comes off the wire (RFC 9112): status, the few fields that are judged, the body.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use vigie_checks::kernel::{HttpsEnd, Method, Octets, Page, Reason};
use vigie_checks::records::display::ascii_octets;

/// Octets of a header that are read before it counts as endless.
const LONGEST_HEADER: usize = 32 * 1024;

/// Octets of a chunk's first line, or of one trailer, that are read.
const LONGEST_LINE: usize = 4 * 1024;

/// Octets of a field's value that are kept.
const KEPT: usize = 2 * 1024;

/// Interim responses (1xx) that are passed over.
const MOST_INTERIM: usize = 5;

/// Why there is no page.
enum Failure {
    NotHttp,
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What an error of the connection comes to.
pub(super) fn end_of(error: &io::Error) -> HttpsEnd {
    match error.kind() {
        // Also TLS without a close_notify: what came so far may have been cut short.
        io::ErrorKind::UnexpectedEof => HttpsEnd::Closed,
        _ => HttpsEnd::Unknown(Reason::Network),
    }
}

/// Reads the response to a request of that method, at most `most` octets of its body.
pub(super) async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    method: Method,
    most: usize,
) -> HttpsEnd {
    let mut wire = Wire { stream, ahead: Vec::new() };
    match wire.response(method, most).await {
        Ok(page) => HttpsEnd::Page(page),
        Err(Failure::NotHttp) => HttpsEnd::NotHttp,
        Err(Failure::Io(error)) => end_of(&error),
    }
}

/// Where the body ends (RFC 9112 §6.3).
enum Length {
    None,
    Octets(u64),
    Chunks,
    Close,
}

/// A header, read.
struct Header {
    page: Page,
    chunked: bool,
    length: Option<u64>,
}

struct Wire<'a, S> {
    stream: &'a mut S,
    ahead: Vec<u8>,
}

impl<S: AsyncRead + Unpin> Wire<'_, S> {
    async fn response(&mut self, method: Method, most: usize) -> Result<Page, Failure> {
        for _ in 0..=MOST_INTERIM {
            let header = self.header().await?;
            if (100..200).contains(&header.page.status) {
                continue;
            }
            let length = match (method, header.page.status) {
                (Method::Head, _) | (_, 204 | 304) => Length::None,
                _ if header.chunked => Length::Chunks,
                _ => header.length.map_or(Length::Close, Length::Octets),
            };
            let mut page = header.page;
            let (body, cut) = self.body(length, most).await?;
            page.body = Octets(body);
            page.cut = cut;
            return Ok(page);
        }
        Err(Failure::NotHttp)
    }

    async fn header(&mut self) -> Result<Header, Failure> {
        let status = self.line(LONGEST_LINE).await?;
        let page = Page { status: status_code(&status)?, ..Page::default() };
        let mut header = Header { page, chunked: false, length: None };
        let mut read = status.len();
        loop {
            let line = self.line(LONGEST_HEADER).await?;
            if line.is_empty() {
                return Ok(header);
            }
            read += line.len() + 2;
            if read > LONGEST_HEADER {
                return Err(Failure::NotHttp);
            }
            header.field(&line)?;
        }
    }

    async fn body(&mut self, length: Length, most: usize) -> Result<(Vec<u8>, bool), Failure> {
        match length {
            Length::None => Ok((Vec::new(), false)),
            Length::Octets(length) => {
                let wanted = usize::try_from(length).unwrap_or(usize::MAX).min(most);
                let body = self.octets(wanted).await?;
                Ok((body, length > u64::try_from(most).unwrap_or(u64::MAX)))
            }
            Length::Chunks => self.chunks(most).await,
            Length::Close => {
                while self.ahead.len() <= most && self.fill().await? > 0 {}
                let cut = self.ahead.len() > most;
                self.ahead.truncate(most);
                Ok((std::mem::take(&mut self.ahead), cut))
            }
        }
    }

    /// RFC 9112 §7.1.
    async fn chunks(&mut self, most: usize) -> Result<(Vec<u8>, bool), Failure> {
        let mut body = Vec::new();
        loop {
            let line = self.line(LONGEST_LINE).await?;
            let size = line.split(|octet| *octet == b';').next().unwrap_or_default();
            let size = std::str::from_utf8(size).ok().map(str::trim);
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.ok_or(Failure::NotHttp)?;
            if size == 0 {
                // Trailers say nothing that is judged, and the connection ends here.
                return Ok((body, false));
            }
            let room = most - body.len();
            if size > room {
                body.extend(self.octets(room).await?);
                return Ok((body, true));
            }
            body.extend(self.octets(size).await?);
            if !self.line(LONGEST_LINE).await?.is_empty() {
                return Err(Failure::NotHttp);
            }
        }
    }

    /// One line without its end; a bare LF ends one too (RFC 9112 §2.2).
    async fn line(&mut self, longest: usize) -> Result<Vec<u8>, Failure> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.ahead[searched..].iter().position(|octet| *octet == b'\n') {
                let mut line: Vec<u8> = self.ahead.drain(..=searched + at).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            searched = self.ahead.len();
            if searched > longest {
                return Err(Failure::NotHttp);
            }
            if self.fill().await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    /// Exactly `count` octets; the caller has bounded the count.
    async fn octets(&mut self, count: usize) -> Result<Vec<u8>, Failure> {
        while self.ahead.len() < count {
            if self.fill().await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
        let rest = self.ahead.split_off(count);
        Ok(std::mem::replace(&mut self.ahead, rest))
    }

    async fn fill(&mut self) -> io::Result<usize> {
        let mut part = [0; 8 * 1024];
        let length = self.stream.read(&mut part).await?;
        self.ahead.extend_from_slice(&part[..length]);
        Ok(length)
    }
}

/// `HTTP/1.1 200 OK`; the reason may be missing (RFC 9112 §4).
fn status_code(line: &[u8]) -> Result<u16, Failure> {
    let line = std::str::from_utf8(line).map_err(|_| Failure::NotHttp)?;
    let mut words = line.splitn(3, ' ');
    let version = words.next().unwrap_or_default();
    let code = words.next().unwrap_or_default();
    let is_code = code.len() == 3 && code.bytes().all(|octet| octet.is_ascii_digit());
    match code.parse() {
        Ok(code) if is_code && version.starts_with("HTTP/1.") && code >= 100 => Ok(code),
        _ => Err(Failure::NotHttp),
    }
}

impl Header {
    fn field(&mut self, line: &[u8]) -> Result<(), Failure> {
        // RFC 9112 §5.2: a folded line goes on with a field that is not judged.
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return Ok(());
        }
        let colon = line.iter().position(|octet| *octet == b':').ok_or(Failure::NotHttp)?;
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        let value = ascii_octets(line[colon + 1..].trim_ascii(), KEPT);
        let page = &mut self.page;
        let kept = match name.as_str() {
            "content-type" => &mut page.content_type,
            "location" => &mut page.location,
            "content-encoding" => &mut page.content_encoding,
            "retry-after" => &mut page.retry_after,
            "transfer-encoding" => {
                self.chunked = value.to_ascii_lowercase().ends_with("chunked");
                return if self.chunked { Ok(()) } else { Err(Failure::NotHttp) };
            }
            "content-length" => return self.content_length(&value),
            _ => return Ok(()),
        };
        kept.get_or_insert(value);
        Ok(())
    }

    /// RFC 9112 §6.3: lengths that contradict each other leave no way to read the body.
    fn content_length(&mut self, value: &str) -> Result<(), Failure> {
        for written in value.split(',') {
            let length = written.trim().parse().map_err(|_| Failure::NotHttp)?;
            if self.length.replace(length).is_some_and(|before| before != length) {
                return Err(Failure::NotHttp);
            }
        }
        Ok(())
    }
}
