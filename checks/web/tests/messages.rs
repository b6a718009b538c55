//! What is said of the links of messages and of their one-click URL.

use super::*;
use crate::kernel::{
    HttpsEnd, HttpsUrl, Link, Method, Net, Posted, Request, Response, Rtype, Stream, post,
};
use crate::scripted::{assert_no_loss_accuses, dangling, served, stream};
use crate::web::{LinkSeen, OneClick, TrackingHost};

const HOST: &str = "click.example.com";

fn shown(status: u16) -> Answer {
    page(status, HOST)
}

fn say(links: Vec<LinkSeen>, one_clicks: Vec<OneClick>, host: Option<TrackingHost>) -> Vec<String> {
    let sites = vec![Site { host: Name::new("example.com"), answer: page(200, "example.com") }];
    let hosts = host.map(|host| (Name::new(HOST), host)).into_iter().collect();
    let facts = WebFacts { sites, links, one_clicks, hosts, ..WebFacts::default() };
    judge::<Web>(&facts, &target(), &Vantage::default())
}

fn alias(leads_nowhere: bool) -> Option<TrackingHost> {
    let target = Name::new("track.example.net");
    Some(TrackingHost::Alias { target, leads_nowhere, claimable: None })
}

const BROKEN: &str = "error web.link-broken click.example.com/a";
const GONE: &str = "error web.link-broken click.example.com";
const INSECURE: &str = "error web.tracking-tls click.example.com";
const UNKNOWN_PAGE: &str = "indet. web.link-unknown click.example.com/a";
const UNKNOWN_HOST: &str = "indet. web.link-unknown click.example.com";
const DANGLING: &str = "critical web.tracking-cname-dangling click.example.com";

#[test]
fn a_link_is_broken_when_that_is_definite() {
    let page_link = || Link::Page(HttpsUrl::parse("https://click.example.com/a").unwrap());
    let host_link = || Link::Host(Name::new(HOST));
    let untold = || Some(TrackingHost::Unknown { reason: Reason::Servfail });
    let lost = || Answer::Unknown { reason: Reason::Timeout };
    #[rustfmt::skip]
    let cases = [
        ("it is there",                     page_link(), shown(200),          None,         &[][..]),
        ("it leads on",                     page_link(), shown(302),          None,         &[]),
        ("not found",                       page_link(), shown(404),          None,         &[BROKEN]),
        ("gone",                            page_link(), shown(410),          None,         &[BROKEN]),
        ("forbidden to robots",             page_link(), shown(403),          None,         &[UNKNOWN_PAGE]),
        ("too often",                       page_link(), shown(429),          None,         &[UNKNOWN_PAGE]),
        ("it fails",                        page_link(), shown(502),          None,         &[UNKNOWN_PAGE]),
        ("no answer",                       page_link(), lost(),              None,         &[UNKNOWN_HOST]),
        ("its host has no address",         page_link(), Answer::NoAddress,   None,         &[BROKEN]),
        ("private addresses alone",         page_link(), Answer::PrivateOnly, None,         &[BROKEN]),
        ("a certificate of another",        page_link(), page(404, "b.test"), None,         &[INSECURE]),
        ("nobody listens",                  page_link(), Answer::Refused,     None,         &[INSECURE]),
        ("a host is no page",               host_link(), shown(404),          None,         &[]),
        ("a host that fails at its root",   host_link(), shown(503),          None,         &[]),
        ("a host without an address",       host_link(), Answer::NoAddress,   None,         &[GONE]),
        ("an alias that leads somewhere",   host_link(), shown(200),          alias(false), &[]),
        ("an alias that leads nowhere",     page_link(), Answer::NoAddress,   alias(true),  &[DANGLING]),
        ("no address, an alias perhaps",    page_link(), Answer::NoAddress,   untold(),     &[UNKNOWN_HOST]),
    ];
    for (rule, link, answer, host, expected) in cases {
        assert_eq!(say(vec![LinkSeen { link, answer }], Vec::new(), host), expected, "{rule}");
    }
    let twice = ["a", "b"].map(|path| {
        let url = HttpsUrl::new(&Name::new(HOST), &format!("/{path}"));
        LinkSeen { link: Link::Page(url), answer: Answer::Refused }
    });
    assert_eq!(say(twice.to_vec(), Vec::new(), None), [INSECURE], "a host is spoken of once");
}

