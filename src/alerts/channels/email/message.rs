//! The mail as octets (RFC 5322, MIME), a pure function of the event.
//!
//! Same event, same octets: dates and ids come from the event, so a mail that arrives twice is the same
//! one to whoever reads it. Nothing of the event stands in a header unencoded.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use vigie_checks::kernel::{Lang, Severity};

use super::super::service::page;
use crate::alerts::notice::text::{Measure, cut, escaped, html};
use crate::alerts::notice::{Kind, Notice, Part, colon};

/// Octets of a subject; a list of mails shows less.
const SUBJECT: usize = 200;
/// Octets of text in one encoded word: 75 characters with what is around it (RFC 2047 §2).
const WORD: usize = 42;
/// Characters of a line of base64 (RFC 2045 §6.8).
const LINE: usize = 76;
/// Parts the two bodies; base64 has no `=_` inside a line.
const BOUNDARY: &str = "=_vigie_alternative";

/// Who writes to whom, and over which host.
pub(super) struct Envelope {
    pub from: String,
    pub to: String,
    pub host: String,
}

impl Envelope {
    /// The whole mail with CRLF line ends.
    pub fn message(&self, notice: &Notice, id: &str) -> String {
        let mut lines = self.headers(notice, id);
        lines.push("MIME-Version: 1.0".to_owned());
        lines.push(format!("Content-Type: multipart/alternative;\r\n boundary=\"{BOUNDARY}\""));
        lines.push(String::new());
        for (kind, text) in [("plain", self.text(notice)), ("html", self.html(notice))] {
            lines.push(format!("--{BOUNDARY}"));
            lines.push(format!("Content-Type: text/{kind}; charset=utf-8"));
            lines.push("Content-Transfer-Encoding: base64".to_owned());
            lines.push(String::new());
            lines.push(wrapped(&BASE64_STANDARD.encode(text)));
        }
        lines.push(format!("--{BOUNDARY}--"));
        lines.push(String::new());
        lines.join("\r\n")
    }

    /// The headers and the plain text, as people read them.
    pub fn shown(&self, notice: &Notice, id: &str) -> String {
        let mut lines = self.headers(notice, id);
        let subject = format!("Subject: {}", subject(notice));
        lines.iter_mut().filter(|line| line.starts_with("Subject:")).for_each(|line| {
            line.clone_from(&subject);
        });
        format!("{}\n\n{}", lines.join("\n").replace("\r\n", "\n"), self.text(notice))
    }

    fn headers(&self, notice: &Notice, id: &str) -> Vec<String> {
        let domain = domain(&self.from);
        let mut lines = vec![
            format!("Date: {}", notice.at.format("%a, %d %b %Y %H:%M:%S +0000")),
            format!("From: vigie <{}>", self.from),
            format!("To: <{}>", self.to),
            format!("Subject: {}", encoded(&subject(notice))),
        ];
        match &notice.incident {
            // The first that a channel hears of an incident is that it opened: the others follow it.
            Some(incident) if notice.kind == Kind::Opened => {
                lines.push(format!("Message-ID: <{}@{domain}>", atom(incident)));
            }
            Some(incident) => {
                let opening = format!("<{}@{domain}>", atom(incident));
                lines.push(format!("Message-ID: <{}@{domain}>", atom(id)));
                lines.push(format!("In-Reply-To: {opening}"));
                lines.push(format!("References: {opening}"));
            }
            None => lines.push(format!("Message-ID: <{}@{domain}>", atom(id))),
        }
        // RFC 3834 §5: nobody's out-of-office answers it.
        lines.push("Auto-Submitted: auto-generated".to_owned());
        lines.push(format!("X-Vigie-Event: {}", atom(&notice.event_type)));
        if let Some(incident) = &notice.incident {
            lines.push(format!("X-Vigie-Incident: {}", atom(incident)));
        }
        lines
    }

    fn text(&self, notice: &Notice) -> String {
        let mut text = format!("{}\n\n", notice.headline);
        if let Some(warning) = self.warning(notice) {
            text.push_str(&format!("{warning}\n\n"));
        }
        text.push_str(&notice.plain());
        if let Some((url, _)) = page(notice) {
            text.push_str(&format!("\n\n{url}"));
        }
        text.push('\n');
        text
    }

