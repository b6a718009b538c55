use futures::FutureExt;

use super::*;
use crate::kernel::{Octets, Page};
use crate::scripted::Scripted;

#[test]
fn a_url_is_read_for_its_host_and_path_alone() {
    #[rustfmt::skip]
    let cases = [
        ("a file",            "http://crl.example.net/a.crl?x#y",  Ok(("crl.example.net", "/a.crl?x"))),
        ("the port as usual", "http://crl.example.net:80/a.crl",   Ok(("crl.example.net", "/a.crl"))),
        ("another port",      "http://crl.example.net:25/a.crl",   Err(UrlError::Port)),
        ("over TLS",          "https://crl.example.net/a.crl",     Err(UrlError::Scheme)),
        ("a directory",       "ldap://crl.example.net/cn=a",       Err(UrlError::Scheme)),
        ("an address",        "http://192.0.2.1/a.crl",            Err(UrlError::Host)),
        ("an address of six", "http://[2001:db8::1]/a.crl",        Err(UrlError::Host)),
        ("a user",            "http://a@crl.example.net/a.crl",    Err(UrlError::User)),
        ("a line end",        "http://crl.example.net/a\r\nX: y",  Err(UrlError::Octets)),
    ];
    for (rule, written, expected) in cases {
        let read = HttpUrl::parse(written);
        let expected = expected.map(|(host, target): (&str, &str)| HttpUrl {
            host: Name::new(host),
            target: target.to_owned(),
        });
        assert_eq!(read, expected, "{rule}");
    }
}

fn answered(page: Page) -> HttpsEnd {
    HttpsEnd::Page(Page { body: Octets(b"der".to_vec()), ..page })
}

fn status(status: u16) -> HttpsEnd {
    answered(Page { status, ..Page::default() })
}

#[test]
fn a_file_is_there_or_not_or_it_could_not_be_told() {
    let unknown = |reason| Downloaded::Unknown { reason };
    let coding = Some("gzip".to_owned());
    #[rustfmt::skip]
    let cases = [
        ("a file",           status(200),                                   Downloaded::File(b"der".to_vec())),
        ("no such file",     status(404),                                   Downloaded::Absent),
        ("it is gone",       status(410),                                   Downloaded::Absent),
        ("nobody listens",   HttpsEnd::ConnectionRefused,                   Downloaded::Absent),
        ("elsewhere",        status(302),                                   unknown(Reason::Referral)),
        ("forbidden",        status(403),                                   unknown(Reason::RateLimited)),
        ("too often",        status(429),                                   unknown(Reason::RateLimited)),
        ("it fails",         status(503),                                   unknown(Reason::NotOffered)),
        ("silence",          HttpsEnd::Unknown(Reason::Timeout),            unknown(Reason::Timeout)),
        ("it breaks off",    HttpsEnd::Closed,                              unknown(Reason::Network)),
        ("no HTTP",          HttpsEnd::NotHttp,                             unknown(Reason::Malformed)),
        ("more than wanted", answered(Page { status: 200, cut: true, ..Page::default() }),                unknown(Reason::TooLarge)),
        ("in a coding",      answered(Page { status: 200, content_encoding: coding, ..Page::default() }), unknown(Reason::Malformed)),
    ];
    let url = HttpUrl::parse("http://crl.example.net/a.crl").unwrap();
    for (rule, end, expected) in cases {
        let world = Scripted::new().a("crl.example.net", &["192.0.2.1", "192.0.2.2"]).file(
            "crl.example.net",
            "/a.crl",
            end,
        );
        assert_eq!(download(&world, &url, 10).now_or_never(), Some(expected), "{rule}");
    }
    let nowhere = download(&Scripted::new(), &url, 10).now_or_never();
    assert_eq!(nowhere, Some(Downloaded::Absent), "the host does not exist");
    let lost = Scripted::new().fails("crl.example.net", crate::kernel::Rtype::A, Reason::Servfail);
    assert_eq!(download(&lost, &url, 10).now_or_never(), Some(unknown(Reason::Servfail)));
}
