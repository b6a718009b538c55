//! `vigie fix` as admins and scripts use it: what it prints is published as it is.

mod published;

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tokio::process::Command;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

const WORLD: &str = r#"
name = "a domain with an old record"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@       IN MX  10 mx1
@       IN TXT "v=spf1 ip4:192.0.2.25 ?all include:_spf.example.com"
@       IN TXT "a proof of \"ownership\""
_spf    IN TXT "v=spf1 ip4:192.0.2.26 -all"
_dmarc  IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
mx1     IN A   192.0.2.25
'''
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

/// Runs vigie through the lab; nothing of it leaves loopback.
async fn vigie(lab: &Lab, folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(args).args(["--resolver", &lab.resolver().to_string(), "--proxy", &lab.proxy()]);
    command.args(["--ca", "ca.pem"]);
    for network in lab.own_networks() {
        command.args(["--own-network", network]);
    }
    let command = command.current_dir(folder).env("LANG", "C").env_remove("VIGIE_CONFIG");
    command.output().await.expect("the program can be started")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("it prints UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_is_whole_and_heals_as_an_overlay() {
    let (lab, folder) = lab(WORLD).await;
    let args = ["fix", "example.com", "--only", "spf.terms-after-all", "-o", "zone"];
    let output = vigie(&lab, folder.path(), &args).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let zone = std::fs::read_to_string(folder.path().join("zone")).expect("it was written");
    assert!(zone.contains("; warning spf.terms-after-all"), "{zone}");
    assert!(zone.contains("\"a proof of \\\"ownership\\\"\""), "its sibling stays: {zone}");

    let audit = ["audit", "example.com", "--overlay", "zone", "--format", "json"];
    let report = vigie(&lab, folder.path(), &audit).await;
    let report: Value = serde_json::from_slice(&report.stdout).expect("JSON");
    let what_if = &report["domains"][0]["what_if"];
    let ids = |of: &str| -> Vec<String> {
        let all = what_if[of].as_array().expect("a list");
        all.iter().map(|finding| finding["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert!(ids("removed").contains(&"spf.terms-after-all".to_owned()), "{what_if}");
    assert!(!ids("findings").contains(&"spf.terms-after-all".to_owned()), "{what_if}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_get_json_and_other_tools_their_own_form() {
    let (lab, folder) = lab(WORLD).await;
    let output = vigie(&lab, folder.path(), &["fix", "example.com", "--format", "json"]).await;
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["schema"], "vigie.fix/1");
    published::hold(&report);
    let sets = report["records"].as_array().expect("a list");
    let set = sets.iter().find(|set| set["name"] == "example.com").expect("its SPF is mended");
    assert_eq!(set["type"], "TXT");
    assert_eq!(set["values"].as_array().map(Vec::len), Some(2), "{set}");
    for (format, expected) in
        [("octodns", "# example.com.yaml"), ("terraform", "resource \"dns_txt_record_set\"")]
    {
        let output = vigie(&lab, folder.path(), &["fix", "example.com", "--format", format]).await;
        assert!(text(&output.stdout).contains(expected), "{format}: {output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_publish_is_said_and_is_no_failure() {
    let (lab, folder) = lab(WORLD).await;
    let output = vigie(&lab, folder.path(), &["fix", "example.com", "--checks", "caa"]).await;
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), ""));
    assert!(text(&output.stderr).contains("no record is to be published"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_one_sentence() {
    let (lab, folder) = lab(WORLD).await;
    for args in [&["fix", "exa mple.com"][..], &["fix", "example.com", "--only", "spf.mising"]] {
        let output = vigie(&lab, folder.path(), args).await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(text(&output.stderr).lines().count(), 1, "{output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_told_is_no_reason_to_publish() {
    let world = WORLD.replace("[expect]", "[resolver]\nsilent = true\n[expect]");
    let (lab, folder) = lab(&world).await;
    let output = vigie(&lab, folder.path(), &["fix", "example.com", "--timeout", "2s"]).await;
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(3), ""), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.contains("could not tell") && !said.contains("no record is to be"), "{said}");
}

/// A domain whose DMARC record a provider hosts, and whose MTA-STS record is void before a broken policy.
const HOSTED: &str = r#"
name = "a hosted record"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@        IN MX 10 mx1
mx1      IN A  192.0.2.25
_dmarc   IN CNAME example.com.dmarc.example.net.
_mta-sts IN TXT "v=STSv1; id=2026-01-01"
mta-sts  IN A  192.0.2.80
'''
"example.net" = '''
example.com.dmarc IN TXT "v=DMARC1; p=reject; sp=none; np=reject; rua=mailto:dmarc@example.com"
'''
[hosts."192.0.2.25"]
smtp = { name = "mx1.example.com" }
[hosts."192.0.2.80".https]
name = "mta-sts.example.com"
[hosts."192.0.2.80".https.paths."/.well-known/mta-sts.txt"]
body = '''
version: STSv1
mode: enforce
mx: mx2.example.com
max_age: 604800
'''
[expect]
findings = []
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_or_must_not_be_published_is_withheld_with_its_reason() {
    let (lab, folder) = lab(HOSTED).await;
    let args = ["audit", "example.com", "--checks", "dmarc,mta-sts", "--format", "json"];
    let report = vigie(&lab, folder.path(), &args).await;
    let report: Value = serde_json::from_slice(&report.stdout).expect("JSON");
    published::hold(&report);
    let findings = report["domains"][0]["findings"].as_array().expect("a list");
    let expected = [
        ("dmarc.sp-weaker", "_dmarc.example.com is an alias of example.com.dmarc.example.net"),
        ("mta-sts.record-invalid", "mend first: mta-sts.mx-not-covered mx1.example.com"),
    ];
    for (id, reason) in expected {
        let finding = findings.iter().find(|finding| finding["id"] == id).expect("it is said");
        assert_eq!(finding["fix"], serde_json::json!([]), "{finding}");
        assert!(
            finding["remedy"].as_str().is_some_and(|words| words.contains(reason)),
            "{finding}"
        );
    }
    let args = ["fix", "example.com", "--checks", "dmarc,mta-sts"];
    let said = text(&vigie(&lab, folder.path(), &args).await.stdout);
    for (id, reason) in expected {
        let left = said.lines().find(|line| line.starts_with(&format!("; left: {id} ")));
        assert!(left.is_some_and(|line| line.contains(reason)), "{said}");
    }
}

