//! A world of answers for the tests of the checks: a name that is not written does not exist, and a
//! mail host that is not written is not on the tape.

mod answers;
mod targets;

pub use answers::{alias, dangling, holding, nodata, nxdomain, rcode, soa, vouched};
pub use targets::{probe, stream};

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;

use rcgen::{CertificateParams, KeyPair};

use crate::kernel::{
    Answer, Catalogue, Certificate, Check, CheckEntry, Clock, Context, Data, End, Finding,
    HttpReply, HttpRequest, HttpsEnd, HttpsReply, HttpsRequest, KeptFacts, Lang, Name, Needs, Net,
    Octets, Page, Past, Peer, Question, Rcode, Reason, Reply, Request, Response, Rtype, Sighting,
    SmtpScript, SmtpStep, SmtpTranscript, Stage, StoppedBy, Target, Text, TlsSession, To, Trust,
    Vantage, View,
};

/// Answers by name and type, from the resolver or from one server.
#[derive(Default)]
pub struct Scripted {
    answers: HashMap<(Name, Rtype, To), Answer>,
    exact: HashMap<Question, Answer>,
    otherwise: Option<Answer>,
    conversations: HashMap<IpAddr, SmtpTranscript>,
    pages: HashMap<(IpAddr, String), HttpsReply>,
    files: HashMap<(Name, String), HttpsEnd>,
    trusted: HashSet<Certificate>,
    pub asked: Mutex<Vec<Question>>,
}

impl Scripted {
    pub fn new() -> Self {
        Self::default()
    }

    /// The resolver's answer.
    pub fn answer(mut self, name: &str, rtype: Rtype, answer: Answer) -> Self {
        self.answers.insert((Name::new(name), rtype, To::Resolver), answer);
        self
    }

    /// What `server` answers when asked directly.
    pub fn direct(mut self, server: &str, name: &str, rtype: Rtype, answer: Answer) -> Self {
        let server: IpAddr = server.parse().expect("written in a test");
        self.answers.insert((Name::new(name), rtype, To::Server(server)), answer);
        self
    }

    /// As [`Self::direct`], for every type that a zone is asked for.
    pub fn direct_all(self, server: &str, name: &str, answer: Answer) -> Self {
        self.direct(server, name, Rtype::SOA, answer.clone()).direct(
            server,
            name,
            Rtype::NS,
            answer,
        )
    }

    /// What everything that is not written is answered with, instead of NXDOMAIN.
    pub fn otherwise(mut self, answer: Answer) -> Self {
        self.otherwise = Some(answer);
        self
    }

    pub fn txt(self, name: &str, texts: &[&str]) -> Self {
        let strings = |text: &&str| text.as_bytes().chunks(255).map(<[u8]>::to_vec).collect();
        let data = texts.iter().map(|text| Data::Txt(Text::new(strings(text))));
        let answer = holding(name, data.collect());
        self.answer(name, Rtype::TXT, answer)
    }

    pub fn a(self, name: &str, addresses: &[&str]) -> Self {
        let data = addresses.iter().map(|text| Data::A(text.parse().expect("written in a test")));
        let answer = holding(name, data.collect());
        self.answer(name, Rtype::A, answer)
    }

    /// What this one question is answered with; others to the same name and type are not touched
    /// where they differ in anything else.
    pub fn replies(mut self, question: &Question, answer: Answer) -> Self {
        self.exact.insert(question.clone(), answer);
        self
    }

    pub fn aaaa(self, name: &str, addresses: &[&str]) -> Self {
        let data =
            addresses.iter().map(|text| Data::Aaaa(text.parse().expect("written in a test")));
        let answer = holding(name, data.collect());
        self.answer(name, Rtype::AAAA, answer)
    }

    /// How a conversation with the address goes, whatever it is called.
    pub fn smtp(mut self, address: &str, transcript: SmtpTranscript) -> Self {
        let address = address.parse().expect("written in a test");
        self.conversations.insert(address, transcript);
        self
    }

    /// What the address answers to a request for a path.
    pub fn page(mut self, address: &str, path: &str, reply: HttpsReply) -> Self {
        let address = address.parse().expect("written in a test");
        self.pages.insert((address, path.to_owned()), reply);
        self
    }

    /// What a host answers to a request for a file over plain HTTP.
    pub fn file(mut self, host: &str, path: &str, end: HttpsEnd) -> Self {
        self.files.insert((Name::new(host), path.to_owned()), end);
        self
    }

    /// A certificate that a root which is trusted here issued.
    pub fn trusts(mut self, der: &[u8]) -> Self {
        self.trusted.insert(Certificate::from_der(der));
        self
    }

    /// A domain under `.com` that its registry does not know; it is not in DNS unless it is written.
    pub fn unregistered(self, domain: &str) -> Self {
        const HOST: &str = "rdap.verisign.com";
        let reply = served(HOST, 404, None, "", Trust::Trusted);
        self.a(HOST, &["192.0.2.251"]).page(
            "192.0.2.251",
            &format!("/com/v1/domain/{domain}"),
            reply,
        )
    }

