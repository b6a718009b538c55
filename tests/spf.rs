//! `vigie spf` as scripts and people use it: the tree, the result for one sender, and the exit code.

mod published;

use std::process::Output;

use serde_json::{Value, json};
use tokio::process::Command;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

const WORLD: &str = r#"
name = "a domain with two providers"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@       IN MX  10 mail
@       IN TXT "v=spf1 ip4:192.0.2.10 include:_spf.courrier.example a:old.example.com mx exp=why.example.com -all"
mail    IN A   192.0.2.25
why     IN TXT "%{i} does not send for %{d}"
bounce  IN TXT "v=spf1 ip4:203.0.113.45 -all"
wide    IN TXT "v=spf1 a:mail.example.com a:mail.example.com a:mail.example.com a:mail.example.com a:mail.example.com " "a:mail.example.com a:mail.example.com a:mail.example.com a:mail.example.com include:deep.example.com -all"
deep    IN TXT "v=spf1 mx:example.com a:mail.example.com -all"
slip    IN TXT "v=spf1 foo bar:baz -all"
typo    IN TXT "v=spf1 redirect=wide.example.com ip4:192.0.2.300 ip4:192.0.2.10 ip4:198.51.100.0/33 mx"
two     IN TXT "v=spf1 ip4:192.0.2.10 -all"
two     IN TXT "v=spf1 include:_spf.courrier.example \027[31m~all"
evil    IN TXT "v=spf1 \027[31mred -all"
'''
"courrier.example" = '''
_spf    IN TXT "v=spf1 ip4:198.51.100.0/25 include:amazonses.com ~all"
'''
"amazonses.com" = '''
@       IN TXT "v=spf1 ip4:199.255.192.0/22 -all"
'''
[[faults]]
name   = "dark.example.com"
answer = "servfail"
[expect]
findings = []
"#;

async fn lab() -> Lab {
    let scenario = Scenario::parse(WORLD).expect("written above");
    Lab::start(&scenario).await.expect("loopback has ports")
}

/// A command that asks the lab's resolver alone; its configuration is an empty file.
async fn spf(lab: &Lab, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let resolver = lab.resolver().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(["spf", "--resolver", &resolver]).args(args);
    command.current_dir(folder.path()).env("LANG", "C").env_remove("VIGIE_CONFIG");
    command.output().await.expect("the program can be started")
}

async fn json(lab: &Lab, args: &[&str]) -> Value {
    let output = spf(lab, &[args, &["--format", "json"]].concat()).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {output:?}"));
    published::hold(&report);
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn every_result_is_an_answer() {
    let lab = lab().await;
    #[rustfmt::skip]
    let cases: [(&str, &[&str], &str, Value); 13] = [
        ("a listed address",            &["example.com", "--ip", "192.0.2.10"],                           "pass",      json!("ip4:192.0.2.10")),
        ("one that a provider lists",   &["example.com", "--ip", "198.51.100.7"],                         "pass",      json!("include:_spf.courrier.example")),
        ("a mail host",                 &["example.com", "--ip", "::ffff:192.0.2.25"],                    "pass",      json!("mx")),
        ("a stranger",                  &["example.com", "--ip", "203.0.113.45"],                         "fail",      json!("-all")),
        ("its own return path",         &["example.com", "--ip", "203.0.113.45", "--from", "x@bounce.example.com"], "pass", json!("ip4:203.0.113.45")),
        ("the null sender is its HELO", &["example.com", "--ip", "203.0.113.45", "--from", "", "--helo", "bounce.example.com"], "pass", json!("ip4:203.0.113.45")),
        ("the null sender in angles",   &["example.com", "--ip", "203.0.113.45", "--from", "<>", "--helo", "bounce.example.com"], "pass", json!("ip4:203.0.113.45")),
        ("no record",                   &["mail.example.com", "--ip", "192.0.2.1"],                       "none",      Value::Null),
        ("a malformed name",            &["a..example.com", "--ip", "192.0.2.1"],                         "none",      Value::Null),
        ("a single label",              &["localhost", "--ip", "192.0.2.1"],                              "none",      Value::Null),
        ("an unreadable record",        &["evil.example.com", "--ip", "192.0.2.1"],                       "permerror", Value::Null),
        ("too many lookups",            &["wide.example.com", "--ip", "192.0.2.1"],                       "permerror", Value::Null),
        ("a silent server",             &["dark.example.com", "--ip", "192.0.2.1"],                       "temperror", Value::Null),
    ];
    for (rule, args, result, matched) in cases {
        let report = json(&lab, args).await;
        assert_eq!((&report["result"], &report["matched"]), (&json!(result), &matched), "{rule}");
    }
    let said = spf(&lab, &["a..example.com"]).await;
    let said = String::from_utf8(said.stdout).expect("UTF-8");
    assert!(said.starts_with("a..example.com is no domain name"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_tells_what_each_part_costs_and_whose_it_is() {
    let lab = lab().await;
    let report = json(&lab, &["Example.COM.", "--ip", "203.0.113.45"]).await;
    assert_eq!(report["schema"], "vigie.spf/1");
    assert_eq!((&report["lookups"], &report["void_lookups"]), (&json!(4), &json!(1)));
    assert_eq!(report["explanation"], "203.0.113.45 does not send for example.com");
    let terms = &report["tree"]["terms"];
    assert_eq!(terms[1]["term"], "include:_spf.courrier.example");
    assert_eq!((&terms[1]["lookup"], &terms[1]["record"]["lookups"]), (&json!(1), &json!(1)));
    assert_eq!(terms[1]["record"]["terms"][1]["record"]["provider"], "Amazon SES");
    assert_eq!((&terms[2]["led_to"], &terms[2]["lookup"]), (&json!("void"), &json!(3)));
    let came_to = |at: usize| terms[at]["came_to"].as_str().unwrap_or_default().to_owned();
    assert_eq!((came_to(0), came_to(1)), ("no-match".to_owned(), "no-match".to_owned()));

    let without = json(&lab, &["example.com"]).await;
    assert_eq!((&without["result"], &without["sender"]), (&Value::Null, &Value::Null));
    assert_eq!(without["lookups"], 4);

    let wide = json(&lab, &["wide.example.com"]).await;
    let path = json!(["wide.example.com", "deep.example.com", "mx:example.com"]);
    assert_eq!((&wide["lookups"], &wide["breaks_limit"]), (&json!(12), &path));
    let unknown = json(&lab, &["dark.example.com"]).await;
    assert_eq!(
        (&unknown["tree"]["status"], &unknown["complete"]),
        (&json!("unknown"), &json!(false))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_a_tree_in_their_language() {
    let lab = lab().await;
    let args = ["example.com", "--ip", "203.0.113.45", "--from", "bounce@example.com"];
    let english = spf(&lab, &args).await;
    insta::assert_snapshot!("tree_en", String::from_utf8_lossy(&english.stdout));
    let french = spf(&lab, &[&args[..], &["--lang", "fr"]].concat()).await;
    insta::assert_snapshot!("tree_fr", String::from_utf8_lossy(&french.stdout));
    let over = spf(&lab, &["wide.example.com"]).await;
    insta::assert_snapshot!("tree_over_the_limit", String::from_utf8_lossy(&over.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_network_said_never_commands_the_terminal() {
    let lab = lab().await;
    let args = ["evil.example.com", "--ip", "192.0.2.1", "--from", "\u{1b}[31m@evil.example.com"];
    let output = spf(&lab, &[&args[..], &["--color", "never"]].concat()).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("permerror") && !text.contains('\u{1b}'), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_record_that_cannot_be_read_no_term_counts() {
    let lab = lab().await;
    for (lang, parts) in [
        ("en", ["not evaluated", "permerror   for every sender"]),
        ("fr", ["non évalué", "permerror   pour tout expéditeur"]),
    ] {
        let output = spf(&lab, &["slip.example.com", "--lang", lang]).await;
        let text = String::from_utf8(output.stdout).expect("text is UTF-8");
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(!text.contains("all others") && !text.contains("tous les autres"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_that_cannot_be_read_stands_in_its_place() {
    let lab = lab().await;
    let output = spf(&lab, &["typo.example.com"]).await;
    let text = String::from_utf8(output.stdout).expect("text is UTF-8");
    let order = ["ip4:192.0.2.300", "ip4:192.0.2.10 ", "ip4:198.51.100.0/33", "─ mx", "redirect="];
    let places: Vec<_> = order.iter().map(|term| text.find(term)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_records_are_shown() {
    let lab = lab().await;
    let output = spf(&lab, &["two.example.com"]).await;
    let text = String::from_utf8(output.stdout).expect("text is UTF-8");
    let parts = [
        "several records",
        "├─ v=spf1 include:_spf.courrier.example",
        "└─ v=spf1 ip4:192.0.2.10 -all",
        "permerror   for every sender",
    ];
    assert!(parts.iter().all(|part| text.contains(part)) && !text.contains('\u{1b}'), "{text}");
    let report = json(&lab, &["two.example.com"]).await;
    assert_eq!(report["tree"]["records"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_ends_with_2() {
    let lab = lab().await;
    let long = format!("{}@example.com", "a".repeat(400));
    let cases: [(&str, &[&str]); 6] = [
        ("no domain", &[]),
        ("an address that is none", &["example.com", "--ip", "192.0.2"]),
        ("a sender without an address", &["example.com", "--from", "x@example.com"]),
        ("a URL", &["https://example.com"]),
        ("a mailbox", &["x@example.com"]),
        (
            "a sender longer than SMTP allows",
            &["example.com", "--ip", "192.0.2.1", "--from", &long],
        ),
    ];
    for (rule, args) in cases {
        let output = spf(&lab, args).await;
        assert_eq!(output.status.code(), Some(2), "{rule}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{rule}: {output:?}");
    }
}