/// RFC 4592 §2.2.1: what is published at a name takes the place of what a wildcard brings.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_wildcard_brings_is_not_deleted_at_a_name_that_is_not_there() {
    let record = "_dmarc  IN TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@example.com\"";
    let wildcard = "*       IN CNAME www\nwww     IN TXT \"a proof\"";
    let (lab, folder) = lab(&WORLD.replace(record, wildcard)).await;
    let args = ["fix", "example.com", "--checks", "dmarc"];
    let said = text(&vigie(&lab, folder.path(), &args).await.stdout);
    let left = said.lines().find(|line| line.starts_with("; left: dmarc.unrelated-txt "));
    assert!(left.is_some_and(|line| line.contains("a wildcard brings it")), "{said}");
    assert!(said.contains("\n_dmarc.example.com. 3600 IN TXT \"v=DMARC1; p=none;"), "{said}");
}

/// A domain that is a zone of its own below another, signed behind a registrar that does not know, whose
/// reports go to a stranger who has not agreed.
const PARTED: &str = r#"
name = "records of several zones"
[target]
domain = "news.example.com"
[zones]
"example.com" = '''
@       IN MX 10 mx1
mx1     IN A  192.0.2.25
'''
"news.example.com" = '''
@       IN MX  10 mx1
@       IN TXT "v=spf1 mx +all"
mx1     IN A   192.0.2.26
_dmarc  IN TXT "v=DMARC1; p=reject; rua=mailto:x@reports.example.net"
'''
"example.net" = '''
reports IN MX 10 mx
mx      IN A  192.0.2.27
'''
[signed]
"news.example.com" = { ds = "missing" }
[hosts."192.0.2.26"]
smtp = { name = "mx1.news.example.com" }
[expect]
findings = []
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_told_with_the_zone_that_it_belongs_to() {
    let (lab, folder) = lab(PARTED).await;
    let fix = async |format: &str| {
        let args = ["fix", "news.example.com", "--checks", "spf,dmarc,dnssec", "--format", format];
        text(&vigie(&lab, folder.path(), &args).await.stdout)
    };
    let zone = fix("bind").await;
    let agreement = "news.example.com._report._dmarc.reports.example.net. ";
    let of_others = "; in the zone example.net; not in the zone news.example.com:\n";
    let of_parent = "; in the zone example.com; not in the zone news.example.com:\n";
    let at = |what: &str| zone.find(what).unwrap_or_else(|| panic!("{what}: {zone}"));
    assert!(at("\nnews.example.com. 300 IN TXT") < at(of_others), "its own come first: {zone}");
    assert!(at(of_others) < at(agreement) && at(of_parent) < at("news.example.com. 3600 IN DS "));
    assert!(zone.contains("; remove: news.example.com. 300 IN TXT \"v=spf1 mx +all\"\n"), "{zone}");

    let octodns = fix("octodns").await;
    assert!(octodns.contains("# news.example.com.yaml\n"), "{octodns}");
    assert!(octodns.contains("\n\"\":\n"), "{octodns}");
    assert!(octodns.contains(&format!("\n# {agreement}")), "as a remark: {octodns}");

    let terraform = fix("terraform").await;
    assert!(terraform.contains("  zone = \"news.example.com.\"\n  ttl"), "{terraform}");
    assert!(terraform.contains("  id = \"news.example.com.\"\n"), "{terraform}");
    assert!(!terraform.contains("\"example.com.\"") && !terraform.contains("example.net.\""));

    let json: Value = serde_json::from_str(&fix("json").await).expect("JSON");
    published::hold(&json);
    assert_eq!(json["zone"], "news.example.com");
}
