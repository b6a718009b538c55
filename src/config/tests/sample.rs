//! Is the whole sample read, and does what is read say everything but its secrets?

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::ExposeSecret;
use vigie_checks::kernel::{Controls, MailboxKind, Name, Profile, Severity, SmtpTls};

use super::super::{Destination, MINIMAL, Settings};
use super::{around_the_example, parse, parse_in};

fn example() -> Settings {
    let text = include_str!("../../../config/vigie.example.toml");
    parse_in(&around_the_example(), text).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn the_example_is_read_to_the_last_key() {
    let settings = example();
    assert_eq!(settings.network.resolver, ["system"]);
    assert_eq!(settings.network.helo.as_deref(), Some("vigie.example.net"));
    assert_eq!(settings.store.retention, Duration::from_secs(400 * 86_400));
    assert_eq!(settings.web.token.as_ref().map(|t| t.expose_secret()), Some("hunter2-token"));
    assert_eq!(settings.schedule.timezone.name(), "Europe/Paris");
    assert_eq!(settings.schedule.checks["registration"].to_string(), "@daily");
    assert_eq!(settings.schedule.confirm_after, Duration::from_secs(45));
    let names: Vec<_> = settings.domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["example.com", "example.org"]);
    assert_eq!(settings.domains[0].expect.mx, [Name::new("mx1.example.com")]);
    assert_eq!(settings.domains[1].tags, BTreeSet::from(["eu".to_owned(), "prod".to_owned()]));
    assert_eq!(settings.routes[0].min_severity, Severity::Error);
    let Destination::Webhook { secrets, .. } = &settings.channels[0].destination else {
        panic!("the example has a webhook");
    };
    assert_eq!(secrets.len(), 1);
    assert_eq!(settings.heartbeat.map(|heart| heart.every), Some(Duration::from_secs(60)));
    assert_eq!(settings.blocklists[0].codes["127.0.0.2"], "listed");
}

#[test]
fn a_target_holds_what_is_known_of_a_domain() {
    let settings = example();
    let target = settings.target(&Name::new("example.org"));
    assert_eq!((target.profile, target.selectors.len()), (Profile::Sender, 2));
    assert_eq!(target.sending_ips.len(), 2);
    assert_eq!(settings.target(&Name::new("example.com")).streams[0].name, "newsletter");
    let stream = &settings.target(&Name::new("example.com")).streams[0];
    let links: Vec<String> = stream.links.iter().map(ToString::to_string).collect();
    assert_eq!(links, ["www.example.com/offer", "click.example.com"]);
    let one_click = stream.one_click.as_ref().map(ToString::to_string);
    assert_eq!(one_click.as_deref(), Some("https://click.example.com/unsubscribe?test"));
    let unknown = settings.target(&Name::new("example.net"));
    assert_eq!((unknown.profile, unknown.selectors.len()), (Profile::Both, 0));
}

#[test]
fn a_probe_names_its_secrets_and_they_are_found_under_these_names() {
    let settings = example();
    let probe = settings.probe("newsletter to a mailbox").expect("the example has it");
    let spec = settings.probe_target(probe).probe.expect("the target of a probe has its send");
    assert_eq!((spec.submit_host.as_str(), spec.submit_port), ("smtp.example.com", 465));
    assert_eq!((spec.submit_tls, spec.submit_user.as_deref()), (SmtpTls::Implicit, Some("user")));
    assert_eq!((spec.seeds[0].kind, spec.seeds[0].port), (MailboxKind::Imaps, 993));
    assert_eq!(spec.mail_from, spec.from);
    let secrets = settings.secrets();
    assert_eq!(secrets[&spec.submit_secret].expose_secret(), "hunter2-smtp");
    assert_eq!(secrets[&spec.seeds[0].secret].expose_secret(), "hunter2-imap");
}

#[test]
fn nothing_printed_holds_a_secret() {
    let settings = example();
    let shown = toml::to_string(&settings).expect("settings are plain tables");
    for text in [format!("{settings:?}"), shown.clone()] {
        assert!(!text.contains("hunter2") && !text.contains("whsec_"), "{text}");
    }
    assert!(shown.contains("token = \"***\""), "{shown}");
    assert!(shown.contains("url = \"smtps://user@smtp.example.com:465\""), "{shown}");
    let twice = parse("[web]\n[web]\ntokn = \"hunter2\"\n[web]").expect_err("three times");
    let lines: Vec<&str> = twice.errors.iter().map(|mistake| mistake.line_text.as_str()).collect();
    assert_eq!(lines, ["[web]", "tokn = ***", "[web]"], "a section is no secret");
}

