//! The description of the API is served, names every route and no other, and is what is answered.

use axum::http::StatusCode;
use boon::{Compiler, Schemas};
use serde_json::Value;

use super::{get, incident, post, send, state};

const SERVE: &str = include_str!("../serve.rs");

fn document() -> Value {
    serde_json::from_str(include_str!("../openapi.json")).expect("it is JSON")
}

/// The schema of what an operation answers with a status.
fn pointer(path: &str, method: &str, status: &str) -> String {
    let path = path.replace('~', "~0").replace('/', "~1");
    format!("/paths/{path}/{method}/responses/{status}/content/application~1json/schema")
}

/// What does not fit the description, if something does not.
fn complaint(pointer: &str, body: &Value) -> Option<String> {
    let document = document();
    assert!(document.pointer(pointer).is_some(), "{pointer} is not described");
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("openapi.json", document).expect("it is the only one");
    let mut schemas = Schemas::new();
    // Braces stand in the paths of the document, and not in a URL.
    let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
    let index = compiler
        .compile(&format!("openapi.json#{fragment}"), &mut schemas)
        .unwrap_or_else(|error| panic!("{error:#}"));
    schemas.validate(body, index).err().map(|error| format!("{error:#}"))
}

#[test]
fn every_route_of_the_api_is_described_and_no_other() {
    let document = document();
    let paths = document["paths"].as_object().expect("there are paths");
    let mut described: Vec<String> = Vec::new();
    for (path, methods) in paths {
        let methods = methods.as_object().expect("a path has methods");
        described.extend(methods.keys().map(|method| format!("{method} {path}")));
    }
    let mut served: Vec<String> = Vec::new();
    for line in SERVE.lines().filter(|line| line.contains(".route(\"/api/v1/")) {
        let (_, route) = line.split_once('"').expect("a route has an address");
        let (path, handlers) = route.split_once('"').expect("it ends");
        for method in ["get", "post", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                served.push(format!("{method} {path}"));
            }
        }
    }
    described.sort();
    served.sort();
    assert_eq!(described, served);
}

