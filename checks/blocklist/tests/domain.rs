//! Listed domains that the mail uses and that are not the domain's own.

use super::{healthy, vantage};
use crate::blocklist::BlocklistCheck;
use crate::kernel::{HttpsUrl, Link, Name, Stream, Target};
use crate::scripted::{findings, observe, stream};

#[test]
fn a_domain_of_somebody_else_is_told_of_by_where_the_mail_uses_it() {
    let page = |url: &str| Link::Page(HttpsUrl::parse(url).expect("a page"));
    let stream = Stream {
        mail_from: Some(Name::new("bounce.returns.test")),
        helo: Some("out.greets.test".to_owned()),
        links: vec![page("https://shrt.test/x"), Link::Host(Name::new("www.example.com"))],
        one_click: HttpsUrl::parse("https://u.click.test/u?token").ok(),
        ..stream("news", "news.example.org")
    };
    let target = Target { streams: vec![stream], ..Target::new(Name::new("example.com")) };
    #[rustfmt::skip]
    let cases = [
        ("its own",             "example.com",  None),
        ("of a From",           "example.org",  None),
        ("of a link",           "shrt.test",    Some("shrt.test/x")),
        ("of the one-click URL", "click.test",  Some("u.click.test/u")),
        ("of the return path",  "returns.test", Some("MAIL FROM bounce.returns.test")),
        ("of the greeting",     "greets.test",  Some("EHLO out.greets.test")),
    ];
    for code in ["127.0.0.2", "127.0.0.8"] {
        for (rule, domain, place) in cases {
            let world = healthy().a(&format!("{domain}.names.example.net"), &[code]);
            let facts = observe::<BlocklistCheck>(&world, &target, &vantage());
            let found = findings::<BlocklistCheck>(&facts, &target, &vantage());
            assert_eq!(found.len(), 1, "{rule}");
            let told = |name: &str| found[0].params.get(name).map(String::as_str);
            assert_eq!(told("place"), place, "{rule}");
            assert_eq!(told("case"), place.map(|_| "foreign"), "{rule}");
            assert_eq!(told("stream"), place.map(|_| "news"), "{rule}");
        }
    }
}