#[test]
fn the_first_configuration_is_whole() {
    let settings = parse(MINIMAL).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(settings.domains.len(), 1);
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let settings = parse("").unwrap_or_else(|errors| panic!("{errors}"));
    assert!(settings.web.listen.ip().is_loopback());
    assert_eq!(settings.network.controls.smtp_hosts.len(), 3);
    assert_eq!(settings.network.controls.zones.len(), 2);
    let off = parse("network.controls = \"none\"").unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(off.network.controls, Controls::default());
}

#[test]
fn lists_are_chosen_changed_removed_and_added() {
    let asked = |text: &str| -> Vec<String> {
        let settings = parse(text).unwrap_or_else(|errors| panic!("{errors}"));
        let lists = settings.blocklists(vigie_checks::blocklist::catalogue());
        let ids = ["house", "psbl", "dronebl", "spamhaus-zen", "spamhaus-zen-dqs", "dnswl"];
        let is_asked = |id: &&str| lists.iter().any(|list| list.id == *id);
        ids.into_iter().filter(is_asked).map(str::to_owned).collect()
    };
    let row = |rest: &str| format!("[[blocklists]]\n{rest}");
    let house = "id = \"house\"\nzone = \"bl.example.net\"\nkind = \"ip4\"\ncodes = { \"127.0.0.2\" = \"listed\" }";
    #[rustfmt::skip]
    let cases: Vec<(&str, String, &[&str])> = vec![
        ("those of major receivers",  String::new(),                                     &["psbl", "spamhaus-zen"]),
        ("all that need no key",      "network.blocklists = \"all\"".to_owned(),       &["psbl", "dronebl", "spamhaus-zen", "dnswl"]),
        ("none of the catalogue",     "network.blocklists = \"none\"".to_owned(),      &[]),
        ("one more by its id",        row("id = \"dronebl\""),                         &["psbl", "dronebl", "spamhaus-zen"]),
        ("one less",                  row("id = \"psbl\"\nenabled = false"),          &["spamhaus-zen"]),
        ("one of one's own",          row(house),                                        &["house", "psbl", "spamhaus-zen"]),
        ("a key replaces the public", row("id = \"spamhaus-zen-dqs\"\nkey = \"abcdefgh12\""), &["psbl", "spamhaus-zen-dqs"]),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(asked(&text), expected, "{rule}");
    }
}

#[test]
fn a_key_stands_before_the_zone_under_another_name() {
    use secrecy::ExposeSecret;
    use vigie_checks::kernel::Name;

    let rows = "[[blocklists]]\nid = \"spamhaus-zen-dqs\"\nkey = \"abcdefgh12\"\n\
        [[blocklists]]\nid = \"house\"\nzone = \"bl.example.net\"\nkind = \"ip\"\n\
        codes = { \"127.0.0.2\" = \"listed\" }\nkey = \"ijklmnop34\"";
    let settings = parse(rows).unwrap_or_else(|errors| panic!("{errors}"));
    let keys = settings.zone_keys();
    let key = |zone: &str| keys[&Name::new(zone)].expose_secret().to_owned();
    assert_eq!(key("_key.zen.dq.spamhaus.net"), "abcdefgh12");
    assert_eq!(key("_key.bl.example.net"), "ijklmnop34");
    assert_eq!(keys.len(), 2);
    let lists = settings.blocklists(vigie_checks::blocklist::catalogue());
    let shown = serde_json::to_string(&lists).expect("plain data");
    assert!(!shown.contains("abcdefgh12") && !shown.contains("ijklmnop34"));
}

#[test]
fn a_heartbeat_needs_an_address_of_http_and_a_second() {
    let refused = |text: &str| parse(text).expect_err("it is wrong").to_string();
    #[rustfmt::skip]
    let cases = [
        ("no address",    "[heartbeat]\nevery = \"1m\"",                                   "`url`"),
        ("another scheme", "[heartbeat]\nurl = \"ftp://heart.example\"",                   "http or https"),
        ("no second",     "[heartbeat]\nurl = \"https://heart.example/\"\nevery = \"0s\"", "shorter than 1s"),
    ];
    for (rule, text, said) in cases {
        assert!(refused(text).contains(said), "{rule}: {}", refused(text));
    }
    let silent = parse("").unwrap_or_else(|errors| panic!("{errors}"));
    assert!(silent.heartbeat.is_none(), "nobody is told who is not named");
}
