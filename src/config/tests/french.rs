//! Is each mistake told in French too, of the same key and the same value?

use std::collections::BTreeSet;

use vigie_checks::kernel::{Bilingual, Lang};

use super::mistakes::CASES;
use super::probes::{PROBES, probe};
use super::routes;
use super::{Mistake, around_the_example, parse, parse_in, said_in};

/// Files with the mistakes that no other table has.
const FURTHER: &[&str] = &[
    "[network]\nhelo = \"a b\"\nproxy = \"http://a.example\"\ncontrols = \"some\"\nresolver = \"tls://a.example:0\"",
    "[network]\nproxy = \"socks5://a.example\"\nca = [1]\nroot_hints = \"\"",
    "[network]\nproxy = \"socks5://user@a.example:1080\"\nhelo = 1979-05-27\nallow_private = {}",
    "[network]\nproxy = \"socks5://a.example:0\"\nhelo = \"\\u0007\"\nallow_private = 1.5",
    "[store]\nurl = \"mysql://a.example\"\nretention = \"1h\"",
    "[store]\nurl = \"\"\nretention = \"99999999w\"",
    "[web]\nurl = \"ftp://a.example\"\nlisten = \"8080\"\ntoken = { credential = \"a/b\" }",
    "[web]\ntoken = { credential = \"token\" }",
    "[heartbeat]\nurl = \"https://a.example\"\nevery = \"0s\"\nundelivered = \"x\"",
    "[schedule]\ndefault = \"1 2 3\"",
    "[schedule]\ndefault = \"x\"\nchecks = { spf = \"@dayly\", dns = \"every 0s\" }",
    "[schedule]\ndefault = \"0 0 30 2 *\"\nchecks = { spf = \"\", dns = 5 }",
    "[[blocklists]]\nid = \"own\"\nzone = \"a.example\"\nkind = \"ip9\"\ncodes = { \"192.0.2.1\" = \"x\" }\n[[blocklists]]\nid = \"own\"",
    "[[maintenance]]\nschedule = \"@daily\"\nduration = \"40d\"\nfrom = \"tomorrow\"",
    "[[maintenance]]\nschedule = \"*/5 * * * *\"\nduration = \"31d\"",
    "[[plugins]]\nname = \"a\"\ncommand = [\"/bin/true\", \"{domian}\"]",
    "[[domains]]\nname = \"example.com\"\nselectors = [\"s1._domainkey.example.com\"]\nsending_ips = [\"10.0.0.5\"]\nexpect = { dkim_keys = { s1 = \"x\" } }",
    "[[domains]]\nname = \"example.com\"\nselectors = [\"mail1\"]\nexpect = { dkim_keys = { mial1 = \"x\" } }",
    "[[routes]]\nchannels = []\nmin_severity = \"x\"\nhours = \"08:00-08:00\"\nrepeat = \"s\"",
    "[[domains]]\nname = \"example.com\"\nselectors = [\"a b\"]\nservices = [\"x\", \"imapz://a.example\", \"imaps://u@a.example\"]",
    "[[domains]]\nname = \"example.com\"\nstreams = [{ name = \"n\", from = \"example.com\", helo = \"a b\", links = [\"a\", \"https://u@a.example/\"] }]",
    "[[domains]]\nname = \"example.com\"\nstreams = [{ name = \"n\", from = \"a..example\", links = [\"https://192.0.2.1/\", \"https://a.example:x/\", \"https://a.example/é\"] }]",
    "[[domains]]\nname = \"\"\n[[domains]]\nname = \"https://a.example/\"\n[[domains]]\nname = \"b@a.example\"",
    "[[domains]]\nname = \"a b.example\"\n[[domains]]\nname = \"a!.example\"\n[[domains]]\nname = \"example\"",
    "[[domains]]\nname = \"a\\u202e.example\"\n[[domains]]\nname = \"xn--a.example\"",
    "[[domains]]\nname = \"example.com\"\nstreams = 5",
    "[[probes]]\nsubmit = { url = \"x\" }\nreturns = { url = \"imapz://a.example\" }\nmax_per_hour = 0\nto = \"a@b\"",
    "[[probes]]\nsubmit = { url = \"smtp://a.example?x=y\" }\nreturns = { url = \"imaps://%00@a.example\" }\nmax_per_hour = \"1\"",
    "[[probes]]\nname = \"p\"\n[[probes]]\nname = \"p\"",
    "[[channels]]\nname = \"a\"\nkind = \"x\"\n[[channels]]\nname = \"a\"\nkind = \"matrix\"\nroom = \"x\"",
    "include = [\"conf.d/*.toml\", \"conf.d/a[*.toml\"]",
];

