//! Does a refusal speak of us (our address, our rate, our reputation) or of the host itself?
//!
//! Reads wording only: a refusal of ours says nothing of what the host offers to others.

use std::net::IpAddr;

use crate::kernel::Reply;

/// The beginnings of words that speak of the client: lists, rate, greylisting, reputation, and who may
/// come at all.
const ABOUT_THE_CLIENT: &[&str] = &[
    "(bl)",
    "access denied",
    "administrative prohibition",
    "administratively prohibited",
    "ask your postmaster",
    "bad dns ptr",
    "banned",
    "barracuda",
    "black list",
    "blacklist",
    "block list",
    "blocked",
    "blocklist",
    "client host",
    "connections from",
    "connections will not be accepted from",
    "denylist",
    "dnsbl",
    "dynamic address",
    "dynamic ip",
    "ehlo name",
    "excessive",
    "graylist",
    "grey list",
    "grey-list",
    "greylist",
    "helo name",
    "ip address",
    "ip name lookup",
    "not allowed from",
    "policy reasons",
    "policy violation",
    "proofpoint.com/dnsbl",
    "ptr record",
    "ptr resource record",
    "rate limit",
    "rbl",
    "reputation",
    "residential",
    "reverse dns",
    "reverse hostname",
    "spamcop",
    "spamhaus",
    "throttl",
    "too fast",
    "too many",
    "too much",
    "too quickly",
    "you are not",
    "your access",
    "your address",
    "your host",
    "your ip",
    "your network",
    "your server",
];

/// Whether a reply of the host at `peer` turns us away for who we are or how often we come. An address that
/// it names, and which is not its own, is ours.
pub fn blames_client(reply: &Reply, peer: Option<IpAddr>) -> bool {
    if reply.is_positive() {
        return false;
    }
    let text = reply.lines.join(" ").to_lowercase();
    is_policy_status(&text)
        || ABOUT_THE_CLIENT.iter().any(|word| has_word_beginning(&text, word))
        || addresses(&text).any(|address| peer.is_some_and(|peer| peer != address))
}

/// The addresses that a text names.
fn addresses(text: &str) -> impl Iterator<Item = IpAddr> {
    let is_outside = |c: char| !c.is_ascii_hexdigit() && c != '.' && c != ':';
    let words = text.split(is_outside).map(|word| word.trim_end_matches(['.', ':']));
    words.filter(|word| word.len() > "::1".len()).filter_map(|word| word.parse().ok())
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
