//! The resolver of our own on the lab: it walks from the root, validates, and tells negatives apart.

use std::path::PathBuf;

use tempfile::TempDir;
use vigie::net::dns::{RecursionSettings, ResolverSpec};
use vigie::net::{Live, LiveSettings};
use vigie_checks::kernel::{Answer, Name, Net, Question, Request, Response, Rtype};
use vigie_lab::Lab;
use vigie_scenario::Scenario;

const WORLD: &str = r#"
name = "zones to walk to"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@       MX 10 mx1
mx1     A 192.0.2.25
www     CNAME host.example.net.
a.ent   TXT "below"
*       TXT "any"
'''
"example.net" = 'host A 192.0.2.80'
"sub.example.com" = '@ A 192.0.2.1'
"wrong.example" = '@ A 192.0.2.5'
"expired.example" = '@ A 192.0.2.4'
"rolled.example" = '@ A 192.0.2.7'
"island.example" = '@ A 192.0.2.3'
"hashed.example" = '@ A 192.0.2.9'
"dead.example" = '''
@   NS ns.dead.example.
ns  A 203.0.113.99
'''
"inside.example" = '''
@   NS ns1.inside.example.
ns1 A 192.0.2.61
@   MX 10 mx.inside.example.
'''
[signed]
"example.com" = {}
"sub.example.com" = {}
"wrong.example" = { signatures = "wrong" }
"expired.example" = { signatures = "expired" }
"rolled.example" = { ds = "of-another-key" }
"island.example" = { ds = "missing" }
"hashed.example" = { nsec3_iterations = 1 }
[[faults]]
answer  = "refused"
only_at = "203.0.113.99"
[expect]
"#;

struct Stage {
    _lab: Lab,
    _files: TempDir,
    live: std::sync::Arc<Live>,
}

async fn stage() -> Stage {
    let scenario = Scenario::parse(WORLD).unwrap();
    let lab = Lab::start(&scenario).await.unwrap();
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| -> PathBuf {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let networks = lab.own_networks().map(|network| network.parse().unwrap());
    let settings = LiveSettings {
        resolvers: vec![ResolverSpec::Recursive],
        recursion: RecursionSettings {
            root_hints: Some(file("root.hints", lab.root_hints())),
            trust_anchors: Some(file("root.key", lab.trust_anchors())),
            own_networks: networks.to_vec(),
            allow_private: false,
        },
        proxy: Some(lab.proxy().parse().unwrap()),
        ..LiveSettings::default()
    };
    let live = Live::open(settings).await.unwrap();
    Stage { _lab: lab, _files: files, live }
}

async fn said(stage: &Stage, question: Question) -> String {
    let (rtype, dnssec) = (question.rtype, question.dnssec);
    match stage.live.exchange(Request::Dns(question)).await {
        Response::Dns(Answer::Message(message)) => {
            let mut words = vec![message.rcode.to_string()];
            words.extend(message.authenticated.then(|| "ad".to_owned()));
            let own = message.answers.iter().filter(|record| record.data.rtype() == rtype);
            words.push(own.count().to_string());
            let has_soa = message.authority.iter().any(|r| r.data.rtype() == Rtype::SOA);
            words.extend(has_soa.then(|| "soa".to_owned()));
            words.extend(message.ede.iter().map(|ede| format!("ede {}", ede.code)));
            let mut all = message.answers.iter().chain(&message.authority);
            let has_proofs = all.any(|r| matches!(r.data.rtype().0, 46 | 47 | 50));
            words.extend((has_proofs && !dnssec).then(|| "proofs".to_owned()));
            words.join(" ")
        }
        Response::Dns(Answer::Failed { reason }) => reason.to_string(),
        _ => panic!("the answer has the verb of the question"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_validates_and_its_negatives_are_definite_with_signatures_and_without() {
    let stage = stage().await;
    #[rustfmt::skip]
    let cases = [
        ("a signed zone",                    "mx1.example.com",     Rtype::A,   false, "NOERROR ad 1"),
        ("a signed child",                   "sub.example.com",     Rtype::A,   false, "NOERROR ad 1"),
        ("an alias into an unsigned zone",   "www.example.com",     Rtype::A,   false, "NOERROR 1"),
        ("an unsigned zone",                 "host.example.net",    Rtype::A,   false, "NOERROR 1"),
        ("a name that nobody registered",    "nobody.com",          Rtype::A,   false, "NXDOMAIN ad 0 soa"),
        ("a type that is not there",         "mx1.example.com",     Rtype::TXT, false, "NOERROR ad 0 soa"),
        ("a name on the way to another",     "ent.example.com",     Rtype::TXT, false, "NOERROR ad 0 soa"),
        ("a wildcard",                       "any.example.com",     Rtype::TXT, false, "NOERROR ad 1"),
        ("a name denied by hashes",          "no.hashed.example",   Rtype::A,   false, "NXDOMAIN ad 0 soa"),
        ("no chain leads to it",             "island.example",      Rtype::A,   false, "NOERROR 1"),
        ("signatures of nobody",             "wrong.example",       Rtype::A,   false, "SERVFAIL 0 ede 6"),
        ("signatures that ended",            "expired.example",     Rtype::A,   false, "SERVFAIL 0 ede 6"),
        ("a DS of another key",              "rolled.example",      Rtype::A,   false, "SERVFAIL 0 ede 6"),
        ("not to be checked",                "wrong.example",       Rtype::A,   true,  "NOERROR 1"),
        ("the DS of a zone",                 "example.com",         Rtype::DS,  false, "NOERROR ad 1"),
        ("no DS of a zone",                  "example.net",         Rtype::DS,  false, "NOERROR ad 0 soa"),
        ("the root",                         ".",                   Rtype::SOA, false, "NOERROR ad 1"),
        ("a top-level domain",               "org",                 Rtype::SOA, false, "NOERROR ad 1"),
        ("servers inside their zone",        "inside.example",      Rtype::MX,  false, "NOERROR 1"),
        ("servers that all refuse",          "dead.example",        Rtype::MX,  false, "SERVFAIL 0 ede 22"),
    ];
    let mut wrong = Vec::new();
    for (rule, name, rtype, checking_disabled, expected) in cases {
        for dnssec in [true, false] {
            let plain = Question::new(&Name::new(name), rtype);
            let said = said(&stage, Question { dnssec, checking_disabled, ..plain }).await;
            if said != expected {
                wrong.push(format!("{rule} (signatures: {dnssec}): {said}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
