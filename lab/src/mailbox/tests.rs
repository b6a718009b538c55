use super::{Folder, MailboxFaults, Mailboxes};
use std::time::Duration;

fn uids(mailboxes: &Mailboxes, folder: Folder) -> Vec<u32> {
    let messages = mailboxes.messages("probe@example.net", folder);
    messages.iter().map(|message| message.uid).collect()
}

#[test]
fn mail_lies_in_the_folder_it_was_filed_in() {
    let mailboxes = Mailboxes::default();
    mailboxes.deliver("Probe@Example.NET", Folder::Inbox, b"a".to_vec());
    mailboxes.deliver("probe@example.net", Folder::Junk, b"b".to_vec());
    assert_eq!(uids(&mailboxes, Folder::Inbox), [1]);
    assert_eq!(uids(&mailboxes, Folder::Junk), [2]);
    assert_eq!(*mailboxes.deliveries().borrow(), 2);
}

#[test]
fn a_slow_mailbox_holds_mail_back_and_a_lossy_one_keeps_none() {
    let mailboxes = Mailboxes::default();
    let slow = MailboxFaults { delay: Duration::from_secs(3600), lose: false };
    mailboxes.set_faults("probe@example.net", slow);
    mailboxes.deliver("probe@example.net", Folder::Inbox, b"late".to_vec());
    mailboxes.set_faults("probe@example.net", MailboxFaults::default());
    mailboxes.deliver("probe@example.net", Folder::Inbox, b"on time".to_vec());
    let lossy = MailboxFaults { lose: true, ..MailboxFaults::default() };
    mailboxes.set_faults("probe@example.net", lossy);
    mailboxes.deliver("probe@example.net", Folder::Inbox, b"lost".to_vec());
    let messages = mailboxes.messages("probe@example.net", Folder::Inbox);
    assert_eq!(messages.len(), 1);
    assert_eq!(&*messages[0].octets, b"on time");
}

#[test]
fn expunge_takes_what_is_marked_in_that_folder() {
    let mailboxes = Mailboxes::default();
    for folder in [Folder::Inbox, Folder::Inbox, Folder::Junk] {
        mailboxes.deliver("probe@example.net", folder, b"x".to_vec());
    }
    assert!(mailboxes.set_flags("probe@example.net", 1, vec!["\\Deleted".to_owned()]));
    assert!(mailboxes.set_flags("probe@example.net", 3, vec!["\\deleted".to_owned()]));
    assert!(!mailboxes.set_flags("probe@example.net", 9, Vec::new()));
    mailboxes.expunge("probe@example.net", Folder::Inbox);
    assert_eq!(uids(&mailboxes, Folder::Inbox), [2]);
    assert_eq!(uids(&mailboxes, Folder::Junk), [3]);
    assert_eq!(mailboxes.next_uid("probe@example.net"), 4);
}

#[test]
fn an_account_without_a_domain_stands_for_the_only_mailbox_of_that_name() {
    let mailboxes = Mailboxes::default();
    mailboxes.open("probe@example.net");
    assert_eq!(mailboxes.address_of("probe"), "probe@example.net");
    mailboxes.open("probe@example.com");
    assert_eq!(mailboxes.address_of("probe"), "probe");
    assert_eq!(mailboxes.address_of("PROBE@example.com"), "probe@example.com");
}
