use super::*;

const ELEVEN: &str = r#"
name   = "eleven lookups"
why    = "RFC 7208 §4.6.4: the eleventh lookup is a permerror"
checks = ["spf"]
now    = "2026-11-23T09:00:00Z"

[target]
domain  = "example.com"
streams = [{ name = "newsletter", from = "example.com", ips = ["198.51.100.7"], bulk = true }]

[zones]
"example.com" = '''
@    IN TXT "v=spf1 include:a.example.com include:k.example.com -all"
'''

[hosts."192.0.2.25"]
smtp = { name = "mx1.example.com", certificate = "self-signed", replies = { rcpt = "550 5.1.1 no" } }

[[faults]]
name = "a.example.com"
type = "TXT"
answer = "servfail"
ede = 22

[resolver]
rewrites_nxdomain = "203.0.113.1"

[expect]
findings = ["error spf.too-many-lookups example.com", "indet. probe.late newsletter to a mailbox"]

[near_miss]
name = "ten are allowed"
edit = { find = "include:k.example.com ", with = "" }
findings = []
"#;

#[test]
fn a_whole_scenario_is_read() {
    let scenario = Scenario::parse(ELEVEN).unwrap();
    assert_eq!(scenario.target.profile, Profile::Both);
    let smtp = scenario.hosts[&"192.0.2.25".parse().unwrap()].smtp.as_ref().unwrap();
    assert_eq!(smtp.ports, [25]);
    assert!(smtp.starttls);
    assert_eq!(smtp.certificate, Certificate::SelfSigned);
    assert_eq!(smtp.replies.rcpt.as_deref(), Some("550 5.1.1 no"));
    assert_eq!(scenario.faults[0].answer, FaultAnswer::Servfail);
    assert!(scenario.resolver.validates);
    let said: Vec<String> = scenario.expect.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["error spf.too-many-lookups example.com", "indet. probe.late newsletter to a mailbox",]
    );
}

#[test]
fn a_test_send_has_its_account_and_its_seeds() {
    let probe = r#"
[probe]
name = "newsletter"
from = "news@example.com"
submit = { url = "smtps://news@smtp.example.com", password = "anchor" }
seeds = [{ address = "seed@quay.example", mailbox = { url = "imaps://seed@imap.quay.example" } }]
deliver_within = "2m"
[expect]"#;
    let text = ELEVEN.replace("[expect]", probe);
    let read = Scenario::parse(&text).unwrap().probe.expect("it is written");
    assert_eq!((read.name.as_str(), read.mail_from), ("newsletter", None));
    assert_eq!(read.submit.password.as_deref(), Some("anchor"));
    assert_eq!(read.seeds[0].mailbox.url, "imaps://seed@imap.quay.example");
    let error = Scenario::parse(&text.replace("deliver_within", "within")).unwrap_err();
    assert!(error.to_string().contains("unknown field `within`"), "{error}");
}

#[test]
fn a_near_miss_is_the_same_world_with_one_edit() {
    let cases = Scenario::parse(ELEVEN).unwrap().cases().unwrap();
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["eleven lookups", "eleven lookups: ten are allowed"]);
    assert!(cases[0].scenario.zones["example.com"].contains("include:k"));
    assert_eq!(cases[0].scenario.expect.findings.len(), 2);
    assert!(!cases[1].scenario.zones["example.com"].contains("include:k"));
    assert_eq!(cases[1].scenario.expect, Expect::default());
    assert_eq!(cases[1].scenario.faults, cases[0].scenario.faults);
}

#[test]
fn several_near_misses_keep_their_order() {
    let several = ELEVEN.replace("[near_miss]", "[[near_miss]]")
        + "[[near_miss]]\nname = \"second\"\nedit = { find = '\"TXT\"', with = '\"MX\"' }\n";
    let cases = Scenario::parse(&several).unwrap().cases().unwrap();
    assert_eq!(cases.len(), 3);
    assert_eq!(cases[2].name, "eleven lookups: second");
    assert_eq!(cases[2].scenario.faults[0].rtype.as_deref(), Some("MX"));
}

#[test]
fn the_past_is_the_same_world_with_one_edit_for_every_case() {
    let past = "\n[[past]]\ndays_ago = { first = 40, last = 3 }\n\
        edit = { find = \"ede = 22\", with = \"ede = 23\" }\n";
    let cases = Scenario::parse(&format!("{ELEVEN}{past}")).unwrap().cases().unwrap();
    for case in cases {
        let [before] = case.before.as_slice() else { panic!("{}: one past", case.name) };
        assert_eq!(before.days, Days { first: 40, last: 3 });
        assert_eq!(before.scenario.faults[0].ede, Some(23), "{}", case.name);
        assert_eq!(case.scenario.faults[0].ede, Some(22), "{}", case.name);
        assert!(before.scenario.zones["example.com"].contains("include:k"));
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    #[rustfmt::skip]
    let cases = [
        ("an unknown field",           "ede = 22",                       "edee = 22",             "line 23, column 1: unknown field `edee`"),
        ("an unknown answer",          "\"servfail\"",                   "\"maybe\"",             "line 22, column 10: unknown variant `maybe`"),
        ("a lie without an address",   "\"servfail\"",                   "\"lie\"",               "fault 1: a lie needs its address"),
        ("a delay without a time",     "\"servfail\"",                   "\"delay\"",             "fault 1: a delay needs its delay_ms"),
        ("an address without a lie",   "ede = 22",                       "address = \"::1\"",     "fault 1: only a lie has an address"),
        ("a severity nobody knows",    "\"error spf",                    "\"fatal spf",           "unknown severity \"fatal\""),
        ("a finding without subject",  "error spf.too-many-lookups example.com", "error spf.x", "not \"severity id subject\""),
        ("an id without its check",    "spf.too-many-lookups",           "too-many-lookups",      "is not check.condition"),
        ("nothing expected",           "[expect]\nfindings",             "[target.expect]\nmx",   "[expect]: missing"),
        ("an unknown near-miss field", "edit = {",                       "edits = {",             "line 33, column 1: unknown field `edits`"),
    ];
    for (rule, find, with, message) in cases {
        assert!(ELEVEN.contains(find), "{rule}");
        let error = Scenario::parse(&ELEVEN.replace(find, with)).unwrap_err().to_string();
        assert!(error.contains(message), "{rule}: {error}");
    }
}

#[test]
fn an_edit_must_apply_exactly_once() {
    #[rustfmt::skip]
    let cases = [
        ("not there",                "include:z ",             "\"\"",                       "occurs 0 times"),
        ("twice",                    "include:",               "\"\"",                       "occurs 2 times"),
        ("nothing is nowhere",       "",                       "\"\"",                       "occurs 0 times"),
        ("only below [expect]",      "ten are allowed",        "\"\"",                       "occurs 0 times"),
        ("the same text again",      "include:k.example.com ", "\"include:k.example.com \"", "changes nothing"),
        ("the world breaks by it",   "ede = 22",               "\"ede = twenty\"",           "near miss \"ten are allowed\": line 23"),
    ];
    for (rule, find, with, message) in cases {
        let text = ELEVEN.replace(
            "{ find = \"include:k.example.com \", with = \"\" }",
            &format!("{{ find = {find:?}, with = {with} }}"),
        );
        let error = Scenario::parse(&text).unwrap().cases().unwrap_err().to_string();
        assert!(error.contains(message), "{rule}: {error}");
    }
}

#[test]
fn a_file_error_names_the_file() {
    let missing = Scenario::load("no-such-scenario.toml").unwrap_err();
    assert_eq!(missing.to_string(), "no-such-scenario.toml: cannot be read");
}
