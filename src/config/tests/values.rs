//! Durations, URLs and the search for the file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::{ConfigError, MailUrl, Settings, parse_duration, written_duration};
use super::Around;

#[test]
fn durations_are_numbers_with_units() {
    let cases = [
        ("seconds", "45s", Some(45_000)),
        ("two units", "1h30m", Some(5_400_000)),
        ("with a blank between", "1h 5s", Some(3_605_000)),
        ("days", "400d", Some(34_560_000_000)),
        ("weeks", "2w", Some(1_209_600_000)),
        ("nothing", "0s", Some(0)),
        ("milliseconds", "500ms", Some(500)),
        ("milliseconds after minutes", "1m500ms", Some(60_500)),
        ("a unit of two letters is not the first of them", "1msm", None),
        ("no unit", "45", None),
        ("no number", "s", None),
        ("the smaller first", "5s1h", None),
        ("a unit twice", "1h1h", None),
        ("empty", "", None),
        ("a sign", "-5s", None),
        ("beyond 100 years", "99999999999999d", None),
    ];
    for (rule, written, milliseconds) in cases {
        let read = parse_duration(written).ok();
        assert_eq!(read, milliseconds.map(Duration::from_millis), "{rule}");
        if let Some(read) = read {
            assert_eq!(parse_duration(&written_duration(read)).ok(), Some(read), "{rule}");
        }
    }
}

#[test]
fn services_are_named_by_url() {
    let cases = [
        ("ports by scheme", "imaps://imap.example.com", Some(("imaps://imap.example.com", 993))),
        ("another port", "smtps://h.example:4650", Some(("smtps://h.example:4650", 4650))),
        ("STARTTLS", "SMTP://H.Example/", Some(("smtp://h.example", 587))),
        ("a web page", "https://www.example.com", Some(("https://www.example.com", 443))),
        ("a user", "imaps://u@imap.example.com", None),
        ("a path", "https://www.example.com/status", None),
        ("an unknown scheme", "imapz://imap.example.com", None),
        ("no host", "imaps://", None),
    ];
    for (rule, written, expected) in cases {
        let read = crate::config::service(written).ok();
        let read = read.as_ref().map(|service| (service.url.as_str(), service.port));
        assert_eq!(read, expected, "{rule}");
    }
}

#[test]
fn mail_urls_are_read_and_written_alike() {
    let cases = [
        ("ports by scheme", "smtps://h.example", Some("smtps://h.example:465")),
        ("submission", "smtp://h.example", Some("smtp://h.example:587")),
        (
            "plain text allowed",
            "smtp://h.example:25?tls=none",
            Some("smtp://h.example:25?tls=none"),
        ),
        (
            "an encoded user",
            "imaps://a%40b.example@h.example",
            Some("imaps://a%40b.example@h.example:993"),
        ),
        (
            "a user with an at sign",
            "imap://a@b.example@h.example",
            Some("imap://a%40b.example@h.example:143"),
        ),
        ("an IPv6 address", "smtp://[2001:db8::1]:2525", Some("smtp://[2001:db8::1]:2525")),
        ("capitals", "SMTPS://H.Example/", Some("smtps://h.example:465")),
        ("port 0", "smtp://h.example:0", None),
        ("no host", "smtp://u@", None),
        ("a control in the user", "smtp://a%0d@h.example", None),
        ("an unknown option", "smtp://h.example?tls=off", None),
        ("another scheme", "https://h.example", None),
        ("no URL", "h.example", None),
    ];
    for (rule, written, expected) in cases {
        let read: Option<MailUrl> = written.parse().ok();
        assert_eq!(read.map(|url| url.to_string()).as_deref(), expected, "{rule}");
    }
}

#[test]
fn the_file_is_sought_in_order() {
    let mut around = Around::default();
    let found = |around: &Around, path: Option<&str>| {
        Settings::load_in(around, path.map(Path::new)).map(|(_, file)| file)
    };
    assert_eq!(found(&around, None).expect("defaults"), None);
    around.files.insert("/etc/vigie/vigie.toml".to_owned(), String::new());
    assert_eq!(found(&around, None).expect("system"), Some(PathBuf::from("/etc/vigie/vigie.toml")));
    around.files.insert("vigie.toml".to_owned(), String::new());
    assert_eq!(found(&around, None).expect("here"), Some(PathBuf::from("vigie.toml")));
    around.variables.insert("VIGIE_CONFIG".to_owned(), "v.toml".to_owned());
    around.files.insert("v.toml".to_owned(), String::new());
    assert_eq!(found(&around, None).expect("variable"), Some(PathBuf::from("v.toml")));
    around.files.insert("p.toml".to_owned(), String::new());
    assert_eq!(found(&around, Some("p.toml")).expect("named"), Some(PathBuf::from("p.toml")));
    let gone = found(&around, Some("gone.toml"));
    assert!(matches!(gone, Err(ConfigError::Unreadable { .. })), "a named file must be there");
}
