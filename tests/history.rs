//! `vigie history` and `vigie backup`, as their user meets them.

mod published;

use std::path::PathBuf;
use std::process::{Command, Output};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;
use vigie::store::{NewSpan, SpanKey, Store};
use vigie_checks::kernel::{Finding, Name, Outcome, Severity, Status};

/// A folder with a configuration that names a store in it.
struct Shelf {
    folder: TempDir,
}

impl Shelf {
    fn new() -> Self {
        let shelf = Self { folder: TempDir::new().expect("there is a temporary folder") };
        let text = format!("[store]\nurl = \"{}\"\n", shelf.url());
        std::fs::write(shelf.path("vigie.toml"), text).expect("the folder can be written");
        shelf
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.path("vigie.db").display())
    }

    async fn open(&self) -> Store {
        Store::open(&self.url()).await.expect("the folder can be written")
    }

    /// Two records one after the other, and a finding that has healed.
    async fn filled() -> Self {
        let shelf = Self::new();
        let store = shelf.open().await;
        let long_ago = Utc::now() - TimeDelta::days(90);
        let stolen = "v=spf1 +all\u{1b}[2J";
        look(&store, long_ago, stolen, vec![finding()]).await;
        look(&store, Utc::now(), "v=spf1 -all", vec![]).await;
        store.close().await;
        shelf
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(args).arg("--config").arg(self.path("vigie.toml"));
        command.env("LANG", "C").env_remove("LC_ALL").env_remove("VIGIE_CONFIG");
        command
    }

    fn vigie(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program can be started")
    }

    fn told(&self, args: &[&str]) -> String {
        let output = self.vigie(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text is UTF-8")
    }

    /// The one line that a wrong use is answered with.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.vigie(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = String::from_utf8(output.stderr).expect("text is UTF-8");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    }
}

fn finding() -> Finding {
    Finding {
        id: "spf.plus-all".to_owned(),
        severity: Severity::Critical,
        status: Status::Fail,
        subject: "example.com".to_owned(),
        params: [("domain".to_owned(), "example.com".to_owned())].into(),
        evidence: json!({}),
        fix: Vec::new(),
        withheld: None,
    }
}

async fn look(store: &Store, seen_at: DateTime<Utc>, record: &str, findings: Vec<Finding>) {
    let tree = json!({"domain": "example.com", "records": {"found": [record]}});
    let outcome = Outcome {
        check: "spf".to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: json!({ "tree": tree }).into(),
        facts_version: 1,
        started_at: seen_at,
        duration_ms: 1,
        dns_queries: 1,
    };
    let domain = Name::new("example.com");
    let key = SpanKey { domain, check: "spf".to_owned(), instance: String::new() };
    let mut write = store.write().await.expect("the store can be written");
    let new = NewSpan { key: &key, outcome: &outcome, seen_at };
    write.put_spans(&key.domain, &[new]).await.expect("the store can be written");
    write.commit().await.expect("the store can be written");
}

#[tokio::test]
async fn a_domain_is_told_in_both_languages() {
    let shelf = Shelf::filled().await;
    let english = shelf.told(&["history", "Example.COM."]);
    for part in
        ["Records, hosts and certificates", "v=spf1 -all", "since ", "Findings", "spf.plus-all"]
    {
        assert!(english.contains(part), "{part}: {english}");
    }
    assert!(!english.contains('\u{1b}'), "{english}");
    let french = shelf.told(&["history", "example.com", "--lang", "fr"]);
    for part in ["Enregistrements, serveurs et certificats", "depuis le ", "Constats", "CRITIQUE"] {
        assert!(french.contains(part), "{part}: {french}");
    }
    let recent = shelf.told(&["history", "example.com", "--since", "30d"]);
    assert!(recent.contains("v=spf1 -all") && !recent.contains("+all"), "{recent}");
    assert!(!recent.contains("spf.plus-all"), "{recent}");
    let none = shelf.told(&["history", "example.com", "--check", "dmarc"]);
    assert!(none.contains("Nothing is kept of this time."), "{none}");
}