    fn html(&self, notice: &Notice) -> String {
        let lang = notice.lang;
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <title>{0}</title></head>\n<body style=\"font-family:sans-serif\">\n<h2>{0}</h2>\n",
            shown(&notice.headline)
        );
        if let Some(warning) = self.warning(notice) {
            out.push_str(&format!("<p><strong>{}</strong></p>\n", shown(&warning)));
        }
        if !notice.facts.is_empty() {
            out.push_str("<table>\n");
            for fact in &notice.facts {
                out.push_str(&format!(
                    "<tr><th scope=\"row\" align=\"left\">{}</th><td>{}</td></tr>\n",
                    fact.label,
                    shown(&fact.value)
                ));
            }
            out.push_str("</table>\n");
        }
        for part in &notice.parts {
            out.push_str(&match part {
                Part::Said(text) => format!("<p>{}</p>\n", shown(text)),
                Part::Titled { label, text } => {
                    format!("<p><strong>{label}</strong>{}{}</p>\n", colon(lang), shown(text))
                }
                Part::Listed { label, lines } => {
                    let lines = shown(&lines.join("\n"));
                    format!("<p><strong>{label}</strong></p>\n<pre>{lines}</pre>\n")
                }
            });
        }
        if let Some((url, label)) = page(notice) {
            out.push_str(&format!("<p><a href=\"{}\">{label}</a></p>\n", shown(url.as_str())));
        }
        out.push_str("</body></html>\n");
        out
    }

    /// Said where the mail needs the very domain that is broken.
    fn warning(&self, notice: &Notice) -> Option<String> {
        let stands = match notice.kind {
            Kind::Resolved => false,
            Kind::Several => notice.severity.is_some(),
            kind => kind.is_of_incident(),
        };
        if !stands {
            return None;
        }
        let hosts = [domain(&self.from), domain(&self.to), &self.host];
        let within = |host: &str, broken: &str| {
            let rest = host.strip_suffix(broken);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let needs = |broken: &&String| hosts.iter().any(|host| within(host, broken));
        let broken = notice.domains.iter().find(needs)?;
        Some(match notice.lang {
            Lang::En => format!(
                "This mail passes over {broken}, which is what is broken: such mails may be late, \
                 filed as spam or lost. Add a channel that needs no mail."
            ),
            Lang::Fr => format!(
                "Ce message passe par {broken}, le domaine en panne\u{a0}: il peut arriver en retard, \
                 parmi les indésirables, ou se perdre. Ajouter un canal qui se passe du courrier."
            ),
        })
    }
}

/// `[critical] Opened: … (example.com)`.
fn subject(notice: &Notice) -> String {
    let severity: Option<Severity> = notice.severity;
    let severity = severity.map(|severity| format!("[{}] ", severity.word(notice.lang)));
    cut(&format!("{}{}", severity.unwrap_or_default(), notice.headline), SUBJECT, Measure::Octets)
}

fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain)
}

/// What may stand in an id or a header as it is (RFC 5322 §3.2.3).
fn atom(text: &str) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.chars().filter(fits).take(64).collect()
}

/// A text in a header: as encoded words where it is not plain ASCII (RFC 2047).
fn encoded(text: &str) -> String {
    let is_plain = text.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    if is_plain && !text.contains("=?") && text.len() <= 66 {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for c in text.chars() {
        // No word ends inside a character (RFC 2047 §5).
        if words.last().is_some_and(|word| word.len() + c.len_utf8() > WORD) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let words = words.iter().map(|word| format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(word)));
    words.collect::<Vec<_>>().join("\r\n ")
}

fn wrapped(base64: &str) -> String {
    let mut lines = Vec::new();
    let mut rest = base64;
    while rest.len() > LINE {
        let (line, after) = rest.split_at(LINE);
        lines.push(line);
        rest = after;
    }
    lines.push(rest);
    lines.join("\r\n")
}

fn shown(text: &str) -> String {
    escaped(text, usize::MAX, Measure::Octets, html)
}
