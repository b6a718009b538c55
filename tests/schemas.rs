//! The published schemas: do they take what is right, refuse what is wrong, and are they what is printed?

use std::process::Command;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

const EXAMPLE: &str = include_str!("../config/vigie.example.toml");
const CONFIGURATION: &str = include_str!("../config/schema/vigie.schema.json");

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn of(text: &str) -> Self {
        let mut compiler = Compiler::new();
        let schema = serde_json::from_str(text).expect("a schema is JSON");
        compiler.add_resource("vigie.json", schema).expect("the schema is the only one");
        let mut schemas = Schemas::new();
        let index =
            compiler.compile("vigie.json", &mut schemas).unwrap_or_else(|e| panic!("{e:#}"));
        Self { schemas, index }
    }

    /// What is wrong with a configuration, if something is.
    fn complaint(&self, text: &str) -> Option<String> {
        let value: Value = toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        self.schemas.validate(&value, self.index).err().map(|error| format!("{error:#}"))
    }
}

#[test]
fn the_example_is_as_the_schema_says_with_every_key_written() {
    let schema = Schema::of(CONFIGURATION);
    assert_eq!(schema.complaint(EXAMPLE), None);
    assert_eq!(schema.complaint(&with_every_key(EXAMPLE)), None);
    assert_eq!(schema.complaint(vigie::config::MINIMAL), None);
    assert_eq!(schema.complaint(""), None);
}

/// The example with its keys that are commented out.
fn with_every_key(example: &str) -> String {
    let is_key = |line: &str| {
        line.split_once(" = ")
            .is_some_and(|(key, _)| key.chars().all(|c| c == '_' || c.is_ascii_lowercase()))
    };
    let lines = example.lines().map(|line| match line.strip_prefix("# ") {
        Some(inside) if is_key(inside) => inside,
        _ => line,
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    assert!(text.contains("\nproxy = ") && text.contains("\nmail_from = "), "keys are written");
    text
}

#[test]
fn what_the_reader_refuses_by_its_form_the_schema_refuses() {
    let schema = Schema::of(CONFIGURATION);
    #[rustfmt::skip]
    let cases = [
        ("a key that is none",             "[network]\nhelp = \"x\""),
        ("a section that is none",         "[netwrok]"),
        ("a plugin without a command",     "[[plugins]]\nname = \"x\""),
        ("another kind of value",          "[network]\nallow_private = \"no\""),
        ("a duration without a unit",      "[store]\nretention = \"45\""),
        ("a word that is none",            "[[domains]]\nname = \"example.com\"\nprofile = \"sendre\""),
        ("a check that is none",           "[schedule]\nchecks = { sfp = \"every 1h\" }"),
        ("neither a domain nor a list",    "[[domains]]\ntags = [\"x\"]"),
        ("a domain and a list",            "[[domains]]\nname = \"example.com\"\nfile = \"x.csv\""),
        ("a stream without a From",        "[[domains]]\nname = \"example.com\"\nstreams = [{ name = \"x\" }]"),
        ("a channel without a place",      "[[channels]]\nname = \"ops\"\nkind = \"webhook\""),
        ("a mail that goes nowhere",       "[[channels]]\nname = \"ops\"\nkind = \"email\"\nfrom = \"a@example.com\""),
        ("a key of another kind",          "[[channels]]\nname = \"ops\"\nkind = \"slack\"\nurl = \"https://a.example\"\ntopic = \"t\""),
        ("a secret at two places",         "[web]\ntoken = { env = \"A\", file = \"b\" }"),
        ("a count of none",                "[[probes]]\nmax_per_hour = 0"),
        ("a meaning that is none",         "[[blocklists]]\nid = \"psbl\"\ncodes = { \"127.0.0.2\" = \"bad\" }"),
    ];
    for (rule, text) in cases {
        assert!(schema.complaint(text).is_some(), "{rule}");
    }
}

#[test]
fn the_program_prints_the_schema() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    let output = command.args(["config", "schema"]).output().expect("the program can be started");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stdout).expect("a schema is UTF-8"), CONFIGURATION);
}

/// The program of the example, which no machine has.
const PLUGIN: &str = "/usr/lib/vigie/check_ticketing";

#[tokio::test(flavor = "multi_thread")]
async fn the_example_is_whole_with_every_key_written() {
    let world = vigie_lab::story::forgotten_spf().expect("it comes along");
    let lab = vigie_lab::Lab::start(&world).await.expect("loopback has ports");
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    std::fs::create_dir(folder.path().join("conf.d")).expect("the folder can be written");
    let files = [
        ("conf.d/more.toml", "[[domains]]\nname = \"example.edu\"\n".to_owned()),
        (
            "vigie.toml",
            with_every_key(EXAMPLE).replace("/etc/vigie/", "").replace(PLUGIN, "/bin/true"),
        ),
        ("token", "written in a test\n".to_owned()),
        ("webhook-secret", "whsec_d3JpdHRlbiBpbiBhIHRlc3QsIDMyIG9jdGV0cyE=\n".to_owned()),
        ("domains.csv", "name,tags\nexample.org,prod\n".to_owned()),
        ("company-ca.pem", lab.ca_pem()),
    ];
    for (file, text) in files {
        std::fs::write(folder.path().join(file), text).expect("the folder can be written");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(["config", "check", "--config", "vigie.toml"]).current_dir(folder.path());
    for named in EXAMPLE.split("env = \"").skip(1).filter_map(|rest| rest.split('"').next()) {
        command.env(named, "written-in-a-test");
    }
    command.env("HEARTBEAT_URL", "https://heart.example.net/written-in-a-test");
    command.env("OPS_WEBHOOK", "https://hooks.example.net/written-in-a-test");
    let output = command.output().expect("the program can be started");
    let mistakes = String::from_utf8(output.stderr).expect("mistakes are UTF-8");
    assert_eq!((output.status.code(), mistakes.as_str()), (Some(0), ""));
    let told = String::from_utf8(output.stdout).expect("text is UTF-8");
    assert!(told.contains("3 domains, 1 probe, 1 channel, 1 route"), "{told}");
}
