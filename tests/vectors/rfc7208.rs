//! The openspf.org suite for RFC 7208: does `check_host()` come to the result that it asks for?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use async_trait::async_trait;
use chrono::DateTime;
use serde::Deserialize;
use vigie_checks::kernel::{
    Answer, Data, Message, Mx, Name, Net, Question, Rcode, Reason, Record, Request, Response, Soa,
    Text,
};
use vigie_checks::spf::{Session, check_host};

const SUITE: &str = "target/vectors/rfc7208-tests.yml";

/// Tests in the release of April 2014.
const TESTS: usize = 203;

/// A part of the suite: its tests share a world.
#[derive(Deserialize)]
struct Part {
    tests: BTreeMap<String, Test>,
    zonedata: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
struct Test {
    helo: String,
    host: IpAddr,
    mailfrom: String,
    result: Results,
    explanation: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Results {
    One(String),
    AnyOf(Vec<String>),
}

impl Results {
    fn allow(&self, said: &str) -> bool {
        match self {
            Self::One(result) => result == said,
            Self::AnyOf(results) => results.iter().any(|result| result == said),
        }
    }
}

/// A record, or `TIMEOUT` for every type that is not written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Record(BTreeMap<String, Value>),
    Word(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Mx(u16, String),
    Strings(Vec<String>),
}

fn suite() -> Vec<Part> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SUITE);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{SUITE} is not here; bring it with: bash tests/vectors/fetch"));
    serde_saphyr::from_multiple(&text).expect("the pinned file is YAML of this form")
}

#[tokio::test]
async fn every_test_of_the_suite_comes_to_its_result() {
    let mut ran = BTreeSet::new();
    let mut wrong = Vec::new();
    for part in suite() {
        let world = World::of(&part.zonedata);
        for (name, test) in &part.tests {
            ran.insert(name.clone());
            let session = Session {
                ip: test.host,
                helo: &test.helo,
                mail_from: &test.mailfrom,
                receiver: "unknown",
                now: DateTime::UNIX_EPOCH,
            };
            let said = check_host(&world, &session).await;
            if !test.result.allow(&said.result.to_string()) {
                wrong.push(format!("{name}: {} {said:?}", said.result));
            }
            // `DEFAULT` stands for no explanation of the domain's own. The suite writes nibbles in
            // capitals, RFC 7208 §7.4 in small letters.
            let explained = said.explanation.as_deref().unwrap_or("DEFAULT");
            match &test.explanation {
                Some(expected) if !expected.eq_ignore_ascii_case(explained) => {
                    wrong.push(format!("{name}: {explained:?}, not {expected:?}"));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ran.len(), wrong.join("\n"));
    assert_eq!(ran.len(), TESTS, "the whole suite is run");
}

/// The world of a part. As the suite asks, records of the type SPF stand for TXT records where no
/// TXT record is written.
struct World {
    records: BTreeMap<Name, Vec<Data>>,
    silent: BTreeSet<Name>,
}

impl World {
    fn of(zones: &BTreeMap<String, Vec<Entry>>) -> Self {
        let mut world = Self { records: BTreeMap::new(), silent: BTreeSet::new() };
        for (name, entries) in zones {
            let name = Name::new(name);
            let written: Vec<(&String, &Value)> = entries
                .iter()
                .filter_map(|entry| match entry {
                    Entry::Record(record) => Some(record),
                    Entry::Word(word) => {
                        assert_eq!(word, "TIMEOUT", "{name}");
                        world.silent.insert(name.clone());
                        None
                    }
                })
                .flatten()
                .collect();
            let has_txt = written.iter().any(|(rtype, _)| *rtype == "TXT");
            let used = written.iter().filter(|(rtype, _)| !(has_txt && *rtype == "SPF"));
            let data = used.filter_map(|(rtype, value)| data(rtype, value)).collect();
            world.records.insert(name, data);
        }
        world
    }

    fn answer(&self, question: &Question) -> Answer {
        let mut answers = Vec::new();
        let mut at = question.name.clone();
        while let Some(records) = self.records.get(&at) {
            let here: Vec<&Data> =
                records.iter().filter(|data| data.rtype() == question.rtype).collect();
            if here.is_empty() && self.silent.contains(&at) {
                return Answer::failed(Reason::Timeout);
            }
            let record = |data: &&Data| Record { name: at.clone(), ttl: 60, data: (*data).clone() };
            answers.extend(here.iter().map(record));
            let alias = records.iter().find_map(|data| match data {
                Data::Cname(target) => Some(target.clone()),
                _ => None,
            });
            let Some(target) = alias.filter(|_| here.is_empty() && answers.len() < 8) else {
                break;
            };
            answers.push(Record { name: at, ttl: 60, data: Data::Cname(target.clone()) });
            at = target;
        }
        let exists = self.records.contains_key(&at);
        Answer::from(Message {
            rcode: if exists { Rcode::NOERROR } else { Rcode::NXDOMAIN },
            answers,
            authority: vec![soa()],
            ..Message::default()
        })
    }
}

#[async_trait]
impl Net for World {
    async fn exchange(&self, request: Request) -> Response {
        match &request {
            Request::Dns(question) => Response::Dns(self.answer(question)),
            _ => Response::failed(&request, Reason::NotRecorded),
        }
    }
}

fn soa() -> Record {
    let name = Name::new("ns.example.net");
    let (mname, rname) = (name.clone(), name.clone());
    let soa = Soa { mname, rname, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 };
    Record { name, ttl: 60, data: Data::Soa(soa) }
}

/// Nothing for `NONE`, which only keeps a TXT record from being made of the SPF one.
fn data(rtype: &str, value: &Value) -> Option<Data> {
    let octets = |text: &String| text.as_bytes().to_vec();
    Some(match (rtype, value) {
        ("TXT", Value::Text(text)) if text == "NONE" => return None,
        ("TXT" | "SPF", Value::Text(text)) => Data::Txt(Text::new(vec![octets(text)])),
        ("TXT" | "SPF", Value::Strings(strings)) => {
            Data::Txt(Text::new(strings.iter().map(octets).collect()))
        }
        ("MX", Value::Mx(preference, host)) => {
            Data::Mx(Mx { preference: *preference, exchange: Name::new(host) })
        }
        ("A", Value::Text(text)) => Data::A(text.parse().ok()?),
        ("AAAA", Value::Text(text)) => Data::Aaaa(text.parse().ok()?),
        ("PTR", Value::Text(text)) => Data::Ptr(Name::new(text)),
        ("CNAME", Value::Text(text)) => Data::Cname(Name::new(text)),
        _ => panic!("{rtype}: no such record in the suite"),
    })
}
