//! What `vigie explain` and `vigie checks` print.

use serde_json::{Value, json};

use super::Form;
use super::parts::{
    Key, about, flag, key, list, maybe, object, one_of, part, schema, sentence, severity, text,
};

pub fn forms() -> Vec<Form> {
    let grade = object([key("grade", part("grade")), key("meaning", sentence())]);
    let explained = object([
        schema("vigie.explain/1"),
        maybe("finding", finding()),
        maybe("grades", list(grade)),
        maybe("reply", reply()),
    ]);
    let listed = object([schema("vigie.checks/1"), key("checks", list(object(check())))]);
    let shown = object(
        [schema("vigie.check/1")]
            .into_iter()
            .chain(check())
            .chain([key("findings", list(finding()))]),
    );
    vec![
        Form {
            name: "explain",
            about: "What `vigie explain --format json` prints: a finding, every grade, or a reply of a mail server.",
            object: explained,
        },
        Form {
            name: "checks",
            about: "What `vigie checks list --format json` prints.",
            object: listed,
        },
        Form {
            name: "check",
            about: "What `vigie checks show NAME --format json` prints.",
            object: shown,
        },
    ]
}

fn check() -> [Key; 6] {
    [
        key("name", part("check_name")),
        key("label", sentence()),
        key("question", sentence()),
        key("needs", list(part("check_name"))),
        key("conditions", about("The ids of its findings.", list(sentence()))),
        maybe("command", about("Of a plugin.", list(text()))),
    ]
}

fn finding() -> Value {
    let profiles = json!({
        "description": "The weight for domains of these profiles instead.",
        "type": "object",
        "propertyNames": { "enum": ["sender", "receiver", "both", "parked"] },
        "additionalProperties": severity(),
    });
    let case = object([
        key("title", sentence()),
        key("when", sentence()),
        key("why", sentence()),
        key("remedy", sentence()),
    ]);
    object([
        key("id", sentence()),
        key("check", part("check_name")),
        key("severity", severity()),
        maybe("profiles", profiles),
        key("status", one_of(&["fail", "indeterminate"])),
        key("title", sentence()),
        key("when", about("As the message tells it.", sentence())),
        key("why", sentence()),
        key("remedy", sentence()),
        maybe("cases", about("What is told instead in cases of their own.", list(case))),
        key("references", list(sentence())),
        key("proposes_record", flag()),
        key("since", sentence()),
    ])
}

fn reply() -> Value {
    let meaning = object([
        maybe(
            "provider",
            about("Whose words they are; absent for those of the standards.", sentence()),
        ),
        key("meaning", sentence()),
        key("remedy", sentence()),
        key("lasts", one_of(&["transient", "permanent"])),
        key("fault", one_of(&["recipient", "sender", "content", "infrastructure", "unknown"])),
        key("suppress", about("The address is not to be written to again.", flag())),
        maybe("references", list(sentence())),
    ]);
    object([
        key("code", json!({ "type": "integer", "minimum": 400, "maximum": 599 })),
        maybe("status", about("The enhanced status code (RFC 3463).", sentence())),
        key("meanings", about("The likeliest first.", list(meaning))),
    ])
}
