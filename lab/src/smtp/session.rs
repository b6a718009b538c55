//! What does a host answer, turn by turn? An SMTP conversation without its socket (RFC 5321 §3).
//! The socket, TLS and pauses are the server's; a client's address is a plain value here.

use super::command::Command;
use super::transaction::{Envelope, protocol};
use super::{Reply, SmtpHost, SmtpManners, Stage};
use crate::submission::login::{Login, Step};
use std::net::IpAddr;
use std::sync::Arc;

/// Largest message taken, in octets.
pub const MESSAGE: usize = 10 * 1024 * 1024;
/// Most recipients of a message (RFC 5321 §4.5.3.1.8 wants at least 100).
const RECIPIENTS: usize = 100;
/// Most lines of a conversation, and most of them that may be wrong.
const COMMANDS: usize = 10_000;
const MISTAKES: usize = 20;

/// What the server does next.
#[derive(Debug)]
pub enum Turn {
    /// Say this, and wait for a line.
    Say(Reply),
    /// Say this, and read a message.
    ReadMessage(Reply),
    /// Say this, and shake hands.
    StartTls(Reply),
    /// Say this, if anything, and hang up.
    End(Option<Reply>),
}

/// One conversation with a host.
pub struct Session {
    host: Arc<SmtpHost>,
    /// Whether this is the submission service rather than the receiver.
    submits: bool,
    tls: bool,
    extended: bool,
    authenticated: bool,
    login: Option<Login>,
    envelope: Envelope,
    begun: bool,
    commands: usize,
    mistakes: usize,
}

impl Session {
    /// A conversation of a client at that address with the receiver.
    pub fn with_receiver(host: Arc<SmtpHost>, client: IpAddr) -> Self {
        Self::new(host, client, false)
    }

    /// A conversation of a client at that address with the submission service.
    pub fn with_submission(host: Arc<SmtpHost>, client: IpAddr) -> Self {
        Self::new(host, client, true)
    }

    fn new(host: Arc<SmtpHost>, client: IpAddr, submits: bool) -> Self {
        Self {
            host,
            submits,
            tls: false,
            extended: false,
            authenticated: false,
            login: None,
            envelope: Envelope {
                client,
                helo: String::new(),
                mail_from: String::new(),
                recipients: Vec::new(),
                protocol: "SMTP",
            },
            begun: false,
            commands: 0,
            mistakes: 0,
        }
    }

    /// The host spoken to.
    pub fn host(&self) -> &Arc<SmtpHost> {
        &self.host
    }

    /// The first reply.
    pub fn greeting(&self) -> Reply {
        match &self.host.manners().greeting {
            Some(greeting) => Reply::new(greeting.as_str()),
            None => Reply::new(format!("220 {} ESMTP", self.host.name())),
        }
    }

    /// The conversation goes on inside TLS, from the start (RFC 3207 §4.2).
    pub fn secured(&mut self) {
        self.tls = true;
        self.extended = false;
        self.envelope.helo.clear();
        self.reset();
    }

    /// Whether the conversation is inside TLS.
    pub fn is_secured(&self) -> bool {
        self.tls
    }

    /// Answers one line.
    pub async fn line(&mut self, line: &[u8]) -> Turn {
        self.commands += 1;
        if self.commands > COMMANDS {
            return Turn::End(Some(Reply::from("421 4.7.0 Too many commands")));
        }
        let turn = match self.login.take() {
            Some(login) => self.log_in(login.answer(line)),
            None => self.command(Command::parse(line)).await,
        };
        match turn {
            Turn::Say(reply) if matches!(reply.code(), Some(500..=503)) => self.mistake(reply),
            turn => turn,
        }
    }

    /// Answers a whole message, dots already undone.
    pub async fn message(&mut self, message: &[u8]) -> Turn {
        let manners = self.host.manners();
        self.envelope.protocol = protocol(self.extended, self.tls, self.authenticated);
        let envelope = self.envelope.clone();
        self.reset();
        if manners.disconnects_at == Some(Stage::Message) {
            return Turn::End(None);
        }
        if let Some(refusal) = refusal(&manners, Stage::Message) {
            return Turn::Say(refusal);
        }
        let reply = match self.host.submission() {
            Some(submission) if self.submits => {
                submission.answer_message(&self.host, &envelope, message).await
            }
            _ => self.host.answer_message(&envelope, message).await,
        };
        Turn::Say(overridden(&manners, Stage::Message, reply))
    }

    async fn command(&mut self, command: Command) -> Turn {
        let manners = self.host.manners();
        let stage = stage(&command);
        if stage.is_some() && manners.disconnects_at == stage {
            return Turn::End(None);
        }
        if let Some(refusal) = stage.and_then(|stage| refusal(&manners, stage)) {
            return Turn::Say(refusal);
        }
        let turn = match command {
            Command::Ehlo(name) => Turn::Say(self.ehlo(name, &manners)),
            Command::Helo(name) => Turn::Say(self.helo(name)),
            Command::StartTls => self.start_tls(&manners),
            Command::Auth { mechanism, initial } => self.auth(&mechanism, initial.as_deref()),
            Command::Mail(from) => Turn::Say(self.mail(from)),
            Command::Rcpt(to) => Turn::Say(self.rcpt(to).await),
            Command::Data => self.data(),
            Command::Rset => {
                self.reset();
                Turn::Say(Reply::from("250 2.0.0 Ok"))
            }
            Command::Noop => Turn::Say(Reply::from("250 2.0.0 Ok")),
            Command::Quit => Turn::End(Some(Reply::from("221 2.0.0 Bye"))),
            // RFC 5321 §7.3: neither confirm nor deny.
            Command::Vrfy(user) if manners.confirms_users => Turn::Say(self.host.confirm(&user)),
            Command::Vrfy(_) => Turn::Say(Reply::from("252 2.1.5 Cannot VRFY user, try RCPT")),
            Command::Malformed => Turn::Say(Reply::from("501 5.5.4 Syntax error in parameters")),
            Command::Unknown => Turn::Say(Reply::from("500 5.5.2 Command not recognised")),
        };
        match (turn, stage) {
            (Turn::Say(reply), Some(stage)) => Turn::Say(overridden(&manners, stage, reply)),
            (Turn::ReadMessage(reply), Some(stage)) => {
                Turn::ReadMessage(overridden(&manners, stage, reply))
            }
            (turn, _) => turn,
        }
    }

