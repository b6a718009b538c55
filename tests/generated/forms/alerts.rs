//! What `vigie alerts` prints.

use serde_json::json;

use super::Form;
use super::parts::{
    Key, about, count, flag, key, list, maybe, object, one_of, schema, sentence, text, time,
};

pub fn forms() -> Vec<Form> {
    let disabled = object([key("channel", sentence()), key("since", time())]);
    let listed = object([
        schema("vigie.alerts/1"),
        key("alerts", list(object(alert()))),
        key("disabled", about("Channels that want nothing more.", list(disabled))),
    ]);
    let tested = object([
        schema("vigie.alert-test/1"),
        key("channel", sentence()),
        key("kind", sentence()),
        key("delivered", flag()),
        maybe("status", count()),
        maybe("error", text()),
    ]);
    let previewed = object([
        schema("vigie.alert-preview/1"),
        key("channel", sentence()),
        key("kind", sentence()),
        key("event", sentence()),
        key("body", about("Without secrets; as JSON where it is JSON.", json!({}))),
    ]);
    let resent = object([schema("vigie.alert/1")].into_iter().chain(alert()));
    vec![
        Form {
            name: "alerts",
            about: "What `vigie alerts list --format json` prints, the newest first.",
            object: listed,
        },
        Form {
            name: "alert",
            about: "What `vigie alerts resend ID --format json` prints.",
            object: resent,
        },
        Form {
            name: "alert-test",
            about: "What `vigie alerts test CHANNEL --format json` prints.",
            object: tested,
        },
        Form {
            name: "alert-preview",
            about: "What `vigie alerts preview --format json` prints.",
            object: previewed,
        },
    ]
}

fn alert() -> [Key; 12] {
    [
        key("id", sentence()),
        key("channel", sentence()),
        key("event", sentence()),
        maybe("incident", sentence()),
        key("state", one_of(&["pending", "delivered", "dead"])),
        key("attempts", count()),
        key("created_at", time()),
        maybe("next_at", about("When the next attempt is due.", time())),
        maybe("delivered_at", time()),
        maybe("status", about("What the last attempt was answered with.", count())),
        maybe("error", text()),
        maybe(
            "carried_by",
            about(
                "The message that it became part of; its own id where it carries others.",
                sentence(),
            ),
        ),
    ]
}