#[tokio::test]
async fn what_is_answered_is_as_described() {
    let state = state(None).await;
    let mut write = state.store.write().await.expect("it can be written");
    write.put_incident(&incident("spf.missing")).await.expect("it is new");
    let row =
        crate::store::OutboxRow::new("ops", "test", None, "{}".to_owned(), chrono::Utc::now());
    write.put_outbox(&row).await.expect("it is new");
    write.commit().await.expect("it can be kept");
    let said = r#"{"by":"Ada"}"#;
    let silence = r#"{"by":"Ada","domain":"example.com"}"#;
    #[rustfmt::skip]
    let cases = [
        ("get",  "/api/v1/openapi.json",           "/api/v1/openapi.json",                   200, ""),
        ("get",  "/api/v1/domains",                "/api/v1/domains",                        200, ""),
        ("get",  "/api/v1/domains",                "/api/v1/domains?limit=1",                200, ""),
        ("get",  "/api/v1/domains",                "/api/v1/domains?tag=a&tag=b",            400, ""),
        ("get",  "/api/v1/domains/{name}",         "/api/v1/domains/example.com",            200, ""),
        ("get",  "/api/v1/domains/{name}",         "/api/v1/domains/gone.example",           404, ""),
        ("get",  "/api/v1/domains/{name}/history", "/api/v1/domains/example.com/history",    200, ""),
        ("post", "/api/v1/domains/{name}/audit",   "/api/v1/domains/example.com/audit",      202, ""),
        ("get",  "/api/v1/incidents",              "/api/v1/incidents",                      200, ""),
        ("post", "/api/v1/incidents/{id}/ack",     "/api/v1/incidents/01JDINCIDENT/ack",     200, said),
        ("post", "/api/v1/incidents/{id}/ack",     "/api/v1/incidents/01JDINCIDENT/ack",     422, "{}"),
        ("get",  "/api/v1/incidents",              "/api/v1/incidents",                      200, ""),
        ("post", "/api/v1/silences",               "/api/v1/silences",                       201, silence),
        ("post", "/api/v1/silences",               "/api/v1/silences",                       422, r#"{"hourz":2}"#),
        ("get",  "/api/v1/silences",               "/api/v1/silences",                       200, ""),
        ("get",  "/api/v1/outbox",                 "/api/v1/outbox",                         200, ""),
        ("get",  "/api/v1/outbox",                 "/api/v1/outbox?state=lost",              422, ""),
        ("post", "/api/v1/outbox/{id}/resend",     "/api/v1/outbox/msg_dead/resend",         202, ""),
    ];
    for (method, path, address, status, body) in cases {
        let request = if method == "get" { get(address) } else { post(address) };
        let request = request.header("content-type", "application/json");
        let answer = send(&state, request, body).await;
        assert_eq!(answer.status.as_u16(), status, "{address}: {}", answer.body);
        let told: Value = serde_json::from_str(&answer.body).expect("JSON");
        let described = match status {
            400 | 404 | 422 => "/components/schemas/Error".to_owned(),
            status => pointer(path, method, &status.to_string()),
        };
        let wrong = complaint(&described, &told);
        assert!(wrong.is_none(), "{method} {address}: {}: {told:#}", wrong.unwrap_or_default());
    }
}

#[test]
fn a_body_takes_the_fields_that_are_read_and_no_other() {
    let said = ["by", "why", "note", "hours", "until"];
    let silence = ["domain", "finding", "subject", "tag"];
    let cases = [
        ("/api/v1/incidents/{id}/ack", said.to_vec()),
        ("/api/v1/silences", [&silence[..], &said].concat()),
    ];
    let bodies = include_str!("../openapi.json").matches("requestBody").count();
    assert_eq!(bodies, cases.len(), "each body has its case");
    for (path, fields) in cases {
        let path = path.replace('/', "~1");
        let body = format!("/paths/{path}/post/requestBody/content/application~1json/schema");
        let mut described: Vec<String> = document()
            .pointer(&format!("{body}/properties"))
            .and_then(Value::as_object)
            .map(|fields| fields.keys().cloned().collect())
            .expect("the body is described");
        described.sort();
        let mut fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
        fields.sort();
        assert_eq!(described, fields, "{path}");
        let by = serde_json::json!({"by": "Ada"});
        assert_eq!(complaint(&body, &by), None, "{path}");
        let slip = serde_json::json!({"by": "Ada", "hourz": 2});
        assert!(complaint(&body, &slip).is_some(), "{path} takes a field that nobody reads");
    }
}

#[tokio::test]
async fn the_outbox_is_told_page_by_page_and_without_what_messages_say() {
    let state = state(None).await;
    let mut write = state.store.write().await.expect("it can be written");
    for number in 0..3 {
        let at = chrono::DateTime::from_timestamp(1_800_000_000 + number, 0).expect("a time");
        let channel = if number == 1 { "team" } else { "ops" };
        let body = "{\"secret\":\"in the body\"}".to_owned();
        let row = crate::store::OutboxRow::new(channel, "test", None, body, at);
        let row = crate::store::OutboxRow { id: format!("msg_{number}"), ..row };
        write.put_outbox(&row).await.expect("it is new");
    }
    write.commit().await.expect("it can be kept");
    let told = async |query: &str| {
        let answer = send(&state, get(&format!("/api/v1/outbox{query}")), "").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert!(!answer.body.contains("in the body"), "{}", answer.body);
        let told: Value = serde_json::from_str(&answer.body).expect("JSON");
        let ids = told["alerts"].as_array().expect("a list").iter();
        let ids: Vec<String> =
            ids.map(|alert| alert["id"].as_str().unwrap_or_default().to_owned()).collect();
        (ids, told["next"].clone())
    };
    assert_eq!(told("").await, (vec!["msg_2".into(), "msg_1".into(), "msg_0".into()], Value::Null));
    assert_eq!(told("?limit=2").await, (vec!["msg_2".into(), "msg_1".into()], "msg_1".into()));
    assert_eq!(told("?limit=2&after=msg_1").await, (vec!["msg_0".into()], Value::Null));
    assert_eq!(told("?channel=team&state=pending").await.0, ["msg_1"]);
    assert!(told("?state=dead").await.0.is_empty());
    for wrong in ["?limit=0", "?limit=501", "?after=msg_none", "?state=lost"] {
        let answer = send(&state, get(&format!("/api/v1/outbox{wrong}")), "").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}
