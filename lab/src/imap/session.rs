//! What does the IMAP host answer? One client's session: who it is, and what it has open.

use super::ImapHost;
use super::answer::{Answer, Outcome, Refusal, finish};
use super::command::{Command, Token};
use super::fetch::{self, Item};
use super::search;
use super::selected::Selected;
use crate::accounts::plain;
use crate::mailbox::{Folder, Message};
use std::fmt::Write;

const CLOSED: Refusal = Refusal::Bad("unknown command, or no folder is open");
const FLAGS: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
const CAPABILITY: &str = "CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR LITERAL+ SPECIAL-USE";
/// What Gmail has beside it: https://developers.google.com/workspace/gmail/imap/imap-extensions
const GMAIL: &str = " X-GM-EXT-1";
/// Before TLS (RFC 3501 §6.2.3).
const PLAIN_CAPABILITY: &str = "CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED";
/// Most flags of a message.
const FLAGS_PER_MESSAGE: usize = 32;

/// One client's session.
pub struct Session {
    host: ImapHost,
    /// The address of whoever is logged in.
    address: Option<String>,
    selected: Option<Selected>,
    uid_validity: u32,
    secured: bool,
}

impl Session {
    /// A session of a client that is not logged in.
    pub fn new(host: ImapHost, uid_validity: u32) -> Self {
        Self { host, address: None, selected: None, uid_validity, secured: false }
    }

    /// The first line.
    pub fn greeting(&self) -> Vec<u8> {
        format!("* OK [{}] {} ready\r\n", self.capability(), self.host.name).into_bytes()
    }

    /// The session goes on inside TLS.
    pub fn secured(&mut self) {
        self.secured = true;
    }

    fn capability(&self) -> String {
        let own = if self.secured { CAPABILITY } else { PLAIN_CAPABILITY };
        format!("{own}{}", if self.host.tab.is_some() { GMAIL } else { "" })
    }

    /// Answers a command.
    pub fn answer(&mut self, command: &Command) -> Answer {
        let mut out = Vec::new();
        if command.verb == "STARTTLS" && !self.secured {
            return Answer::StartTls(finish(&command.tag, Ok("begin TLS now".to_owned())));
        }
        if command.verb == "AUTHENTICATE" && command.arguments.len() == 1 {
            return Answer::Ask { tag: command.tag.clone() };
        }
        let outcome = self.carry_out(command, &mut out);
        if !matches!(command.verb.as_str(), "FETCH" | "STORE" | "SEARCH") {
            self.tell_removed(&mut out);
        }
        self.tell_new(&mut out);
        out.extend_from_slice(&finish(&command.tag, outcome));
        match command.verb.as_str() {
            "LOGOUT" => Answer::End(out),
            _ => Answer::Say(out),
        }
    }

    /// Answers the response of AUTHENTICATE.
    pub fn authenticate(&mut self, tag: &str, response: &[u8]) -> Answer {
        let outcome = match plain(response) {
            Some((user, password)) => self.log_in(&user, &password),
            None => Err(Refusal::Bad("the response cannot be decoded")),
        };
        Answer::Say(finish(tag, outcome))
    }

    fn carry_out(&mut self, command: &Command, out: &mut Vec<u8>) -> Outcome {
        let arguments = command.arguments.as_slice();
        match command.verb.as_str() {
            "CAPABILITY" => {
                say(out, &format!("* {}\r\n", self.capability()));
                Ok("CAPABILITY completed".to_owned())
            }
            "NOOP" => Ok("NOOP completed".to_owned()),
            "LOGOUT" => {
                say(out, "* BYE logging out\r\n");
                Ok("LOGOUT completed".to_owned())
            }
            "LOGIN" => match arguments {
                [Token::Text(user), Token::Text(password)] => self.log_in(user, password),
                _ => Err(Refusal::Bad("LOGIN takes a user and a password")),
            },
            "AUTHENTICATE" => match arguments {
                [Token::Text(mechanism), Token::Text(response)]
                    if mechanism.eq_ignore_ascii_case("PLAIN") =>
                {
                    let (user, password) =
                        plain(response.as_bytes()).ok_or(Refusal::Bad("cannot be decoded"))?;
                    self.log_in(&user, &password)
                }
                _ => Err(Refusal::No("only PLAIN is offered")),
            },
            _ if self.address.is_none() => Err(Refusal::Bad("log in first")),
            "LIST" | "LSUB" => self.list(command, out),
            "STATUS" => self.status(arguments, out),
            "SELECT" => self.select(arguments, true, out),
            "EXAMINE" => self.select(arguments, false, out),
            _ => self.carry_out_in_folder(command, out),
        }
    }

