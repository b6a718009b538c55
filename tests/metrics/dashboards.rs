//! The rules for Prometheus and the dashboard of Grafana: every metric that they name is one that vigie tells.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::exposition::Page;

const RULES: &str = include_str!("../../dashboards/prometheus/rules.yml");
const GRAFANA: &str = include_str!("../../dashboards/grafana/vigie.json");

#[derive(Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    alert: String,
    expr: String,
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Annotations {
    summary: String,
    description: String,
}

fn rules() -> Vec<Rule> {
    let rules: Rules = serde_saphyr::from_str(RULES).expect("the rules are YAML");
    rules.groups.into_iter().flat_map(|group| group.rules).collect()
}

/// Every `expr` of the dashboard, and what its variables ask for.
fn questions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if key == "expr" || key == "definition" => {
                        found.push(text.clone());
                    }
                    value => questions(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| questions(value, found)),
        _ => {}
    }
}

fn metrics(expression: &str) -> BTreeSet<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = expression.split(|c| !is_of_name(c));
    words.filter(|word| word.starts_with("vigie_")).map(str::to_owned).collect()
}

/// Holds both to a page that was scraped.
pub fn hold(page: &Page) {
    let told = page.names();
    let mut questions_asked = Vec::new();
    questions(&serde_json::from_str(GRAFANA).expect("the dashboard is JSON"), &mut questions_asked);
    questions_asked.extend(rules().into_iter().map(|rule| rule.expr));
    let mut used = BTreeSet::new();
    for question in &questions_asked {
        let named = metrics(question);
        assert!(!named.is_empty(), "asks for nothing of vigie: {question}");
        let unknown: Vec<&String> = named.difference(&told).collect();
        assert!(unknown.is_empty(), "{question}: there is no {unknown:?}");
        used.extend(named);
    }
    let family = |name: &String| {
        let parts = ["_bucket", "_sum", "_count"];
        parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name).to_owned()
    };
    let used: BTreeSet<String> = used.iter().map(family).collect();
    assert!(used.len() > 20, "most of what is told is used: {used:?}");
}

#[test]
fn every_alert_says_what_is_wrong_and_what_it_means() {
    let rules = rules();
    let names: BTreeSet<&str> = rules.iter().map(|rule| rule.alert.as_str()).collect();
    assert_eq!(names.len(), rules.len(), "each name once");
    for Rule { alert, annotations, .. } in &rules {
        assert!(alert.starts_with("Vigie"), "{alert}");
        assert!(!annotations.summary.is_empty() && !annotations.description.is_empty(), "{alert}");
    }
}
