use super::judge::{DkimVerdict, Policy, Verdict};
use super::stamp;
use crate::smtp::Envelope;
use chrono::Utc;

fn envelope(client: &str, mail_from: &str) -> Envelope {
    Envelope {
        client: client.parse().unwrap(),
        helo: "out.example.com".to_owned(),
        mail_from: mail_from.to_owned(),
        recipients: vec!["a@example.net".to_owned(), "b@example.net".to_owned()],
        protocol: "ESMTP",
    }
}

#[test]
fn the_client_s_address_is_a_literal_and_fellow_recipients_stay_unknown() {
    let received = stamp::received("mx.example.net", &envelope("2001:db8::1", ""), "7", Utc::now());
    let start = "Received: from out.example.com (out.example.com [IPv6:2001:db8::1])\r\n\
                 \tby mx.example.net with ESMTP id 7;\r\n\t";
    assert!(received.starts_with(start) && received.ends_with("\r\n"), "{received}");
    assert!(!received.contains("for <"), "{received}");
}

#[test]
fn results_quote_what_is_no_token() {
    let verdict = Verdict {
        spf: "none",
        dkim: vec![DkimVerdict {
            result: "fail",
            domain: Some("exa mple\".com;\u{7}".to_owned()),
            selector: None,
        }],
        dmarc: "none",
        policy: Policy::None,
        header_from: String::new(),
    };
    #[rustfmt::skip]
    let cases = [
        ("a plain path",     "a@example.com",    " smtp.mailfrom=a@example.com;"),
        ("a slash",          "a/b@example.com",  " smtp.mailfrom=\"a/b@example.com\";"),
        ("the null sender",  "",                 " smtp.helo=out.example.com;"),
    ];
    for (name, mail_from, identity) in cases {
        let envelope = envelope("192.0.2.1", mail_from);
        let field = stamp::authentication_results("mx.example.net", &envelope, &verdict);
        let expected = format!(
            "Authentication-Results: mx.example.net;\r\n\tspf=none{identity}\r\n\
             \tdkim=fail header.d=\"example\\\".com;\";\r\n\tdmarc=none\r\n"
        );
        assert_eq!(field, expected, "{name}");
    }
}
