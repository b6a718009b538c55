use super::*;

#[test]
fn a_url_is_read_into_what_is_asked_for() {
    #[rustfmt::skip]
    let cases = [
        ("a path",                   "https://www.example.com/a/b",          Ok("https://www.example.com/a/b")),
        ("no path",                  "https://www.example.com",              Ok("https://www.example.com/")),
        ("a query without path",     "https://www.example.com?a=1",          Ok("https://www.example.com/?a=1")),
        ("the fragment stays here",  "https://www.example.com/a#b",          Ok("https://www.example.com/a")),
        ("case of scheme and host",  "HTTPS://WWW.Example.com/A",            Ok("https://www.example.com/A")),
        ("a port",                   "https://www.example.com:8443/",        Ok("https://www.example.com:8443/")),
        ("the usual port",           "https://www.example.com:443/",         Ok("https://www.example.com/")),
        ("an empty port",            "https://www.example.com:/",            Ok("https://www.example.com/")),
        ("plain HTTP",               "http://www.example.com/",              Err(UrlError::Scheme)),
        ("another scheme",           "mailto:a@example.com",                 Err(UrlError::Scheme)),
        ("a blank",                  "https://www.example.com/a b",          Err(UrlError::Octets)),
        ("a line end",               "https://www.example.com/\r\nHost: x",  Err(UrlError::Octets)),
        ("beyond ASCII",             "https://www.exämple.com/",             Err(UrlError::Octets)),
        ("a backslash for a slash",  "https://a.example\\@b.example/",       Err(UrlError::Octets)),
        ("a user",                   "https://a.example@b.example/",         Err(UrlError::User)),
        ("a port that is none",      "https://www.example.com:99999/",       Err(UrlError::Port)),
        ("no host",                  "https:///a",                           Err(UrlError::Host)),
        ("one label",                "https://localhost/",                   Err(UrlError::Host)),
        ("an address",               "https://192.0.2.1/",                   Err(UrlError::Host)),
        ("an address in one number", "https://3221225985/",                  Err(UrlError::Host)),
        ("an address in hexadecimal", "https://192.0.2.0x1/",                Err(UrlError::Host)),
        ("an IPv6 address",          "https://[2001:db8::1]/",               Err(UrlError::Host)),
    ];
    for (rule, written, expected) in cases {
        let read = HttpsUrl::parse(written).map(|url| url.to_string());
        assert_eq!(read, expected.map(str::to_owned), "{rule}");
    }
    let long = format!("https://www.example.com/{}", "a".repeat(2048));
    assert_eq!(HttpsUrl::parse(&long), Err(UrlError::TooLong));
}

#[test]
fn a_body_is_text_on_the_tape_where_it_is_text() {
    let octets = |bytes: &[u8]| Octets(bytes.to_vec());
    let cases = [
        (octets(b"version: STSv1\n"), r#""version: STSv1\n""#),
        (octets(b"\xff\xfe"), r#"{"base64":"//4="}"#),
        (octets(b""), r#""""#),
    ];
    for (octets, written) in cases {
        assert_eq!(serde_json::to_string(&octets).unwrap(), written);
        assert_eq!(serde_json::from_str::<Octets>(written).unwrap(), octets);
    }
    let damaged = serde_json::from_str::<Octets>(r#"{"base64":"%"}"#).unwrap();
    assert_eq!(damaged, Octets::default());
}

#[test]
fn a_media_type_is_read_without_its_parameters() {
    let cases = [
        (Some("text/plain; charset=utf-8"), "text/plain"),
        (Some("Text/Plain"), "text/plain"),
        (None, ""),
    ];
    for (sent, expected) in cases {
        let page = Page { content_type: sent.map(str::to_owned), ..Page::default() };
        assert_eq!(page.media_type(), expected);
    }
}
