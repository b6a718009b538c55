//! What did the client ask? One command line of SMTP (RFC 5321 §4.1), read strictly.
//! Addresses are ASCII only: SMTPUTF8 is not offered.

/// Longest path, in octets (RFC 5321 §4.5.3.1.3).
const PATH: usize = 256;

/// A command with what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Ehlo(String),
    Helo(String),
    StartTls,
    Auth {
        mechanism: String,
        initial: Option<String>,
    },
    /// The reverse path; empty is the null sender.
    Mail(String),
    Rcpt(String),
    Data,
    Rset,
    Noop,
    Quit,
    /// The user that is asked for.
    Vrfy(String),
    /// Known, with a wrong argument.
    Malformed,
    Unknown,
}

impl Command {
    /// Reads a line without its CRLF.
    pub fn parse(line: &[u8]) -> Self {
        let Ok(line) = std::str::from_utf8(line) else {
            return Self::Unknown;
        };
        if line.bytes().any(|b| b.is_ascii_control()) {
            return Self::Unknown;
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => name(rest).map_or(Self::Malformed, Self::Ehlo),
            "HELO" => name(rest).map_or(Self::Malformed, Self::Helo),
            "STARTTLS" if rest.is_empty() => Self::StartTls,
            "AUTH" => auth(rest),
            "MAIL" => path(rest, "FROM:", true).map_or(Self::Malformed, Self::Mail),
            "RCPT" => path(rest, "TO:", false).map_or(Self::Malformed, Self::Rcpt),
            "DATA" if rest.is_empty() => Self::Data,
            "RSET" if rest.is_empty() => Self::Rset,
            "NOOP" => Self::Noop,
            "QUIT" => Self::Quit,
            "VRFY" => Self::Vrfy(rest.to_owned()),
            "STARTTLS" | "DATA" | "RSET" => Self::Malformed,
            _ => Self::Unknown,
        }
    }
}

fn name(argument: &str) -> Option<String> {
    let fits = !argument.is_empty() && argument.len() <= 255;
    let plain = argument.bytes().all(|b| b.is_ascii_graphic() && !b"()<>;\"\\".contains(&b));
    (fits && plain).then(|| argument.to_owned())
}

fn auth(argument: &str) -> Command {
    let mut words = argument.split_ascii_whitespace();
    let mechanism = words.next().map(str::to_ascii_uppercase);
    match (mechanism, words.next(), words.next()) {
        (Some(mechanism), initial, None) => {
            Command::Auth { mechanism, initial: initial.map(str::to_owned) }
        }
        _ => Command::Malformed,
    }
}

/// The address between angle brackets; parameters after it (SIZE, BODY) are let pass.
fn path(argument: &str, keyword: &str, null: bool) -> Option<String> {
    let head = argument.get(..keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let rest = argument[keyword.len()..].trim_start().strip_prefix('<')?;
    let (path, parameters) = rest.split_once('>')?;
    if !(parameters.is_empty() || parameters.starts_with(' ')) || path.len() > PATH {
        return None;
    }
    // RFC 5321 §4.1.1.3: a source route is accepted and ignored.
    let address = match path.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => path,
    };
    if address.is_empty() {
        return null.then(String::new);
    }
    let plain = address.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[];,\"\\".contains(&b));
    let whole = match address.rsplit_once('@') {
        Some((local, domain)) => !local.is_empty() && !domain.is_empty(),
        // RFC 5321 §4.5.1: the one address that needs no domain.
        None => !null && address.eq_ignore_ascii_case("postmaster"),
    };
    (plain && whole).then(|| address.to_owned())
}