    fn carry_out_in_folder(&mut self, command: &Command, out: &mut Vec<u8>) -> Outcome {
        if self.selected.is_none() {
            return Err(CLOSED);
        }
        let arguments = command.arguments.as_slice();
        match command.verb.as_str() {
            "CHECK" => Ok("CHECK completed".to_owned()),
            "SEARCH" => self.search(arguments, false, out),
            "UID SEARCH" => self.search(arguments, true, out),
            "FETCH" => self.fetch(arguments, false, out),
            "UID FETCH" => self.fetch(arguments, true, out),
            "STORE" => self.store(arguments, false, out),
            "UID STORE" => self.store(arguments, true, out),
            "EXPUNGE" => {
                self.expunge()?;
                Ok("EXPUNGE completed".to_owned())
            }
            "CLOSE" => {
                let _ = self.expunge();
                self.selected = None;
                Ok("CLOSE completed".to_owned())
            }
            _ => Err(Refusal::Bad("unknown command")),
        }
    }

    fn log_in(&mut self, user: &str, password: &str) -> Outcome {
        if !self.secured {
            return Err(Refusal::No("[PRIVACYREQUIRED] TLS first"));
        }
        if self.address.is_some() {
            return Err(Refusal::Bad("already logged in"));
        }
        if !self.host.accounts.admit(user, password) {
            return Err(Refusal::No("[AUTHENTICATIONFAILED] invalid credentials"));
        }
        self.address = Some(self.host.mailboxes.address_of(user));
        Ok(format!("[{}] logged in", self.capability()))
    }

    fn list(&self, command: &Command, out: &mut Vec<u8>) -> Outcome {
        let words: Vec<&str> = command.arguments.iter().filter_map(Token::text).collect();
        let &[.., _reference, pattern] = words.as_slice() else {
            return Err(Refusal::Bad("LIST takes a reference and a pattern"));
        };
        let verb = &command.verb;
        if pattern.is_empty() {
            say(out, &format!("* {verb} (\\Noselect) \"/\" \"\"\r\n"));
        }
        let junk = self.host.junk_folder.as_str();
        for (name, attributes) in [("INBOX", ""), (junk, " \\Junk")] {
            if matches!(pattern, "*" | "%") || pattern.eq_ignore_ascii_case(name) {
                let line =
                    format!("* {verb} (\\HasNoChildren{attributes}) \"/\" {}\r\n", quoted(name));
                say(out, &line);
            }
        }
        Ok(format!("{verb} completed"))
    }

    fn status(&self, arguments: &[Token], out: &mut Vec<u8>) -> Outcome {
        let [Token::Text(name), Token::List(items)] = arguments else {
            return Err(Refusal::Bad("STATUS takes a folder and a list of items"));
        };
        let messages = self.messages(self.folder(name)?);
        let unseen = messages.iter().filter(|m| !is_seen(m)).count();
        let mut answers = Vec::new();
        for item in items.iter().filter_map(Token::text) {
            let item = item.to_ascii_uppercase();
            let value = match item.as_str() {
                "MESSAGES" => messages.len().to_string(),
                "UNSEEN" => unseen.to_string(),
                "RECENT" => "0".to_owned(),
                "UIDNEXT" => self.next_uid().to_string(),
                "UIDVALIDITY" => self.uid_validity.to_string(),
                _ => return Err(Refusal::Bad("status item not supported")),
            };
            answers.push(format!("{item} {value}"));
        }
        say(out, &format!("* STATUS {} ({})\r\n", quoted(name), answers.join(" ")));
        Ok("STATUS completed".to_owned())
    }

