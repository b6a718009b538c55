use futures::FutureExt;

use super::*;
use crate::kernel::{HttpsReply, Name, Rtype, Trust};
use crate::scripted::{Scripted, nodata};

const FIRST: &str = "192.0.2.1";
const SECOND: &str = "2001:db8::1";

fn page(status: u16, coding: Option<&str>) -> HttpsReply {
    let session = TlsSession {
        version: "TLSv1.3".to_owned(),
        cipher: "TLS13_AES_128_GCM_SHA256".to_owned(),
        chain: Vec::new(),
        trust: Trust::Trusted,
    };
    let content_encoding = coding.map(str::to_owned);
    let page = Page { status, content_encoding, ..Page::default() };
    HttpsReply { tls: Some(session), end: HttpsEnd::Page(page) }
}

fn end(end: HttpsEnd) -> HttpsReply {
    HttpsReply::ended(end)
}

fn fetched(world: &Scripted) -> String {
    let url = HttpsUrl::new(&Name::new("www.example.com"), "/");
    let net: &dyn Net = world;
    match fetch(net, &url, None, 10).now_or_never().expect("a scripted world answers at once") {
        Fetched::Page { page, .. } => page.status.to_string(),
        Fetched::NoAddress { nxdomain } => format!("no address, {nxdomain}"),
        Fetched::Refused => "refused".to_owned(),
        Fetched::Unknown { reason } => reason.to_string(),
    }
}

#[test]
fn the_first_address_that_answers_speaks_for_the_host() {
    let world = |first, second| {
        Scripted::new()
            .a("www.example.com", &[FIRST])
            .aaaa("www.example.com", &[SECOND])
            .page(FIRST, "/", first)
            .page(SECOND, "/", second)
    };
    let refused = || end(HttpsEnd::ConnectionRefused);
    let late = || HttpsReply::failed(Reason::Timeout);
    #[rustfmt::skip]
    let cases = [
        ("a page",                         world(page(200, None), page(500, None)),                    "200"),
        ("any status is a page",           world(page(503, None), page(200, None)),                    "503"),
        ("refused at one",                 world(refused(), page(200, None)),                          "200"),
        ("refused at both",                world(refused(), refused()),                                "refused"),
        ("late at one",                    world(late(), page(200, None)),                             "200"),
        ("late at one, refused at one",    world(late(), refused()),                                   "timeout"),
        ("refused at one, late at one",    world(refused(), late()),                                   "timeout"),
        ("a handshake that fails",         world(end(HttpsEnd::TlsFailed(String::new())), refused()),  "not-offered"),
        ("closed early",                   world(end(HttpsEnd::Closed), refused()),                    "network"),
        ("another protocol",               world(end(HttpsEnd::NotHttp), refused()),                   "malformed"),
        ("a coding that was not asked for", world(page(200, Some("gzip")), refused()),                 "malformed"),
        ("no coding by name",              world(page(200, Some("identity")), refused()),              "200"),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(fetched(&world), expected, "{rule}");
    }
}

#[test]
fn a_host_without_address_is_told_from_one_that_is_not_known() {
    let name = "www.example.com";
    let refusing = || {
        let refused = end(HttpsEnd::ConnectionRefused);
        Scripted::new().a(name, &[FIRST]).page(FIRST, "/", refused)
    };
    #[rustfmt::skip]
    let cases = [
        ("no such name",                 Scripted::new(),                                                                  "no address, true"),
        ("no address at the name",       Scripted::new().answer(name, Rtype::A, nodata()).answer(name, Rtype::AAAA, nodata()), "no address, false"),
        ("one family not told",          Scripted::new().fails(name, Rtype::A, Reason::Servfail),                          "servfail"),
        ("refused, other family absent", refusing(),                                                                       "refused"),
        ("refused, other not told",      refusing().fails(name, Rtype::AAAA, Reason::Timeout),                             "timeout"),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(fetched(&world), expected, "{rule}");
    }
}
