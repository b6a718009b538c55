//! Is a message fit for unsubscribing by one click, by its header? (RFC 8058 §3.1, §4, RFC 2369 §3.2)
//!
//! Reads header fields; whether the URI works is asked elsewhere, and whether a signature holds is what the
//! receiver says.

use serde::{Deserialize, Serialize};

use super::tag_list::TagList;
use crate::kernel::Name;

/// Signatures of one message that are read.
const MOST_SIGNATURES: usize = 20;

/// What the header of an arrived message of a bulk stream says of unsubscribing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneClickHeader {
    pub stream: String,
    /// The address in From.
    pub from: String,
    /// List-Unsubscribe has an https URI.
    pub https: bool,
    /// List-Unsubscribe-Post has its one value.
    pub one_click: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<SignatureSeen>,
}

/// A DKIM signature of the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureSeen {
    pub domain: Name,
    pub selector: String,
    /// Its `h=` names both fields.
    pub covers: bool,
    /// What the receiver says of it; absent where it wrote nothing that can be told of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// What a header comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitness {
    Fit,
    /// What is wrong with it.
    Unfit(&'static str),
    /// Whether a signature holds is not known.
    Untold,
}

impl OneClickHeader {
    /// Reads the fields of a header, names in lower case; `verdict` is what the receiver says of a
    /// signature by domain and selector.
    pub fn read(
        stream: &str,
        from: &str,
        fields: &[(String, String)],
        verdict: impl Fn(&Name, &str) -> Option<String>,
    ) -> Self {
        let first = |wanted: &str| fields.iter().find(|(name, _)| name == wanted);
        let https = first("list-unsubscribe").is_some_and(|(_, value)| has_https(value));
        let post = first("list-unsubscribe-post");
        let signed = fields.iter().filter(|(name, _)| name == "dkim-signature");
        let signatures = signed.take(MOST_SIGNATURES).filter_map(|(_, value)| {
            let mut seen = signature(value)?;
            seen.verdict = verdict(&seen.domain, &seen.selector);
            Some(seen)
        });
        Self {
            stream: stream.to_owned(),
            from: from.to_owned(),
            https,
            one_click: post.is_some_and(|(_, value)| {
                value.trim().eq_ignore_ascii_case("List-Unsubscribe=One-Click")
            }),
            signatures: signatures.collect(),
        }
    }

    /// RFC 8058 §4: both fields, and a valid signature that covers them.
    pub fn fitness(&self) -> Fitness {
        let mut covering = self.signatures.iter().filter(|seen| seen.covers).peekable();
        match (self.https, self.one_click) {
            (false, _) => return Fitness::Unfit("no-https-uri"),
            (_, false) => return Fitness::Unfit("no-one-click-field"),
            (true, true) if covering.peek().is_none() => return Fitness::Unfit("not-signed"),
            (true, true) => {}
        }
        let words: Vec<Option<&str>> = covering.map(|seen| seen.verdict.as_deref()).collect();
        // RFC 8601 §2.7.1: what these words say is definite; of the others the receiver could not tell.
        let fails = |word: &Option<&str>| matches!(word, Some("fail" | "permerror" | "policy"));
        if words.contains(&Some("pass")) {
            Fitness::Fit
        } else if words.iter().all(fails) {
            Fitness::Unfit("signature-invalid")
        } else {
            Fitness::Untold
        }
    }
}

/// RFC 2369 §2: URIs in angle brackets, parted by commas.
fn has_https(value: &str) -> bool {
    let uris = value.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    uris.map(|(uri, _)| uri.trim()).any(|uri| {
        uri.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) && uri.len() > 8
    })
}

/// RFC 6376 §3.5; nothing of one that lacks its domain or selector.
fn signature(value: &str) -> Option<SignatureSeen> {
    let tags = TagList::parse(value);
    let tag = |name: &str| Some(tags.tag(name)?.value.split_whitespace().collect::<String>());
    let is_name = |name: &String| {
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._".contains(&octet);
        (1..=253).contains(&name.len()) && name.bytes().all(plain)
    };
    let signed = tag("h").unwrap_or_default().to_ascii_lowercase();
    let covers = |field: &str| signed.split(':').any(|name| name == field);
    Some(SignatureSeen {
        domain: Name::new(&tag("d").filter(is_name)?),
        selector: tag("s").filter(is_name)?.to_ascii_lowercase(),
        covers: covers("list-unsubscribe") && covers("list-unsubscribe-post"),
        verdict: None,
    })
}