    fn ehlo(&mut self, name: String, manners: &SmtpManners) -> Reply {
        self.reset();
        self.extended = true;
        let mut lines = vec![
            format!("{} greets {name}", self.host.name()),
            "PIPELINING".to_owned(),
            format!("SIZE {MESSAGE}"),
        ];
        if manners.starttls && !self.tls {
            lines.push("STARTTLS".to_owned());
        }
        if (self.submits && self.tls) || manners.auth_in_plain {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        lines.extend(["8BITMIME".to_owned(), "ENHANCEDSTATUSCODES".to_owned()]);
        self.envelope.helo = name;
        Reply::lines(250, &lines)
    }

    fn helo(&mut self, name: String) -> Reply {
        self.reset();
        self.extended = false;
        self.envelope.helo = name;
        Reply::new(format!("250 {}", self.host.name()))
    }

    fn start_tls(&mut self, manners: &SmtpManners) -> Turn {
        if self.tls {
            return Turn::Say(Reply::from("503 5.5.1 TLS is active already"));
        }
        if !manners.starttls {
            return Turn::Say(Reply::from("502 5.5.1 Command not implemented"));
        }
        Turn::StartTls(overridden(
            manners,
            Stage::StartTls,
            Reply::from("220 2.0.0 Ready to start TLS"),
        ))
    }

    fn auth(&mut self, mechanism: &str, initial: Option<&str>) -> Turn {
        let Some(submission) = self.host.submission().filter(|_| self.submits) else {
            return Turn::Say(Reply::from("502 5.5.1 Command not implemented"));
        };
        if !self.tls {
            return Turn::Say(Reply::from("538 5.7.11 Encryption required for authentication"));
        }
        if self.authenticated || self.envelope.helo.is_empty() {
            return Turn::Say(Reply::from("503 5.5.1 Bad sequence of commands"));
        }
        let step = Login::begin(submission.accounts().clone(), mechanism, initial);
        self.log_in(step)
    }

    fn log_in(&mut self, step: Step) -> Turn {
        match step {
            Step::Ask(login, challenge) => {
                self.login = Some(login);
                Turn::Say(challenge)
            }
            Step::Done { granted, reply } => {
                self.authenticated = granted;
                Turn::Say(reply)
            }
        }
    }

    fn mail(&mut self, from: String) -> Reply {
        if self.submits && !self.tls {
            return Reply::from("530 5.7.0 Must issue a STARTTLS command first");
        }
        if self.submits && !self.authenticated {
            return Reply::from("530 5.7.0 Authentication required");
        }
        if self.envelope.helo.is_empty() || self.begun {
            return Reply::from("503 5.5.1 Bad sequence of commands");
        }
        self.envelope.mail_from = from;
        self.begun = true;
        Reply::from("250 2.1.0 Ok")
    }

    async fn rcpt(&mut self, to: String) -> Reply {
        if !self.begun {
            return Reply::from("503 5.5.1 Need MAIL command");
        }
        if self.envelope.recipients.len() >= RECIPIENTS {
            return Reply::from("452 4.5.3 Too many recipients");
        }
        let reply = if self.submits {
            Reply::from("250 2.1.5 Ok")
        } else {
            self.host.answer_recipient(&self.envelope, &to).await
        };
        if reply.is_positive() {
            self.envelope.recipients.push(to);
        }
        reply
    }

    fn data(&self) -> Turn {
        if self.envelope.recipients.is_empty() {
            return Turn::Say(Reply::from("503 5.5.1 No valid recipients"));
        }
        Turn::ReadMessage(Reply::from("354 End data with <CR><LF>.<CR><LF>"))
    }

    fn reset(&mut self) {
        self.begun = false;
        self.envelope.mail_from.clear();
        self.envelope.recipients.clear();
    }

    fn mistake(&mut self, reply: Reply) -> Turn {
        self.mistakes += 1;
        if self.mistakes > MISTAKES {
            return Turn::End(Some(Reply::from("421 4.7.0 Too many errors")));
        }
        Turn::Say(reply)
    }
}

fn stage(command: &Command) -> Option<Stage> {
    Some(match command {
        Command::Ehlo(_) | Command::Helo(_) => Stage::Ehlo,
        Command::StartTls => Stage::StartTls,
        Command::Auth { .. } => Stage::Auth,
        Command::Mail(_) => Stage::Mail,
        Command::Rcpt(_) => Stage::Rcpt,
        Command::Data => Stage::Data,
        _ => return None,
    })
}

/// The host's own reply for a stage, when it keeps the command from being carried out.
fn refusal(manners: &SmtpManners, stage: Stage) -> Option<Reply> {
    let reply = Reply::new(manners.replies.get(&stage)?.as_str());
    (!reply.is_positive()).then_some(reply)
}

/// The host's own words for a command that was carried out.
fn overridden(manners: &SmtpManners, stage: Stage, reply: Reply) -> Reply {
    match manners.replies.get(&stage) {
        Some(own) if reply.is_positive() => Reply::new(own.as_str()),
        _ => reply,
    }
}
