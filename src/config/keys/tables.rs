//! Every table and key, in the order in which people write them.

use vigie_checks::blocklist::MEANINGS;

use super::super::cadence::CHECKS;
use super::Takes::{Count, Duration, Flag, List, Map, OneOrMore, Secret, Table as Of, Text, Word};
use super::{Key, Table};

const ALWAYS: &[&[&str]] = &[];

/// The file itself.
pub(super) const FILE: Table = Table {
    title: "",
    about: "What vigie watches, through what, and whom it tells.",
    keys: &[
        Key::new(
            "include",
            OneOrMore(&Text),
            "More files with lists of tables, such as [[domains]]: paths beside this file, whose names may hold a `*`.",
        ),
        Key::new("network", Of(&NETWORK), "Through what the world is seen."),
        Key::new("store", Of(&STORE), "Where history is kept."),
        Key::new("web", Of(&WEB), "The pages and the API."),
        Key::new("schedule", Of(&SCHEDULE), "How often each check is due."),
        Key::new("heartbeat", Of(&HEARTBEAT), "Who is told that vigie works."),
        Key::new("domains", List(&Of(&DOMAIN)), "The domains that are watched."),
        Key::new("probes", List(&Of(&PROBE)), "The test messages that are sent."),
        Key::new("channels", List(&Of(&super::channels::CHANNEL)), "Where alerts go."),
        Key::new("routes", List(&Of(&super::channels::ROUTE)), "Which channel hears of what."),
        Key::new("maintenance", List(&Of(&MAINTENANCE)), "When nobody is told."),
        Key::new(
            "blocklists",
            List(&Of(&BLOCKLIST)),
            "Lists beside the catalogue's, or otherwise.",
        ),
        Key::new("plugins", List(&Of(&PLUGIN)), "Executables that behave as checks."),
    ],
    needs: ALWAYS,
};

const NETWORK: Table = Table {
    title: "[network]",
    about: "Through what vigie sees the world.",
    keys: &[
        Key::new("resolver", OneOrMore(&Text), "Whom DNS questions go to, in turn: system, HOST:PORT, tls://HOST or https://URL.").or("\"system\""),
        Key::new("helo", Text, "The name given in EHLO.").or("the name of this host"),
        Key::new("proxy", Secret, "A SOCKS5 proxy for every TCP connection to the world, socks5://HOST:PORT."),
        Key::new("ca", List(&Text), "PEM files of roots trusted beside the system's."),
        Key::new("own_networks", List(&Text), "Ranges that count as public and reachable here."),
        Key::new("allow_private", Flag, "Whether private and other special addresses learned from the world may be connected to.").or("false"),
        Key::new("root_hints", Text, "A file of root servers, for a resolver that walks by itself."),
        Key::new("trust_anchors", Text, "A file of DNSSEC anchors."),
        Key::new("controls", Word(&["none"]), "The word none switches the named control hosts and zones off; a resolver that does not validate is then not noticed.").or("those of the catalogue"),
        Key::new("blocklists", Word(&["major", "all", "none"]), "Which lists of the catalogue are asked: those that major receivers act on, all, or none.").or("\"major\""),
    ],
    needs: ALWAYS,
};

const STORE: Table = Table {
    title: "[store]",
    about: "Where history is kept, and for how long.",
    keys: &[
        Key::new(
            "url",
            Secret,
            "sqlite://FILE, where a relative file is sought from where vigie is started, or \
             postgres://USER@HOST/DATABASE.",
        )
        .or("\"sqlite://vigie.db\""),
        Key::new(
            "retention",
            Duration,
            "How long history is kept; at least 1d. The last word of a check, the last change of a \
             record, open incidents and messages not yet delivered are kept longer.",
        )
        .or("\"400d\""),
    ],
    needs: ALWAYS,
};

const WEB: Table = Table {
    title: "[web]",
    about: "Where the pages and the API are, and who may open them.",
    keys: &[
        Key::new("listen", Text, "Address and port; loopback unless there is a token.")
            .or("\"127.0.0.1:8080\""),
        Key::new(
            "url",
            Text,
            "The address under which people open the pages, where it is not listen.",
        ),
        Key::new(
            "token",
            Secret,
            "What every request must bear. Without one only this host is listened to.",
        ),
    ],
    needs: ALWAYS,
};

