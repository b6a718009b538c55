//! Names that nothing of the configuration bears, and what is there in vain.

use super::parse;

#[test]
fn a_name_that_nothing_bears_is_doubted_and_no_mistake() {
    const WATCHED: &str = "[[domains]]\nname = \"example.com\"\ntags = [\"prod\"]\n\
        [[channels]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"https://hooks.example.net/a\"\n";
    let unwatched = "[[routes]] names the domain `exmaple.com`, which is not watched; did you mean `example.com`?";
    let quiet = "[[maintenance]] names the tag `prdo`, which no domain bears; did you mean `prod`?";
    #[rustfmt::skip]
    let cases: [(&str, &str, &[&str]); 5] = [
        ("nothing is named",       "[[routes]]\nchannels = [\"a\"]",                                  &[]),
        ("what is there",          "[[routes]]\nchannels = [\"a\"]\ndomains = [\"example.com\"]\ntags = [\"prod\"]", &[]),
        ("a slip in a domain",     "[[routes]]\nchannels = [\"a\"]\ndomains = [\"exmaple.com\"]",     &[unwatched]),
        ("a slip in a tag",        "[[maintenance]]\ntags = [\"prdo\"]\nschedule = \"0 2 * * 0\"\nduration = \"1h\"", &[quiet]),
        ("another tag altogether", "[[routes]]\nchannels = [\"a\"]\ntags = [\"web\"]",                &["[[routes]] names the tag `web`, which no domain bears"]),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(doubts(&format!("{WATCHED}{text}")), expected, "{rule}");
    }
}

const DOMAIN: &str = "[[domains]]\nname = \"example.com\"\n";
const CHANNEL: &str =
    "[[channels]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"https://hooks.example.net/a\"\n";

const INSIDE: &str = "the channel `a` leads to an address that is not public: nothing arrives there without `allow_private = true`";

fn doubts(text: &str) -> Vec<String> {
    let settings = parse(text).unwrap_or_else(|errors| panic!("{text}: {errors}"));
    let now = "2026-11-27T12:00:00Z".parse().expect("a moment");
    settings.doubts(now).into_iter().map(|doubt| doubt.en).collect()
}

#[test]
fn what_is_there_in_vain_is_doubted_and_no_mistake() {
    let once = |from: &str, until: &str| {
        format!("[[maintenance]]\nfrom = \"{from}T00:00:00Z\"\nuntil = \"{until}T00:00:00Z\"")
    };
    let other = CHANNEL.replace("\"a\"", "\"b\"");
    let route = "[[routes]]\nchannels = [\"a\"]\n";
    let at = |url: &str| CHANNEL.replace("https://hooks.example.net/a", url);
    let plugin = |command: &str| format!("[[plugins]]\nname = \"queue\"\ncommand = {command}\n");
    let key = |key: &str| {
        format!("{DOMAIN}selectors = [\"s1\"]\nexpect = {{ dkim_keys = {{ s1 = \"{key}\" }} }}")
    };
    #[rustfmt::skip]
    let cases: Vec<(&str, String, &[&str])> = vec![
        ("a maintenance to come",      once("2026-12-01", "2026-12-02"),                    &[]),
        ("one that is over",           once("2026-11-01", "2026-11-02"),                    &["[[maintenance]] until 2026-11-02T00:00:00Z is over and holds nothing back any more"]),
        ("one of months",              once("2026-11-01", "2027-11-01"),                    &["[[maintenance]] until 2027-11-01T00:00:00Z lasts longer than 31 days: nobody is told meanwhile"]),
        ("no route at all",            format!("{CHANNEL}{other}"),                         &[]),
        ("a channel without a route",  format!("{CHANNEL}{other}{route}"),                  &["no [[routes]] names the channel `b`: nothing is told there"]),
        ("one that is escalated to",   format!("{CHANNEL}{other}{route}escalate_after = \"1h\"\nescalate_to = [\"b\"]"), &[]),
        ("a channel on this host",     at("http://127.0.0.1:9/a"),                          &[INSIDE]),
        ("by its name",                at("http://localhost/a"),                            &[INSIDE]),
        ("in the network",             at("https://[fd00::1]/a"),                           &[INSIDE]),
        ("as a number",                at("http://2130706433/a"),                           &[INSIDE]),
        ("that is allowed to",         at("http://127.0.0.1:9/a") + "allow_private = true", &[]),
        ("in an own network",          format!("network.own_networks = [\"10.0.0.0/8\"]\n{}", at("http://10.1.2.3/a")), &[]),
        ("a heartbeat inside",         "[heartbeat]\nurl = \"http://10.1.2.3/\"".to_owned(), &["[heartbeat] leads to an address that is not public: nothing arrives there without `allow_private = true`"]),
        ("a key as in p=",             key("MCowBQYDK2Vw AyEA+/=="),                        &[]),
        ("a key in hexadecimal",       key("ab:cd:ef"),                                     &["`dkim_keys` of example.com: the key of `s1` is not base64 as in the p= tag, so that no record matches it"]),
        ("a program",                  plugin("[\"/bin/true\", \"{domain}\"]"),             &[]),
        ("a program that is not there", plugin("[\"/nowhere/check\"]"),                     &["the plugin `queue` cannot run: /nowhere/check: there is no such file"]),
        ("a file that is none",        plugin("[\"/etc/passwd\"]"),                         &["the plugin `queue` cannot run: /etc/passwd: it is not executable"]),
        ("another word in braces",     plugin("[\"/bin/true\", \"{host} {1} {}\"]"),        &["the plugin `queue` is given {host} as it is written: only {domain} stands for something"]),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(doubts(&text), expected, "{rule}");
    }
}

#[test]
fn a_probe_of_another_domain_or_mailbox_is_doubted() {
    let probe = |from: &str, to: &str, user: &str| {
        format!(
            "{DOMAIN}streams = [{{ name = \"letter\", from = \"letter.example\" }}]\n[[probes]]\nname = \"p\"\n\
             domain = \"example.com\"\nfrom = \"{from}\"\nto = \"{to}\"\nsubmit = {{ url = \"smtps://smtp.example.com\" }}\n\
             mailbox = {{ url = \"imaps://{user}@imap.example.net\", password = \"x\" }}"
        )
    };
    let (news, seed) = ("news@example.com", "seed@example.net");
    let elsewhere = "the probe `p` is of example.com and sends from news@example.org: it tests another domain’s mail";
    let unread = "the probe `p` sends to seed@example.net and looks for it in the mailbox of other@example.net";
    #[rustfmt::skip]
    let cases: [(&str, String, &[&str]); 8] = [
        ("its own domain",       probe(news, seed, "seed%40example.net"),                   &[]),
        ("a part of it",         probe("news@mail.example.com", seed, "seed"),              &[]),
        ("that of a stream",     probe("news@letter.example", seed, "seed"),                &[]),
        ("another domain",       probe("news@example.org", seed, "seed"),                   &[elsewhere]),
        ("another mailbox",      probe(news, seed, "other%40example.net"),                  &[unread]),
        ("the same with a tag",  probe(news, "seed+vigie@example.net", "Seed%40example.net"), &[]),
        ("a login that is none", probe(news, seed, "u1234"),                                &[]),
        ("both",                 probe("news@example.org", seed, "other%40example.net"),    &[elsewhere, unread]),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(doubts(&text), expected, "{rule}");
    }
}
