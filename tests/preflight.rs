//! `vigie preflight` as it is run before a campaign: its verdicts, its exit codes, its forms.

mod published;

use std::path::Path;
use std::process::Output;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::process::Command;
use vigie::store::{Change, NewSpan, SpanKey, Store};
use vigie_checks::kernel::{Check, CheckStatus, Name, Outcome};
use vigie_checks::spf::Spf;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

const WORLD: &str = r#"
name = "a domain that sends"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@       IN MX  10 mx1
@       IN MX  20 mx2
@       IN TXT "v=spf1 mx -all"
_dmarc  IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
mx1     IN A   192.0.2.25
mx2     IN A   198.51.100.25
'''
"2.0.192.in-addr.arpa" = "25 IN PTR mx1.example.com."
"100.51.198.in-addr.arpa" = "25 IN PTR mx2.example.com."
[hosts."192.0.2.25"]
smtp = { name = "mx1.example.com" }
[hosts."198.51.100.25"]
smtp = { name = "mx2.example.com" }
[expect]
findings = []
"#;

async fn lab(world: &str) -> (Lab, tempfile::TempDir) {
    let lab = Lab::start(&Scenario::parse(world).expect("written here"))
        .await
        .expect("loopback has ports");
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    std::fs::write(folder.path().join("ca.pem"), lab.ca_pem()).expect("the folder can be written");
    (lab, folder)
}

/// Reviews through the lab; nothing of it leaves loopback.
async fn review(lab: &Lab, folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(["preflight", "--domain", "example.com", "--ca", "ca.pem"]).args(args);
    command.args(["--resolver", &lab.resolver().to_string(), "--proxy", &lab.proxy()]);
    for network in lab.own_networks() {
        command.args(["--own-network", network]);
    }
    let command = command.current_dir(folder).env("LANG", "C").env_remove("VIGIE_CONFIG");
    command.output().await.expect("the program can be started")
}

fn json(output: &Output) -> Value {
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {output:?}"));
    published::hold(&report);
    report
}

fn rules(report: &Value) -> Vec<&str> {
    let reasons = report["reasons"].as_array().expect("a list");
    reasons.iter().map(|reason| reason["rule"].as_str().expect("an id")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_authentication_is_a_no_go_until_it_is_accepted_by_force() {
    let (lab, folder) = lab(&WORLD.replace("v=spf1 mx -all", "v=spf1 ip4:999.2.0.1 -all")).await;
    let output = review(&lab, folder.path(), &["--format", "json"]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = json(&output);
    assert_eq!(
        (&report["schema"], &report["verdict"]),
        (&"vigie.preflight/1".into(), &"NO-GO".into())
    );
    assert_eq!(rules(&report)[0], "authentication-fails");
    let accept = [
        "--accept",
        "authentication-fails",
        "--by",
        "ana",
        "--reason",
        "a test",
        "--format",
        "json",
    ];
    let refused = review(&lab, folder.path(), &accept).await;
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let forced = review(&lab, folder.path(), &[&accept[..], &["--force"]].concat()).await;
    assert_eq!(forced.status.code(), Some(0), "{forced:?}");
    let report = json(&forced);
    assert_eq!(report["verdict"], "CAUTION", "accepted is not healed");
    assert_eq!(report["reasons"][0]["accepted"]["by"], "ana");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_of_none_is_a_caution_that_ends_with_one_if_strict() {
    let (lab, folder) = lab(&WORLD.replace("p=reject", "p=none")).await;
    let output = review(&lab, folder.path(), &["--format", "json"]).await;
    let report = json(&output);
    assert_eq!(
        (output.status.code(), &report["verdict"]),
        (Some(0), &"CAUTION".into()),
        "{report}"
    );
    assert!(rules(&report).contains(&"policy-none"), "{report}");
    let strict = review(&lab, folder.path(), &["--strict"]).await;
    assert_eq!(strict.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_told_is_not_provable() {
    let (lab, folder) =
        lab(&WORLD.replace("[expect]", "[resolver]\nsilent = true\n[expect]")).await;
    let output = review(&lab, folder.path(), &["--timeout", "2s", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let report = json(&output);
    assert_eq!((&report["provable"], &report["verdict"]), (&false.into(), &"CAUTION".into()));
}

/// The world, with one list that says nobody is on it.
fn with_a_list(world: &str) -> String {
    let zones = "[zones]\n\"bl.example.net\" = \"2.0.0.127 IN A 127.0.0.2\"\n";
    world.replace("[zones]\n", zones)
}

const OWN_LIST: &str = "[network]\nblocklists = \"none\"\n[[blocklists]]\nid = \"house\"\n\
    zone = \"bl.example.net\"\nkind = \"ip4\"\ncodes = { \"127.0.0.2\" = \"listed\" }\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_receivers_refuse_is_a_no_go() {
    let named = with_a_list(WORLD);
    let cases = [
        ("no name", named.replace("25 IN PTR mx1.example.com.", "26 IN PTR mx1.example.com.")),
        ("a name that leads elsewhere", named.replace("IN PTR mx1.", "IN PTR mx2.")),
    ];
    for (rule, world) in cases {
        let (lab, folder) = lab(&world).await;
        let args = ["--ip", "192.0.2.25", "--format", "json"];
        let output = review(&lab, folder.path(), &args).await;
        let report = json(&output);
        assert_eq!(output.status.code(), Some(1), "{rule}: {report:#}");
        assert!(rules(&report).contains(&"sending-address-refused"), "{rule}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_reports_go_stops_no_campaign() {
    let world = WORLD.replace("mailto:dmarc@example.com", "mailto:dmarc@reports.example.net");
    let world = world.replace(
        "[zones]\n",
        "[zones]\n\"example.net\" = \"reports IN MX 10 reports\\nreports IN A 192.0.2.99\"\n",
    );
    let (lab, folder) = lab(&world).await;
    let output = review(&lab, folder.path(), &["--format", "json"]).await;
    let report = json(&output);
    let reasons = report["reasons"].as_array().expect("a list");
    let of = |id: &str| {
        let with = |reason: &&Value| reason["findings"].to_string().contains(id);
        reasons.iter().find(with).map(|reason| reason["rule"].clone())
    };
    assert_eq!(of("dmarc.rua-unauthorised"), Some("reports-astray".into()), "{report:#}");
    assert_eq!((output.status.code(), &report["verdict"]), (Some(0), &"CAUTION".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_no_list_could_speak_of_is_not_provable() {
    let (lab, folder) = lab(&with_a_list(WORLD)).await;
    let args = ["--ip", "192.0.2.25", "--format", "json"];
    let write = |config: &str| {
        std::fs::write(folder.path().join("vigie.toml"), config)
            .expect("the folder can be written");
    };
    let weighing = |report: &Value| {
        let all = report["not_checked"].as_array().expect("a list").clone();
        all.into_iter().filter(|what| what["weighs"] == true).collect::<Vec<_>>()
    };
    write(&OWN_LIST.replace("bl.example.net", "gone.example.net"));
    let output = review(&lab, folder.path(), &args).await;
    let report = json(&output);
    assert_eq!((output.status.code(), &report["provable"]), (Some(3), &false.into()), "{report:#}");
    let untold = weighing(&report);
    assert_eq!(untold.len(), 1, "{untold:#?}");
    assert!(untold[0]["why"].to_string().contains("no list could be asked about 192.0.2.25"));
    write(OWN_LIST);
    let output = review(&lab, folder.path(), &args).await;
    let report = json(&output);
    assert_eq!((output.status.code(), &report["provable"]), (Some(0), &true.into()), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_text_and_a_page_in_both_languages() {
    let (lab, folder) = lab(WORLD).await;
    let text = review(&lab, folder.path(), &["--lang", "fr"]).await;
    let text = String::from_utf8(text.stdout).expect("UTF-8");
    assert!(text.contains("CE QUI N’A PAS PU ÊTRE VÉRIFIÉ"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("La clé qui le signe") && text.contains("Les adresses d’où"), "{text}");
    let page = review(&lab, folder.path(), &["--format", "html", "-o", "review.html"]).await;
    assert!(page.status.code().is_some_and(|code| code != 2), "{page:?}");
    let page = std::fs::read_to_string(folder.path().join("review.html")).expect("it is written");
    assert!(page.contains("class=\"stamp ") && !page.contains("<script"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_domains_of_its_streams_are_reviewed_too() {
    let (lab, folder) = lab(WORLD).await;
    let config = "[[domains]]\nname = \"example.com\"\nstreams = [{ name = \"letter\", \
        from = \"news.example.com\", mail_from = \"bounce.example.com\", ips = [\"192.0.2.25\"] }]\n";
    std::fs::write(folder.path().join("vigie.toml"), config).expect("the folder can be written");
    let output = review(&lab, folder.path(), &["--format", "json"]).await;
    let report = json(&output);
    let audited: Vec<&str> =
        report["audited"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(audited, ["example.com", "bounce.example.com", "news.example.com"]);
    assert_eq!((output.status.code(), &report["verdict"]), (Some(1), &"NO-GO".into()), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_path_of_somebody_else_needs_no_dmarc_and_no_key() {
    let zones = r#"[zones]
"esp.net" = """
bounce IN MX 10 in
bounce IN TXT "v=spf1 ip4:192.0.2.25 -all"
in     IN A 192.0.2.25
"""
"#;
    let world = with_a_list(WORLD).replace("[zones]\n", zones);
    let config = format!(
        "{OWN_LIST}[[domains]]\nname = \"example.com\"\nstreams = [{{ name = \"letter\", \
         from = \"example.com\", mail_from = \"bounce.esp.net\", ips = [\"192.0.2.25\"] }}]\n"
    );
    let damaged = world.replace("ip4:192.0.2.25", "ip4:999.0.2.25");
    for (rule, world, expected) in [("sound", world, ""), ("its SPF is damaged", damaged, "spf.")] {
        let (lab, folder) = lab(&world).await;
        std::fs::write(folder.path().join("vigie.toml"), &config).expect("it can be written");
        let report = json(&review(&lab, folder.path(), &["--format", "json"]).await);
        assert_eq!(report["audited"], serde_json::json!(["example.com", "bounce.esp.net"]));
        let reasons = report["reasons"].as_array().expect("a list").iter();
        let findings = reasons.flat_map(|reason| reason["findings"].as_array().expect("a list"));
        let of_path: Vec<&str> = findings
            .filter(|finding| finding["subject"] == "bounce.esp.net")
            .filter_map(|finding| finding["id"].as_str())
            .collect();
        assert_eq!(of_path.is_empty(), expected.is_empty(), "{rule}: {of_path:?}");
        assert!(of_path.iter().all(|id| id.starts_with(expected)), "{rule}: {of_path:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_said() {
    let (lab, folder) = lab(WORLD).await;
    let typo = ["--accept", "policy-non", "--by", "ana", "--reason", "x"];
    for args in [&typo[..], &["--accept", "policy-none"], &["--valid-for", "soon"]] {
        assert_eq!(review(&lab, folder.path(), args).await.status.code(), Some(2), "{args:?}");
    }
}

/// A history of the domain that begins long ago, in which SPF was seen to change.
async fn history(folder: &Path, changed_ago: TimeDelta) {
    let url = format!("sqlite://{}", folder.join("vigie.db").display());
    std::fs::write(folder.join("vigie.toml"), format!("[store]\nurl = \"{url}\"\n"))
        .expect("the folder can be written");
    let store = Store::open(&url).await.expect("the folder can be written");
    let (domain, now) = (Name::new("example.com"), Utc::now());
    let outcome = Outcome {
        check: "spf".to_owned(),
        status: CheckStatus::Pass,
        because: None,
        findings: Vec::new(),
        facts: serde_json::json!({}).into(),
        facts_version: 1,
        started_at: now,
        duration_ms: 1,
        dns_queries: 1,
    };
    let key = SpanKey { domain: domain.clone(), check: "spf".to_owned(), instance: String::new() };
    let seen_at = now - TimeDelta::days(30);
    let mut write = store.write().await.expect("the store can be written");
    let span = NewSpan { key: &key, outcome: &outcome, seen_at };
    write.put_spans(&domain, &[span]).await.expect("the store can be written");
    let change = Change {
        check: "spf".to_owned(),
        what: "TXT example.com".to_owned(),
        before: Some("v=spf1 \u{1b}[2J-all".to_owned()),
        after: Some("v=spf1 mx -all".to_owned()),
        seen_at: now - changed_ago,
    };
    write.put_change(&domain, &change).await.expect("the store can be written");
    write.commit().await.expect("the store can be written");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_changed_lately_is_a_caution() {
    let (lab, folder) = lab(WORLD).await;
    history(folder.path(), TimeDelta::hours(3)).await;
    let output = review(&lab, folder.path(), &["--format", "json"]).await;
    let report = json(&output);
    assert!(rules(&report).contains(&"changed-lately"), "{report}");
    let reasons = report["reasons"].as_array().expect("a list");
    let lately = reasons.iter().find(|reason| reason["rule"] == "changed-lately").expect("above");
    assert_eq!(lately["verdict"], "CAUTION");
    let change = &lately["changes"][0];
    assert_eq!(
        (&change["what"], &change["after"]),
        (&"TXT example.com".into(), &"v=spf1 mx -all".into())
    );
    let at = |key: &str| -> DateTime<Utc> {
        change[key].as_str().expect("a time").parse().expect("a time")
    };
    assert_eq!(at("old_until") - at("seen_at"), TimeDelta::hours(48));
    let text = review(&lab, folder.path(), &[]).await;
    let text = String::from_utf8(text.stdout).expect("UTF-8");
    for part in ["TXT example.com changed, seen on", "Before: v=spf1", "may live until"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains("Recent changes"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_long_ago_is_over_and_without_a_history_none_is_known() {
    let (lab, folder) = lab(WORLD).await;
    let none = json(&review(&lab, folder.path(), &["--format", "json"]).await);
    let told = |report: &Value| report["not_checked"].to_string().contains("Recent changes");
    assert!(told(&none) && !rules(&none).contains(&"changed-lately"), "{none}");
    history(folder.path(), TimeDelta::hours(49)).await;
    let over = json(&review(&lab, folder.path(), &["--format", "json"]).await);
    assert!(!told(&over) && !rules(&over).contains(&"changed-lately"), "{over}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_nobody_has_noted_yet_is_seen_now() {
    let (lab, folder) = lab(WORLD).await;
    history(folder.path(), TimeDelta::days(20)).await;
    let url = format!("sqlite://{}", folder.path().join("vigie.db").display());
    let audit = review(&lab, folder.path(), &["--format", "json"]).await;
    assert!(!rules(&json(&audit)).contains(&"changed-lately"), "its facts of then say nothing");
    let store = Store::open(&url).await.expect("it is there");
    let domain = Name::new("example.com");
    let key = SpanKey { domain, check: "spf".to_owned(), instance: String::new() };
    let mut write = store.write().await.expect("the store can be written");
    let tree =
        serde_json::json!({"domain": "example.com", "records": {"found": ["v=spf1 a -all"]}});
    let outcome = Outcome {
        check: "spf".to_owned(),
        status: CheckStatus::Pass,
        because: None,
        findings: Vec::new(),
        facts: serde_json::json!({ "tree": tree }).into(),
        facts_version: Spf::FACTS,
        started_at: Utc::now(),
        duration_ms: 1,
        dns_queries: 1,
    };
    let seen_at = Utc::now() - TimeDelta::days(1);
    let span = NewSpan { key: &key, outcome: &outcome, seen_at };
    write.put_spans(&key.domain, &[span]).await.expect("the store can be written");
    write.commit().await.expect("the store can be written");
    store.close().await;
    let report = json(&review(&lab, folder.path(), &["--format", "json"]).await);
    let reasons = report["reasons"].as_array().expect("a list");
    let lately = reasons.iter().find(|reason| reason["rule"] == "changed-lately");
    let change = &lately.unwrap_or_else(|| panic!("{report:#}"))["changes"][0];
    assert_eq!(
        (&change["before"], &change["after"]),
        (&"v=spf1 a -all".into(), &"v=spf1 mx -all".into())
    );
}
