//! `[[probes]]`: what is no submission and no mailbox?

use super::{parse, said};

const SUBMIT: &str = "submit = { url = \"smtp://smtp.example.com\" }";
const MAILBOX: &str = "mailbox = { url = \"imap://imap.example.net\" }";

/// A rule, where mail is handed in and looked for, and what is said of it.
pub(super) const PROBES: &[(&str, &str, &str, &[&str])] = &[
    ("as it should be", SUBMIT, MAILBOX, &[]),
    (
        "pop3",
        SUBMIT,
        "mailbox = { url = \"pop3s://u@pop.example.net\" }",
        &[
            "3:19 `url` names a POP3 mailbox; pop3 is not offered yet | use imaps:// for this mailbox",
        ],
    ),
    (
        "a user without a password",
        "submit = { url = \"smtps://u@smtp.example.com\" }",
        MAILBOX,
        &["2:18 `submit` names a user and needs a `password`"],
    ),
    (
        "a password in the URL",
        "submit = { url = \"smtps://u:hunter2@smtp.example.com\" }",
        MAILBOX,
        &["2:18 `url` holds a password; write it under `password`"],
    ),
    (
        "the mailbox where mail is handed in",
        "submit = { url = \"imap://imap.example.net\" }",
        MAILBOX,
        &["2:18 `url` is a mailbox; a submission is smtps:// or smtp://"],
    ),
    (
        "plain text under smtps",
        "submit = { url = \"smtps://smtp.example.com?tls=none\" }",
        MAILBOX,
        &["2:18 `url` has `?tls=none`, which goes with smtp:// only"],
    ),
    (
        "two forms at once",
        SUBMIT,
        "mailbox = { url = \"imap://imap.example.net\" }\nseeds = \"seeds.csv\"",
        &[
            "3:1 `mailbox` does not go with `seeds`, which names addresses and mailboxes",
            "4:9 dir/seeds.csv: entity not found",
            "8:1 `to` does not go with `seeds`, which names addresses and mailboxes",
        ],
    ),
];

/// A probe that is whole but for them.
pub(super) fn probe(submit: &str, mailbox: &str) -> String {
    format!(
        "[[probes]]\n{submit}\n{mailbox}\nname = \"p\"\ndomain = \"example.com\"\n\
         from = \"a@example.com\"\nto = \"b@example.net\""
    )
}

#[test]
fn probes_are_refused_for_what_they_are() {
    for (rule, submit, mailbox, expected) in PROBES {
        let found =
            parse(&probe(submit, mailbox)).map_or_else(|errors| said(&errors), |_| Vec::new());
        assert_eq!(found, *expected, "{rule}");
    }
}