const HEARTBEAT: Table = Table {
    title: "[heartbeat]",
    about: "Who is told, again and again, that vigie works: a dead man's switch elsewhere, which alerts when it hears \
            nothing. Nothing is sent while the scheduler does not turn, the store cannot be written or an alert waits \
            too long.",
    keys: &[
        Key::new("url", Secret, "What is asked for with GET; only 2xx is a yes."),
        Key::new("every", Duration, "How often; at least 1s.").or("\"1m\""),
        Key::new(
            "undelivered",
            Duration,
            "How long an alert may wait for its channel; at least 1s. Channels that answered 410 do not count.",
        )
        .or("\"1h\""),
        Key::new("allow_private", Flag, "Whether the address may be a private one.").or("false"),
    ],
    needs: &[&["url"]],
};

const SCHEDULE: Table = Table {
    title: "[schedule]",
    about: "How often each check is due, and how patient vigie is. A schedule is every 15m, @daily, daily 08:00, weekly MON 08:00 or cron.",
    keys: &[
        Key::new(
            "timezone",
            Text,
            "Where calendars are read, and whose times pages and alerts tell.",
        )
        .or("\"UTC\""),
        Key::new("default", Text, "For every check not named below.").or("each check has its own"),
        Key::new("checks", Map { keys: &CHECKS, values: &Text }, "A schedule by the check's name."),
        Key::new(
            "confirm_after",
            Duration,
            "How long after a first bad look the second one is taken; at least 1s.",
        )
        .or("\"45s\""),
        Key::new("smtp_gap", Duration, "At most one SMTP conversation per address in this time.")
            .or("\"30m\""),
    ],
    needs: ALWAYS,
};

const DOMAIN: Table = Table {
    title: "[[domains]]",
    about: "A domain that is watched, or a list of them.",
    keys: &[
        Key::new("name", Text, "The domain."),
        Key::new(
            "file",
            Text,
            "Instead of name: a list, header name,profile,selectors,sending_ips,tags.",
        ),
        Key::new(
            "profile",
            Word(&["sender", "receiver", "both", "parked"]),
            "What it is for; a parked domain has no mail, and some rows weigh by it.",
        )
        .or("\"both\""),
        Key::new("selectors", List(&Text), "Its DKIM selectors."),
        Key::new("sending_ips", List(&Text), "Addresses that its mail leaves from."),
        Key::new("streams", List(&Of(&STREAM)), "Streams of mail that it sends."),
        Key::new("expect", Of(&EXPECT), "What its records should hold."),
        Key::new(
            "services",
            List(&Text),
            "Submission and mailbox services that its users reach, such as smtps://smtp.example.com.",
        ),
        Key::new("auto_renew", Flag, "The registrar renews it by itself.").or("false"),
        Key::new("intrusive", Flag, "Rows that do more than greet are consented to.").or("false"),
        Key::new("tags", List(&Text), "What routes go by."),
    ],
    needs: &[&["name"], &["file"]],
};

const STREAM: Table = Table {
    title: "[[streams]]",
    about: "A stream of mail that a domain sends.",
    keys: &[
        Key::new("name", Text, "What reports call it."),
        Key::new("from", Text, "The domain in the From header."),
        Key::new("mail_from", Text, "The domain in MAIL FROM.").or("the same as from"),
        Key::new("dkim", Text, "The selector that signs it."),
        Key::new("ips", List(&Text), "Addresses that it leaves from."),
        Key::new("helo", Text, "The name that its hosts give in EHLO, whatever it is worth."),
        Key::new("bulk", Flag, "Whether it goes to many at once.").or("false"),
        Key::new(
            "links",
            List(&Text),
            "Where its messages lead: pages (`https://www.example.com/offer`) and hosts that track clicks (`click.example.com`); they are looked at.",
        ),
        Key::new(
            "one_click",
            Text,
            "The one-click unsubscribe URL of a recipient made for tests; each look posts to it as a mailbox does, and test sends of a bulk stream bear it without its query.",
        ),
    ],
    needs: &[&["name", "from"]],
};

const EXPECT: Table = Table {
    title: "`expect` in [[domains]]",
    about: "What a domain's records should hold; absent means anything.",
    keys: &[
        Key::new("mx", List(&Text), "The hosts that take its mail."),
        Key::new("ns", List(&Text), "Its name servers."),
        Key::new(
            "dkim_keys",
            Map { keys: &[], values: &Text },
            "Public keys by selector, as in the p= tag.",
        ),
    ],
    needs: ALWAYS,
};

