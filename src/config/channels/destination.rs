//! What a kind of channel needs, and what it may have beside; whatever belongs to another kind is a
//! mistake that names that kind.

use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;

use super::super::mistake::BadValue;
use super::super::probes::{MailAccount, account, mail_address};
use super::super::reader::{Section, not_empty};
use super::super::secret::{check_signing_secret, redacted, redacted_list, redacted_option};
use super::super::suggest::meant_or_any;
use super::super::{MailUrl, cadence, duration, host};
use super::values;

const PAGERDUTY: &str = "https://events.pagerduty.com";
const NTFY: &str = "https://ntfy.sh";
const TELEGRAM: &str = "https://api.telegram.org";

/// What a program may take where nothing is written.
const PROGRAM_TIME: Duration = Duration::from_secs(10);
/// An attempt has 15 s, whatever its kind.
const LONGEST_PROGRAM_TIME: Duration = Duration::from_secs(14);

/// Where a channel leads, and how it is spoken to.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Destination {
    /// Standard Webhooks 1.0. The address is a secret, since many such addresses let anybody post;
    /// each secret (`whsec_…`) signs every message, two while one replaces the other.
    Webhook {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
        #[serde(rename = "secret", serialize_with = "redacted_list")]
        secrets: Vec<SecretString>,
    },
    /// An incoming webhook of Slack.
    Slack {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
    },
    /// A webhook of a Discord channel.
    Discord {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
    },
    /// A workflow of Teams that starts when a webhook request is received.
    Teams {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
    },
    /// An incoming webhook of Mattermost.
    Mattermost {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
    },
    /// PagerDuty Events v2. `url` is the service's, with no path.
    PagerDuty {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
        #[serde(serialize_with = "redacted")]
        routing_key: SecretString,
    },
    /// A topic of ntfy. Who knows the name of a public topic reads and writes it.
    Ntfy {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
        #[serde(serialize_with = "redacted")]
        topic: SecretString,
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "redacted_option")]
        token: Option<SecretString>,
    },
    /// An application of a Gotify server.
    Gotify {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
        #[serde(serialize_with = "redacted")]
        token: SecretString,
    },
    /// A bot of Telegram and a chat that it may write to.
    Telegram {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
        #[serde(serialize_with = "redacted")]
        token: SecretString,
        /// A number, or `@name` of a public channel.
        chat: String,
        /// A topic of a forum.
        #[serde(skip_serializing_if = "Option::is_none")]
        thread: Option<u32>,
    },
    /// A room of Matrix, through the account that the token is of.
    Matrix {
        #[serde(serialize_with = "redacted")]
        url: SecretString,
        #[serde(serialize_with = "redacted")]
        token: SecretString,
        /// `!…`, not an alias.
        room: String,
    },
    /// One mail address.
    Email { submit: MailAccount, from: String, to: String },
    /// A program of this host, started without a shell; the event is its standard input.
    Exec {
        command: Vec<String>,
        /// How long it may run. Default: 10 s.
        #[serde(serialize_with = "duration::serialize")]
        timeout: Duration,
    },
}

/// The kinds as they are written: what each needs, and what it may have beside.
struct Kind {
    word: &'static str,
    needs: &'static [&'static str],
    may: &'static [&'static str],
}

const REACH: [&str; 2] = ["allow_private", "proxy"];

#[rustfmt::skip]
const TABLE: [Kind; 12] = [
    Kind { word: "webhook",    needs: &["url"],                   may: &["secret"] },
    Kind { word: "slack",      needs: &["url"],                   may: &[] },
    Kind { word: "discord",    needs: &["url"],                   may: &[] },
    Kind { word: "teams",      needs: &["url"],                   may: &[] },
    Kind { word: "mattermost", needs: &["url"],                   may: &[] },
    Kind { word: "pagerduty",  needs: &["routing_key"],           may: &["url"] },
    Kind { word: "ntfy",       needs: &["topic"],                 may: &["url", "token"] },
    Kind { word: "gotify",     needs: &["url", "token"],          may: &[] },
    Kind { word: "telegram",   needs: &["token", "chat"],         may: &["url", "thread"] },
    Kind { word: "matrix",     needs: &["url", "token", "room"],  may: &[] },
    Kind { word: "email",      needs: &["submit", "from", "to"],  may: &["proxy"] },
    Kind { word: "exec",       needs: &["command"],               may: &["timeout"] },
];

/// Every kind as it is written.
pub const KINDS: [&str; TABLE.len()] = {
    let mut words = [""; TABLE.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = TABLE[at].word;
        at += 1;
    }
    words
};

/// Every key that some kind has; kept in the order in which they are asked for.
const KEYS: [&str; 15] = [
    "url",
    "secret",
    "routing_key",
    "topic",
    "token",
    "chat",
    "thread",
    "room",
    "submit",
    "from",
    "to",
    "command",
    "timeout",
    "allow_private",
    "proxy",
];

impl Kind {
    fn of(word: &str) -> Option<&'static Self> {
        TABLE.iter().find(|kind| kind.word == word)
    }

    fn takes(&self, key: &str) -> bool {
        let reaches = !matches!(self.word, "email" | "exec");
        self.needs.contains(&key) || self.may.contains(&key) || (reaches && REACH.contains(&key))
    }
}

