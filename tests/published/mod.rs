//! Is what a command prints as the published schema of its form says?

use boon::{Compiler, Schemas};
use serde_json::Value;

/// Holds a value to the schema in `config/schema` that its own `schema` names.
pub fn hold(value: &Value) {
    let written = value["schema"].as_str().unwrap_or_else(|| panic!("{value:#} names its form"));
    let form = written.strip_prefix("vigie.").and_then(|form| form.strip_suffix("/1"));
    let form = form.unwrap_or_else(|| panic!("{written} is a form of ours"));
    let file = format!("{}/config/schema/{form}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut compiler = Compiler::new();
    let schema = serde_json::from_str(&text).expect("a schema is JSON");
    compiler.add_resource("form.json", schema).expect("the schema is the only one");
    let mut schemas = Schemas::new();
    let index = compiler.compile("form.json", &mut schemas).unwrap_or_else(|e| panic!("{e:#}"));
    let complaint = schemas.validate(value, index).err().map(|error| format!("{error:#}"));
    assert_eq!(complaint, None, "{value:#}");
}
