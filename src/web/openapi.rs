//! What does the API take and answer? `openapi.json` (OpenAPI 3.1), to programs as it is and to people
//! as a page of Markdown, `docs/api.md`. A test holds it to the routes and to what they answer.

use std::fmt::Write as _;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

const DOCUMENT: &str = include_str!("openapi.json");

const HEAD: &str = "\
# The API

What the pages show, for scripts; `/api/v1/openapi.json` describes every field. Written from
`src/web/openapi.json`.

```sh
curl --silent http://127.0.0.1:8080/api/v1/domains/example.com
```

With `token` in `[web]` every request needs `--header \"Authorization: Bearer TOKEN\"`, or 401 is the answer. Without
one the daemon listens on loopback alone, and a change must bear the origin of its own pages, which no page of
another site can:

```sh
curl --request POST --header \"Origin: http://127.0.0.1:8080\" \\
  http://127.0.0.1:8080/api/v1/domains/example.com/audit
```

`vigie recheck example.com` does the same with what stands in the configuration. What goes wrong is told as
`{\"error\": \"…\"}` with a status of 400 and above.
";

/// The description, for programs.
pub async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}

/// The description as a page, ending with a line feed.
///
/// # Panics
/// Never: the document is part of the program, and a test reads it.
pub fn page() -> String {
    let document: Value =
        serde_json::from_str(DOCUMENT).expect("it is part of the program, and JSON");
    let mut text = HEAD.to_owned();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            told(&mut text, &document, (method, path), operation);
        }
    }
    text
}

fn told(text: &mut String, document: &Value, address: (&str, &str), operation: &Value) {
    let (method, path) = address;
    let summary = operation["summary"].as_str().unwrap_or_default();
    let _ = write!(text, "\n## {} {path}\n\n{summary}.\n", method.to_uppercase());
    let written = operation["parameters"].as_array().into_iter().flatten();
    let written = written.map(|parameter| resolved(document, parameter));
    let parameters: Vec<String> =
        written.map(|one| row(&one["name"], one, &one["schema"])).collect();
    table(text, "parameter", &parameters);
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let fields: Vec<String> = body["properties"]
        .as_object()
        .map(Map::iter)
        .into_iter()
        .flatten()
        .map(|(name, field)| row(&Value::from(name.as_str()), field, field))
        .collect();
    table(text, "field", &fields);
}

fn table(text: &mut String, column: &str, rows: &[String]) {
    if !rows.is_empty() {
        let _ = write!(text, "\n| {column} | takes | |\n|---|---|---|\n{}", rows.concat());
    }
}

fn row(name: &Value, described: &Value, schema: &Value) -> String {
    let name = name.as_str().unwrap_or_default();
    let about = described["description"].as_str().unwrap_or_default();
    let takes = match schema["enum"].as_array() {
        Some(words) => {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            format!("`{}`", words.join("` `"))
        }
        None => match schema["format"].as_str() {
            Some("date-time") => "time".to_owned(),
            _ => schema["type"].as_str().unwrap_or_default().to_owned(),
        },
    };
    format!("| `{name}` | {takes} | {about} |\n")
}

/// What a reference leads to; what is none is itself.
fn resolved<'a>(document: &'a Value, written: &'a Value) -> &'a Value {
    let pointer = written["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(written)
}