#[test]
fn one_click_is_a_post_that_is_accepted_at_once() {
    let broken = &["error web.one-click-broken click.example.com/a"][..];
    let lost = || Answer::Unknown { reason: Reason::Network };
    #[rustfmt::skip]
    let cases = [
        ("accepted",                 shown(200),          None,        &[][..]),
        ("accepted without a body",  shown(204),          None,        &[]),
        ("a redirect",               shown(303),          None,        broken),
        ("no POST there",            shown(405),          None,        broken),
        ("nothing there",            shown(404),          None,        broken),
        ("forbidden to robots",      shown(403),          None,        &[UNKNOWN_PAGE]),
        ("it waited too long for us", shown(408),         None,        &[UNKNOWN_PAGE]),
        ("not before the handshake", shown(425),          None,        &[UNKNOWN_PAGE]),
        ("too often",                shown(429),          None,        &[UNKNOWN_PAGE]),
        ("a login",                  shown(401),          None,        broken),
        ("not quite accepted",       shown(300),          None,        broken),
        ("barely accepted",          shown(299),          None,        &[]),
        ("it fails",                 shown(500),          None,        &[UNKNOWN_PAGE]),
        ("no answer",                lost(),              None,        &[UNKNOWN_HOST]),
        ("a certificate of another", page(200, "b.test"), None,        broken),
        ("nobody listens",           Answer::Refused,     None,        broken),
        ("no such host",             Answer::NoAddress,   None,        broken),
        ("private addresses alone",  Answer::PrivateOnly, None,        broken),
        ("its alias leads nowhere",  Answer::NoAddress,   alias(true), &[DANGLING]),
    ];
    let one = |answer, bulk| {
        let (stream, path) = ("news".to_owned(), "/a".to_owned());
        OneClick { host: Name::new(HOST), path, stream, bulk, answer }
    };
    for (rule, answer, host, expected) in cases {
        assert_eq!(say(Vec::new(), vec![one(answer, false)], host), expected, "{rule}");
    }
    let bulk = say(Vec::new(), vec![one(shown(404), true)], None);
    assert_eq!(bulk, ["critical web.one-click-broken click.example.com/a"]);
}

#[test]
fn messages_are_judged_where_the_domain_has_no_site() {
    let seen = |links, one_clicks| {
        let sites = vec![Site { host: Name::new("example.com"), answer: Answer::NoAddress }];
        let facts = WebFacts { sites, links, one_clicks, ..WebFacts::default() };
        judge::<Web>(&facts, &target(), &Vantage::default())
    };
    let link = Link::Page(HttpsUrl::parse("https://click.example.com/a").unwrap());
    let link = LinkSeen { link, answer: shown(404) };
    assert_eq!(seen(vec![link], Vec::new()), [BROKEN]);
    let (stream, path) = ("news".to_owned(), "/a".to_owned());
    let one_click =
        OneClick { host: Name::new(HOST), path, stream, bulk: false, answer: shown(404) };
    let broken = ["error web.one-click-broken click.example.com/a"];
    assert_eq!(seen(Vec::new(), vec![one_click]), broken);
    assert!(seen(Vec::new(), Vec::new()).is_empty());
}

/// A target whose messages link to a host and a page, and unsubscribe at it.
fn sender() -> Target {
    let url = |written| HttpsUrl::parse(written).unwrap();
    let page = Link::Page(url("https://click.example.com/a"));
    let stream = Stream {
        links: vec![Link::Host(Name::new(HOST)), page],
        one_click: Some(url("https://click.example.com/u?secret")),
        ..stream("news", "example.com")
    };
    Target { streams: vec![stream], ..target() }
}

