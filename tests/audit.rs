//! `vigie audit` and `vigie replay` as scripts use them: exit codes, JSON, and what must never happen.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::Command;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

const WORLD: &str = r#"
name = "a domain"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@       IN MX  10 mx1
@       IN TXT "v=spf1 mx -all"
_dmarc  IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
mx1     IN A   192.0.2.25
old._domainkey IN TXT "v=DKIM1; p="
evil    IN TXT "v=spf1 \027[31mred -all"
'''
"2.0.192.in-addr.arpa" = "25 IN PTR mx1.example.com."
[hosts."192.0.2.25"]
smtp = { name = "mx1.example.com" }
[expect]
findings = []
"#;

async fn lab(world: &str) -> (Lab, tempfile::TempDir) {
    let lab = Lab::start(&Scenario::parse(world).expect("written above"))
        .await
        .expect("loopback has ports");
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    std::fs::write(folder.path().join("ca.pem"), lab.ca_pem()).expect("the folder can be written");
    (lab, folder)
}

async fn vigie(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(args).current_dir(folder).env("LANG", "C").env_remove("VIGIE_CONFIG");
    command.output().await.expect("the program can be started")
}

/// An audit through the lab; nothing of it leaves loopback.
async fn audit(lab: &Lab, folder: &Path, args: &[&str]) -> Output {
    let (resolver, proxy) = (lab.resolver().to_string(), lab.proxy());
    let mut all = vec!["audit", "--resolver", &resolver, "--proxy", &proxy, "--ca", "ca.pem"];
    for network in lab.own_networks() {
        all.extend(["--own-network", network]);
    }
    all.extend(args);
    vigie(folder, &all).await
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_json_is_that_of_the_contract() {
    let (lab, folder) = lab(WORLD).await;
    let output = audit(&lab, folder.path(), &["Example.COM.", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = json(&output);
    assert_eq!(report["schema"], "vigie.audit/1");
    let domain = &report["domains"][0];
    assert_eq!(
        (&domain["domain"], &domain["profile"], &domain["grade"]),
        (&"example.com".into(), &"both".into(), &"A".into())
    );
    assert_eq!(domain["facts"]["spf"]["record"], "v=spf1 mx -all");
    assert_eq!(domain["facts"]["dmarc"]["policy"], "reject");
    assert_eq!(domain["facts"]["dmarc"]["found_at"], "_dmarc.example.com");
    assert_eq!(report["summary"]["error"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_resolver_is_told_in_time_and_blames_nobody() {
    let (lab, folder) =
        lab(&WORLD.replace("[expect]", "[resolver]\nsilent = true\n[expect]")).await;
    let begun = Instant::now();
    let output =
        audit(&lab, folder.path(), &["example.com", "--format", "json", "--timeout", "2s"]).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "took {:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let report = json(&output);
    let findings = report["domains"][0]["findings"].as_array().expect("a list");
    assert!(findings.iter().all(|finding| finding["status"] == "indeterminate"), "{findings:?}");
    for check in report["domains"][0]["checks"].as_array().expect("a list") {
        let told = check["status"] == "indeterminate"
            || (check["status"] == "skipped" && check["because"].is_string());
        assert!(told, "{check}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_looked_at_is_not_said_to_be_well() {
    let (lab, folder) = lab(WORLD).await;
    let nothing = ["example.com", "--checks", "probe", "--lang", "en"];
    let output = audit(&lab, folder.path(), &nothing).await;
    assert_eq!(output.status.code(), Some(0), "nothing to ask is no failure: {output:?}");
    let text = String::from_utf8(output.stdout).expect("text is UTF-8");
    assert!(text.contains("Nothing was there to be looked at."), "{text}");
    let output = audit(&lab, folder.path(), &[&nothing[..3], &["--format", "json"]].concat()).await;
    assert_eq!(json(&output)["domains"][0]["grade"], "?");
    std::fs::write(folder.path().join("zone"), "@ IN TXT \"v=spf1 -all\"\n").expect("it is ours");
    let laid_over = [&nothing[..3], &["--format", "json", "--overlay", "zone"]].concat();
    let report = json(&audit(&lab, folder.path(), &laid_over).await);
    assert_eq!(report["domains"][0]["what_if"]["grade"], "?");
    for (lang, part) in [
        ("en", "The chosen checks find nothing in the way of its mail."),
        ("fr", "Les contrôles choisis ne trouvent rien qui s’oppose à son courrier."),
    ] {
        let output =
            audit(&lab, folder.path(), &["example.com", "--checks", "spf", "--lang", lang]).await;
        let text = String::from_utf8(output.stdout).expect("text is UTF-8");
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_a_network_blames_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    // No socket may be opened to all hosts at once, as none to anybody without a network.
    let args = ["audit", "example.com", "--resolver", "255.255.255.255:53", "--format", "json"];
    let nowhere = ["--proxy", "socks5://127.0.0.1:1"];
    let output = vigie(folder.path(), &[&args[..], &nowhere].concat()).await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let report = json(&output);
    let findings = report["domains"][0]["findings"].as_array().expect("a list");
    let told = |id: &str, reason: &str| {
        findings.iter().any(|found| found["id"] == id && found["evidence"]["reason"] == reason)
    };
    assert!(findings.iter().all(|finding| finding["status"] == "indeterminate"), "{findings:?}");
    assert!(told("dns.lookup-timeout", "network"), "{findings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlay_tells_what_changes_and_the_exit_code_speaks_of_after() {
    let (lab, folder) = lab(WORLD).await;
    std::fs::write(folder.path().join("zone"), "@ IN TXT \"v=spf1 +all\"\n")
        .expect("the folder can be written");
    let args = ["example.com", "--checks", "spf", "--format", "json", "--overlay", "zone"];
    let output = audit(&lab, folder.path(), &args).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let domain = json(&output)["domains"][0].clone();
    assert_eq!(domain["findings"], Value::Array(Vec::new()));
    assert_eq!(domain["what_if"]["added"][0]["id"], "spf.plus-all");
    let args = ["example.com", "--checks", "spf", "--overlay", "zone", "--lang", "en"];
    let text = String::from_utf8(audit(&lab, folder.path(), &args).await.stdout).expect("UTF-8");
    assert!(text.contains("no finding → 1 critical   exit code 1"), "{text}");
    for (format, failure) in
        [("junit", "<failure type=\"spf.plus-all\""), ("sarif", "\"ruleId\": \"spf.plus-all\"")]
    {
        let args = ["example.com", "--checks", "spf", "--format", format, "--overlay", "zone"];
        let output = audit(&lab, folder.path(), &args).await;
        let text = String::from_utf8(output.stdout).expect("every format is UTF-8");
        assert!(output.status.code() == Some(1) && text.contains(failure), "{format}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_begins_with_a_hyphen_is_asked_like_any_other() {
    let (lab, folder) = lab(WORLD).await;
    let args = ["--checks", "dns", "--format", "json", "--", "-gone.example.com"];
    let output = audit(&lab, folder.path(), &args).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(json(&output)["domains"][0]["findings"][0]["id"], "dns.nxdomain");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_include_finds_the_record_that_is_laid_over_beside_it() {
    let (lab, folder) = lab(WORLD).await;
    let args = ["example.com", "--checks", "spf", "--format", "json", "--overlay", "zone"];
    #[rustfmt::skip]
    let cases = [
        ("missing",   "@ TXT \"v=spf1 include:_spf.example.com -all\"\n",                                  Some(1)),
        ("laid over", "@ TXT \"v=spf1 include:_spf.example.com -all\"\n_spf TXT \"v=spf1 mx -all\"\n", Some(0)),
    ];
    for (rule, zone, code) in cases {
        std::fs::write(folder.path().join("zone"), zone).expect("the folder can be written");
        let output = audit(&lab, folder.path(), &args).await;
        assert_eq!(output.status.code(), code, "{rule}: {output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlay_that_cannot_be_read_is_wrong_usage_and_named_by_its_line() {
    let (lab, folder) = lab(WORLD).await;
    std::fs::write(folder.path().join("zone"), "@ TXT \"v=spf1 -all\"\nmx1 A 192.0.2\n")
        .expect("the folder can be written");
    let output = audit(&lab, folder.path(), &["example.com", "--overlay", "zone"]).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("zone: overlay, line 2: the value of the A record"), "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_prints_the_same_octets_and_an_edit_changes_the_verdict() {
    let (lab, folder) = lab(WORLD).await;
    let args = ["example.com", "--format", "json", "--save-evidence", "evidence.json"];
    let live = audit(&lab, folder.path(), &args).await;
    let replay = ["replay", "evidence.json", "--format", "json"];
    let again = vigie(folder.path(), &replay).await;
    assert_eq!(String::from_utf8_lossy(&live.stdout), String::from_utf8_lossy(&again.stdout));
    assert_eq!(live.status.code(), again.status.code());
    let path = folder.path().join("evidence.json");
    let evidence = std::fs::read_to_string(&path).expect("it was written");
    assert!(!evidence.contains("\"findings\""), "evidence holds exchanges alone");
    std::fs::write(&path, evidence.replace("v=spf1 mx -all", "v=spf1 mx +all"))
        .expect("the folder can be written");
    let edited = vigie(folder.path(), &replay).await;
    assert_eq!(edited.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&edited.stdout).contains("spf.plus-all"));
    std::fs::write(&path, "{").expect("the folder can be written");
    assert_eq!(vigie(folder.path(), &replay).await.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn escape_sequences_of_the_network_never_reach_the_terminal() {
    let (lab, folder) = lab(WORLD).await;
    for color in ["never", "always"] {
        let output =
            audit(&lab, folder.path(), &["evil.example.com", "--checks", "spf", "--color", color])
                .await;
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("spf.non-ascii"), "{text}");
        assert!(!text.contains("\u{1b}[31mred"), "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_one_sentence_and_exit_code_2() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    std::fs::write(folder.path().join("empty"), "# nothing\r\n\r\n")
        .expect("the folder can be written");
    std::fs::write(folder.path().join("dotless"), "example.com TXT \"v=spf1 -all\"\n")
        .expect("the folder can be written");
    std::fs::write(folder.path().join("bad.toml"), "[netwrok]\n")
        .expect("the folder can be written");
    let long = "a".repeat(10_000);
    // Each is refused before anything is asked; the resolver stands for the case that one is not.
    let cases: [(&str, Vec<&str>); 20] = [
        ("an unknown option", vec!["audit", "example.com", "--nonsense"]),
        ("an unknown command", vec!["audti"]),
        ("no domain", vec!["audit"]),
        ("a space in the domain", vec!["audit", "exa mple.com"]),
        ("a malformed international name", vec!["audit", "xn--a.example"]),
        ("ten thousand characters", vec!["audit", &long]),
        ("an address", vec!["audit", "192.0.2.1"]),
        ("a mailbox", vec!["audit", "me@example.com"]),
        ("a port", vec!["audit", "example.com:25"]),
        ("an unknown check", vec!["audit", "example.com", "--checks", "spff"]),
        ("no check left", vec!["audit", "example.com", "--checks", "spf", "--skip", " spf"]),
        ("an empty selector", vec!["audit", "example.com", "--selector", ""]),
        ("a selector with a space", vec!["fix", "example.com", "--selector", "a b"]),
        ("an address that nobody meets", vec!["fix", "example.com", "--ip", "127.0.0.1"]),
        ("a slip in a resolver", vec!["audit", "example.com", "--resolver", "sytem"]),
        ("one file for two", vec!["audit", "example.com", "-o", "x", "--save-evidence", "x"]),
        ("a forgotten dot", vec!["audit", "example.com", "--overlay", "dotless"]),
        ("an empty list", vec!["audit", "--from-file", "empty"]),
        ("a wrong configuration", vec!["audit", "example.com", "--config", "bad.toml"]),
        ("no such evidence", vec!["replay", "nowhere.json"]),
    ];
    for (rule, mut args) in cases {
        if args[0] == "audit" || args[0] == "fix" {
            args.extend(["--resolver", "127.0.0.1:9"]);
        }
        let output = vigie(folder.path(), &args).await;
        assert_eq!(output.status.code(), Some(2), "{rule}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{rule}: {output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_tells_the_same_audit() {
    let (lab, folder) = lab(WORLD).await;
    let two = ["example.com", "evil.example.com", "--checks", "spf"];
    let of = async |format: &str| {
        let output = audit(&lab, folder.path(), &[&two[..], &["--format", format]].concat()).await;
        assert_eq!(output.status.code(), Some(1), "{format}: {output:?}");
        String::from_utf8(output.stdout).expect("every format is UTF-8")
    };
    let told = of("json").await;
    let told: Value = serde_json::from_str(&told).expect("JSON is JSON");
    let list = told["domains"].as_array().expect("domains are a list");
    let order: Vec<&Value> = list.iter().map(|domain| &domain["domain"]).collect();
    assert_eq!(order, ["example.com", "evil.example.com"], "as they were written");
    let found = |field: &str, word: &str| {
        let all = list.iter().flat_map(|domain| domain["findings"].as_array().expect("a list"));
        all.filter(|finding| finding["status"] == "fail" && finding[field] == word).count()
    };
    for severity in ["critical", "error", "warning", "info"] {
        assert_eq!(told["summary"][severity], found("severity", severity), "{severity}");
    }
    assert!(found("status", "fail") > 0);
    let lines = of("ndjson").await;
    let mut domains: Vec<String> = lines
        .lines()
        .map(|line| {
            let domain: Value = serde_json::from_str(line).expect("each line is one object");
            domain["domain"].as_str().expect("a domain has a name").to_owned()
        })
        .collect();
    domains.sort();
    assert_eq!(domains, ["evil.example.com", "example.com"]);
    let log: Value = serde_json::from_str(&of("sarif").await).expect("SARIF is JSON");
    let findings: usize = told["domains"]
        .as_array()
        .expect("domains are a list")
        .iter()
        .map(|domain| domain["findings"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(findings));
    for format in ["markdown", "html", "junit", "text"] {
        let text = of(format).await;
        assert!(text.contains("evil.example.com"), "{format}");
        assert!(!text.contains('\u{1b}'), "{format}: an escape of the record");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_interrupts_an_audit_keeps_the_report_of_before() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let old = folder.path().join("old.txt");
    std::fs::write(&old, "the report of before").expect("the folder can be written");
    // A resolver that is asked and says nothing: the audit is under way, and waits.
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("loopback has ports");
    let resolver = silent.local_addr().expect("it is bound").to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(["audit", "example.com", "--checks", "spf", "--resolver", &resolver]);
    command.args(["-o", "old.txt", "--save-evidence", "new.json"]).current_dir(folder.path());
    command.env("LANG", "C").env_remove("VIGIE_CONFIG").kill_on_drop(true);
    let mut audit = command.spawn().expect("the program can be started");
    silent.recv_from(&mut [0; 512]).await.expect("it is asked");
    let pid = audit.id().expect("it runs").to_string();
    let told = Command::new("kill").args(["-INT", &pid]).status().await.expect("kill is there");
    assert!(told.success());
    let ended = audit.wait().await.expect("it ends");
    assert_eq!(ended.code(), Some(130));
    assert_eq!(std::fs::read_to_string(&old).ok().as_deref(), Some("the report of before"));
    assert!(!folder.path().join("new.json").exists(), "nothing is left of what did not come");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_goes_to_a_file_and_what_cannot_be_written_is_said() {
    let (lab, folder) = lab(WORLD).await;
    let args = ["example.com", "--checks", "spf", "--format", "ndjson", "-o", "out.ndjson"];
    let output = audit(&lab, folder.path(), &args).await;
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{output:?}");
    let written =
        std::fs::read_to_string(folder.path().join("out.ndjson")).expect("it was written");
    assert_eq!(written.lines().count(), 1);
    let output = audit(&lab, folder.path(), &["example.com", "-o", "no/such/folder"]).await;
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no/such/folder: cannot be written"), "{said}");
}
