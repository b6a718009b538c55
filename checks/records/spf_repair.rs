//! What was a term that receivers cannot read meant to say, where it can mean one thing only? (RFC 7208 §12)

use super::spf::{is_term, parse_term};

/// What people put around or between terms out of habit from other lists.
const PUNCTUATION: [char; 4] = [',', ';', '"', '\''];

/// The record with every unreadable term as it was plainly meant; nothing where one of them may mean more
/// than one thing.
pub fn repaired(record: &str) -> Option<String> {
    let mut words = record.split(' ').filter(|word| !word.is_empty()).peekable();
    let mut written = vec![words.next()?.to_owned()];
    while let Some(word) = words.next() {
        if is_term(word) {
            written.push(word.to_owned());
        } else if let Some(joined) = words.peek().and_then(|next| joined(word, next)) {
            words.next();
            written.push(joined);
        } else {
            written.extend(meant(word)?);
        }
    }
    Some(written.join(" "))
}

/// The name after a scheme that belongs to web pages: `include:https://_spf.example.net/`.
pub fn without_scheme(term: &str) -> Option<String> {
    let (name, address) = term.split_once(':')?;
    let (scheme, host) = address.split_once("://")?;
    let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    let host = host.trim_end_matches('/');
    let meant = format!("{name}:{host}");
    (is_web && !host.contains('/') && is_term(&meant)).then_some(meant)
}

/// Whether a term names a host or record by one label, where a full name is needed: `include:spf`.
pub fn is_short_name(term: &str) -> bool {
    let Some((name, argument)) = term.split_once([':', '=']) else { return false };
    let name = name.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
    let is_label = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    ["include", "redirect", "a", "mx", "exists", "ptr"].contains(&name.as_str())
        && !argument.is_empty()
        && argument.chars().all(is_label)
}

/// Two words that a space parted: after a qualifier, or around the colon.
fn joined(word: &str, next: &str) -> Option<String> {
    let whole = format!("{word}{next}");
    // A lone hyphen before another term may be the bullet of a list.
    if ["+", "-", "~", "?"].contains(&word) {
        return next.eq_ignore_ascii_case("all").then_some(whole);
    }
    let is_argument = !is_term(next) && (!next.contains([':', '=']) || family(next).is_some());
    let is_parted = word.ends_with([':', '=']) && is_argument || next.starts_with(':');
    if !is_parted {
        return None;
    }
    if is_term(&whole) { Some(whole) } else { rewritten(&whole) }
}

/// The terms that one word stands for.
fn meant(word: &str) -> Option<Vec<String>> {
    let parts = word.split(PUNCTUATION).filter(|part| !part.is_empty());
    let terms =
        parts.map(|part| if is_term(part) { Some(part.to_owned()) } else { rewritten(part) });
    terms.collect::<Option<Vec<String>>>().filter(|terms| !terms.is_empty())
}

/// An unreadable term in the words of the grammar.
fn rewritten(term: &str) -> Option<String> {
    let bare = term.trim_start_matches(['+', '-', '~', '?']);
    let sign = &term[..term.len() - bare.len()];
    if let Some(family) = family(bare) {
        return Some(format!("{sign}{family}:{bare}")).filter(|meant| is_term(meant));
    }
    if bare.eq_ignore_ascii_case("all.") {
        return Some(format!("{sign}all")).filter(|meant| is_term(meant));
    }
    let (name, argument) = bare.split_once([':', '='])?;
    let name = name.to_ascii_lowercase();
    let meant = match name.as_str() {
        "ip" | "ipv4" | "ipv6" | "ip4" | "ip6" | "a" | "mx" | "include" => {
            match (family(argument), name.as_str()) {
                (Some(family), _) => format!("{sign}{family}:{argument}"),
                (None, "a" | "mx" | "include") => format!("{sign}{name}:{argument}"),
                (None, _) => return None,
            }
        }
        "exists" | "ptr" => format!("{sign}{name}:{argument}"),
        _ => return None,
    };
    if is_term(&meant) && !meant.contains("://") { Some(meant) } else { without_scheme(term) }
}