#[test]
fn an_alias_that_leads_nowhere_is_seen_and_no_lost_answer_makes_it_worse() {
    let world = || {
        let answer = || dangling(HOST, "track.example.net");
        Scripted::new().answer(HOST, Rtype::A, answer()).answer(HOST, Rtype::AAAA, answer())
    };
    let facts = observe::<Web>(&world(), &sender(), &Vantage::default());
    assert_eq!(facts.hosts.get(&Name::new(HOST)).cloned(), alias(true));
    assert_eq!(judge::<Web>(&facts, &sender(), &Vantage::default()), [DANGLING]);
    assert_no_loss_accuses::<Web>(world, &sender(), &Vantage::default());
}

#[test]
fn facts_hold_no_token_of_the_one_click_url() {
    let reply = served(HOST, 200, None, "", Trust::Trusted);
    let world = Scripted::new().a(HOST, &["192.0.2.1"]).page("192.0.2.1", "/u?secret", reply);
    let facts = observe::<Web>(&world, &sender(), &Vantage::default());
    assert!(matches!(facts.one_clicks[0].answer, Answer::Page { status: 200, .. }));
    assert!(!serde_json::to_string(&facts).unwrap().contains("secret"));
}

/// Two addresses: what the first ends with, and how many posts came.
struct Twice(HttpsEnd, std::sync::Mutex<usize>);

#[async_trait::async_trait]
impl Net for Twice {
    async fn exchange(&self, request: Request) -> Response {
        let Request::Https(request) = request else {
            return Scripted::new().a(HOST, &["192.0.2.1", "192.0.2.2"]).exchange(request).await;
        };
        assert_eq!(request.method, Method::Post);
        *self.1.lock().unwrap() += 1;
        Response::Https(crate::kernel::HttpsReply::ended(self.0.clone()).into())
    }
}

#[test]
fn a_post_that_may_have_arrived_is_not_sent_again() {
    use futures::FutureExt;
    let cases = [(HttpsEnd::Closed, 1), (HttpsEnd::ConnectionRefused, 2)];
    for (end, posts) in cases {
        let world = Twice(end, std::sync::Mutex::new(0));
        let url = HttpsUrl::new(&Name::new(HOST), "/u");
        let posted = Posted { media_type: "text/plain".to_owned(), text: "x".to_owned() };
        assert!(post(&world, &url, posted, 9).now_or_never().is_some());
        assert_eq!(*world.1.lock().unwrap(), posts);
    }
}

#[test]
fn a_host_is_private_only_where_no_reader_reaches_any_address() {
    let world = |addresses: &[&str]| {
        let private = || crate::kernel::HttpsReply::failed(Reason::PrivateAddress);
        let late = crate::kernel::HttpsReply::failed(Reason::Timeout);
        let world = Scripted::new().a(HOST, addresses).page("192.0.2.1", "/a", late);
        world.page("10.1.2.3", "/a", private()).page("10.1.2.3", "/", private())
    };
    let answer = |world: &Scripted, own: &[&str]| {
        let own_networks = own.iter().map(|net| net.parse().unwrap()).collect();
        let vantage = Vantage { own_networks, ..Vantage::default() };
        observe::<Web>(world, &sender(), &vantage).links[1].answer.clone()
    };
    let untold = Answer::Unknown { reason: Reason::PrivateAddress };
    let public = ["192.0.2.0/24"];
    let one_family = world(&["10.1.2.3"]).fails(HOST, Rtype::AAAA, Reason::Timeout);
    assert_eq!(answer(&world(&["10.1.2.3"]), &public), Answer::PrivateOnly);
    assert_eq!(answer(&world(&["10.1.2.3", "192.0.2.1"]), &public), untold, "one is public");
    let one_family = answer(&one_family, &public);
    assert_eq!(one_family, Answer::Unknown { reason: Reason::Timeout }, "there may be another");
    assert_eq!(answer(&world(&["10.1.2.3"]), &["10.0.0.0/8"]), untold, "a network of our own");
}