/// Each kind with the keys that it needs, and those that are of other kinds alone.
pub(in crate::config) fn forms()
-> impl Iterator<Item = (&'static str, &'static [&'static str], Vec<&'static str>)> {
    TABLE.iter().map(|kind| {
        let foreign = KEYS.into_iter().filter(|key| !kind.takes(key));
        (kind.word, kind.needs, foreign.collect())
    })
}

/// The word of a kind.
pub(super) fn kind(written: &str) -> Result<&'static str, BadValue> {
    Kind::of(written).map(|kind| kind.word).ok_or_else(|| {
        BadValue::predicate(
            format!("is not a kind of channel: `{written}`"),
            format!("n’est pas un type de canal : `{written}`"),
        )
        .suggest(Some(meant_or_any(written, &KINDS)))
    })
}

/// Every value that some kind has, as written.
struct Written {
    url: Option<SecretString>,
    secrets: Vec<SecretString>,
    routing_key: Option<SecretString>,
    topic: Option<SecretString>,
    token: Option<SecretString>,
    chat: Option<String>,
    thread: Option<u32>,
    room: Option<String>,
    submit: Option<MailAccount>,
    from: Option<String>,
    to: Option<String>,
    command: Option<Vec<String>>,
    timeout: Option<Duration>,
}

/// Reads where a channel leads; none, and mistakes, where that is not wholly written.
pub(super) fn read(
    section: &mut Section<'_, '_>,
    kind: Option<&'static str>,
) -> Option<Destination> {
    let written = Written {
        url: section.checked_secret("url", host::web_url),
        secrets: section.secrets("secret", check_signing_secret),
        routing_key: section.checked_secret("routing_key", values::routing_key),
        topic: section.checked_secret("topic", values::topic),
        token: section.checked_secret("token", values::token),
        chat: section.parsed("chat", values::chat),
        thread: section.count("thread"),
        room: section.parsed("room", values::room),
        submit: account(section, "submit", MailUrl::is_submission),
        from: section.parsed("from", mail_address),
        to: section.parsed("to", mail_address),
        command: section.list("command", not_empty),
        timeout: section.parsed("timeout", program_time),
    };
    let kind = Kind::of(kind?)?;
    for key in kind.needs {
        section.needed(key, None::<()>);
    }
    for key in KEYS.into_iter().filter(|key| section.is_written(key) && !kind.takes(key)) {
        let owners = TABLE.iter().filter(|other| other.takes(key)).map(|other| other.word);
        let (word, owners) = (kind.word, owners.collect::<Vec<_>>().join(", "));
        let what = BadValue::sentence(
            format!("`{key}` does not go with `{word}`; it is for {owners}"),
            format!("`{key}` ne va pas avec `{word}` ; cette clé est pour {owners}"),
        );
        section.refuse(section.key_span(key), what);
    }
    if kind.word == "exec" && !written.names_a_program() {
        let what = BadValue::no_program("[\"/usr/local/bin/notify\", \"ops\"]");
        section.refuse(section.value_span("command"), what);
        return None;
    }
    written.into_destination(kind.word)
}

impl Written {
    /// A whole path: the environment, and `PATH` with it, is cleared.
    fn names_a_program(&self) -> bool {
        let path = self.command.as_ref().map(|command| command.first());
        path.is_none_or(|path| path.is_some_and(|path| path.starts_with('/')))
    }

    fn into_destination(self, kind: &str) -> Option<Destination> {
        let url_or = |service: &str| self.url.clone().unwrap_or_else(|| service.to_owned().into());
        Some(match kind {
            "webhook" => Destination::Webhook { url: self.url?, secrets: self.secrets },
            "slack" => Destination::Slack { url: self.url? },
            "discord" => Destination::Discord { url: self.url? },
            "teams" => Destination::Teams { url: self.url? },
            "mattermost" => Destination::Mattermost { url: self.url? },
            "pagerduty" => {
                Destination::PagerDuty { url: url_or(PAGERDUTY), routing_key: self.routing_key? }
            }
            "ntfy" => {
                Destination::Ntfy { url: url_or(NTFY), topic: self.topic?, token: self.token }
            }
            "gotify" => Destination::Gotify { url: self.url?, token: self.token? },
            "telegram" => Destination::Telegram {
                url: url_or(TELEGRAM),
                token: self.token?,
                chat: self.chat?,
                thread: self.thread,
            },
            "matrix" => {
                Destination::Matrix { url: self.url?, token: self.token?, room: self.room? }
            }
            "email" => Destination::Email { submit: self.submit?, from: self.from?, to: self.to? },
            "exec" => Destination::Exec {
                command: self.command?,
                timeout: self.timeout.unwrap_or(PROGRAM_TIME),
            },
            _ => return None,
        })
    }
}

fn program_time(written: &str) -> Result<Duration, BadValue> {
    let time = cadence::wait(written)?;
    match time <= LONGEST_PROGRAM_TIME {
        true => Ok(time),
        false => Err(BadValue::predicate(
            "is longer than an attempt may take; at most 14s",
            "dépasse ce que dure une tentative ; 14 s au plus",
        )),
    }
}

impl Destination {
    /// Whether people read what arrives there; programs want each event by itself.
    pub fn is_read_by_people(&self) -> bool {
        !matches!(self, Self::Webhook { .. } | Self::PagerDuty { .. } | Self::Exec { .. })
    }

    /// The word of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Slack { .. } => "slack",
            Self::Discord { .. } => "discord",
            Self::Teams { .. } => "teams",
            Self::Mattermost { .. } => "mattermost",
            Self::PagerDuty { .. } => "pagerduty",
            Self::Ntfy { .. } => "ntfy",
            Self::Gotify { .. } => "gotify",
            Self::Telegram { .. } => "telegram",
            Self::Matrix { .. } => "matrix",
            Self::Email { .. } => "email",
            Self::Exec { .. } => "exec",
        }
    }
}
