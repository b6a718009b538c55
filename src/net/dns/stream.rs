//! One question over one stream connection: plain TCP or TLS (RFC 7766, 7858).

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use vigie_checks::kernel::{Question, Reason};

use super::wire::{self, Received};

/// Sends a question with its length before it and reads the answer in the same form.
pub async fn exchange<S>(
    stream: &mut S,
    question: &Question,
    recursion: bool,
) -> Result<Received, Reason>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let id = rand::random::<u16>();
    let octets = wire::encode(question, id, recursion)?;
    let length = u16::try_from(octets.len()).map_err(|_| Reason::Malformed)?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(&octets);
    stream.write_all(&framed).await.map_err(|_| Reason::Network)?;
    let length = stream.read_u16().await.map_err(|_| Reason::Network)?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await.map_err(|_| Reason::Network)?;
    wire::decode(&answer, question, id, true).unwrap_or(Err(Reason::Malformed))
}
