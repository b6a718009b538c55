//! The keys of `[[channels]]`, of which most are of one kind or a few, and of `[[routes]]`.

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

pub(super) const ROUTE: Table = Table {
    title: "[[routes]]",
    about: "Which channel hears of what. Without any, every channel hears of incidents at error and above and of all else.",
    keys: &[
        Key::new("channels", List(&Text), "The names of the channels."),
        Key::new(
            "min_severity",
            Word(&["info", "warning", "error", "critical"]),
            "Of incidents; other events go to every channel of the route.",
        )
        .or("\"error\""),
        Key::new("tags", List(&Text), "Domains with one of these.").or("all domains"),
        Key::new("domains", List(&Text), "These domains.").or("all domains"),
        Key::new("checks", List(&Text), "What these checks and plugins find.").or("all checks"),
        Key::new("changes", Flag, "Also records that changed without breaking a rule.").or("false"),
        Key::new("baseline", Flag, "Also what was wrong already when a domain was first seen.")
            .or("false"),
        Key::new(
            "hours",
            OneOrMore(&Text),
            "When incidents are told, such as Mon-Fri 08:00-18:00, in the time zone of [schedule]; what still stands when they begin again is told then, and who heard of an incident hears how it goes on at any time.",
        )
        .or("always"),
        Key::new(
            "repeat",
            Duration,
            "How often an incident that is open and that nobody took on is told again; at least 1m.",
        )
        .or("never"),
        Key::new(
            "escalate_after",
            Duration,
            "After what time without an acknowledgement the channels of escalate_to are told too.",
        )
        .or("never"),
        Key::new("escalate_to", List(&Text), "The channels that are told then."),
        Key::new(
            "group_wait",
            Duration,
            "How long a message about an incident waits for others, so that many become one; at most 1h. Only for channels that people read: webhook, pagerduty and exec get each event at once and by itself.",
        )
        .or("not at all"),
        Key::new(
            "digest",
            Text,
            "When the channels are told how all domains of the route stand, also when nothing is wrong: daily 08:00, weekly MON 08:00 or another schedule of at least 1h, in the time zone of [schedule].",
        )
        .or("never"),
    ],
    needs: &[&["channels"]],
};
