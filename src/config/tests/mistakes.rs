//! Is each mistake told at its place, with what was meant, and all of them at once?

use vigie_checks::kernel::Lang;

use super::{Around, around_the_example, parse, parse_in, said};

/// A rule, a file, and what is said of it.
pub(super) const CASES: &[(&str, &str, &[&str])] = &[
    (
        "a slip in a key",
        "[network]\nresolvr = \"system\"",
        &["2:1 `resolvr` is not a key of [network] | did you mean `resolver`?"],
    ),
    (
        "a slip in a section",
        "[netwrok]\nhelo = \"a.example\"",
        &["1:2 `netwrok` is not a section of the configuration | did you mean `network`?"],
    ),
    (
        "another kind of value",
        "[network]\nallow_private = \"yes\"",
        &["2:17 `allow_private` is a string, where true or false is needed"],
    ),
    (
        "a list where a table is needed",
        "store = []",
        &["1:9 `store` is a list, where a table is needed"],
    ),
    (
        "a slip in a word",
        "[network]\nresolver = \"sytem\"",
        &["2:12 `resolver` is not a resolver | did you mean `system`?"],
    ),
    (
        "a slip in another word",
        "[network]\nresolver = [\"system\", \"recursiv\"]",
        &["2:23 `resolver` is not a resolver | did you mean `recursive`?"],
    ),
    (
        "a server without a database",
        "[store]\nurl = \"postgres://vigie:p@ss@db\"",
        &[
            "2:7 `url` names no database of PostgreSQL | write it like sqlite:///var/lib/vigie/vigie.db or postgres://vigie@db/vigie",
        ],
    ),
    (
        "plugins that would be something else",
        "[[plugins]]\nname = \"spf\"\ncommand = [\"/bin/true\"]\n\
             [[plugins]]\nname = \"My_Plugin\"\ncommand = [\"check\", \"{domain}\"]\n\
             [[plugins]]\nname = \"x\"\ncommand = []\ntimeout = \"11m\"\n\
             [[plugins]]\nname = \"x\"\ncommand = [\"/usr/lib/{domain}\"]",
        &[
            "2:8 `name` is the name of a check of vigie: `spf`",
            "5:8 `name` is not a short name in kebab-case | write lower-case letters and digits, parted by hyphens",
            "6:11 `command` does not begin with the path of a program | write it like [\"/usr/lib/vigie/check_queue\", \"{domain}\"]",
            "9:11 `command` does not begin with the path of a program | write it like [\"/usr/lib/vigie/check_queue\", \"{domain}\"]",
            "10:11 `timeout` is longer than 10m",
            "12:8 the plugin `x` is named twice",
            "13:11 `command` does not begin with the path of a program | write it like [\"/usr/lib/vigie/check_queue\", \"{domain}\"]",
        ],
    ),
    (
        "a route by a check that is neither",
        "[[plugins]]\nname = \"queue\"\ncommand = [\"/bin/true\"]\n\
             [[channels]]\nname = \"ops\"\nkind = \"exec\"\ncommand = [\"/bin/true\"]\n\
             [[routes]]\nchannels = [\"ops\"]\nchecks = [\"queue\", \"quue\"]",
        &["10:20 `checks`: `quue` is not a check"],
    ),
    (
        "a plugin without a command",
        "[[plugins]]\nname = \"x\"",
        &["1:1 [[plugins]] needs `command`"],
    ),
    (
        "open to others without a token",
        "[web]\nlisten = \"0.0.0.0:80\"",
        &[
            "2:10 `listen` is 0.0.0.0:80, open to others, without a `token` | add token = { file = \"…\" }, or listen on 127.0.0.1",
        ],
    ),
    (
        "a time zone",
        "[schedule]\ntimezone = \"Europe/Pari\"",
        &["2:12 `timezone` is not a time zone: `Europe/Pari` | did you mean `Europe/Paris`?"],
    ),
    (
        "waits of at least a second",
        "[schedule]\nconfirm_after = \"0s\"\nsmtp_gap = \"0s\"",
        &["2:17 `confirm_after` is shorter than 1s"],
    ),
    (
        "a check that there is not",
        "[schedule]\nchecks = { sfp = \"@daily\" }",
        &["2:12 `sfp` is not a check | did you mean `spf`?"],
    ),
    (
        "a schedule",
        "[schedule]\ndefault = \"61 * * * *\"",
        &[
            "2:11 `default`: `61 * * * *` is not a schedule: `61` is not a minute from 0 to 59 | write `every 15m`, `@daily`, or minute hour day month weekday",
        ],
    ),
    (
        "a domain twice",
        "[[domains]]\nname = \"example.com\"\n[[domains]]\nname = \"Example.COM.\"",
        &["4:8 example.com is named twice"],
    ),
    ("a domain without a name", "[[domains]]\ntags = []", &["1:1 [[domains]] needs `name`"]),
    (
        "an address as a domain",
        "[[domains]]\nname = \"192.0.2.1\"",
        &["2:8 `name`: 192.0.2.1: an address is not a domain"],
    ),
    (
        "a profile",
        "[[domains]]\nname = \"example.com\"\nprofile = \"boht\"",
        &["3:11 `profile` is not a profile: `boht` | did you mean `both`?"],
    ),
    (
        "an item of a list",
        "[[domains]]\nname = \"example.com\"\nsending_ips = [\"192.0.2.1\", \"192.0.2\"]",
        &[
            "3:29 `sending_ips` is not an address: `192.0.2` | write it like 192.0.2.10 or 2001:db8::10",
        ],
    ),
    (
        "a network",
        "[network]\nown_networks = [\"10.0.0.0/33\"]",
        &[
            "2:17 `own_networks` is not a range of addresses: `10.0.0.0/33` | write it like 10.0.0.0/8 or 2001:db8::/32",
        ],
    ),
    (
        "a key inside a stream",
        "[[domains]]\nname = \"example.com\"\nstreams = [{ name = \"n\", from = \"example.com\", buk = true }]",
        &["3:48 `buk` is not a key of [[streams]] | did you mean `bulk`?"],
    ),
    (
        "a link in clear, and one to another port",
        "[[domains]]\nname = \"example.com\"\nstreams = [{ name = \"n\", from = \"example.com\", links = [\"http://a.example/\"], one_click = \"https://a.example:8443/\" }]",
        &[
            "3:57 `links` is not an https URL that can be asked for (url: of another scheme)",
            "3:91 `one_click` names another port than 443, where links are opened",
        ],
    ),
    (
        "a key of another kind of channel",
        "[[channels]]\nname = \"a\"\nkind = \"slack\"\nurl = \"https://a.example\"\ntopic = \"t\"",
        &["5:1 `topic` does not go with `slack`; it is for ntfy"],
    ),
    (
        "every mistake of a channel at once",
        "[[channels]]\nname = \"a\"\nkind = \"matrix\"\nurl = \"https://a.example\"\nroom = \"#a:b\"\nlang = \"de\"",
        &[
            "1:1 [[channels]] needs `token`",
            "5:8 `room` is an alias; the id of the room is needed | write it like !opaque:example.org",
            "6:8 `lang` is not a language: `de` | write `en` or `fr`",
        ],
    ),
    (
        "a mail with nowhere to hand it in",
        "[[channels]]\nname = \"a\"\nkind = \"email\"\nsubmit = { url = \"imaps://h.example\" }\nfrom = \"a@example.com\"\nto = \"b\"",
        &[
            "4:18 `url` is a mailbox; a submission is smtps:// or smtp://",
            "6:6 `to` is not an e-mail address: `b` | write it like news@example.com",
        ],
    ),
    (
        "a program that would need a PATH",
        "[[channels]]\nname = \"a\"\nkind = \"exec\"\ncommand = [\"notify\"]\ntimeout = \"1m\"",
        &[
            "4:11 `command` does not begin with the path of a program | write it like [\"/usr/local/bin/notify\", \"ops\"]",
            "5:11 `timeout` is longer than an attempt may take; at most 14s",
        ],
    ),
    (
        "what is no integration key, no topic and no chat",
        "channels = [{ name = \"a\", kind = \"pagerduty\", routing_key = \"x\" }, { name = \"b\", kind = \"ntfy\", topic = \"a/b\" }, { name = \"c\", kind = \"telegram\", token = \"a b\", chat = \"ops\" }]",
        &[
            "1:61 `routing_key` is not an integration key: 32 letters and digits | PagerDuty shows it under Integrations, Events API v2",
            "1:105 `topic` is not a topic: at most 64 letters, digits, - and _",
            "1:155 `token` is not a token: printable, without spaces and slashes",
            "1:169 `chat` is not a chat of Telegram | write its number, such as \"-1001234567890\", or \"@name\"",
        ],
    ),
    (
        "a kind of channel that there is not",
        "[[channels]]\nname = \"a\"\nkind = \"webhok\"\nurl = \"https://a.example\"",
        &["3:8 `kind` is not a kind of channel: `webhok` | did you mean `webhook`?"],
    ),
    (
        "a signing secret",
        "[[channels]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"https://a.example\"\nsecret = \"whsec_c2hvcnQ=\"",
        &[
            "5:10 `secret` is not a signing secret: `whsec_` and the base64 of 24 to 64 octets | make one with: printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\"",
        ],
    ),
    (
        "a variable that is not set",
        "[web]\ntoken = { env = \"NOWHERE\" }",
        &["2:9 `token` is kept in the environment variable NOWHERE, which is not set"],
    ),
    (
        "a file that is not there",
        "[web]\ntoken = { file = \"nowhere\" }",
        &["2:9 `token` is kept in the file dir/nowhere: entity not found"],
    ),
    (
        "a token that no request can bear",
        "[web]\ntoken = \"one\\ntwo\"",
        &["2:9 `token` is not one line of ASCII letters, digits and signs"],
    ),
    (
        "a secret at no place",
        "[web]\ntoken = {}",
        &[
            "2:9 `token` is a table without one of { env = \"NAME\" }, { file = \"PATH\" } and { credential = \"NAME\" }",
        ],
    ),
    (
        "a list that is no list of the catalogue",
        "[[blocklists]]\nid = \"spamhaus-zem\"\nenabled = false",
        &[
            "2:6 `spamhaus-zem` is not in the catalogue, so it needs `zone` | did you mean `spamhaus-zen`?",
        ],
    ),
    (
        "a list without an id says its other mistakes too",
        "[[blocklists]]\nenable = false",
        &[
            "1:1 [[blocklists]] needs `id`",
            "2:1 `enable` is not a key of [[blocklists]] | did you mean `enabled`?",
        ],
    ),
    (
        "a list without its key",
        "[[blocklists]]\nid = \"spamhaus-zen-dqs\"",
        &["2:6 `spamhaus-zen-dqs` is asked with a key, so it needs `key`"],
    ),
    (
        "a key for a list without",
        "[[blocklists]]\nid = \"spamhaus-zen\"\nkey = \"abcdefgh12\"",
        &["2:6 `spamhaus-zen` is asked without a key"],
    ),
    (
        "a key that is no label",
        "[[blocklists]]\nid = \"spamhaus-zen-dqs\"\nkey = \"ab.cd.ef.gh\"",
        &["3:7 `key` is no key: 8 to 63 letters, digits or hyphens"],
    ),
    (
        "which lists",
        "network.blocklists = \"some\"",
        &["1:22 `blocklists` is `some`; write major, all or none"],
    ),
    (
        "a line that is no TOML",
        "[web]\nlisten \"127.0.0.1:80\"\ntokn = 1\n[netwrok]\nhelo = 1",
        &[
            "2:8 not TOML: key with no value, expected `=`",
            "3:1 `tokn` is not a key of [web] | did you mean `token`?",
            "4:2 `netwrok` is not a section of the configuration | did you mean `network`?",
        ],
    ),
];

