//! Does a DKIM-Signature field verify? (RFC 6376 §3.5, §6.1; RFC 8301, 8463)
//!
//! Says what a verifier says of one signature and one key record; which signature counts for From is for
//! those who ask.

use std::collections::{BTreeSet, HashMap};

use base64::Engine;
use sha2::{Digest, Sha256};

use super::canonical::{Canonicalization, Field, canonical_body, without_signature};
use super::dkim_key::{BASE64, DkimKey, KeyState, VerifyingKey};
use super::tag_list::{BLANK, TagList};
use crate::kernel::Name;

/// A signature as its field has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimSignature {
    /// `d`, the signing domain.
    pub domain: Name,
    /// `s`.
    pub selector: String,
    /// The domain of `i`, or `d` where it is not written.
    identity: Name,
    algorithm: String,
    header_form: Canonicalization,
    body_form: Canonicalization,
    /// `h`: the names of the fields that are signed, in order.
    signed: Vec<String>,
    body_hash: Vec<u8>,
    signature: Vec<u8>,
    /// `l`: octets of the canonical body that are signed.
    length: Option<usize>,
    /// `x`, in seconds since 1970.
    expires: Option<i64>,
}

/// The words of RFC 8601 §2.7.1 for one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum DkimResult {
    Pass,
    /// The key does not vouch for the message.
    Fail,
    /// There is a signature, and it cannot be used: it has ended, or its syntax is wrong.
    Neutral,
    /// There is no key that could verify it, and there will be none.
    Permerror,
}

impl DkimSignature {
    /// Reads the value of a field, folded or not; nothing where a required tag is missing or wrong.
    pub fn parse(value: &str) -> Option<Self> {
        let tags = TagList::parse(value);
        let tag = |name| tags.tag(name).map(|tag| tag.value);
        let names: BTreeSet<&str> = tags.tags.iter().map(|tag| tag.name).collect();
        // RFC 6376 §3.2: a list that holds a name twice is invalid as a whole.
        let is_list = tags.malformed.is_empty() && names.len() == tags.tags.len();
        let asks_dns =
            tag("q").is_none_or(|ways| ways.split(':').any(|way| bare(way) == "dns/txt"));
        (is_list && asks_dns && tag("v")? == "1").then_some(())?;
        let domain = Name::new(tag("d")?);
        let identity = match tag("i") {
            Some(identity) => Name::new(identity.rsplit_once('@')?.1),
            None => domain.clone(),
        };
        let (header_form, body_form) = forms(tag("c"))?;
        let signed: Vec<String> = tag("h")?.split(':').map(bare).collect();
        let signs_from = signed.iter().any(|name| name.eq_ignore_ascii_case("from"));
        let number = |name| tag(name).map(|value| bare(value).parse::<i64>());
        let (expires, length) = (number("x").transpose().ok()?, number("l").transpose().ok()?);
        (signs_from && identity.is_at_or_below(&domain)).then_some(())?;
        Some(Self {
            selector: bare(tag("s")?),
            identity,
            algorithm: bare(tag("a")?).to_ascii_lowercase(),
            header_form,
            body_form,
            signed,
            body_hash: decoded(tag("bh")?)?,
            signature: decoded(tag("b")?)?,
            length: length.map(usize::try_from).transpose().ok()?,
            expires,
            domain,
        })
    }

    /// The name that its key is published at.
    pub fn key_name(&self) -> Name {
        self.domain.child("_domainkey").child(&self.selector)
    }

    /// Whether both its forms are relaxed.
    pub fn forgives_blanks(&self) -> bool {
        [self.header_form, self.body_form] == [Canonicalization::Relaxed; 2]
    }

    /// What a verifier says who has this key record (RFC 6376 §6.1.2, §6.1.3). `own` is the place of the
    /// signature's own field in `header`; `now` is in seconds since 1970.
    pub fn verify(
        &self,
        header: &[Field<'_>],
        own: usize,
        body: &str,
        record: &str,
        now: i64,
    ) -> DkimResult {
        if self.expires.is_some_and(|end| end < now) {
            return DkimResult::Neutral;
        }
        let Some(key) = self.key(record) else { return DkimResult::Permerror };
        let canonical = canonical_body(body, self.body_form).into_bytes();
        let digest = canonical.get(..self.length.unwrap_or(canonical.len())).map(Sha256::digest);
        if digest.is_none_or(|digest| digest[..] != self.body_hash[..]) {
            return DkimResult::Fail;
        }
        let Some(text) = self.signed_text(header, own) else { return DkimResult::Neutral };
        match key.verifies(text.as_bytes(), &self.signature) {
            true => DkimResult::Pass,
            false => DkimResult::Fail,
        }
    }

    /// The key, if it may verify this signature.
    fn key(&self, record: &str) -> Option<VerifyingKey> {
        let read = DkimKey::parse(record);
        let is_strict_kept = !read.strict || self.identity == self.domain;
        let is_for_mail = read.other_service.is_none() && !read.refuses_sha256;
        let usable = read.state == KeyState::Usable && is_strict_kept && is_for_mail;
        // RFC 8301 §3.1: rsa-sha1 verifies nothing any more.
        (usable && self.algorithm == format!("{}-sha256", read.key_type)).then_some(())?;
        VerifyingKey::of_record(record)
    }

    /// What was signed: the fields that `h` names, the last of a name first, then the own field without
    /// its signature (RFC 6376 §3.7, §5.4.2).
    fn signed_text(&self, header: &[Field<'_>], own: usize) -> Option<String> {
        let mut by_name: HashMap<String, Vec<&Field<'_>>> = HashMap::new();
        for field in header {
            by_name.entry(field.name()).or_default().push(field);
        }
        let mut text = String::new();
        for name in &self.signed {
            // A name that is listed once more than it stands there keeps others from adding it.
            let next = by_name.get_mut(&name.to_ascii_lowercase()).and_then(Vec::pop);
            if let Some(field) = next {
                text.push_str(&field.canonical(self.header_form));
                text.push_str("\r\n");
            }
        }
        let stripped = without_signature(header.get(own)?.raw);
        text.push_str(&Field::of(&stripped)?.canonical(self.header_form));
        Some(text)
    }
}

/// `c`; `simple/simple` where it is not written (RFC 6376 §3.5).
fn forms(written: Option<&str>) -> Option<(Canonicalization, Canonicalization)> {
    let Some(written) = written else {
        return Some((Canonicalization::Simple, Canonicalization::Simple));
    };
    let (header, body) = written.split_once('/').unwrap_or((written, "simple"));
    Some((Canonicalization::read(&bare(header))?, Canonicalization::read(&bare(body))?))
}

/// Without the white space that folding puts anywhere.
fn bare(text: &str) -> String {
    text.replace(BLANK, "")
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(bare(text)).ok()
}