    fn select(&mut self, arguments: &[Token], writes: bool, out: &mut Vec<u8>) -> Outcome {
        self.selected = None;
        let [Token::Text(name), ..] = arguments else {
            return Err(Refusal::Bad("which folder?"));
        };
        let folder = self.folder(name)?;
        let messages = self.messages(folder);
        let mut lines =
            format!("* FLAGS ({FLAGS})\r\n* {} EXISTS\r\n* 0 RECENT\r\n", messages.len());
        if let Some(first) = messages.iter().position(|m| !is_seen(m)) {
            let _ = write!(lines, "* OK [UNSEEN {}] first unseen\r\n", first + 1);
        }
        let permanent = if writes { FLAGS } else { "" };
        let _ = write!(
            lines,
            "* OK [PERMANENTFLAGS ({permanent})] kept\r\n* OK [UIDVALIDITY {}] valid\r\n\
             * OK [UIDNEXT {}] next\r\n",
            self.uid_validity,
            self.next_uid(),
        );
        say(out, &lines);
        self.selected = Some(Selected::new(folder, writes, &messages));
        Ok(match writes {
            true => "[READ-WRITE] SELECT completed".to_owned(),
            false => "[READ-ONLY] EXAMINE completed".to_owned(),
        })
    }

    fn search(&mut self, arguments: &[Token], by_uid: bool, out: &mut Vec<u8>) -> Outcome {
        self.tell_new(out);
        let selected = self.selected.as_ref().ok_or(CLOSED)?;
        let key = search::parse(arguments, selected.largest(), self.host.tab.as_deref())?;
        let mut line = "* SEARCH".to_owned();
        for (number, message) in selected.numbered(self.messages(selected.folder)) {
            if key.matches(number, &message) {
                let _ = write!(line, " {}", if by_uid { message.uid } else { number });
            }
        }
        line.push_str("\r\n");
        say(out, &line);
        Ok("SEARCH completed".to_owned())
    }

    fn fetch(&mut self, arguments: &[Token], by_uid: bool, out: &mut Vec<u8>) -> Outcome {
        let [Token::Text(set), items] = arguments else {
            return Err(Refusal::Bad("FETCH takes a set and items"));
        };
        let mut items = fetch::parse(items)?;
        if by_uid && !items.contains(&Item::Uid) {
            items.insert(0, Item::Uid);
        }
        let writes = self.selected.as_ref().is_some_and(|selected| selected.writes);
        let marks = fetch::marks_seen(&items) && writes;
        if marks && !items.contains(&Item::Flags) {
            items.push(Item::Flags);
        }
        for (number, mut message) in self.chosen(set, by_uid)? {
            if marks && !is_seen(&message) {
                message.flags.push("\\Seen".to_owned());
                self.set_flags(&message);
            }
            out.extend_from_slice(&fetch::render(number, &message, &items));
        }
        Ok("FETCH completed".to_owned())
    }

