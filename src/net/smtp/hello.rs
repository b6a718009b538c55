//! Would the host go on with a version and ciphers that we do not speak? One hello, one answer.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vigie_checks::kernel::{ClientHello, HelloReply};
use vigie_checks::records::tls_hello::{encode, read};

use super::wire::Stream;

/// Sends the hello over a connected stream and reads until its answer is whole.
pub(super) async fn offer(
    mut stream: Box<dyn Stream>,
    hello: ClientHello,
    name: &str,
) -> HelloReply {
    let asked = encode(hello, name);
    if stream.write_all(&asked).await.is_err() || stream.flush().await.is_err() {
        return HelloReply::Closed;
    }
    let mut octets = Vec::new();
    let mut part = [0; 1024];
    loop {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return HelloReply::Closed,
            Ok(length) => octets.extend_from_slice(&part[..length]),
        }
        if let Some(reply) = read(hello.version, &octets) {
            return reply;
        }
    }
}
