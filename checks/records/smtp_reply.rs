//! Does a refusal speak of us (our address, our rate, our reputation) or of the host itself?
//!
//! Reads wording only: a refusal of ours says nothing of what the host offers to others.

use crate::kernel::Reply;

/// The beginnings of words that speak of the client: lists, rate, greylisting, reputation.
const ABOUT_THE_CLIENT: &[&str] = &[
    "banned",
    "barracuda",
    "black list",
    "blacklist",
    "block list",
    "blocked",
    "blocklist",
    "client host",
    "denylist",
    "dnsbl",
    "excessive",
    "graylist",
    "grey list",
    "grey-list",
    "greylist",
    "ip address",
    "ip name lookup",
    "proofpoint.com/dnsbl",
    "ptr record",
    "rate limit",
    "rbl",
    "reputation",
    "reverse dns",
    "reverse hostname",
    "spamcop",
    "spamhaus",
    "throttl",
    "too fast",
    "too many",
    "too much",
    "too quickly",
    "your host",
    "your ip",
    "your server",
];

/// Whether the reply turns us away for who we are or how often we come.
pub fn blames_client(reply: &Reply) -> bool {
    if reply.is_positive() {
        return false;
    }
    let text = reply.lines.join(" ").to_lowercase();
    is_policy_status(&text) || ABOUT_THE_CLIENT.iter().any(|word| has_word_beginning(&text, word))
}

/// The enhanced status is of class X.7, security or policy (RFC 3463 §3.8).
fn is_policy_status(text: &str) -> bool {
    ["4.7.", "5.7."].iter().any(|status| text.starts_with(status))
}

fn has_word_beginning(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric))
}

/// Whether an EHLO reply offers the extension (RFC 5321 §4.1.1.1): its keyword starts a line after
/// the first.
pub fn offers(ehlo: &Reply, extension: &str) -> bool {
    parameters(ehlo, extension).is_some()
}

/// The parameters of an offered extension, upper-case; those of several lines together. The old
/// form `AUTH=LOGIN` is read as `AUTH LOGIN`.
pub fn parameters(ehlo: &Reply, extension: &str) -> Option<Vec<String>> {
    let mut offered = None;
    for line in ehlo.lines.iter().skip(1) {
        let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
        if words.next().is_some_and(|keyword| keyword.eq_ignore_ascii_case(extension)) {
            offered.get_or_insert_with(Vec::new).extend(words.map(str::to_ascii_uppercase));
        }
    }
    offered
}