    fn store(&mut self, arguments: &[Token], by_uid: bool, out: &mut Vec<u8>) -> Outcome {
        let [Token::Text(set), Token::Text(how), flags] = arguments else {
            return Err(Refusal::Bad("STORE takes a set, an operation and flags"));
        };
        if !self.selected.as_ref().is_some_and(|selected| selected.writes) {
            return Err(Refusal::No("the folder is open for reading only"));
        }
        let how = how.to_ascii_uppercase();
        let (operation, silent) = match how.strip_suffix(".SILENT") {
            Some(operation) => (operation, true),
            None => (how.as_str(), false),
        };
        let given = flags_of(flags)?;
        for (number, mut message) in self.chosen(set, by_uid)? {
            let same = |a: &String, b: &String| a.eq_ignore_ascii_case(b);
            match operation {
                "+FLAGS" | "FLAGS" | "-FLAGS" => {}
                _ => return Err(Refusal::Bad("STORE knows FLAGS, +FLAGS and -FLAGS")),
            }
            if operation == "FLAGS" {
                message.flags.clear();
            }
            message.flags.retain(|old| !given.iter().any(|new| same(old, new)));
            if operation != "-FLAGS" {
                message.flags.extend(given.iter().cloned());
            }
            message.flags.truncate(FLAGS_PER_MESSAGE);
            self.set_flags(&message);
            if !silent {
                let items = if by_uid { vec![Item::Uid, Item::Flags] } else { vec![Item::Flags] };
                out.extend_from_slice(&fetch::render(number, &message, &items));
            }
        }
        Ok("STORE completed".to_owned())
    }

    fn expunge(&mut self) -> Result<(), Refusal> {
        match (&self.address, &self.selected) {
            (Some(address), Some(selected)) if selected.writes => {
                self.host.mailboxes.expunge(address, selected.folder);
                Ok(())
            }
            _ => Err(Refusal::No("the folder is open for reading only")),
        }
    }

    fn folder(&self, name: &str) -> Result<Folder, Refusal> {
        if name.eq_ignore_ascii_case("INBOX") {
            Ok(Folder::Inbox)
        } else if name == self.host.junk_folder {
            Ok(Folder::Junk)
        } else {
            Err(Refusal::No("[NONEXISTENT] there is no such folder"))
        }
    }

    fn messages(&self, folder: Folder) -> Vec<Message> {
        match &self.address {
            Some(address) => self.host.mailboxes.messages(address, folder),
            None => Vec::new(),
        }
    }

    fn next_uid(&self) -> u32 {
        let address = self.address.as_deref();
        address.map_or(1, |address| self.host.mailboxes.next_uid(address))
    }

    fn set_flags(&self, message: &Message) {
        if let Some(address) = &self.address {
            let flags = message.flags.clone();
            self.host.mailboxes.set_flags(address, message.uid, flags);
        }
    }

    /// The messages of the open folder that a set names.
    fn chosen(&self, set: &str, by_uid: bool) -> Result<Vec<(u32, Message)>, Refusal> {
        let selected = self.selected.as_ref().ok_or(CLOSED)?;
        let messages = self.messages(selected.folder);
        let chosen = selected.chosen(messages, set, by_uid);
        chosen.ok_or(Refusal::Bad("not a set of messages"))
    }

    fn tell_new(&mut self, out: &mut Vec<u8>) {
        if let Some(mut selected) = self.selected.take() {
            let told = selected.take_new(&self.messages(selected.folder));
            say(out, &told.unwrap_or_default());
            self.selected = Some(selected);
        }
    }

    fn tell_removed(&mut self, out: &mut Vec<u8>) {
        if let Some(mut selected) = self.selected.take() {
            say(out, &selected.drop_removed(&self.messages(selected.folder)));
            self.selected = Some(selected);
        }
    }
}

fn say(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn is_seen(message: &Message) -> bool {
    message.flags.iter().any(|flag| flag.eq_ignore_ascii_case("\\Seen"))
}

fn flags_of(token: &Token) -> Result<Vec<String>, Refusal> {
    let words: Vec<&str> = match token {
        Token::Text(word) => vec![word],
        Token::List(list) => list.iter().filter_map(Token::text).collect(),
    };
    let plain = |b: u8| b.is_ascii_graphic() && !b"(){}%*\"]".contains(&b);
    let fits = |word: &&str| word.len() <= 64 && word.bytes().all(plain);
    if words.len() > FLAGS_PER_MESSAGE || !words.iter().all(fits) {
        return Err(Refusal::Bad("not a list of flags"));
    }
    Ok(words.into_iter().map(str::to_owned).collect())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
