//! What did the receiver make of a message's authentication? Its Authentication-Results (RFC 8601).

use super::domain_of;
use super::facts::Verdicts;
use crate::kernel::{Name, ProbeSpec};

/// Fields of one host that are read.
const MOST_FIELDS: usize = 10;

/// What a receiver wrote of one method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    pub word: String,
    /// It is a pass that aligns with From.
    pub aligns: bool,
}

/// What a receiver wrote; nothing of a method that it left out or could not tell (RFC 8601 §2.7.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub spf: Option<Method>,
    pub dkim: Option<Method>,
    pub dmarc: Option<String>,
}

impl Written {
    /// Reads the fields of the trusted host, or of the topmost that wrote any.
    pub fn read(fields: &[(String, String)], probe: &ProbeSpec) -> Self {
        let Some(results) = trusted(fields, probe) else { return Self::default() };
        let from = domain_of(&probe.from);
        let told = |method| best(&results, method).filter(|word| word != "temperror");
        let method = |name, properties: &[&str]| {
            told(name)
                .map(|word| Method { word, aligns: aligned(&results, name, properties, from) })
        };
        Self {
            spf: method("spf", &["smtp.mailfrom="]),
            dkim: method("dkim", &["header.d=", "header.i="]),
            dmarc: told("dmarc"),
        }
    }

    /// The verdicts, unless what they hang on was not written.
    pub fn verdicts(&self) -> Option<Verdicts> {
        let aligns = |method: &Option<Method>| method.as_ref().is_some_and(|said| said.aligns);
        let (spf_aligns, dkim_aligns) = (aligns(&self.spf), aligns(&self.dkim));
        let authenticated = match self.dmarc.as_deref() {
            Some("pass") => true,
            Some("fail") => false,
            // No policy, or no verdict on it: an aligned pass is what DMARC would have asked for.
            _ if spf_aligns || dkim_aligns => true,
            _ if self.spf.is_none() || self.dkim.is_none() => return None,
            _ => false,
        };
        let word = |method: &Option<Method>| method.as_ref().map(|said| said.word.clone());
        Some(Verdicts {
            spf: word(&self.spf),
            dkim: word(&self.dkim),
            dmarc: self.dmarc.clone(),
            spf_aligns,
            dkim_aligns,
            authenticated,
            ours: false,
        })
    }
}

/// What the trusted host says, or the host of the topmost field, result by result and without comments.
fn trusted(fields: &[(String, String)], probe: &ProbeSpec) -> Option<Vec<String>> {
    let written: Vec<String> = fields
        .iter()
        .filter(|(name, _)| name == "authentication-results")
        .map(|(_, value)| without_comments(value))
        .collect();
    let trusted = probe.trusted_authserv.as_deref().or_else(|| written.first().map(|v| host(v)))?;
    // RFC 8601 §5: a host may write one field for each method.
    let ours = written.iter().filter(|value| host(value).eq_ignore_ascii_case(trusted));
    let results = ours.take(MOST_FIELDS).flat_map(|value| value.split(';').skip(1));
    Some(results.map(|result| result.trim().to_owned()).collect())
}

/// What that host says of the signature by this domain and selector; nothing where it says several
/// things, since then it is not known which is meant.
pub fn of_signature(
    fields: &[(String, String)],
    probe: &ProbeSpec,
    domain: &Name,
    selector: &str,
) -> Option<String> {
    let results = trusted(fields, probe)?;
    let is_meant = |result: &&str| {
        let signer = property_of(result, "header.d=").or_else(|| property_of(result, "header.i="));
        let by = property_of(result, "header.s=");
        signer.is_some_and(|signer| Name::new(domain_of(signer)) == *domain)
            && by.is_none_or(|by| by.eq_ignore_ascii_case(selector))
    };
    let mut words = of(&results, "dkim").filter(is_meant).map(word);
    let first = words.next()?;
    words.all(|other| other == first).then_some(first)
}

/// The host that wrote a field (RFC 8601 §2.2).
fn host(value: &str) -> &str {
    value.trim_start().split([';', ' ', '\t']).next().unwrap_or_default().trim_matches('"')
}

/// The results of one method. Its version may follow, and blanks (RFC 8601 §2.2).
fn of<'r>(results: &'r [String], method: &str) -> impl Iterator<Item = &'r str> {
    let is_of = move |result: &&str| {
        let named = result.split_once('=').map_or("", |(before, _)| before);
        named.split('/').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(method))
    };
    results.iter().map(String::as_str).filter(is_of)
}

/// The result word, in lower case.
fn word(result: &str) -> String {
    let after = result.split_once('=').map_or("", |(_, after)| after);
    after
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .take(20)
        .collect::<String>()
        .to_lowercase()
}

/// A pass, if one of the method's results is one, else the first.
fn best(results: &[String], method: &str) -> Option<String> {
    let words: Vec<String> = of(results, method).map(word).collect();
    words.iter().find(|word| *word == "pass").or(words.first()).cloned()
}

/// Whether a pass of the method has a domain that aligns with From.
fn aligned(results: &[String], method: &str, properties: &[&str], from: &str) -> bool {
    of(results, method).any(|result| {
        word(result) == "pass" && properties.iter().any(|property| aligns(result, property, from))
    })
}

/// Relaxed alignment (RFC 9989 §4.4.1), by the public suffix list.
fn aligns(result: &str, property: &str, from: &str) -> bool {
    let Some(value) = property_of(result, property) else { return false };
    Name::new(domain_of(value)).registrable() == Name::new(from).registrable()
}

fn property_of<'r>(result: &'r str, property: &str) -> Option<&'r str> {
    let (_, after) = result.split_once(property)?;
    Some(after.split([' ', ';']).next().unwrap_or_default().trim_matches(['"', '<', '>']))
}

/// Comments (RFC 5322 §3.2.2) hold semicolons that part nothing.
fn without_comments(value: &str) -> String {
    let mut depth = 0_usize;
    let mut bare = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            other if depth == 0 => bare.push(other),
            _ => {}
        }
    }
    bare
}