#[test]
fn mistakes_are_told_at_their_place() {
    for (rule, text, expected) in CASES {
        let errors = parse(text).expect_err(rule);
        assert_eq!(said(&errors), *expected, "{rule}");
    }
}

#[test]
fn the_line_is_shown_with_the_place_marked() {
    let errors = parse("[network]\n  resolvr = \"system\"").expect_err("a slip");
    let expected = "\
dir/vigie.toml:2:3: `resolvr` is not a key of [network]
  2 |   resolvr = \"system\"
    |   ^^^^^^^
    | did you mean `resolver`?

1 mistake";
    assert_eq!(errors.to_string(), expected);
    assert!(errors.render(Lang::En, true).contains("\x1b[31m^^^^^^^\x1b[0m"));
}

#[test]
fn secrets_are_not_shown_on_the_line_of_a_mistake() {
    let cases = [
        ("a literal of another kind", "web = { token = [\"hunter2\"] }"),
        ("a literal beside a mistake", "web = { token = \"hunter2\", lissten = 1 }"),
        ("under a key with a slip", "web = { tokn = \"hunter2\" }"),
        ("in a place of its own", "web = { token = { literal = \"hunter2\" } }"),
        ("in the URL of a store", "store = { url = \"postgres://u:hunter2@db\" }"),
        ("in the URL of a submission", "probes = [{ submit = { url = \"smtps://u:hunter2@h\" } }]"),
        ("a proxy", "network = { proxy = \"socks5://u:hunter2@h:x\" }"),
        ("an unfit signing secret", "channels = [{ secret = \"hunter2\" }]"),
        ("the address of a channel", "channels = [{ url = \"hunter2\" }]"),
        ("a key of PagerDuty", "channels = [{ kind = \"pagerduty\", routing_key = \"hunter2\" }]"),
        ("a topic", "channels = [{ kind = \"ntfy\", topic = \"hunter2/\" }]"),
        ("a token", "channels = [{ kind = \"gotify\", token = \"hunter2/\" }]"),
        ("a token of another kind", "channels = [{ kind = \"slack\", token = \"hunter2\" }]"),
        ("a password for mail", "channels = [{ submit = { url = 1, password = \"hunter2\" } }]"),
        ("on a line that is no TOML", "[web]\ntoken = \"hunter2"),
        ("inside a string without end", "[web]\ntoken = \"\"\"\nhunter2"),
    ];
    for (rule, text) in cases {
        let errors = parse(text).expect_err(rule);
        for shown in [errors.to_string(), format!("{errors:?}")] {
            assert!(!shown.contains("hunter2"), "{rule}: {shown}");
        }
    }
}

