//! Who is it that submits? AUTH PLAIN (RFC 4616) and LOGIN, step by step.

use crate::accounts::{Accounts, plain};
use crate::smtp::Reply;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

const UNDECODABLE: &str = "501 5.5.2 Cannot decode the response";

/// A login half done.
pub struct Login {
    accounts: Accounts,
    awaits: Awaits,
}

enum Awaits {
    Plain,
    User,
    Password { user: String },
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// What follows a step of a login.
#[derive(Debug)]
pub enum Step {
    /// The client is asked for more.
    Ask(Login, Reply),
    /// The login is over.
    Done {
        /// Whether the client is who it says.
        granted: bool,
        /// What to answer.
        reply: Reply,
    },
}

impl Login {
    /// Begins with the mechanism and what came along with it.
    pub fn begin(accounts: Accounts, mechanism: &str, initial: Option<&str>) -> Step {
        let awaits = match mechanism {
            "PLAIN" => Awaits::Plain,
            "LOGIN" => Awaits::User,
            _ => return refused("504 5.5.4 Unrecognised authentication mechanism"),
        };
        let login = Self { accounts, awaits };
        match initial {
            // RFC 4954 §4: "=" is an initial response of no octets.
            Some("=") => login.answer(b""),
            Some(initial) => login.answer(initial.as_bytes()),
            None => login.ask(),
        }
    }

    /// Goes on with a line of the client.
    pub fn answer(self, line: &[u8]) -> Step {
        if line == b"*" {
            return refused("501 5.7.0 Authentication cancelled");
        }
        let credentials = match self.awaits {
            Awaits::Plain => plain(line),
            Awaits::User => {
                let awaits = match text(line) {
                    Some(user) => Awaits::Password { user },
                    None => return refused(UNDECODABLE),
                };
                return Self { awaits, ..self }.ask();
            }
            Awaits::Password { user } => text(line).map(|password| (user, password)),
        };
        match credentials {
            Some((user, password)) => verdict(&self.accounts, &user, &password),
            None => refused(UNDECODABLE),
        }
    }

    fn ask(self) -> Step {
        let challenge = match self.awaits {
            Awaits::Plain => "334 ",
            Awaits::User => "334 VXNlcm5hbWU6",
            Awaits::Password { .. } => "334 UGFzc3dvcmQ6",
        };
        Step::Ask(self, Reply::from(challenge))
    }
}

fn verdict(accounts: &Accounts, user: &str, password: &str) -> Step {
    if accounts.admit(user, password) {
        Step::Done { granted: true, reply: Reply::from("235 2.7.0 Authentication successful") }
    } else {
        refused("535 5.7.8 Error: authentication failed: authentication credentials invalid")
    }
}

fn refused(reply: &str) -> Step {
    Step::Done { granted: false, reply: Reply::from(reply) }
}

fn text(line: &[u8]) -> Option<String> {
    String::from_utf8(STANDARD.decode(line).ok()?).ok()
}
