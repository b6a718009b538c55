//! `vigie.fix/1` and `vigie.history/1`: records to publish, and records as they were.

use super::Form;
use super::parts::{
    about, flag, head, key, list, object, or_null, part, sentence, severity, text, time,
};
use serde_json::{Value, json};

pub fn fix() -> Form {
    let set = object([
        key("name", sentence()),
        key("type", json!({ "type": "string", "pattern": "^[A-Z0-9]+$" })),
        key("ttl", about("Seconds.", json!({ "type": "integer", "minimum": 0 }))),
        key("values", about("The whole set; empty where it is to be removed.", list(text()))),
        key("was", about("The set as it is now.", list(text()))),
        key("zone", about("The zone in which it stands.", sentence())),
        key("heals", list(finding_name(None))),
    ]);
    let left = finding_name(Some(key("because", sentence())));
    let keys = head("vigie.fix/1").into_iter().chain([
        key("domain", sentence()),
        key("zone", about("The zone in which the domain stands.", sentence())),
        key("records", list(set)),
        key("left", about("Findings whose records cannot be published as they are.", list(left))),
        key("elsewhere", about("Findings that no record heals.", list(finding_name(None)))),
    ]);
    Form {
        name: "fix",
        about: "What `vigie fix --format json` prints: the records to publish, whole RRsets.",
        object: object(keys),
    }
}

fn finding_name(more: Option<super::parts::Key>) -> Value {
    let keys = [
        key("id", sentence()),
        key("subject", sentence()),
        key("severity", severity()),
        key("title", sentence()),
    ];
    object(keys.into_iter().chain(more))
}

pub fn history() -> Form {
    let period = object([
        key("value", about("Null where there was nothing.", or_null(text()))),
        key("first_seen", time()),
        key("last_seen", time()),
        key("stands", about("The last look that could tell saw it so.", flag())),
    ]);
    let record = object([
        key("what", about("As in a change: `TXT example.com`.", sentence())),
        key("check", part("check_name")),
        key("instance", instance()),
        key("periods", list(period)),
    ]);
    let spell = object([
        key("id", sentence()),
        key("check", part("check_name")),
        key("instance", instance()),
        key("severity", severity()),
        key("subject", sentence()),
        key("title", sentence()),
        key("fingerprint", about("Stable for domain, id and subject.", sentence())),
        key("first_seen", time()),
        key("last_seen", time()),
        key("stands", flag()),
    ]);
    let untold = object([
        key("check", part("check_name")),
        key("instance", instance()),
        key("reason", sentence()),
        key("first_seen", time()),
        key("last_seen", time()),
    ]);
    let change = object([
        key("what", sentence()),
        key("before", or_null(text())),
        key("after", or_null(text())),
        key("seen_at", time()),
    ]);
    let keys = head("vigie.history/1").into_iter().chain([
        key("domain", sentence()),
        key("first_seen", about("The first look that is kept.", or_null(time()))),
        key("last_seen", about("The last look that is kept.", or_null(time()))),
        key("records", list(record)),
        key("findings", list(spell)),
        key("untold", about("When a check could not tell.", list(untold))),
        key("changes", list(change)),
    ]);
    Form {
        name: "history",
        about: "What `vigie history --format json` and `/api/v1/domains/{name}/history` tell; everywhere the newest comes first.",
        object: object(keys),
    }
}

fn instance() -> Value {
    about("Empty, or the name of the probe.", text())
}