#[tokio::test]
async fn scripts_are_told_the_same() {
    let shelf = Shelf::filled().await;
    let told: Value =
        serde_json::from_str(&shelf.told(&["history", "example.com", "--format", "json"]))
            .expect("JSON");
    assert_eq!(told["schema"], "vigie.history/1");
    published::hold(&told);
    assert_eq!(told["records"][0]["what"], "TXT example.com");
    assert_eq!(told["records"][0]["periods"][0]["value"], "v=spf1 -all");
    assert_eq!(told["records"][0]["periods"][0]["stands"], true);
    assert_eq!(told["findings"][0]["id"], "spf.plus-all");
    assert_eq!(told["findings"][0]["stands"], false);
    assert!(told["changes"].is_array() && told["untold"].is_array(), "{told}");
}

#[tokio::test]
async fn what_cannot_be_told_is_one_sentence() {
    let shelf = Shelf::filled().await;
    let cases: [(&[&str], &str); 3] = [
        (
            &["history", "exmaple.com"],
            "does not know this domain; it knows example.com; did you mean",
        ),
        (&["history", "https://example.com"], "https://example.com"),
        (
            &["history", "example.com", "--check", "spff"],
            "there is no check `spff`; did you mean `spf`?",
        ),
    ];
    for (args, expected) in cases {
        let said = shelf.refused(args);
        assert!(said.contains(expected), "{args:?}: {said}");
    }
    let nothing = Shelf::new();
    let said = nothing.refused(&["history", "example.com"]);
    assert!(said.contains("there is no history yet; `vigie run` writes it"), "{said}");
    assert!(!nothing.path("vigie.db").exists(), "asking makes no store");
    nothing.open().await.close().await;
    let said = nothing.refused(&["history", "example.com"]);
    assert!(said.contains("there is no history yet"), "{said}");
    std::fs::write(
        nothing.path("vigie.db"),
        "some other file, longer than a header of SQLite is, \
        which says nothing of a store at all, nor of anything else that could be read as one",
    )
    .expect("it can be written");
    let said = nothing.refused(&["history", "example.com"]);
    assert!(said.contains("not a vigie store, or damaged"), "{said}");
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_in_plain_words() {
    let shelf = Shelf::filled().await;
    let store = shelf.open().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
        execution_time) VALUES (9999, 'later', 1, x'00', 0)";
    sqlx::query(newer).execute(store.writer()).await.expect("the store can be written");
    store.close().await;
    let said = shelf.refused(&["history", "example.com"]);
    assert!(said.contains("written by a newer vigie"), "{said}");
}

#[tokio::test]
async fn a_copy_is_made_once_and_tells_the_same() {
    let shelf = Shelf::filled().await;
    let file = shelf.path("copy.db").display().to_string();
    let english = shelf.told(&["backup", &file]);
    assert!(english.starts_with(&file) && english.contains(" kB, looked through"), "{english}");
    let said = shelf.refused(&["backup", &file]);
    assert!(said.contains("exists already; a backup overwrites nothing"), "{said}");
    let said = shelf.refused(&["backup", "-"]);
    assert!(said.contains("it goes to a file; name one"), "{said}");
    let second = shelf.path("second.db").display().to_string();
    let french = shelf.told(&["backup", &second, "--lang", "fr"]);
    assert!(french.contains(" ko, relu et intact"), "{french}");

    let before = shelf.told(&["history", "example.com"]);
    std::fs::rename(&file, shelf.path("vigie.db")).expect("the folder can be written");
    assert_eq!(shelf.told(&["history", "example.com"]), before);
}

#[test]
fn the_password_of_a_store_is_told_to_nobody() {
    let shelf = Shelf::new();
    let text = "[store]\nurl = { env = \"STORE\" }\n";
    std::fs::write(shelf.path("vigie.toml"), text).expect("the folder can be written");
    let url = "postgres://vigie:hunter2@127.0.0.1:9/vigie?application_name=x";
    let cases: [(&[&str], i32, &str); 3] = [
        (&["history", "example.com"], 2, "store postgres://127.0.0.1:9/vigie: cannot be opened"),
        (&["backup", "copy.db"], 2, "for PostgreSQL use pg_dump"),
        (&["config", "show"], 0, "postgres://***@127.0.0.1:9/vigie"),
    ];
    for (args, code, expected) in cases {
        let output = shelf.command(args).env("STORE", url).output().expect("it can be started");
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("text is UTF-8");
        assert!(said.contains(expected) && !said.contains("hunter2"), "{args:?}: {said}");
    }
}