    fn serve(&self, request: &HttpsRequest) -> HttpsReply {
        let written = self.pages.get(&(request.address, request.target.clone()));
        written.cloned().unwrap_or_else(|| HttpsReply::failed(Reason::NotRecorded))
    }

    fn publish(&self, request: &HttpRequest) -> HttpReply {
        let written = self.files.get(&(request.host.clone(), request.target.clone()));
        let end = written.cloned().unwrap_or(HttpsEnd::Unknown(Reason::NotRecorded));
        HttpReply { end }
    }

    fn trust(&self, chain: &[Certificate]) -> Trust {
        let leads = chain.iter().any(|one| self.trusted.contains(one));
        if leads { Trust::Trusted } else { Trust::UnknownIssuer }
    }

    fn converse(&self, script: &SmtpScript) -> SmtpTranscript {
        let written = match &script.peer {
            Peer::Learned { address, .. } => self.conversations.get(address),
            Peer::Written { host, .. } => {
                self.address_of(host).and_then(|at| self.conversations.get(&at))
            }
        };
        written.cloned().unwrap_or_else(|| SmtpTranscript::failed(Reason::NotRecorded))
    }

    fn address_of(&self, host: &str) -> Option<IpAddr> {
        match self.answers.get(&(Name::new(host), Rtype::A, To::Resolver))? {
            Answer::Message(message) => {
                message.answers.iter().find_map(|record| match record.data {
                    Data::A(address) => Some(address.into()),
                    _ => None,
                })
            }
            Answer::Failed { .. } => None,
        }
    }

    /// Every question at the name fails for this reason.
    pub fn fails(mut self, name: &str, rtype: Rtype, reason: Reason) -> Self {
        self.answers.insert((Name::new(name), rtype, To::Resolver), Answer::failed(reason));
        self
    }
}

#[async_trait]
impl Net for Scripted {
    async fn exchange(&self, request: Request) -> Response {
        let question = match request {
            Request::Dns(question) => question,
            Request::Smtp(script) => return Response::Smtp(self.converse(&script).into()),
            Request::Https(request) => return Response::Https(self.serve(&request).into()),
            Request::Http(request) => return Response::Http(self.publish(&request).into()),
            Request::Trust(chain) => return Response::Trust(self.trust(&chain)),
            Request::Tls(_) | Request::Mailbox(_) => {
                return Response::failed(&request, Reason::NotRecorded);
            }
        };
        let key = (question.name.clone(), question.rtype, question.to);
        let exact = self.exact.get(&question);
        let written = exact.or(self.answers.get(&key)).or(self.otherwise.as_ref());
        let answer = match (written, question.to) {
            (Some(answer), _) => answer.clone(),
            (None, To::Server(_)) => Answer::failed(Reason::Timeout),
            (None, _) => nxdomain(),
        };
        self.asked.lock().expect("no test panics while it asks").push(question);
        Response::Dns(answer)
    }
}

/// A conversation of these replies, given as stage, code and lines parted by `|`, with its end.
pub fn conversation(replies: &[(Stage, u16, &str)], stage: Stage, by: StoppedBy) -> SmtpTranscript {
    let step = |(stage, code, text): &(Stage, u16, &str)| SmtpStep {
        stage: *stage,
        sent: None,
        reply: Reply { code: *code, lines: text.split('|').map(str::to_owned).collect() },
        ms: 1,
    };
    let steps = replies.iter().map(step).collect();
    let address = Some(IpAddr::from([192, 0, 2, 1]));
    let end = End { stage, by };
    SmtpTranscript { address, steps, tls: None, hello: None, taken_at: None, end }
}

/// A page under a certificate for that name.
pub fn served(
    name: &str,
    status: u16,
    location: Option<&str>,
    body: &str,
    trust: Trust,
) -> HttpsReply {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let session = TlsSession {
        version: "TLSv1.3".to_owned(),
        cipher: "TLS13_AES_128_GCM_SHA256".to_owned(),
        chain: vec![Certificate::from_der(certificate.der())],
        trust,
    };
    let body = Octets(body.as_bytes().to_vec());
    let location = location.map(str::to_owned);
    let page = Page { status, body, location, ..Page::default() };
    HttpsReply { tls: Some(session), end: HttpsEnd::Page(page) }
}

struct Stopped;

#[async_trait]
impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    async fn sleep_until(&self, _: DateTime<Utc>) {}
}

/// The facts that a check learns of the target in this world.
pub fn observe<C: Check>(net: &Scripted, target: &Target, vantage: &Vantage) -> C::Facts {
    observe_with::<C>(net, target, vantage, &Needs::default())
}