#[test]
fn a_terminal_obeys_nothing_that_is_shown() {
    let errors = parse("\"\\u001b[2J\" = 1\n# \u{202e}\n\u{1b}[31m = 2").expect_err("no sections");
    let shown = errors.to_string();
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
}

#[test]
fn a_list_names_its_own_file_and_line() {
    let mut around = around_the_example();
    let list = "name,profil,selectors\nexample.org,,s1 s_2 -\n\n# rest\nexample.org,,\n192.0.2.1,,\na,b,c,d\n";
    around.files.insert("dir/domains.csv".to_owned(), list.to_owned());
    let errors = parse_in(&around, "[[domains]]\nfile = \"domains.csv\"").expect_err("mistakes");
    assert_eq!(
        said(&errors),
        [
            "1:6 `profil` is not a column of this list | did you mean `profile`?",
            "5:1 example.org is named twice",
            "6:1 192.0.2.1: an address is not a domain",
            "7:1 the row has 4 cells, the header names 3",
        ]
    );
    assert!(errors.errors.iter().all(|mistake| mistake.file.ends_with("domains.csv")));
    let errors =
        parse_in(&Around::default(), "[[domains]]\nfile = \"none.csv\"").expect_err("none");
    assert_eq!(said(&errors), ["2:8 dir/none.csv: entity not found"]);
}
