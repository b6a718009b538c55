//! Where does accepted mail lie? In memory, per address, in an inbox and a junk folder.
//! A mailbox can be slow or lose what it was given; receivers and IMAP share the store.

#[cfg(test)]
mod tests;

use crate::clock::LabClock;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Most messages that one mailbox holds, and as many that wait; the oldest give way.
const MESSAGES: usize = 10_000;

/// A folder that every mailbox has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Folder {
    /// INBOX.
    Inbox,
    /// Where unwanted mail is filed (RFC 6154 `\Junk`).
    Junk,
}

/// A message as it lies in a folder.
#[derive(Debug, Clone)]
pub struct Message {
    /// Unique in its mailbox, rising (RFC 9051 §2.3.1.1).
    pub uid: u32,
    /// Which folder it was filed in.
    pub folder: Folder,
    /// When it became readable.
    pub internal_date: DateTime<Utc>,
    /// Flags as a client set them, such as `\Seen`.
    pub flags: Vec<String>,
    /// The whole message, lines ended by CRLF.
    pub octets: Arc<[u8]>,
}

/// What a mailbox does to the mail it is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailboxFaults {
    /// How long a message stays unreadable after it was accepted.
    pub delay: Duration,
    /// Mail is accepted and never seen again.
    pub lose: bool,
}

#[derive(Default)]
struct Mailbox {
    last_uid: u32,
    faults: MailboxFaults,
    messages: Vec<Message>,
    waiting: Vec<Message>,
}

impl Mailbox {
    /// Makes readable what is due. The uid is given now, so that uids rise in order of sight.
    fn settle(&mut self, now: DateTime<Utc>) {
        let (due, waiting) =
            self.waiting.drain(..).partition(|message| message.internal_date <= now);
        self.waiting = waiting;
        let mut due: Vec<Message> = due;
        due.sort_by_key(|message| message.internal_date);
        for mut message in due {
            self.last_uid += 1;
            message.uid = self.last_uid;
            self.messages.push(message);
        }
        let excess = self.messages.len().saturating_sub(MESSAGES);
        self.messages.drain(..excess);
    }
}

/// All mailboxes of a lab; clones share one store.
#[derive(Clone)]
pub struct Mailboxes {
    boxes: Arc<Mutex<HashMap<String, Mailbox>>>,
    deliveries: watch::Sender<u64>,
    clock: LabClock,
}

impl Default for Mailboxes {
    fn default() -> Self {
        Self {
            boxes: Arc::default(),
            deliveries: watch::Sender::new(0),
            clock: LabClock::default(),
        }
    }
}

impl Mailboxes {
    /// Files a message for an address (compared without regard to case).
    pub fn deliver(&self, address: &str, folder: Folder, octets: Vec<u8>) {
        let mut boxes = self.lock();
        let mailbox = boxes.entry(address.to_ascii_lowercase()).or_default();
        if mailbox.faults.lose {
            return;
        }
        let delay = TimeDelta::from_std(mailbox.faults.delay).unwrap_or(TimeDelta::MAX);
        let now = self.clock.now();
        if mailbox.waiting.len() >= MESSAGES {
            mailbox.waiting.remove(0);
        }
        mailbox.waiting.push(Message {
            uid: 0,
            folder,
            internal_date: now.checked_add_signed(delay).unwrap_or(DateTime::<Utc>::MAX_UTC),
            flags: Vec::new(),
            octets: octets.into(),
        });
        mailbox.settle(now);
        drop(boxes);
        self.deliveries.send_modify(|count| *count += 1);
    }

    /// The clock that mail is dated by.
    pub fn clock(&self) -> &LabClock {
        &self.clock
    }

    /// What lies in a folder and can be read now, in order of uid.
    pub fn messages(&self, address: &str, folder: Folder) -> Vec<Message> {
        let mut boxes = self.lock();
        let Some(mailbox) = boxes.get_mut(&address.to_ascii_lowercase()) else {
            return Vec::new();
        };
        mailbox.settle(self.clock.now());
        let readable = mailbox.messages.iter();
        readable.filter(|m| m.folder == folder).cloned().collect()
    }

    /// The address that an account name stands for: itself, or the one mailbox of that local part.
    pub fn address_of(&self, account: &str) -> String {
        let account = account.to_ascii_lowercase();
        if account.contains('@') {
            return account;
        }
        let boxes = self.lock();
        let mut named = boxes
            .keys()
            .filter(|address| address.split_once('@').is_some_and(|(local, _)| local == account));
        match (named.next(), named.next()) {
            (Some(only), None) => only.clone(),
            _ => account,
        }
    }

    /// Makes sure that a mailbox is there, empty as it may be.
    pub fn open(&self, address: &str) {
        self.lock().entry(address.to_ascii_lowercase()).or_default();
    }

    /// What the mailbox does from now on to mail it is given.
    pub fn set_faults(&self, address: &str, faults: MailboxFaults) {
        self.lock().entry(address.to_ascii_lowercase()).or_default().faults = faults;
    }

    /// Replaces the flags of a message; `false` when it is gone.
    pub fn set_flags(&self, address: &str, uid: u32, flags: Vec<String>) -> bool {
        let mut boxes = self.lock();
        let mailbox = boxes.get_mut(&address.to_ascii_lowercase());
        let message = mailbox.and_then(|m| m.messages.iter_mut().find(|m| m.uid == uid));
        match message {
            Some(message) => {
                message.flags = flags;
                true
            }
            None => false,
        }
    }

    /// Removes the messages of a folder that bear `\Deleted`.
    pub fn expunge(&self, address: &str, folder: Folder) {
        if let Some(mailbox) = self.lock().get_mut(&address.to_ascii_lowercase()) {
            let deleted = |m: &Message| {
                m.folder == folder && m.flags.iter().any(|f| f.eq_ignore_ascii_case("\\Deleted"))
            };
            mailbox.messages.retain(|message| !deleted(message));
        }
    }

    /// The uid that the next message of this mailbox gets.
    pub fn next_uid(&self, address: &str) -> u32 {
        let boxes = self.lock();
        boxes.get(&address.to_ascii_lowercase()).map_or(1, |mailbox| mailbox.last_uid + 1)
    }

    /// Counts the messages filed since the start; whoever waits for mail waits on this.
    pub fn deliveries(&self) -> watch::Receiver<u64> {
        self.deliveries.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Mailbox>> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