/// As [`observe`], after the check that it needs.
pub fn observe_after<N: Check, C: Check>(
    net: &Scripted,
    target: &Target,
    vantage: &Vantage,
) -> C::Facts {
    let needed = observe::<N>(net, target, vantage);
    let mut needs = Needs::default();
    needs.insert(N::NAME, Arc::new(needed));
    observe_with::<C>(net, target, vantage, &needs)
}

fn observe_with<C: Check>(
    net: &Scripted,
    target: &Target,
    vantage: &Vantage,
    needs: &Needs,
) -> C::Facts {
    C::observe(&view(net, target, vantage, needs))
        .now_or_never()
        .expect("a scripted world answers at once")
}

/// What a check looks through, at the moment that every test takes place.
pub fn view<'a>(
    net: &'a Scripted,
    target: &'a Target,
    vantage: &'a Vantage,
    needs: &'a Needs,
) -> View<'a> {
    View { target, vantage, needs, net, clock: &Stopped, now: DateTime::UNIX_EPOCH }
}

/// What a check says of facts, as `severity id subject` lines, `indet.` for the indeterminate.
pub fn judge<C: Check>(facts: &C::Facts, target: &Target, vantage: &Vantage) -> Vec<String> {
    findings::<C>(facts, target, vantage).iter().map(line).collect()
}

/// What a check says of facts.
pub fn findings<C: Check>(facts: &C::Facts, target: &Target, vantage: &Vantage) -> Vec<Finding> {
    let needs = Needs::default();
    let past = Past::default();
    let now = DateTime::UNIX_EPOCH;
    findings_in::<C>(facts, &Context { target, vantage, needs: &needs, past: &past, now })
}

/// As [`findings`], where these facts were seen before, each last so many days ago, newest first.
pub fn findings_after<C: Check>(
    facts: &C::Facts,
    seen: &[(&C::Facts, i64)],
    target: &Target,
) -> Vec<Finding> {
    let now = DateTime::UNIX_EPOCH + TimeDelta::days(1000);
    let sighting = |(facts, days): &(&C::Facts, i64)| Sighting {
        facts: KeptFacts::of(facts),
        facts_version: C::FACTS,
        first_seen: now - TimeDelta::days(days + 30),
        last_seen: now - TimeDelta::days(*days),
    };
    let past = Past { sightings: seen.iter().map(sighting).collect() };
    let (vantage, needs) = (Vantage::default(), Needs::default());
    findings_in::<C>(facts, &Context { target, vantage: &vantage, needs: &needs, past: &past, now })
}

/// As [`judge`], with a past and a time of its own.
pub fn judge_in<C: Check>(facts: &C::Facts, context: &Context<'_>) -> Vec<String> {
    findings_in::<C>(facts, context).iter().map(line).collect()
}

fn findings_in<C: Check>(facts: &C::Facts, context: &Context<'_>) -> Vec<Finding> {
    let facts = KeptFacts::of(facts);
    let entry = CheckEntry::of::<C>();
    let (findings, _) =
        entry.judge(&entry.read(&facts).expect("facts read back as written"), context);
    findings.iter().for_each(assert_words);
    findings
}

/// Every placeholder of its words has a parameter, in both languages.
fn assert_words(finding: &Finding) {
    let entry = Catalogue::find(&finding.id).expect("what a check raises is in its catalogue");
    assert_eq!(entry.left_open(finding), BTreeSet::new(), "{}", finding.id);
    for lang in [Lang::En, Lang::Fr] {
        let words = Catalogue::words(finding, lang);
        for said in [words.title, words.message, words.why, words.fix] {
            assert!(!said.is_empty(), "{} in {lang}", finding.id);
        }
    }
}

/// The eighth law: any one answer turned into silence, SERVFAIL or REFUSED adds no failing finding.
pub fn assert_no_loss_accuses<C: Check>(
    world: fn() -> Scripted,
    target: &Target,
    vantage: &Vantage,
) {
    let say = |world: &Scripted| judge::<C>(&observe::<C>(world, target, vantage), target, vantage);
    let whole = world();
    let before = say(&whole);
    let asked = whole.asked.lock().expect("nobody panicked while asking").clone();
    assert!(!asked.is_empty(), "a check that asks nothing loses nothing");
    for question in asked {
        for lost in [Answer::failed(Reason::Timeout), rcode(Rcode::SERVFAIL), rcode(Rcode::REFUSED)]
        {
            let after = say(&world().replies(&question, lost));
            let accuses = |line: &&String| !line.starts_with("indet.") && !before.contains(line);
            assert_eq!(after.iter().find(accuses), None, "without {question:?}");
        }
    }
}

fn line(finding: &Finding) -> String {
    let weight = match finding.status {
        crate::kernel::Status::Indeterminate => "indet.".to_owned(),
        crate::kernel::Status::Fail => finding.severity.to_string(),
    };
    format!("{weight} {} {}", finding.id, finding.subject)
}
