//! The SPF record's grammar (RFC 7208 §12): terms, and what is wrong with each.
//!
//! Parsing never fails: what can be read is read, and every fault names its term.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::spf_macro::MacroString;
use crate::kernel::Text;

/// Terms read of one record; a record of the largest message has fewer.
const TERM_LIMIT: usize = 5_000;

/// What a directive says of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    Pass,
    Fail,
    Softfail,
    Neutral,
}

/// ```abnf
/// mechanism = ( all / include / a / mx / ptr / ip4 / ip6 / exists )
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    All,
    Include(MacroString),
    A { domain: Option<MacroString>, v4: u8, v6: u8 },
    Mx { domain: Option<MacroString>, v4: u8, v6: u8 },
    Ptr(Option<MacroString>),
    Ip4(Ipv4Net),
    Ip6(Ipv6Net),
    Exists(MacroString),
}

/// ```abnf
/// terms     = *( 1*SP ( directive / modifier ) )
/// directive = [ qualifier ] mechanism
/// modifier  = redirect / explanation / unknown-modifier
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Directive {
        qualifier: Qualifier,
        mechanism: Mechanism,
    },
    Redirect(MacroString),
    Explanation(MacroString),
    /// A modifier that this version of SPF does not know; ignored (RFC 7208 §6).
    Unknown,
}

/// A term as written, with what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub text: String,
    pub kind: Kind,
}

impl Term {
    /// Whether it costs a lookup of the ten (RFC 7208 §4.6.4).
    pub fn asks(&self) -> bool {
        match &self.kind {
            Kind::Directive { mechanism, .. } => {
                !matches!(mechanism, Mechanism::All | Mechanism::Ip4(_) | Mechanism::Ip6(_))
            }
            other => matches!(other, Kind::Redirect(_)),
        }
    }
}

/// A term that does not match the grammar; one is a permerror for all mail (RFC 7208 §4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub term: String,
    /// A word of this module: `unknown-mechanism`, `bad-address`, …
    pub problem: &'static str,
}

/// A record, read as far as it can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub terms: Vec<Term>,
    pub faults: Vec<Fault>,
}

impl Record {
    /// Whether an `all` mechanism ends the record, so that `redirect` is ignored (RFC 7208 §6.1).
    pub fn has_all(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.kind, Kind::Directive { mechanism: Mechanism::All, .. }))
    }

    /// The `redirect` modifier, as written and parsed.
    pub fn redirect(&self) -> Option<(&str, &MacroString)> {
        self.terms.iter().find_map(|term| match &term.kind {
            Kind::Redirect(target) => Some((term.text.as_str(), target)),
            _ => None,
        })
    }

    /// The directives after `all`, which never run (RFC 7208 §5.1).
    pub fn after_all(&self) -> Vec<&Term> {
        let is_all =
            |term: &&Term| matches!(term.kind, Kind::Directive { mechanism: Mechanism::All, .. });
        let directives =
            self.terms.iter().filter(|term| matches!(term.kind, Kind::Directive { .. }));
        directives.skip_while(|term| !is_all(term)).skip(1).collect()
    }

    /// Where the explanation of a fail stands.
    pub fn explanation(&self) -> Option<&MacroString> {
        self.terms.iter().find_map(|term| match &term.kind {
            Kind::Explanation(target) => Some(target),
            _ => None,
        })
    }

    /// The terms that an evaluation may reach: those before `all`, and `redirect` if there is no `all`.
    pub fn reachable(&self) -> impl Iterator<Item = &Term> {
        let has_all = self.has_all();
        let mut ended = false;
        self.terms.iter().filter(move |term| match &term.kind {
            Kind::Directive { mechanism, .. } if !ended => {
                ended = *mechanism == Mechanism::All;
                true
            }
            Kind::Directive { .. } => false,
            Kind::Redirect(_) => !has_all,
            Kind::Explanation(_) | Kind::Unknown => true,
        })
    }
}

/// Whether a TXT record is selected as SPF: `v=spf1`, then a space or the end (RFC 7208 §4.5).
pub fn is_spf(octets: &[u8]) -> bool {
    octets.get(..6).is_some_and(|version| version.eq_ignore_ascii_case(b"v=spf1"))
        && matches!(octets.get(6), None | Some(b' '))
}

