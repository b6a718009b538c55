use std::sync::Mutex;

use async_trait::async_trait;
use futures::FutureExt;

use super::*;
use crate::kernel::{Request, Response};
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
