//! When is a digest the same one, so that it is not told twice or forgotten?

use std::path::Path;

use crate::config::{ProcessEnvironment, Settings};
use crate::watch::routes::digests;

fn keys(text: &str) -> Vec<String> {
    let whole = format!(
        "[[channels]]\nname = \"ops\"\nkind = \"slack\"\nurl = \"https://a.example\"\n{text}"
    );
    let settings = Settings::parse(&ProcessEnvironment, Path::new("vigie.toml"), whole);
    digests(&settings.expect("a sound configuration")).into_iter().map(|one| one.key).collect()
}

#[test]
fn a_digest_is_another_one_when_it_means_something_else() {
    let daily = "[[routes]]\nchannels = [\"ops\"]\ndigest = \"daily 08:00\"\n";
    let first = keys(daily);
    assert_eq!(first.len(), 1);
    for (rule, text) in [
        (
            "what has nothing to do with it",
            format!("{daily}repeat = \"4h\"\nhours = \"08:00-18:00\""),
        ),
        ("another route", format!("[[routes]]\nchannels = [\"ops\"]\n{daily}")),
        (
            "the same of a route with other hours",
            format!("{daily}hours = \"08:00-18:00\"\n{daily}"),
        ),
    ] {
        assert_eq!(keys(&text), first, "{rule}");
    }
    for (rule, text) in [
        ("another time", daily.replace("08:00", "09:00")),
        ("other domains", format!("{daily}tags = [\"prod\"]")),
        ("another zone", format!("{daily}[schedule]\ntimezone = \"Europe/Paris\"")),
    ] {
        let other = keys(&text);
        assert!(other.len() == 1 && other != first, "{rule}");
    }
}
