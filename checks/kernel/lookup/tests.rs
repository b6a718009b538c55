use std::sync::Mutex;

use async_trait::async_trait;
use futures::FutureExt;

use super::*;
use crate::kernel::{Catalogue, Ede, Finding, Lang, Request, Response, Severity, Status};
use crate::scripted::{Scripted, dangling, holding, nodata, nxdomain, rcode};

const NAME: &str = "s1._domainkey.example.com";
const TARGET: &str = "s1.example.net";

/// Notes the types that are asked for.
struct Noting {
    world: Scripted,
    asked: Mutex<Vec<Rtype>>,
}

#[async_trait]
impl Net for Noting {
    async fn exchange(&self, request: Request) -> Response {
        if let Request::Dns(question) = &request {
            self.asked.lock().unwrap().push(question.rtype);
        }
        self.world.exchange(request).await
    }
}

/// What is told of the alias, and which types were asked for.
fn told(texts: Answer, alias_itself: Answer) -> (Lookup<Name>, Vec<Rtype>) {
    let world =
        Scripted::new().answer(NAME, Rtype::TXT, texts).answer(NAME, Rtype::CNAME, alias_itself);
    let noting = Noting { world, asked: Mutex::default() };
    let told = alias(&noting, &Name::new(NAME), Rtype::TXT).now_or_never().unwrap();
    (told, noting.asked.into_inner().unwrap())
}

#[test]
fn an_alias_is_told_by_the_answer_that_is_asked_for_anyway() {
    let at = |name| holding(name, vec![Data::Txt(Text::new(vec![b"v=DKIM1; p=".to_vec()]))]);
    let cname = || holding(NAME, vec![Data::Cname(Name::new(TARGET))]);
    let found = Lookup::Found(Name::new(TARGET));
    let none = |nxdomain| Lookup::Absent { nxdomain };
    let unknown = |reason| Lookup::Unknown { reason };
    let (plain, also) = (&[Rtype::TXT][..], &[Rtype::TXT, Rtype::CNAME][..]);
    #[rustfmt::skip]
    let cases = [
        ("an alias",                       cname(),                  nodata(), found.clone(), plain),
        ("an alias of nothing",            dangling(NAME, TARGET),   nodata(), found.clone(), plain),
        ("the record itself",              at(NAME),                 cname(),  none(false),   plain),
        ("another type",                   nodata(),                 cname(),  none(false),   plain),
        ("no such name",                   nxdomain(),               cname(),  none(true),    plain),
        ("the target's zone fails",        rcode(Rcode::SERVFAIL),   cname(),  found.clone(), also),
        ("a negative that proves nothing", rcode(Rcode::NOERROR),    cname(),  found.clone(), also),
        ("only the end is shown",          at(TARGET),               cname(),  found,         also),
        ("all fails",                      rcode(Rcode::SERVFAIL),   rcode(Rcode::SERVFAIL),
            unknown(Reason::Servfail), also),
        ("silence",                        Answer::failed(Reason::Timeout), cname(),
            unknown(Reason::Timeout), plain),
    ];
    for (rule, texts, alias_itself, expected, asked) in cases {
        assert_eq!(told(texts, alias_itself), (expected, asked.to_vec()), "{rule}");
    }
}

/// RFC 8914 §4.7 to 4.13, and §4.23 beside them.
#[test]
fn a_resolver_that_says_why_it_fails_is_believed() {
    let failing = |code: u16| {
        let Answer::Message(message) = rcode(Rcode::SERVFAIL) else { unreachable!() };
        let ede = vec![Ede { code, text: String::new() }];
        Answer::Message(Message { ede, ..(*message).clone() }.into())
    };
    let cases = [
        (5, Reason::Servfail),
        (6, Reason::Bogus),
        (7, Reason::Bogus),
        (12, Reason::Bogus),
        (13, Reason::Servfail),
        (22, Reason::Servfail),
        (15, Reason::ResolverBlocked),
    ];
    for (code, reason) in cases {
        let world = Scripted::new().answer(NAME, Rtype::TXT, failing(code));
        let told = texts(&world, &Name::new(NAME)).now_or_never();
        assert_eq!(told, Some(Lookup::Unknown { reason }), "{code}");
    }
}

/// Another resolver or another hour would not help, as findings of their own say elsewhere.
#[test]
fn what_broken_dnssec_hides_leads_to_dnssec() {
    let finding = |reason: Reason| Finding {
        id: "mx.lookup-failed".to_owned(),
        severity: Severity::Info,
        status: Status::Indeterminate,
        subject: "example.com".to_owned(),
        params: [("domain", "example.com"), ("reason", reason.into())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        evidence: serde_json::Value::Null,
        fix: Vec::new(),
        withheld: None,
    };
    for (lang, word) in [(Lang::En, "Mend DNSSEC first"), (Lang::Fr, "Réparer d’abord DNSSEC")] {
        assert!(Catalogue::words(&finding(Reason::Bogus), lang).fix.starts_with(word));
        assert!(!Catalogue::words(&finding(Reason::Servfail), lang).fix.starts_with(word));
    }
}
