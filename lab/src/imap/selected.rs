//! Which number does the client know a message by? Numbers are the session's own: they move only
//! when the client is told so (RFC 3501 §7.4.1).

use super::search::Largest;
use super::sequence::SequenceSet;
use crate::mailbox::{Folder, Message};

/// A folder that a session has open.
pub struct Selected {
    /// Which one.
    pub folder: Folder,
    /// Whether flags may be set and messages removed.
    pub writes: bool,
    /// The uid of each message number, from 1 on; they rise.
    uids: Vec<u32>,
}

impl Selected {
    /// Opens a folder with what lies in it.
    pub fn new(folder: Folder, writes: bool, messages: &[Message]) -> Self {
        Self { folder, writes, uids: messages.iter().map(|message| message.uid).collect() }
    }

    /// The messages under the numbers that the client knows.
    pub fn numbered(&self, messages: Vec<Message>) -> Vec<(u32, Message)> {
        let number = |message: &Message| {
            let index = self.uids.binary_search(&message.uid).ok()?;
            u32::try_from(index + 1).ok()
        };
        let messages = messages.into_iter();
        messages.filter_map(|m| number(&m).map(|number| (number, m))).collect()
    }

    /// The messages that a set names; `None` when it is not a set.
    pub fn chosen(
        &self,
        messages: Vec<Message>,
        set: &str,
        by_uid: bool,
    ) -> Option<Vec<(u32, Message)>> {
        let largest = self.largest();
        let set = SequenceSet::parse(set, if by_uid { largest.uid } else { largest.number })?;
        let named = |number: u32, uid: u32| set.contains(if by_uid { uid } else { number });
        let all = self.numbered(messages).into_iter();
        Some(all.filter(|(number, m)| named(*number, m.uid)).collect())
    }

    /// What `*` stands for.
    pub fn largest(&self) -> Largest {
        Largest {
            number: u32::try_from(self.uids.len()).unwrap_or(u32::MAX),
            uid: self.uids.last().copied().unwrap_or(0),
        }
    }

    /// Numbers what is new; the response that tells so.
    pub fn take_new(&mut self, messages: &[Message]) -> Option<String> {
        let last = self.largest().uid;
        let before = self.uids.len();
        let uids = messages.iter().map(|message| message.uid);
        self.uids.extend(uids.filter(|&uid| uid > last));
        let now = self.uids.len();
        (now > before).then(|| format!("* {now} EXISTS\r\n"))
    }

    /// Drops the numbers of what is gone; the responses that tell so.
    pub fn drop_removed(&mut self, messages: &[Message]) -> String {
        let mut told = String::new();
        for index in (0..self.uids.len()).rev() {
            let uid = self.uids[index];
            if messages.binary_search_by_key(&uid, |m| m.uid).is_err() {
                self.uids.remove(index);
                told.push_str(&format!("* {} EXPUNGE\r\n", index + 1));
            }
        }
        told
    }
}