const PROBE: Table = Table {
    title: "[[probes]]",
    about: "A test message that is sent and looked for.",
    keys: &[
        Key::new("name", Text, "What reports call it."),
        Key::new("domain", Text, "The domain whose mail it tests."),
        Key::new("schedule", Text, "When it is sent.").or("as [schedule] says, else every 30m"),
        Key::new("from", Text, "The address in the From header."),
        Key::new("mail_from", Text, "The address in MAIL FROM.").or("the same as from"),
        Key::new("to", Text, "The address that it goes to."),
        Key::new("submit", Of(&SUBMIT), "Where the message is handed in."),
        Key::new("mailbox", Of(&MAILBOX), "Where it should arrive."),
        Key::new(
            "seeds",
            Text,
            "Instead of to and mailbox: a list of many, header address,mailbox,password.",
        ),
        Key::new("returns", Of(&RETURNS), "Where bounces are looked for.")
            .or("the same as mailbox"),
        Key::new(
            "deliver_within",
            Duration,
            "How long a message may take; four times that and it is lost.",
        )
        .or("\"5m\""),
        Key::new("max_per_hour", Count, "At most this many test messages an hour.")
            .or("no limit beside the schedule"),
        Key::new("trusted_authserv", Text, "Whose Authentication-Results count; where none are written, vigie judges SPF and DKIM.").or("the topmost"),
    ],
    needs: &[
        &["name", "domain", "from", "submit", "to", "mailbox"],
        &["name", "domain", "from", "submit", "seeds"],
    ],
};

const SUBMIT: Table = Table { title: "`submit` in [[probes]]", ..SENDING };

pub(super) const SENDING: Table = Table {
    title: "",
    about: "An account that may send.",
    keys: &[
        Key::new(
            "url",
            Text,
            "smtps://USER@HOST or smtp://USER@HOST; STARTTLS is required unless ?tls=none follows.",
        ),
        Key::new("password", Secret, "Needed where the URL names a user."),
    ],
    needs: &[&["url"]],
};

const MAILBOX: Table = Table { title: "`mailbox` in [[probes]]", ..READING };
const RETURNS: Table = Table { title: "`returns` in [[probes]]", ..READING };

const READING: Table = Table {
    title: "",
    about: "An account that reads a mailbox.",
    keys: &[
        Key::new("url", Text, "imaps://USER@HOST or imap://USER@HOST."),
        Key::new("password", Secret, "Needed where the URL names a user."),
    ],
    needs: &[&["url"]],
};

const MAINTENANCE: Table = Table {
    title: "[[maintenance]]",
    about: "When nobody is told of incidents: again and again (schedule and duration), or once (from and until). What still stands at its end is told then.",
    keys: &[
        Key::new(
            "tags",
            List(&Text),
            "Domains with one of these; without tags and domains, every domain.",
        ),
        Key::new("domains", List(&Text), "These domains."),
        Key::new(
            "schedule",
            Text,
            "When it begins: @daily, or cron with 5 fields, in the time zone of [schedule].",
        ),
        Key::new("duration", Duration, "How long it lasts; at most 31d."),
        Key::new("from", Text, "When it begins, once: 2026-12-01T22:00:00+01:00."),
        Key::new("until", Text, "When it ends, once."),
    ],
    needs: &[&["schedule", "duration"], &["from", "until"]],
};

const BLOCKLIST: Table = Table {
    title: "[[blocklists]]",
    about: "A list of one's own, or what differs from the catalogue's list of the same id.",
    keys: &[
        Key::new("id", Text, "What findings call it."),
        Key::new("enabled", Flag, "Whether it is asked.").or("true"),
        Key::new("name", Text, "What reports call it.").or("its id"),
        Key::new(
            "zone",
            Text,
            "Where it is asked; a list of one's own needs it, as well as kind and codes.",
        ),
        Key::new("kind", Word(&["ip4", "ip6", "ip", "domain"]), "What is looked up in it."),
        Key::new(
            "codes",
            Map { keys: &[], values: &Word(&MEANINGS) },
            "What each answer means: 127.0.0.2, 127.0.0.0/24, 127.0.0.4-127.0.0.7 or bit:64.",
        ),
        Key::new("delist", Text, "Where to ask for removal."),
        Key::new("key", Secret, "The secret first label, for lists that are asked with one."),
    ],
    needs: &[&["id"]],
};

const PLUGIN: Table = Table {
    title: "[[plugins]]",
    about: "An executable that behaves as a check of every domain: with the exit codes of Nagios, or findings as JSON (docs/plugins.md).",
    keys: &[
        Key::new("name", Text, "The name of its check, in kebab-case."),
        Key::new(
            "command",
            List(&Text),
            "The path of the executable and its arguments, in which {domain} is the domain; no shell reads it.",
        ),
        Key::new("schedule", Text, "When it runs.").or("as [schedule] says, else every 1h"),
        Key::new("timeout", Duration, "Time that it gets; 1s to 10m.").or("\"30s\""),
    ],
    needs: &[&["name", "command"]],
};