/// The SPF records among TXT records, read.
pub fn records(texts: &[Text]) -> impl Iterator<Item = Record> {
    texts.iter().map(Text::joined).filter(|text| is_spf(text)).map(|text| parse(&text))
}

/// Reads a record that [`is_spf`] selected.
pub fn parse(octets: &[u8]) -> Record {
    let mut record = Record::default();
    let text: String =
        octets.get(6..).unwrap_or_default().iter().map(|&octet| char::from(octet)).collect();
    for written in text.split(' ').filter(|term| !term.is_empty()).take(TERM_LIMIT) {
        match parse_term(written) {
            Ok(kind) => record.terms.push(Term { text: written.to_owned(), kind }),
            Err(problem) => record.faults.push(Fault { term: written.to_owned(), problem }),
        }
    }
    // RFC 7208 §6: redirect and exp at most once each.
    for (problem, is_it) in [
        ("redirect-twice", (|kind| matches!(kind, Kind::Redirect(_))) as fn(&Kind) -> bool),
        ("exp-twice", |kind| matches!(kind, Kind::Explanation(_))),
    ] {
        if let Some(second) = record.terms.iter().filter(|term| is_it(&term.kind)).nth(1) {
            record.faults.push(Fault { term: second.text.clone(), problem });
        }
    }
    record
}

/// Reads one term; says what is wrong with it in a word of this module.
pub fn parse_term(written: &str) -> Result<Kind, &'static str> {
    if written.is_empty() {
        return Err("empty");
    }
    if !written.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err("not-ascii");
    }
    if let Some(kind) = parse_modifier(written)? {
        return Ok(kind);
    }
    let (qualifier, bare) = match written.as_bytes()[0] {
        b'+' => (Qualifier::Pass, &written[1..]),
        b'-' => (Qualifier::Fail, &written[1..]),
        b'~' => (Qualifier::Softfail, &written[1..]),
        b'?' => (Qualifier::Neutral, &written[1..]),
        _ => (Qualifier::Pass, written),
    };
    Ok(Kind::Directive { qualifier, mechanism: parse_mechanism(bare)? })
}

/// ```abnf
/// unknown-modifier = name "=" macro-string
/// name             = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
/// ```
fn parse_modifier(written: &str) -> Result<Option<Kind>, &'static str> {
    let name: String =
        written.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let Some(value) = written[name.len()..].strip_prefix('=').filter(|_| starts_well) else {
        return Ok(None);
    };
    let kind = match name.to_ascii_lowercase().as_str() {
        "redirect" => Kind::Redirect(domain_spec(value)?),
        "exp" => Kind::Explanation(domain_spec(value)?),
        // `include=` and `a=` read as modifiers nobody knows, yet are always a slip for `:`.
        "include" | "a" | "mx" | "ptr" | "ip4" | "ip6" | "exists" | "all" => {
            return Err("equals-for-colon");
        }
        _ => {
            // The grammar of macro-string has all letters; only a name may not hold c, r and t.
            MacroString::parse_explanation(value)?;
            Kind::Unknown
        }
    };
    Ok(Some(kind))
}

fn parse_mechanism(bare: &str) -> Result<Mechanism, &'static str> {
    let end = bare.find([':', '/']).unwrap_or(bare.len());
    let (name, rest) = bare.split_at(end);
    match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Ok(Mechanism::All),
        "all" => Err("all-takes-nothing"),
        "include" => Ok(Mechanism::Include(domain_spec(argument(rest)?)?)),
        "exists" => Ok(Mechanism::Exists(domain_spec(argument(rest)?)?)),
        "ptr" if rest.is_empty() => Ok(Mechanism::Ptr(None)),
        "ptr" => Ok(Mechanism::Ptr(Some(domain_spec(argument(rest)?)?))),
        "a" => host_mechanism(rest).map(|(domain, v4, v6)| Mechanism::A { domain, v4, v6 }),
        "mx" => host_mechanism(rest).map(|(domain, v4, v6)| Mechanism::Mx { domain, v4, v6 }),
        "ip4" => Ok(Mechanism::Ip4(ip4_network(argument(rest)?)?)),
        "ip6" => Ok(Mechanism::Ip6(ip6_network(argument(rest)?)?)),
        _ => Err("unknown-mechanism"),
    }
}

fn argument(rest: &str) -> Result<&str, &'static str> {
    rest.strip_prefix(':').filter(|argument| !argument.is_empty()).ok_or("empty-argument")
}