/// The mechanism for an address or a network.
fn family(argument: &str) -> Option<&'static str> {
    ["ip4", "ip6"].into_iter().find(|family| parse_term(&format!("{family}:{argument}")).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_repaired_where_it_can_mean_one_thing() {
        #[rustfmt::skip]
        let cases = [
            ("ip",                          "ip:192.0.2.10 a mx -all",                  Some("ip4:192.0.2.10 a mx -all")),
            ("ip, version 6",               "ip:2001:db8::1 -all",                      Some("ip6:2001:db8::1 -all")),
            ("ipv4",                        "ipv4:192.0.2.0/24 -all",                   Some("ip4:192.0.2.0/24 -all")),
            ("ipv6",                        "ipv6:2001:db8::/32 -all",                  Some("ip6:2001:db8::/32 -all")),
            ("an equals sign",              "ip4=192.0.2.10 include=a.example -all",    Some("ip4:192.0.2.10 include:a.example -all")),
            ("the other family",            "ip4:2001:db8::1 ip6:192.0.2.1 -all",       Some("ip6:2001:db8::1 ip4:192.0.2.1 -all")),
            ("an address alone",            "192.0.2.10 ?2001:db8::1 -all",             Some("ip4:192.0.2.10 ?ip6:2001:db8::1 -all")),
            ("an address as a host",        "a:192.0.2.10 mx:192.0.2.11/28 -all",       Some("ip4:192.0.2.10 ip4:192.0.2.11/28 -all")),
            ("a comma behind",              "ip4:192.0.2.10, include:a.example, -all",  Some("ip4:192.0.2.10 include:a.example -all")),
            ("a comma between",             "ip4:192.0.2.10,192.0.2.11 -all",           Some("ip4:192.0.2.10 ip4:192.0.2.11 -all")),
            ("a semicolon at the end",      "mx -all;",                                 Some("mx -all")),
            ("a full stop at the end",      "mx -all.",                                 Some("mx -all")),
            ("a space after the colon",     "include: _spf.example.net -all",           Some("include:_spf.example.net -all")),
            ("before it",                   "include :_spf.example.net -all",           Some("include:_spf.example.net -all")),
            ("before an address",           "ip6: 2001:db8::1 -all",                    Some("ip6:2001:db8::1 -all")),
            ("after the qualifier",         "mx - all",                                 Some("mx -all")),
            ("a web address",               "include:https://_spf.example.net/ -all",   Some("include:_spf.example.net -all")),
            ("nothing to repair",           "mx -all",                                  Some("mx -all")),
            ("a bullet",                    "- ip4:192.0.2.10 -all",                    None),
            ("the argument is gone",        "include: -all",                            None),
            ("another term follows",        "include: include=a.example -all",          None),
            ("a term of a letter",          "include: mx -all",                         None),
            ("no address",                  "ip4:192.0.2.300 -all",                     None),
            ("no prefix",                   "ip:192.0.2.10/33 -all",                    None),
            ("a page",                      "include:https://a.example/b/ -all",        None),
            ("one label",                   "include:spf -all",                         None),
            ("a word that is none",         "inclde:a.example -all",                    None),
            ("one that can be, one cannot", "ip:192.0.2.10 foo -all",                   None),
        ];
        for (rule, terms, expected) in cases {
            let expected = expected.map(|terms| format!("v=spf1 {terms}"));
            assert_eq!(repaired(&format!("v=spf1 {terms}")), expected, "{rule}");
        }
    }

    #[test]
    fn a_name_of_one_label_is_short() {
        #[rustfmt::skip]
        let cases = [
            ("include:spf", true), ("?include:spf", true), ("redirect=spf", true),
            ("include:_spf.example.net", false), ("include:", false), ("ip4:1", false), ("spf", false),
        ];
        for (term, expected) in cases {
            assert_eq!(is_short_name(term), expected, "{term}");
        }
    }
}
