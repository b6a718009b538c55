use crate::kernel::{ClientHello, HelloReply, Suites, TlsVersion};
use crate::records::cipher_suite::{Weakness, name, offered, weakness};
use crate::records::tls_hello::{LONGEST_REPLY, encode, read};

fn hello(version: TlsVersion, suites: Suites) -> ClientHello {
    ClientHello { version, suites }
}

/// A ServerHello of TLS with this version and suite, its session bearing a name of `session` octets.
fn server_hello(version: [u8; 2], suite: u16, session: u8) -> Vec<u8> {
    let mut body = vec![version[0], version[1]];
    body.extend([1; 32]);
    body.push(session);
    body.extend(vec![2; usize::from(session)]);
    body.extend(suite.to_be_bytes());
    body.push(0);
    let mut octets = vec![22, version[0], version[1], 0, body.len() as u8 + 4, 2, 0, 0];
    octets.push(body.len() as u8);
    octets.extend(body);
    octets
}

#[test]
fn a_hello_says_its_version_and_its_lengths_add_up() {
    let cases = [
        ("SSL 3.0", TlsVersion::Ssl3, [3, 0], [3, 0]),
        ("TLS 1.0", TlsVersion::Tls10, [3, 1], [3, 1]),
        ("TLS 1.1", TlsVersion::Tls11, [3, 1], [3, 2]),
        ("TLS 1.2", TlsVersion::Tls12, [3, 1], [3, 3]),
    ];
    for (rule, version, of_record, of_hello) in cases {
        let octets = encode(hello(version, Suites::All), "mx.example.com");
        assert_eq!((octets[0], &octets[1..3], octets[5]), (22, &of_record[..], 1), "{rule}");
        assert_eq!(octets[9..11], of_hello, "{rule}");
        let record = usize::from(octets[3]) << 8 | usize::from(octets[4]);
        assert_eq!(octets.len(), record + 5, "{rule}");
        let body = usize::from(octets[7]) << 8 | usize::from(octets[8]);
        assert_eq!(record, body + 4, "{rule}");
        let has_name = octets.windows(14).any(|part| part == b"mx.example.com");
        assert_eq!(has_name, version != TlsVersion::Ssl3, "{rule}");
    }
    let octets = encode(hello(TlsVersion::Ssl2, Suites::All), "mx.example.com");
    let length = usize::from(octets[0] & 0x7f) << 8 | usize::from(octets[1]);
    assert_eq!((octets.len(), &octets[2..5]), (length + 2, &[1, 0, 2][..]));
    let nameless = encode(hello(TlsVersion::Tls12, Suites::All), "192.0.2.1");
    assert!(!nameless.windows(9).any(|part| part == b"192.0.2.1"), "no address in SNI");
}

#[test]
fn an_answer_is_read_once_it_is_whole() {
    let tls10 = TlsVersion::Tls10;
    let whole = server_hello([3, 1], 0x0005, 32);
    let accepted = |version, suite| Some(HelloReply::Accepted { version, suite });
    let alert = |description| Some(HelloReply::Alert { description });
    let newer = server_hello([3, 3], 9, 0);
    let after_warning = [&[21, 3, 1, 0, 2, 1, 112][..], &whole].concat();
    #[rustfmt::skip]
    let cases: Vec<(&str, TlsVersion, &[u8], Option<HelloReply>)> = vec![
        ("accepted",                       tls10, &whole,                       accepted(tls10, 5)),
        ("all but its suite",              tls10, &whole[..whole.len() - 3],    None),
        ("nothing yet",                    tls10, &[],                          None),
        ("half a header",                  tls10, &[22, 3],                     None),
        ("another version than asked",     tls10, &newer,                       accepted(TlsVersion::Tls12, 9)),
        ("protocol_version",               tls10, &[21, 3, 1, 0, 2, 2, 70],     alert(70)),
        ("half an alert",                  tls10, &[21, 3, 1, 0, 2, 2],         None),
        ("a warning before the hello",     tls10, &after_warning,               accepted(tls10, 5)),
        ("plain text",                     tls10, b"454 4.7.0 TLS not available\r\n", Some(HelloReply::Malformed)),
        ("a certificate first",            tls10, &[22, 3, 1, 0, 6, 11, 0, 0, 2, 0, 0], Some(HelloReply::Malformed)),
        ("SSL 2.0 taken",                  TlsVersion::Ssl2, &[0x80, 11, 4, 0, 1, 0, 2, 0, 0, 0, 0], accepted(TlsVersion::Ssl2, 0)),
        ("SSL 2.0 answered by an alert",   TlsVersion::Ssl2, &[21, 3, 1, 0, 2, 2, 40], alert(40)),
        ("SSL 2.0 refused in its own way", TlsVersion::Ssl2, &[0x80, 3, 0, 0, 1, 0, 0], Some(HelloReply::Malformed)),
    ];
    for (rule, asked, octets, expected) in cases {
        assert_eq!(read(asked, octets), expected, "{rule}");
    }
    let endless = [vec![22, 3, 1, 255, 255, 2], vec![0; LONGEST_REPLY]].concat();
    assert!(read(tls10, &endless).is_some(), "what has no end is not waited for");
}

#[test]
fn broken_suites_are_offered_alone() {
    let broken = offered(hello(TlsVersion::Tls12, Suites::Broken));
    assert!(broken.len() > 10);
    for suite in broken.iter().filter(|suite| **suite != 0x00ff) {
        let weakness = weakness(*suite);
        assert!(weakness.is_some(), "{}", name(*suite));
        assert_ne!(weakness, Some(Weakness::Anonymous), "{}", name(*suite));
        assert_ne!(weakness, Some(Weakness::NoForwardSecrecy), "{}", name(*suite));
    }
    let old = offered(hello(TlsVersion::Tls10, Suites::All));
    assert!(!old.contains(&0xc02f), "GCM came with TLS 1.2");
    assert_eq!(name(0x0005), "RSA_WITH_RC4_128_SHA");
    assert_eq!(name(0x1234), "0x1234");
}

proptest::proptest! {
    #[test]
    fn no_answer_stops_the_reader(octets: Vec<u8>) {
        for version in [TlsVersion::Ssl2, TlsVersion::Tls12] {
            let _ = read(version, &octets);
        }
    }
}
