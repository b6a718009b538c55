//! `vigie.preflight/1`, `vigie.probe/1` and `vigie.recheck/1`: may it be sent, did it arrive, and who
//! looks again?

use serde_json::json;

use super::Form;
use super::parts::{
    about, count, flag, head, key, list, maybe, object, one_of, or_null, part, schema, sentence,
    text, time,
};

pub fn preflight() -> Form {
    let verdict = || one_of(&["GO", "CAUTION", "NO-GO"]);
    let acceptance =
        object([key("rule", sentence()), key("by", sentence()), key("reason", sentence())]);
    let change = object([
        key("what", about("As in a history: `TXT example.com`.", sentence())),
        key("before", or_null(text())),
        key("after", or_null(text())),
        key("seen_at", about("When the change was first seen.", time())),
        key("old_until", about("Until when answers from before may live.", time())),
    ]);
    let reason = object([
        key("rule", sentence()),
        key("verdict", verdict()),
        key("title", sentence()),
        key("owner", about("Who can do something about it.", sentence())),
        key("findings", list(part("finding"))),
        key("changes", about("Records that changed lately.", list(change))),
        maybe("accepted", about("Who takes it upon themselves.", acceptance)),
    ]);
    let not_checked = object([
        key("what", sentence()),
        key("why", sentence()),
        key("weighs", about("Nothing is provable without it.", flag())),
    ]);
    let keys = head("vigie.preflight/1").into_iter().chain([
        key("rules", about("The version of the rules.", sentence())),
        key("domain", sentence()),
        key("audited", about("The domains of the streams too.", list(sentence()))),
        key("verdict", verdict()),
        key("provable", about("Every check that weighs could tell.", flag())),
        key("started_at", time()),
        key("valid_until", time()),
        key("reasons", list(reason)),
        key("not_checked", list(not_checked)),
    ]);
    Form {
        name: "preflight",
        about: "What `vigie preflight --format json` prints: the review before a campaign.",
        object: object(keys),
    }
}

pub fn probe() -> Form {
    let message = object([
        key("address", sentence()),
        key("message_id", sentence()),
        key("tries", about("How often it was handed in.", count())),
        key("reply", or_null(text())),
        key("submitted_at", or_null(time())),
        key("arrived_at", or_null(time())),
        key("folder", or_null(text())),
        key("delay_ms", or_null(count())),
        key(
            "outcome",
            about(
                "What became of it: a word, or an object under that word.",
                json!({ "type": ["string", "object", "null"] }),
            ),
        ),
    ]);
    let evidence = object([
        key(
            "reply",
            about("Of the first message that went wrong, else of the first.", or_null(text())),
        ),
        key("sending_ips", about("Public addresses that receivers saw.", list(sentence()))),
        key("messages", list(message)),
    ]);
    let keys = head("vigie.probe/1").into_iter().chain([
        key("probe", sentence()),
        key("domain", sentence()),
        key("submitted_at", about("Null if no message was taken.", or_null(time()))),
        key("arrived_at", about("Of the last; null unless all arrived.", or_null(time()))),
        key("folder", about("Null unless all lie in one of that name.", or_null(text()))),
        key("delay_ms", about("The longest; null unless all arrived.", or_null(count()))),
        key("findings", list(part("finding"))),
        key("evidence", evidence),
    ]);
    Form {
        name: "probe",
        about: "What `vigie probe --format json` prints: one test send, followed to the mailbox.",
        object: object(keys),
    }
}

pub fn recheck() -> Form {
    let domain = object([
        key("domain", sentence()),
        key("checks", about("Checks and test sends that run as soon as there is room.", count())),
        key("url", about("The page that will tell.", sentence())),
    ]);
    Form {
        name: "recheck",
        about: "What `vigie recheck --format json` prints: what the daemon looks at now.",
        object: object([schema("vigie.recheck/1"), key("domains", list(domain))]),
    }
}
