//! `vigie.spf/1`: the tree of an SPF record, and the result for one sender.

use serde_json::{Map, Value};

use super::Form;
use super::parts::{
    about, count, flag, head, key, list, maybe, object, one_of, or_null, part, sentence, text,
};

pub fn form() -> Form {
    let results = ["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"];
    let sender = object([
        key("ip", sentence()),
        key("helo", text()),
        key("mail_from", text()),
        key("domain", about("Whose record was evaluated.", text())),
        key("lookups", about("What this message cost.", count())),
        key("void_lookups", count()),
    ]);
    let keys = head("vigie.spf/1").into_iter().chain([
        key("domain", text()),
        key(
            "result",
            about(
                "RFC 7208 §2.6; null where no sender was asked about.",
                or_null(one_of(&results)),
            ),
        ),
        key("matched", about("The term that decided.", or_null(text()))),
        key("explanation", about("What the domain says of a fail.", or_null(text()))),
        key("lookups", about("What the worst message costs.", count())),
        key("void_lookups", count()),
        key("complete", about("The whole tree could be read; else counts are “at least”.", flag())),
        key(
            "breaks_limit",
            about("The way to the lookup that is one too many.", or_null(list(text()))),
        ),
        key("sender", or_null(sender)),
        key("tree", about("Null for a malformed name.", or_null(part("node")))),
    ]);
    Form { name: "spf", about: "What `vigie spf --format json` prints.", object: object(keys) }
}

/// A record holds terms, and a term may lead to a record.
pub fn definitions() -> Map<String, Value> {
    let node = object([
        key("domain", text()),
        key("status", one_of(&["found", "none", "multiple", "permerror", "unknown"])),
        maybe("reason", sentence()),
        maybe("provider", about("Whose record it is, if that is known.", sentence())),
        key("record", or_null(text())),
        maybe("records", about("All of them where there are several.", list(text()))),
        key("faults", about("Terms that cannot be read.", list(text()))),
        key("lookups", count()),
        key("void_lookups", count()),
        key("terms", list(part("term"))),
    ]);
    let led_to = [
        "no-lookup",
        "found",
        "void",
        "record",
        "unknown",
        "depends-on-message",
        "too-many-hosts",
        "loop",
        "not-asked",
    ];
    let term = object([
        key("term", text()),
        maybe("asks", text()),
        key("led_to", one_of(&led_to)),
        maybe("reason", sentence()),
        maybe("lookup", about("Which of the whole tree it is, from 1.", count())),
        maybe("came_to", one_of(&["no-match", "match", "temperror", "permerror"])),
        maybe("record", part("node")),
    ]);
    [("node".to_owned(), node), ("term".to_owned(), term)].into_iter().collect()
}