/// Lists with mistakes of their own, as the domains and the mailboxes that a file names.
const LISTS: &[(&str, &str)] = &[
    ("", ""),
    ("nam\nexample.com\n", "mailbox\nimaps://a.example\n"),
    ("name,profile\na.example,x\na.example,\nb.example,both,c\n", "address,mailbox,password\n"),
    (
        "name\n",
        "address,mailbox,password\na@a.example,imaps://a.example,\na@a.example,imaps://a.example,x\na@a.example,imaps://a.example,x\n",
    ),
];

fn with_lists((domains, seeds): &(&str, &str)) -> Vec<Mistake> {
    let mut around = around_the_example();
    around.files.insert("dir/d.csv".to_owned(), (*domains).to_owned());
    around.files.insert("dir/s.csv".to_owned(), (*seeds).to_owned());
    let text = "[[domains]]\nfile = \"d.csv\"\nname = \"a.example\"\n[[probes]]\nseeds = \"s.csv\"";
    parse_in(&around, text).expect_err(text).errors
}

/// What is written between backticks and after them is the file's own: keys, values, examples.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Words that neither language changes: addresses, paths and keys. Capitals stand for what is to be filled in.
fn unchanged(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || "`,;:()\"«»".contains(c));
    let is_kept = |word: &&str| {
        let is_of_the_file =
            word.contains(['/', '_']) || (word.contains('@') && word.contains('.'));
        is_of_the_file && !word.contains(char::is_uppercase)
    };
    words.filter(is_kept).collect()
}

