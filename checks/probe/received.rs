//! What way did an arrived message take? Its trace fields, as the servers on the way wrote them
//! (RFC 5321 §4.4).
//!
//! Trace fields can be forged below the first host that is trusted; nothing is refused because of them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;

use super::facts::Seal;
use crate::kernel::Name;
use crate::records::special::is_public;
use crate::records::tag_list::TagList;

/// Trace fields that are read of one header.
const HOPS: usize = 50;

/// The fields of a header section in their order, unfolded, names in lower case.
pub fn fields(header: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in header.lines() {
        match fields.last_mut() {
            Some((_, value)) if line.starts_with([' ', '\t']) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            _ => {
                let Some((name, value)) = line.split_once(':') else { continue };
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
    }
    fields
}

/// One Received field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The host that wrote it.
    pub by: Option<String>,
    /// The address that it took the message from.
    pub from: Option<IpAddr>,
    /// The name that was given there in EHLO.
    pub helo: Option<String>,
    /// The sender had logged in (RFC 3848 §2): a submission, not a hop between servers.
    pub submitted: bool,
    /// It says that it came from somewhere, and not from where.
    pub hides_origin: bool,
    pub at: Option<DateTime<Utc>>,
}

/// The hops, the last one first.
pub fn hops(fields: &[(String, String)]) -> Vec<Hop> {
    let received = fields.iter().filter(|(name, _)| name == "received").take(HOPS);
    received.map(|(_, value)| hop(value)).collect()
}

fn hop(value: &str) -> Hop {
    let (clauses, date) = value.rsplit_once(';').unwrap_or((value, ""));
    let words: Vec<&str> = clauses.split_whitespace().collect();
    let after = |keyword: &str| {
        let at = words.iter().position(|word| word.eq_ignore_ascii_case(keyword))?;
        words.get(at + 1).map(|word| word.trim_matches(['(', ')', ';']))
    };
    let from = clauses.split_once(" by ").map_or(clauses, |(from, _)| from);
    let protocol = after("with").unwrap_or_default().to_ascii_uppercase();
    let address = bracketed(from).or_else(|| parenthesised(from)).or_else(|| {
        // As Yahoo writes it.
        after("from").and_then(|word| word.parse().ok())
    });
    let date = date.split('(').next().unwrap_or_default().trim();
    Hop {
        by: after("by").filter(|name| is_name(name)).map(str::to_owned),
        from: address,
        helo: greeting(from),
        submitted: ["ESMTPA", "ESMTPSA", "UTF8SMTPA", "UTF8SMTPSA"].contains(&protocol.as_str()),
        // Delivery inside one server (RFC 2033, and what Exim calls local) names no address either.
        hides_origin: address.is_none()
            && from.trim_start().to_ascii_lowercase().starts_with("from ")
            && !protocol.contains("LMTP")
            && protocol != "LOCAL",
        at: DateTime::parse_from_rfc2822(date).ok().map(|at| at.with_timezone(&Utc)),
    }
}

/// RFC 5321 §4.4: the name given in EHLO follows `from`; where it differs from the name that the address
/// has, Exim writes it as `helo=`, qmail after `HELO` and Yahoo after `EHLO`.
fn greeting(from: &str) -> Option<String> {
    let words: Vec<&str> =
        from.split_whitespace().map(|word| word.trim_matches(['(', ')', ';'])).collect();
    let exim = words.iter().find_map(|word| word.strip_prefix("helo="));
    let after = |keyword| {
        let at = words.iter().position(|word| *word == keyword)?;
        words.get(at + 1)
    };
    let noted = exim.or_else(|| after("HELO").copied()).or_else(|| after("EHLO").copied());
    noted.or_else(|| after("from").copied()).filter(|name| is_name(name)).map(str::to_owned)
}

/// The seals of a header (RFC 8617 §4.1.3), the first one first; those that cannot be read are left out.
pub fn seals(fields: &[(String, String)]) -> Vec<Seal> {
    let sealed = fields.iter().filter(|(name, _)| name == "arc-seal").take(HOPS);
    let mut seals: Vec<Seal> = sealed.filter_map(|(_, value)| seal(value)).collect();
    seals.sort();
    seals
}

fn seal(value: &str) -> Option<Seal> {
    let tags = TagList::parse(value).tags;
    let tag = |wanted: &str| {
        let tag = tags.iter().find(|tag| tag.name.eq_ignore_ascii_case(wanted))?;
        Some(tag.value.to_owned())
    };
    let named = |name: &String| is_name(name) && !name.contains(['[', ']', ':']);
    Some(Seal {
        instance: tag("i")?.parse().ok().filter(|instance| (1..=50).contains(instance))?,
        domain: Name::new(&tag("d").filter(named)?),
        selector: tag("s").filter(named)?,
        verdict: tag("cv")?.to_ascii_lowercase().chars().take(20).collect(),
    })
}

fn is_name(word: &str) -> bool {
    (1..=255).contains(&word.len())
        && word.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-._:[]".contains(&octet))
}

fn bracketed(text: &str) -> Option<IpAddr> {
    let mut literals = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    literals.find_map(|(literal, _)| {
        let bare = literal.get(..5).filter(|tag| tag.eq_ignore_ascii_case("ipv6:"));
        bare.map_or(literal, |_| &literal[5..]).parse().ok()
    })
}

/// As Exchange and qmail write it: the last word in parentheses.
fn parenthesised(text: &str) -> Option<IpAddr> {
    let mut comments = text.split('(').skip(1).filter_map(|rest| rest.split_once(')'));
    comments.find_map(|(comment, _)| comment.split_whitespace().last()?.parse().ok())
}

/// The public address that the receiver's border took the message from: as its SPF verdict has it
/// (RFC 7208 §9.1), else of the last hop between servers. Nothing if it crossed no public hop.
pub fn sent_from(fields: &[(String, String)], own_networks: &[IpNet]) -> Option<IpAddr> {
    let public = |address: &IpAddr| is_public(*address, own_networks);
    let noted = fields.iter().find(|(name, _)| name == "received-spf").and_then(|(_, value)| {
        let (_, after) = value.split_once("client-ip=")?;
        after.split([';', ' ']).next()?.trim_matches('"').parse().ok()
    });
    let crossed = || {
        let between = hops(fields).into_iter().filter(|hop| !hop.submitted);
        between.filter_map(|hop| hop.from).find(public)
    };
    noted.filter(public).or_else(crossed)
}

/// Whether more than one host passed the message on over the internet: the last one need not be the
/// domain's own (RFC 7208 §2.5).
pub fn was_relayed(fields: &[(String, String)], own_networks: &[IpNet]) -> bool {
    let between = hops(fields).into_iter().filter(|hop| !hop.submitted);
    let public: BTreeSet<IpAddr> =
        between.filter_map(|hop| hop.from).filter(|at| is_public(*at, own_networks)).collect();
    public.len() > 1
}

/// Whether a host between servers does not say where it took the message from.
pub fn hides_origin(fields: &[(String, String)]) -> bool {
    hops(fields).iter().any(|hop| !hop.submitted && hop.hides_origin)
}

/// The envelope sender, as the last host wrote it (RFC 5321 §4.4); empty for the null sender.
pub fn return_path(fields: &[(String, String)]) -> Option<&str> {
    let (_, value) = fields.iter().find(|(name, _)| name == "return-path")?;
    let (_, after) = value.split_once('<')?;
    after.split_once('>').map(|(address, _)| address.trim())
}

/// The name that the border was greeted with from an address that [`sent_from`] gave.
pub fn greeted_as(fields: &[(String, String)], address: IpAddr) -> Option<String> {
    let mut between = hops(fields).into_iter().filter(|hop| !hop.submitted);
    between.find(|hop| hop.from == Some(address))?.helo
}

/// Where a message stayed longest between `taken`, by our clock, and `stored` in the mailbox at
/// `mailbox`. Clocks that run ahead cannot make a stay shorter than none.
pub fn slowest_hop(
    fields: &[(String, String)],
    taken: DateTime<Utc>,
    stored: DateTime<Utc>,
    mailbox: &str,
) -> String {
    let mut slowest = (TimeDelta::zero(), mailbox.to_owned());
    let mut left = taken;
    let dated = hops(fields).into_iter().rev().filter_map(|hop| Some((hop.by?, hop.at?)));
    // What a host holds shows in the time that the next one writes.
    let mut holder = None;
    for (by, at) in dated {
        let stay = at - left;
        if let Some(holder) = holder.filter(|_| stay > slowest.0) {
            slowest = (stay, holder);
        }
        left = left.max(at);
        holder = Some(by);
    }
    match holder {
        Some(last) if stored - left > slowest.0 => last,
        _ => slowest.1,
    }
}
