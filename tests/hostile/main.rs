//! A thousand domains whose servers mean harm: the audit ends in time and in little memory, and says
//! of each what could be told.

mod names;
mod streams;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::Command;

use names::MANNERS;

const DOMAINS: usize = 1_000;

/// What one domain may take here; by default it is a minute.
const PER_DOMAIN: &str = "3s";

/// Twice as many at once as by default.
const JOBS: &str = "128";

/// Eight rounds of three seconds would be 24 s; the rest is for slow machines.
const PATIENCE: Duration = Duration::from_secs(120);

/// Resident memory at its highest, in KiB: about 200 MiB were measured in a debug build.
const MOST_MEMORY: u64 = 400 * 1024;

/// The highest resident memory of a running process, in KiB; nothing once it has ended.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_hostile_domains_end_in_time_and_in_little_memory() {
    let resolver = names::serve().await;
    let proxy = streams::serve(resolver).await;
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let mut list = String::new();
    for number in 0..DOMAINS {
        let manner = MANNERS[number % MANNERS.len()];
        writeln!(list, "{manner}-{number}.example").expect("a string takes all");
    }
    std::fs::write(folder.path().join("domains"), &list).expect("the folder can be written");

    let begun = Instant::now();
    let mut audit = Command::new(env!("CARGO_BIN_EXE_vigie"))
        .args(["audit", "--from-file", "domains", "--format", "ndjson", "-o", "report"])
        .args(["--resolver", &resolver.to_string(), "--proxy", &format!("socks5://{proxy}")])
        .args(["--own-network", "192.0.2.0/24", "--timeout", PER_DOMAIN, "--jobs", JOBS, "-q"])
        .current_dir(folder.path())
        .env("LANG", "C")
        .env_remove("VIGIE_CONFIG")
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .expect("the program can be started");
    let process = audit.id().expect("it runs");
    let mut memory = 0;
    let ended = loop {
        if let Ok(ended) = tokio::time::timeout(Duration::from_millis(50), audit.wait()).await {
            break ended.expect("it can be waited for");
        }
        memory = memory.max(peak(process).unwrap_or(0));
        assert!(begun.elapsed() < PATIENCE, "the audit did not end in time");
    };
    assert!(matches!(ended.code(), Some(0 | 1 | 3)), "{ended:?}");
    println!("{DOMAINS} domains in {:.1?}, {} MiB", begun.elapsed(), memory / 1024);
    assert!(memory < MOST_MEMORY, "{} MiB", memory / 1024);

    let report =
        std::fs::read_to_string(folder.path().join("report")).expect("the report is written");
    let told: BTreeMap<String, Value> = report
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("each line is an object"))
        .map(|domain| (domain["domain"].as_str().expect("it has a name").to_owned(), domain))
        .collect();
    let missing: Vec<&str> = list.lines().filter(|name| !told.contains_key(*name)).collect();
    assert!(missing.is_empty(), "without a result: {missing:?}");
    for (name, domain) in &told {
        let checks = domain["checks"].as_array().expect("it has checks");
        assert!(checks.len() > 15 && domain["grade"].is_string(), "{name}: {domain}");
    }
    nobody_who_is_silent_is_blamed(&told);
}

/// Silence and rubbish say nothing of a domain.
fn nobody_who_is_silent_is_blamed(told: &BTreeMap<String, Value>) {
    for (name, domain) in told {
        if !["silent-", "garbage-", "pointers-", "counts-"].iter().any(|m| name.starts_with(m)) {
            continue;
        }
        let findings = domain["findings"].as_array().expect("it has findings");
        let failing = findings.iter().find(|finding| finding["status"] == "fail");
        assert!(failing.is_none(), "{name}: {failing:?}");
        assert_eq!(domain["grade"], "?", "{name}");
    }
}