#[test]
fn every_mistake_is_told_in_both_languages() {
    let texts = CASES.iter().chain(routes::CASES).map(|(_, text, _)| (*text).to_owned());
    let probes = PROBES.iter().map(|(_, submit, mailbox, _)| probe(submit, mailbox));
    let texts = texts.chain(probes).chain(FURTHER.iter().map(|text| (*text).to_owned()));
    let mistakes = texts.flat_map(|text| parse(&text).err().map_or(Vec::new(), |e| e.errors));
    let (mut told, mut wrong) = (BTreeSet::new(), Vec::new());
    for mistake in mistakes.chain(LISTS.iter().flat_map(with_lists)) {
        for Bilingual { en, fr } in std::iter::once(mistake.message).chain(mistake.suggestion) {
            let alike = quoted(&en) == quoted(&fr) && unchanged(&en).iter().all(|w| fr.contains(w));
            if en == fr || !alike || !is_typeset(&fr) {
                wrong.push(format!("{en} | {fr}"));
            }
            told.insert(fr);
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(told.len() > 150, "{}: the tables of mistakes were not walked over", told.len());
}

/// The apostrophe, and the spaces before marks of two parts, outside of what is the file's own.
fn is_typeset(french: &str) -> bool {
    let prose: String = french.split('`').step_by(2).collect::<Vec<_>>().join("x");
    let marks = [" :", " ;", " ?", "« ", " »", "..."];
    let is_spaced =
        prose.split([';', '?']).rev().skip(1).all(|before| before.ends_with('\u{202f}'));
    let is_command = prose.contains("printf");
    is_command
        || (is_spaced && !prose.contains('\'') && !marks.iter().any(|mark| prose.contains(mark)))
}

#[test]
fn the_french_is_what_people_say() {
    let cases: &[(&str, &[&str])] = &[
        (
            "[network]\nresolvr = \"system\"",
            &["2:1 `resolvr` n’est pas une clé de [network] | vouliez-vous dire `resolver` ?"],
        ),
        (
            "[netwrok]\nhelo = \"a.example\"",
            &[
                "1:2 `netwrok` n’est pas une section de la configuration | vouliez-vous dire `network` ?",
            ],
        ),
        (
            "[network]\nallow_private = \"yes\"\nhelo = 5",
            &[
                "2:17 `allow_private` est une chaîne, là où il faut true ou false",
                "3:8 `helo` est un nombre entier, là où il faut une chaîne",
            ],
        ),
        ("[[domains]]\ntags = []", &["1:1 [[domains]] demande `name`"]),
        (
            "[[domains]]\nname = \"192.0.2.1\"",
            &["2:8 `name` : 192.0.2.1 : une adresse n’est pas un domaine"],
        ),
        (
            "[[domains]]\nname = \"example.com\"\nprofile = \"x\"\n[[domains]]\nname = \"example.com\"",
            &[
                "3:11 `profile` n’est pas un profil : `x` | écrire sender, receiver, both ou parked",
                "5:8 example.com figure deux fois",
            ],
        ),
        (
            "[[probes]]\nsubmit = { url = \"smtp://a.example\", tls = 1 }",
            &[
                "1:1 [[probes]] demande `name`",
                "1:1 [[probes]] demande `domain`",
                "1:1 [[probes]] demande `from`",
                "1:1 [[probes]] demande `to`",
                "1:1 [[probes]] demande `mailbox`",
                "2:38 `tls` n’est pas une clé de `submit` dans [[probes]]",
            ],
        ),
        (
            "[schedule]\ndefault = \"61 * * * *\"\nconfirm_after = \"5\"",
            &[
                "2:11 `default` : `61 * * * *` n’est pas un horaire : `61` n’est pas une minute de 0 à 59 | écrire `every 15m`, `@daily`, ou minute heure jour mois jour-de-la-semaine",
                "3:17 `confirm_after` : `5` : il manque l’unité | écrire par exemple 45s, 5m, 1h30m ou 7d",
            ],
        ),
        (
            "[web]\nlisten = \"0.0.0.0:80\"",
            &[
                "2:10 `listen` est 0.0.0.0:80, ouvert à d’autres, sans `token` | ajouter token = { file = \"…\" }, ou écouter sur 127.0.0.1",
            ],
        ),
        (
            "[web]\ntoken = { env = \"NOWHERE\" }",
            &[
                "2:9 `token` se trouve dans la variable d’environnement NOWHERE, qui n’est pas définie",
            ],
        ),
        (
            "[web]\ntoken = { file = \"nowhere\" }",
            &["2:9 `token` se trouve dans le fichier dir/nowhere : fichier ou dossier introuvable"],
        ),
        (
            "[[channels]]\nname = \"a\"\nkind = \"slack\"\nurl = \"https://a.example\"\ntopic = \"t\"",
            &["5:1 `topic` ne va pas avec `slack` ; cette clé est pour ntfy"],
        ),
        (
            "[[maintenance]]\nfrom = \"2026-12-01T22:00:00Z\"\nuntil = \"2026-12-01T21:00:00Z\"",
            &["3:9 la maintenance finit avant d’avoir commencé"],
        ),
        (
            "include = [\"*/a.toml\"]",
            &[
                "1:11 `include` a un `*` dans le nom d’un dossier : dir/*/a.toml | n’en mettre que dans le nom d’un fichier, comme conf.d/*.toml",
            ],
        ),
        (
            "[web]\nlisten \"127.0.0.1:80\"",
            &["2:8 ce n’est pas du TOML : « key with no value, expected `=` »"],
        ),
    ];
    for (text, expected) in cases {
        let errors = parse(text).expect_err(text);
        assert_eq!(said_in(&errors, Lang::Fr), *expected);
    }
}

#[test]
fn the_count_at_the_end_is_french_too() {
    let last = |text: &str| {
        let shown = parse(text).expect_err(text).render(Lang::Fr, false);
        shown.lines().last().map(str::to_owned)
    };
    assert_eq!(last("a = 1").as_deref(), Some("1 erreur"));
    assert_eq!(last("a = 1\nb = 2").as_deref(), Some("2 erreurs"));
    let many: String = (0..120).map(|n| format!("k{n} = 1\n")).collect();
    assert_eq!(last(&many).as_deref(), Some("120 erreurs, dont 20 ne figurent pas ici"));
}