/// ```abnf
/// a  = "a"  [ ":" domain-spec ] [ dual-cidr-length ]
/// mx = "mx" [ ":" domain-spec ] [ dual-cidr-length ]
/// ```
fn host_mechanism(rest: &str) -> Result<(Option<MacroString>, u8, u8), &'static str> {
    // A slash may stand inside a macro or a name too; the lengths are digits and slashes at the end.
    let trailing = rest.trim_end_matches(|c: char| c.is_ascii_digit() || c == '/').len();
    let slash = rest[trailing..].find('/').map_or(rest.len(), |at| trailing + at);
    let (host, lengths) = rest.split_at(slash);
    let domain = if host.is_empty() { None } else { Some(domain_spec(argument(host)?)?) };
    let (v4, v6) = dual_cidr_length(lengths)?;
    Ok((domain, v4, v6))
}

/// ```abnf
/// dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]
/// ip4-cidr-length  = "/" ("0" / %x31-39 0*1DIGIT) ; value range 0-32
/// ip6-cidr-length  = "/" ("0" / %x31-39 0*2DIGIT) ; value range 0-128
/// ```
fn dual_cidr_length(lengths: &str) -> Result<(u8, u8), &'static str> {
    if lengths.is_empty() {
        return Ok((32, 128));
    }
    let (v4, v6) = match lengths.split_once("//") {
        Some((v4, v6)) => (v4, Some(v6)),
        None => (lengths, None),
    };
    let v4 = match v4.strip_prefix('/') {
        Some(number) => prefix_length(number, 32)?,
        None if v4.is_empty() => 32,
        None => return Err("bad-prefix-length"),
    };
    let v6 = v6.map_or(Ok(128), |number| prefix_length(number, 128))?;
    Ok((v4, v6))
}

fn prefix_length(number: &str, most: u8) -> Result<u8, &'static str> {
    let well_formed = number == "0" || !number.starts_with('0');
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let length = number.parse::<u8>().ok().filter(|length| *length <= most);
    length.filter(|_| well_formed && digits).ok_or("bad-prefix-length")
}

fn ip4_network(argument: &str) -> Result<Ipv4Net, &'static str> {
    let (address, length) = match argument.split_once('/') {
        Some((address, length)) => (address, prefix_length(length, 32)?),
        None => (argument, 32),
    };
    let address: Ipv4Addr = address.parse().map_err(|_| "bad-address")?;
    Ipv4Net::new(address, length).map_err(|_| "bad-prefix-length")
}

fn ip6_network(argument: &str) -> Result<Ipv6Net, &'static str> {
    let (address, length) = match argument.split_once('/') {
        Some((address, length)) => (address, prefix_length(length, 128)?),
        None => (argument, 128),
    };
    let address: Ipv6Addr = address.parse().map_err(|_| "bad-address")?;
    Ipv6Net::new(address, length).map_err(|_| "bad-prefix-length")
}

/// ```abnf
/// domain-spec = macro-string domain-end
/// domain-end  = ( "." toplabel [ "." ] ) / macro-expand
/// toplabel    = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
/// ```
fn domain_spec(text: &str) -> Result<MacroString, &'static str> {
    let parsed = MacroString::parse(text)?;
    if text.ends_with('}') || text.ends_with("%%") || text.ends_with("%_") || text.ends_with("%-") {
        return Ok(parsed);
    }
    let bare = text.strip_suffix('.').unwrap_or(text);
    let (_, toplabel) = bare.rsplit_once('.').ok_or("bad-domain")?;
    let alphanumeric = |c: char| c.is_ascii_alphanumeric();
    let well_formed = !toplabel.is_empty()
        && toplabel.chars().all(|c| alphanumeric(c) || c == '-')
        && toplabel.starts_with(alphanumeric)
        && toplabel.ends_with(alphanumeric)
        && !toplabel.bytes().all(|b| b.is_ascii_digit());
    if well_formed { Ok(parsed) } else { Err("bad-domain") }
}

/// Whether a word is one term of the grammar.
pub fn is_term(word: &str) -> bool {
    parse_term(word).is_ok()
}

/// Whether a term cannot be the second half of a name that was cut in two: it brings its own colon or
/// equals sign, or is a qualified `all`.
pub fn stands_alone(term: &str) -> bool {
    term.contains([':', '=']) || term.starts_with(['-', '~', '?', '+'])
}
