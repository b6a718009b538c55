//! One question over HTTPS (RFC 8484).

use reqwest::header::{ACCEPT, CONTENT_TYPE};

use vigie_checks::kernel::{Question, Reason};

use super::wire::{self, Received};

const MEDIA_TYPE: &str = "application/dns-message";

/// The largest DNS message.
const LARGEST: usize = 65_535;

/// Posts a question and reads the answer.
pub async fn exchange(
    client: &reqwest::Client,
    url: &reqwest::Url,
    question: &Question,
) -> Result<Received, Reason> {
    // RFC 8484 §4.1: id 0, so that caches may share answers.
    let octets = wire::encode(question, 0, true)?;
    let request = client
        .post(url.clone())
        .header(CONTENT_TYPE, MEDIA_TYPE)
        .header(ACCEPT, MEDIA_TYPE)
        .body(octets);
    let mut response = request.send().await.map_err(|_| Reason::Network)?;
    if !response.status().is_success() {
        return Err(Reason::Network);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Reason::Network)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Reason::Malformed);
        }
        body.extend_from_slice(&chunk);
    }
    wire::decode(&body, question, 0, true).unwrap_or(Err(Reason::Malformed))
}
