//! Files that a configuration includes, and secrets that systemd keeps.

use std::path::Path;

use secrecy::ExposeSecret;

use super::{Around, Settings, parse_in};

fn around(files: &[(&str, &str)]) -> Around {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Around { files: files.collect(), ..Around::default() }
}

const INCLUDES: &str = "include = [\"conf.d/*.toml\", \"more.toml\"]\n\
                        [[domains]]\nname = \"example.com\"\n";

#[test]
fn the_lists_of_all_files_are_one() {
    let around = around(&[
        ("dir/conf.d/20-b.toml", "[[domains]]\nname = \"b.example\"\n"),
        ("dir/conf.d/10-a.toml", "[[domains]]\nname = \"a.example\"\ntags = [\"x\"]\n"),
        ("dir/conf.d/.hidden.toml", "[[domains]]\nname = \"hidden.example\"\n"),
        ("dir/conf.d/old.toml.bak", "nonsense"),
        (
            "dir/more.toml",
            "[[routes]]\nchannels = [\"ops\"]\n[[channels]]\nname = \"ops\"\nkind = \"webhook\"\n\
             url = { file = \"hook\" }\n",
        ),
        ("dir/hook", "https://hooks.example.net/hunter2\n"),
    ]);
    let settings = parse_in(&around, INCLUDES).unwrap_or_else(|errors| panic!("{errors}"));
    let names: Vec<&str> = settings.domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["example.com", "a.example", "b.example"]);
    assert_eq!((settings.channels.len(), settings.routes.len()), (1, 1));
}

#[test]
fn a_file_does_not_include_itself() {
    let here = std::env::current_dir().expect("the tests run somewhere");
    let whole = format!("{}/dir", here.display());
    #[rustfmt::skip]
    let cases = [
        ("beside it",           "dir",  "dir/vigie.toml", "*.toml".to_owned()),
        ("with a dot before",   "dir",  "dir/vigie.toml", "./*.toml".to_owned()),
        ("where it has none",   ".",    "vigie.toml",     "./*.toml".to_owned()),
        ("where it has one",    ".",    "./vigie.toml",   "*.toml".to_owned()),
        ("by the whole path",   &whole, "dir/vigie.toml", format!("{whole}/*.toml")),
    ];
    for (rule, folder, main, pattern) in cases {
        let (itself, other) = (format!("{folder}/vigie.toml"), format!("{folder}/a.toml"));
        let around = around(&[
            (&itself, "[[domains]]\nname = \"example.com\"\n"),
            (&other, "[[domains]]\nname = \"a.example\"\n"),
        ]);
        let text = format!("include = \"{pattern}\"\n[[domains]]\nname = \"example.com\"\n");
        let settings = Settings::parse(&around, Path::new(main), text);
        let settings = settings.unwrap_or_else(|errors| panic!("{rule}: {errors}"));
        let names: Vec<&str> = settings.domains.iter().map(|domain| domain.name.as_str()).collect();
        assert_eq!(names, ["example.com", "a.example"], "{rule}");
    }
}

#[test]
fn a_mistake_names_the_file_that_it_stands_in() {
    #[rustfmt::skip]
    let cases = [
        ("a wrong key",          "[[domains]]\nname = \"a.example\"\nselector = \"s1\"\n", 3, "`selector` is not a key"),
        ("twice in two files",   "[[domains]]\nname = \"example.com\"\n",                2, "named twice"),
        ("no TOML",              "[[domains\n",                                          1, "not TOML"),
        ("of the main file",     "[network]\nhelo = \"a.example\"\n",                    1, "belongs into the file that includes"),
        ("includes of includes", "include = [\"other.toml\"]\n",                         1, "belongs into the file that includes"),
    ];
    for (rule, text, line, message) in cases {
        let around = around(&[("dir/conf.d/x", ""), ("dir/more.toml", text)]);
        let wrong = parse_in(&around, INCLUDES).expect_err(rule);
        let mistake = &wrong.errors[0];
        let place = (mistake.file.as_path(), mistake.line);
        assert_eq!(place, (Path::new("dir/more.toml"), line), "{rule}: {wrong}");
        assert!(mistake.message.en.contains(message), "{rule}: {}", mistake.message.en);
    }
}

#[test]
fn what_cannot_be_included_is_told_where_it_is_asked_for() {
    let conf = ("dir/conf.d/x", "");
    #[rustfmt::skip]
    let cases = [
        ("a file that is not there",   around(&[conf]),                  INCLUDES,                         "more.toml"),
        ("a folder that is not there", around(&[("dir/more.toml", "")]), INCLUDES,                         "conf.d"),
        ("a star in a folder",         around(&[conf]),                  "include = [\"*/a.toml\"]\n", "folder’s name"),
        ("no list",                    around(&[conf]),                  "include = 5\n",              "`include`"),
    ];
    for (rule, around, text, message) in cases {
        let wrong = parse_in(&around, text).expect_err(rule);
        assert_eq!(wrong.errors[0].line, 1, "{rule}: {wrong}");
        assert!(wrong.errors[0].message.en.contains(message), "{rule}: {wrong}");
    }
    let none = around(&[("dir/conf.d/x", "")]);
    let settings = parse_in(&none, "include = \"conf.d/*.toml\"\n");
    assert!(settings.is_ok(), "a pattern may fit nothing yet");
}

#[test]
fn a_credential_comes_from_the_service_manager() {
    let text = "[web]\ntoken = { credential = \"token\" }\n";
    let mut passed = around(&[("/run/credentials/vigie.service/token", "hunter2-token\n")]);
    let wrong = parse_in(&passed, text).expect_err("nobody passed any");
    assert!(wrong.errors[0].message.en.contains("no service manager"), "{wrong}");
    let folder = "/run/credentials/vigie.service".to_owned();
    passed.variables.insert("CREDENTIALS_DIRECTORY".to_owned(), folder);
    let settings = parse_in(&passed, text).unwrap_or_else(|errors| panic!("{errors}"));
    let token = settings.web.token.map(|token| token.expose_secret().to_owned());
    assert_eq!(token.as_deref(), Some("hunter2-token"));
    for wrong in ["../../etc/passwd", ".hidden", "a/b"] {
        let text = text.replace("\"token\"", &format!("\"{wrong}\""));
        assert!(parse_in(&passed, &text).is_err(), "{wrong}");
    }
}
