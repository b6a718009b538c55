//! `config/schema/<form>.schema.json`: what each command prints as JSON, a file per form.
//!
//! What forms share (a finding, a record to change) stands once, in the schema of `vigie.audit/1`.

mod alerts;
mod ingest;
mod manual;
mod parts;
mod records;
mod review;
mod spf;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::hold;

/// A form of JSON that is published.
struct Form {
    /// As in `vigie.<name>/1`.
    name: &'static str,
    about: &'static str,
    object: Value,
}

#[test]
fn the_schema_of_every_form_is_current() {
    let forms = [
        alerts::forms(),
        manual::forms(),
        vec![records::fix(), records::history(), spf::form(), ingest::form()],
        vec![review::preflight(), review::probe(), review::recheck()],
    ];
    for form in forms.into_iter().flatten() {
        let file = format!("config/schema/{}.schema.json", form.name);
        hold(&file, &format!("{:#}\n", form.schema()));
    }
}

impl Form {
    fn schema(&self) -> Value {
        let later = "Later versions may add keys; those named here keep their name and meaning.";
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("vigie.{}/1", self.name),
            "description": format!("{} {later}", self.about),
        });
        let object = self.object.as_object().expect("a form is an object").clone();
        let whole = schema.as_object_mut().expect("written above");
        whole.extend(object);
        let known = definitions();
        let mut used = Map::new();
        while let Some(name) = named(&[Value::Object(whole.clone()), Value::Object(used.clone())])
            .into_iter()
            .find(|name| !used.contains_key(name))
        {
            let definition = known.get(&name).unwrap_or_else(|| panic!("{name} is not defined"));
            used.insert(name, definition.clone());
        }
        schema["$defs"] = Value::Object(used);
        schema
    }
}

/// What forms share: that of the audit, and what it has no need of.
fn definitions() -> Map<String, Value> {
    let audit: Value =
        serde_json::from_str(include_str!("../../../config/schema/audit.schema.json"))
            .expect("the schema of the audit is JSON");
    let mut shared = audit["$defs"].as_object().expect("it defines its parts").clone();
    shared.insert("time".to_owned(), parts::time_itself());
    shared.extend(spf::definitions());
    shared
}

/// The definitions that are pointed to.
fn named(values: &[Value]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&Value> = values.iter().collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                let pointed = fields.get("$ref").and_then(Value::as_str);
                found.extend(pointed.and_then(|at| at.strip_prefix("#/$defs/")).map(str::to_owned));
                left.extend(fields.values());
            }
            Value::Array(values) => left.extend(values),
            _ => {}
        }
    }
    found
}
