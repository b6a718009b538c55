//! What a host is asked with its owner's consent: envelopes that carry no message, VRFY, EXPN.
//! A refusal is an answer and the next question follows; 421 or a lost line is the end.

use vigie_checks::kernel::{Ask, Reason, Reply, Stage, StoppedBy};

use super::conversation::{Session, Step, end};

/// Questions of one conversation.
const MOST_QUESTIONS: usize = 12;

pub(super) async fn ask(session: &mut Session<'_>) -> Step<()> {
    for question in session.script.asks.iter().take(MOST_QUESTIONS) {
        match question {
            Ask::Envelope { mail_from, rcpt_to } => envelope(session, mail_from, rcpt_to).await?,
            Ask::Verify { user } => {
                command(session, Stage::Verify, &format!("VRFY {}", word(user)?)).await?;
            }
            Ask::Expand { list } => {
                command(session, Stage::Expand, &format!("EXPN {}", word(list)?)).await?;
            }
        }
    }
    Ok(())
}

async fn envelope(session: &mut Session<'_>, mail_from: &str, rcpt_to: &str) -> Step<()> {
    let mail = format!("MAIL FROM:<{}>", path(mail_from)?);
    let rcpt = format!("RCPT TO:<{}>", path(rcpt_to)?);
    if command(session, Stage::Mail, &mail).await?.is_positive() {
        command(session, Stage::Rcpt, &rcpt).await?;
    }
    command(session, Stage::Reset, "RSET").await.map(drop)
}

async fn command(session: &mut Session<'_>, stage: Stage, line: &str) -> Step<Reply> {
    let reply = session.command(stage, line, None).await?;
    match reply.code {
        421 => Err(end(stage, StoppedBy::Reply)),
        _ => Ok(reply),
    }
}

/// What stands between angle brackets must not end them.
fn path(written: &str) -> Step<&str> {
    let fits = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'<' | b'>');
    fit(written, written.bytes().all(fits))
}

fn word(written: &str) -> Step<&str> {
    fit(written, !written.is_empty() && written.bytes().all(|octet| octet.is_ascii_graphic()))
}

fn fit(written: &str, fits: bool) -> Step<&str> {
    if fits { Ok(written) } else { Err(end(Stage::Mail, StoppedBy::Unknown(Reason::Malformed))) }
}
