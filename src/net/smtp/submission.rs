//! Handing in a message: AUTH (RFC 4954), MAIL, RCPT and DATA (RFC 5321 §3.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tracing::error;
use vigie_checks::kernel::{Mail, Reason, Reply, SmtpScript, Stage, StoppedBy};
use vigie_checks::records::smtp_reply;

use super::SmtpClient;
use super::conversation::{Session, Step, accept, end};

/// What stands in the transcript for a secret.
const HIDDEN: &str = "***";

/// An account with its password.
pub(super) struct Account<'a> {
    user: &'a str,
    password: &'a SecretString,
}

/// The account of the script, if it has one, and its addresses looked at: what would end a command
/// line early is refused before anything is sent.
pub(super) fn account<'a>(
    client: &'a SmtpClient,
    script: &'a SmtpScript,
) -> Step<Option<Account<'a>>> {
    let Some(mail) = &script.mail else {
        return Ok(None);
    };
    for (stage, address) in [(Stage::Mail, &mail.mail_from), (Stage::Rcpt, &mail.rcpt_to)] {
        let is_fit = |c: char| !c.is_control() && !matches!(c, '<' | '>');
        if !address.chars().all(is_fit) {
            return Err(end(stage, StoppedBy::Unknown(Reason::Malformed)));
        }
    }
    let Some(auth) = &mail.auth else {
        return Ok(None);
    };
    let password = client.secrets.get(&auth.secret).ok_or_else(|| {
        error!(secret = auth.secret, "no password is known under this name");
        end(Stage::Auth, StoppedBy::Unknown(Reason::Malformed))
    })?;
    // RFC 4616 §2: NUL parts the fields of PLAIN.
    if [auth.user.as_str(), password.expose_secret()].iter().any(|text| text.contains('\0')) {
        return Err(end(Stage::Auth, StoppedBy::Unknown(Reason::Malformed)));
    }
    Ok(Some(Account { user: &auth.user, password }))
}

/// Logs in if there is an account, then hands in the message.
pub(super) async fn submit(
    session: &mut Session<'_>,
    mail: &Mail,
    account: Option<Account<'_>>,
    ehlo: &Reply,
) -> Step<()> {
    if let Some(account) = account {
        log_in(session, &account, ehlo).await?;
    }
    let from = format!("MAIL FROM:<{}>{}", mail.mail_from, mail_parameters(mail, ehlo)?);
    expect(session, Stage::Mail, &from, None).await?;
    let to = format!("RCPT TO:<{}>", mail.rcpt_to);
    expect(session, Stage::Rcpt, &to, None).await?;
    let reply = session.command(Stage::Data, "DATA", None).await?;
    accept(Stage::Data, reply, 354)?;
    session.send(Stage::Message, stuffed(&mail.message).as_bytes()).await?;
    let reply = session.receive(Stage::Message, None, session.timeouts().reply).await?;
    positive(Stage::Message, &reply)?;
    session.taken();
    Ok(())
}

/// SMTPUTF8 (RFC 6531 §3.4) and 8BITMIME (RFC 6152) as the mail needs them.
fn mail_parameters(mail: &Mail, ehlo: &Reply) -> Step<String> {
    let mut parameters = String::new();
    if !mail.mail_from.is_ascii() || !mail.rcpt_to.is_ascii() {
        if !smtp_reply::offers(ehlo, "SMTPUTF8") {
            return Err(end(Stage::Mail, StoppedBy::NotOffered));
        }
        parameters.push_str(" SMTPUTF8");
    }
    if !mail.message.is_ascii() && smtp_reply::offers(ehlo, "8BITMIME") {
        parameters.push_str(" BODY=8BITMIME");
    }
    Ok(parameters)
}

/// AUTH PLAIN (RFC 4616), or the older LOGIN where only that is offered.
async fn log_in(session: &mut Session<'_>, account: &Account<'_>, ehlo: &Reply) -> Step<()> {
    let mechanisms = smtp_reply::parameters(ehlo, "AUTH").unwrap_or_default();
    let offered = |mechanism: &str| mechanisms.iter().any(|offered| offered == mechanism);
    let (user, password) = (account.user, account.password.expose_secret());
    if offered("PLAIN") {
        let response = STANDARD.encode(format!("\0{user}\0{password}"));
        let shown = format!("AUTH PLAIN {HIDDEN}");
        expect(session, Stage::Auth, &format!("AUTH PLAIN {response}"), Some(&shown)).await
    } else if offered("LOGIN") {
        let reply = session.command(Stage::Auth, "AUTH LOGIN", None).await?;
        accept(Stage::Auth, reply, 334)?;
        let reply = session.command(Stage::Auth, &STANDARD.encode(user), Some(HIDDEN)).await?;
        accept(Stage::Auth, reply, 334)?;
        expect(session, Stage::Auth, &STANDARD.encode(password), Some(HIDDEN)).await
    } else {
        Err(end(Stage::Auth, StoppedBy::NotOffered))
    }
}

async fn expect(
    session: &mut Session<'_>,
    stage: Stage,
    line: &str,
    shown: Option<&str>,
) -> Step<()> {
    let reply = session.command(stage, line, shown).await?;
    positive(stage, &reply)
}

fn positive(stage: Stage, reply: &Reply) -> Step<()> {
    if (200..300).contains(&reply.code) { Ok(()) } else { Err(end(stage, StoppedBy::Reply)) }
}

/// The message with every line end as CRLF, a dot doubled at the start of a line (RFC 5321
/// §4.5.2), and the final dot.
fn stuffed(message: &str) -> String {
    let mut octets = String::with_capacity(message.len() + message.len() / 50 + 5);
    let message = message.replace("\r\n", "\n").replace('\r', "\n");
    for line in message.strip_suffix('\n').unwrap_or(&message).split('\n') {
        if line.starts_with('.') {
            octets.push('.');
        }
        octets.push_str(line);
        octets.push_str("\r\n");
    }
    octets.push_str(".\r\n");
    octets
}
