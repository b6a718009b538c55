use proptest::prelude::*;

use super::keys::{RSA_512, RSA_1024, RSA_1536, RSA_2048};
use crate::records::dkim_key::{DkimKey, KeyFault, KeyState, without_testing};

/// The same key as `RSA_1024`, an RSAPublicKey alone.
const BARE_1024: &str = "\
    MIGJAoGBALUwU0jqwXIz6ktMEB6w4t/5+q2hwGH0vCgzIMFlCHA0W71NZoBso071BgONQzRAQnPR3YqnD05Z\
    2UErtz2eiGnJRf740UmJkacWol3ayRLngZ9oLvzJxJdFj9MYB6/lB7aOuXd1BWJ40RTy3qOFYnZawLs3uFX5\
    4mh7A/JgJh61AgMBAAE=";
const ED25519: &str = "FCJKPWe8AiQ7yIwBEwqcuaegtjeAu+taoxPQp0grj+U=";
/// As `ED25519`, wrapped in a SubjectPublicKeyInfo.
const WRAPPED_ED25519: &str = "MCowBQYDK2VwAyEAFCJKPWe8AiQ7yIwBEwqcuaegtjeAu+taoxPQp0grj+U=";
const ELLIPTIC: &str = "\
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZUBJLQ19uXL6H4nIL4SnJ7sA8eVkvDSzjxAqhdQkd0D7FxZQ\
    mpEJ9KZ0wfvh/FYugoQS9l0jnEJcTOFCCWD+LA==";

#[test]
fn a_key_is_read_as_verifiers_read_it() {
    let unreadable = KeyState::Unreadable;
    let usable = KeyState::Usable;
    let folded = format!("p={}\r\n  {}", &RSA_1024[..64], &RSA_1024[64..]);
    let unpadded = format!("p={}", RSA_1024.trim_end_matches('='));
    let cut = format!("p={}", &RSA_2048[..240]);
    #[rustfmt::skip]
    let cases: Vec<(&str, String, KeyState, Option<usize>)> = vec![
        ("a whole record",                 format!("v=DKIM1; k=rsa; p={RSA_2048}"), usable, Some(2048)),
        ("v and k may be left out",        format!("p={RSA_1536}"),                 usable, Some(1536)),
        ("a short key is still a key",     format!("p={RSA_512}"),                  usable, Some(512)),
        ("the bare form counts as well",   format!("p={BARE_1024}"),                usable, Some(1024)),
        ("white space inside is legal",    folded,                                  usable, Some(1024)),
        ("padding is forgiven",            unpadded,                                usable, Some(1024)),
        ("tags of no interest",            format!("v=DKIM1; n=note; x=1; p={RSA_1024}; s=email"), usable, Some(1024)),
        ("a raw Ed25519 key",              format!("v=DKIM1; k=ed25519; p={ED25519}"), usable, None),
        ("another type is not looked into", "k=ecdsa; p=AAAA".to_owned(),           KeyState::OtherType, None),
        ("an empty p withdraws the key",   "v=DKIM1; p=".to_owned(),                KeyState::Revoked, None),
        ("of any type",                    "v=DKIM1; k=ed25519; p= ".to_owned(),    KeyState::Revoked, None),
        ("without p",                      "v=DKIM1; k=rsa".to_owned(),             unreadable(KeyFault::NoKey), None),
        ("an empty record",                String::new(),                           unreadable(KeyFault::NoKey), None),
        ("another version",                format!("v=DKIM2; p={RSA_1024}"),        unreadable(KeyFault::Version), None),
        ("the version is case-sensitive",  format!("v=dkim1; p={RSA_1024}"),        unreadable(KeyFault::Version), None),
        ("the version is first",           format!("p={RSA_1024}; v=DKIM1"),        unreadable(KeyFault::Version), None),
        ("not base64",                     "p=not*base64".to_owned(),               unreadable(KeyFault::NotBase64), None),
        ("cut in the middle",              cut,                                     unreadable(KeyFault::NotRsa), None),
        ("base64 of something else",       "p=aGVsbG8gd29ybGQ=".to_owned(),         unreadable(KeyFault::NotRsa), None),
        ("a key of another kind",          format!("k=rsa; p={ELLIPTIC}"),          unreadable(KeyFault::NotRsa), None),
        ("a wrapped Ed25519 key",          format!("k=ed25519; p={WRAPPED_ED25519}"), unreadable(KeyFault::NotEd25519), None),
    ];
    for (rule, text, state, bits) in cases {
        let key = DkimKey::parse(&text);
        assert_eq!((key.state, key.bits), (state, bits), "{rule}");
    }
}

#[test]
fn flags_are_parted_by_colons() {
    #[rustfmt::skip]
    let cases = [
        ("alone",                      "t=y; p=AA",        true,  "p=AA"),
        ("among others",               "t=s : y; p=AA",    true,  "t=s; p=AA"),
        ("in either case",             "t=Y; p=AA",        true,  "p=AA"),
        ("another flag",               "t=s; p=AA",        false, "t=s; p=AA"),
        ("no flag",                    "v=DKIM1; p=A=;",   false, "v=DKIM1; p=A="),
        ("a word that begins with it", "t=yes; p=AA",      false, "t=yes; p=AA"),
    ];
    for (rule, text, testing, without) in cases {
        assert_eq!(DkimKey::parse(text).testing, testing, "{rule}");
        assert_eq!(without_testing(text), without, "{rule}");
    }
}

#[test]
fn a_hostile_type_is_kept_short() {
    let key = DkimKey::parse(&format!("k=\u{1b}[31m{}; p=AA", "x".repeat(999)));
    assert_eq!(key.key_type, format!("[31m{}", "x".repeat(16)));
}

proptest! {
    #[test]
    fn no_record_stops_the_reader(text in ".{0,200}") {
        let key = DkimKey::parse(&text);
        prop_assert!(!DkimKey::parse(&without_testing(&text)).testing || !key.testing);
    }

    #[test]
    fn no_octets_stop_the_reader(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        use base64::Engine;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&octets);
        let key = DkimKey::parse(&format!("p={encoded}"));
        prop_assert_eq!(key.bits.is_some(), key.state == KeyState::Usable);
    }
}
