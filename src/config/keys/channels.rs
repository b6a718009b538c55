//! The keys of `[[channels]]`: some are of every kind, most of one or a few.

use super::super::channels::KINDS;
use super::Takes::{Count, Duration, Flag, List, OneOrMore, Secret, Table as Of, Text, Word};
use super::tables::SENDING;
use super::{Key, Table};

pub(super) const CHANNEL: Table = Table {
    title: "[[channels]]",
    about: "A place that alerts go to. docs/channels.md has an example of each kind.",
    keys: &[
        Key::new("name", Text, "What routes and the outbox call it."),
        Key::new("kind", Word(&KINDS), "How it is spoken to: webhook is Standard Webhooks 1.0."),
        Key::new("lang", Word(&["en", "fr"]), "The language of its alerts.")
            .or("that of the daemon"),
        Key::new(
            "url",
            Secret,
            "An http or https address; a secret, since many such addresses let anybody post. Needed but for pagerduty, ntfy and telegram, which have their usual service; not for email and exec.",
        ),
        Key::new(
            "secret",
            OneOrMore(&Secret),
            "webhook: signs every message (whsec_…); two while one replaces the other.",
        )
        .or("not signed"),
        Key::new("routing_key", Secret, "pagerduty: the integration key of Events API v2; needed."),
        Key::new("topic", Secret, "ntfy: where messages are published; needed."),
        Key::new(
            "token",
            Secret,
            "gotify, telegram, matrix: what lets vigie post; needed. ntfy: where the topic is protected.",
        ),
        Key::new("chat", Text, "telegram: a number in quotes, or @name; needed."),
        Key::new("thread", Count, "telegram: a topic of the chat."),
        Key::new("room", Text, "matrix: the id of a room (!…); needed."),
        Key::new("submit", Of(&SUBMIT), "email: where the mail is handed in; needed."),
        Key::new("from", Text, "email: the address in the From header; needed."),
        Key::new("to", Text, "email: the address it goes to; needed."),
        Key::new("command", List(&Text), "exec: the program and its arguments; needed. No shell."),
        Key::new("timeout", Duration, "exec: how long it may run; at most 14s.").or("10s"),
        Key::new("allow_private", Flag, "Whether this channel may reach private addresses.")
            .or("false"),
        Key::new("proxy", Secret, "A SOCKS5 proxy for this channel alone.")
            .or("none, also where the network has one"),
    ],
    needs: &[&["name", "kind"]],
};

const SUBMIT: Table = Table { title: "`submit` in [[channels]]", ..SENDING };
