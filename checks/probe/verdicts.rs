//! What did the receiver make of a message's authentication? Its Authentication-Results (RFC 8601).

use super::domain_of;
use super::facts::Verdicts;
use super::received::Trace;
use crate::kernel::{Name, ProbeSpec};
use crate::records::dmarc::is_aligned;

/// What could not be told for the moment (RFC 8601 §2.7.1).
pub const TEMPERROR: &str = "temperror";

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
    /// Reads the fields of the trusted host, or of the topmost that the receiver wrote.
    pub fn read(trace: &Trace<'_>, probe: &ProbeSpec) -> Self {
        let Some(results) = trusted(trace, probe) else { return Self::default() };
        let from = domain_of(&probe.from);
        let dmarc = of(&results, "dmarc").map(word).next();
        Self {
            spf: method(&results, "spf", &["smtp.mailfrom=", "smtp.mail="], from),
            dkim: method(&results, "dkim", &["header.d=", "header.i="], from),
            dmarc: dmarc.filter(|word| word != TEMPERROR),
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

/// What the trusted host says, or the host of the topmost field that the receiver wrote, result by result
/// and without comments.
fn trusted(trace: &Trace<'_>, probe: &ProbeSpec) -> Option<Vec<String>> {
    let fields = match probe.trusted_authserv {
        Some(_) => trace.fields(),
        None => trace.of_receiver(),
    };
    let written: Vec<String> = fields
        .iter()
        .filter(|(name, _)| name == "authentication-results")
        .map(|(_, value)| without_comments(value))
        .collect();
    let trusted = probe.trusted_authserv.as_deref().or_else(|| written.first().map(|v| host(v)))?;
    // RFC 8601 §5: a host may write one field for each method, and a name for each.
    let is_theirs = |value: &&String| {
        let host = host(value);
        host.eq_ignore_ascii_case(trusted)
            || probe.trusted_authserv.is_none()
                && !host.is_empty()
                && Name::new(host).registrable() == Name::new(trusted).registrable()
    };
    let results = written.iter().filter(is_theirs).take(MOST_FIELDS).flat_map(|value| {
        let named = usize::from(!host(value).is_empty());
        value.split(';').skip(named)
    });
    Some(results.map(|result| result.trim().to_owned()).collect())
}

/// What that host says of the signature by this domain and selector; nothing where it says several
/// things, since then it is not known which is meant.
pub fn of_signature(
    trace: &Trace<'_>,
    probe: &ProbeSpec,
    domain: &Name,
    selector: &str,
) -> Option<String> {
    let results = trusted(trace, probe)?;
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

/// The host that wrote a field (RFC 8601 §2.2); empty where it does not say, as Microsoft's do not.
fn host(value: &str) -> &str {
    let first = value.split(';').next().unwrap_or_default();
    let first = first.split_whitespace().next().unwrap_or_default().trim_matches('"');
    if first.contains('=') { "" } else { first }
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

/// What the results of a method come to; nothing where the one that matters was not told.
fn method(results: &[String], name: &str, properties: &[&str], from: &str) -> Option<Method> {
    let said: Vec<(String, Option<bool>)> = of(results, name)
        .map(|result| {
            let domain = properties.iter().find_map(|property| property_of(result, property));
            (word(result), domain.map(|domain| aligns(domain, from)))
        })
        .collect();
    let is = |wanted: &str, aligned: Option<bool>| {
        said.iter().any(|(word, domain)| word == wanted && *domain == aligned)
    };
    if is("pass", Some(true)) {
        return Some(Method { word: "pass".to_owned(), aligns: true });
    }
    // It may have been the domain's own (RFC 8601 §2.7.1).
    if is("pass", None) || is(TEMPERROR, Some(true)) || is(TEMPERROR, None) {
        return None;
    }
    let (word, _) = said.iter().find(|(word, _)| word == "pass").or(said.first())?;
    Some(Method { word: word.clone(), aligns: false })
}

/// Relaxed alignment (RFC 9989 §4.4.1), by the public suffix list.
fn aligns(address: &str, from: &str) -> bool {
    is_aligned(&Name::new(domain_of(address)), &Name::new(from), false)
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
