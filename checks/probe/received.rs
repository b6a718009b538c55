//! What way did an arrived message take? Its trace fields, as the servers on the way wrote them
//! (RFC 5321 §4.4).
//!
//! Trace fields can be forged below the first host that is trusted; nothing is refused because of them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::Seal;
use crate::kernel::{Name, Vantage};
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

fn hop(value: &str) -> Hop {
    let (clauses, date) = value.rsplit_once(';').unwrap_or((value, ""));
    // Hops inside a receiver begin with `by`.
    let at = clauses.find(" by ").map_or(0, |at| at + 1);
    let (from, to) = clauses.split_at(at);
    let to: Vec<&str> = to.split_whitespace().collect();
    let protocol = following(&to, "with").unwrap_or_default().to_ascii_uppercase();
    let address = address_in(from);
    let date = date.split('(').next().unwrap_or_default().trim();
    Hop {
        by: following(&to, "by").filter(|name| is_name(name)).map(str::to_owned),
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

/// The word after a keyword.
fn following<'t>(words: &[&'t str], keyword: &str) -> Option<&'t str> {
    let at = words.iter().position(|word| word.eq_ignore_ascii_case(keyword))?;
    words.get(at + 1).map(|word| word.trim_matches(['(', ')', ';']))
}

/// The address that a host noted itself, in parentheses and mostly in brackets; what stands outside may
/// be what the other side said.
fn address_in(from: &str) -> Option<IpAddr> {
    let comments = || from.split('(').skip(1).filter_map(|rest| rest.split_once(')'));
    let noted = comments().find_map(|(comment, _)| bracketed(comment));
    // As Exchange and qmail write it, and as Yahoo does.
    let bare = || comments().find_map(|(comment, _)| address(comment.split_whitespace().last()?));
    let words: Vec<&str> = from.split_whitespace().collect();
    let alone = || address(following(&words, "from")?);
    noted.or_else(bare).or_else(|| bracketed(from)).or_else(alone)
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

/// The first address in brackets that is not what was said in EHLO.
fn bracketed(text: &str) -> Option<IpAddr> {
    let mut before = "";
    for part in text.split('[') {
        if let Some((literal, _)) = part.split_once(']')
            && !before.ends_with("helo=")
            && let Some(found) = address(literal)
        {
            return Some(found);
        }
        before = part;
    }
    None
}

/// RFC 5321 §4.1.3, and with the zone that some write (RFC 4007 §11).
fn address(word: &str) -> Option<IpAddr> {
    let tagged = word.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case("ipv6:"));
    let bare = if tagged { &word[5..] } else { word };
    bare.split('%').next()?.parse().ok()
}

/// The way of a message between servers.
pub struct Trace<'a> {
    fields: &'a [(String, String)],
    /// The places of the Received fields among all, and the hops that they tell of.
    hops: Vec<(usize, Hop)>,
    vantage: &'a Vantage,
}

impl<'a> Trace<'a> {
    /// The fields of a message that was submitted from here.
    pub fn of(fields: &'a [(String, String)], vantage: &'a Vantage) -> Self {
        let received = fields.iter().enumerate().filter(|(_, (name, _))| name == "received");
        let hops = received.take(HOPS).map(|(at, (_, value))| (at, hop(value))).collect();
        Self { fields, hops, vantage }
    }

    /// All fields of the header.
    pub fn fields(&self) -> &'a [(String, String)] {
        self.fields
    }

    /// The hops that are no submission: that of a sender who logged in, or our own.
    fn between(&self) -> impl Iterator<Item = &(usize, Hop)> {
        let ours = |hop: &Hop| hop.helo.as_ref().is_some_and(|helo| *helo == self.vantage.helo);
        self.hops.iter().filter(move |(_, hop)| !hop.submitted && !ours(hop))
    }

    fn is_public(&self, address: IpAddr) -> bool {
        is_public(address, &self.vantage.own_networks)
    }

    /// The public address that the receiver's border took the message from: as its SPF verdict has it
    /// (RFC 7208 §9.1), else of the last hop between servers. Nothing if it crossed no public hop.
    pub fn sent_from(&self) -> Option<IpAddr> {
        let noted = self.fields.iter().find(|(name, _)| name == "received-spf");
        let noted = noted.and_then(|(_, value)| {
            let (_, after) = value.split_once("client-ip=")?;
            address(after.split([';', ' ']).next()?.trim_matches('"'))
        });
        let crossed =
            || self.between().filter_map(|(_, hop)| hop.from).find(|at| self.is_public(*at));
        noted.filter(|at| self.is_public(*at)).or_else(crossed)
    }

    /// The name that the border was greeted with from an address that [`Self::sent_from`] gave.
    pub fn greeted_as(&self, address: IpAddr) -> Option<String> {
        self.between().find(|(_, hop)| hop.from == Some(address))?.1.helo.clone()
    }

    /// Whether more than one host may have passed the message on over the internet: the last one need
    /// not be the domain's own (RFC 7208 §2.5).
    pub fn was_relayed(&self) -> bool {
        let from = self.between().filter_map(|(_, hop)| hop.from);
        let public: BTreeSet<IpAddr> = from.filter(|at| self.is_public(*at)).collect();
        public.len() > 1 || self.hides_origin()
    }

    /// Whether a host between servers does not say where it took the message from.
    pub fn hides_origin(&self) -> bool {
        self.between().any(|(_, hop)| hop.hides_origin)
    }

    /// The fields that the receiver may have written: those above what the message brought along. All of
    /// them where its border is not known.
    pub fn of_receiver(&self) -> &'a [(String, String)] {
        let border = self
            .sent_from()
            .and_then(|address| self.hops.iter().position(|(_, hop)| hop.from == Some(address)));
        let below = border.and_then(|border| self.hops.get(border + 1));
        below.map_or(self.fields, |(at, _)| &self.fields[..*at])
    }

    /// The hops, submissions among them, the last one first.
    pub fn hops(&self) -> impl DoubleEndedIterator<Item = &Hop> {
        self.hops.iter().map(|(_, hop)| hop)
    }

    /// Where the message stayed longest between `taken`, by our clock, and `stored` in the mailbox at
    /// `mailbox`. Clocks that run ahead cannot make a stay shorter than none.
    pub fn slowest_hop(
        &self,
        taken: DateTime<Utc>,
        stored: DateTime<Utc>,
        mailbox: &str,
    ) -> String {
        let mut slowest = (TimeDelta::zero(), mailbox);
        let mut left = taken;
        let dated = self.hops().rev().filter_map(|hop| Some((hop.by.as_deref()?, hop.at?)));
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
        let held_longest = match holder {
            Some(last) if stored - left > slowest.0 => last,
            _ => slowest.1,
        };
        held_longest.to_owned()
    }
}

/// The envelope sender, as the last host wrote it (RFC 5321 §4.4); empty for the null sender.
pub fn return_path(fields: &[(String, String)]) -> Option<&str> {
    let (_, value) = fields.iter().find(|(name, _)| name == "return-path")?;
    // Exchange writes no brackets.
    let (_, after) = value.split_once('<').unwrap_or(("", value));
    Some(after.split('>').next().unwrap_or_default().trim())
}
