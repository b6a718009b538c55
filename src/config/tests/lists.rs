//! Mailboxes and domains from a list.

use secrecy::ExposeSecret;

use super::{Around, around_the_example, parse_in, said};

const PROBE: &str = "[[probes]]\nname = \"p\"\ndomain = \"example.com\"\nfrom = \"a@example.com\"\n\
                     submit = { url = \"smtp://smtp.example.com\" }\nseeds = \"seeds.csv\"";

fn with_seeds(list: &str) -> Around {
    let mut around = around_the_example();
    around.files.insert("dir/seeds.csv".to_owned(), list.to_owned());
    around.files.insert("dir/one".to_owned(), "hunter2-one\n".to_owned());
    around
}

#[test]
fn mailboxes_have_their_passwords_from_three_places() {
    let around = with_seeds(
        "address,mailbox,password\r\na@example.net,imaps://a@imap.example.net,env:IMAP_PASSWORD\r\n\
         b@example.net,imap://imap.example.net:1143,file:one\r\nc@example.net,imaps://c@h.example,plain\r\n",
    );
    let settings = parse_in(&around, PROBE).unwrap_or_else(|errors| panic!("{errors}"));
    let (spec, secrets) = (settings.probes[0].spec(), settings.secrets());
    let found: Vec<_> = spec
        .seeds
        .iter()
        .map(|seed| (seed.user.as_str(), seed.port, secrets[&seed.secret].expose_secret()))
        .collect();
    let expected =
        [("a", 993, "hunter2-imap"), ("b@example.net", 1143, "hunter2-one"), ("c", 993, "plain")];
    assert_eq!(found, expected);
}

#[test]
fn a_wrong_row_is_told_without_its_password() {
    let around = with_seeds(
        "address,mailbox,password\na@example.net,smtp://h.example,hunter2\n\
         nobody,imaps://c@h.example,hunter2\nb@example.net,imaps://c@h.example,env:NOWHERE\n\
         a@b.example,imaps://h.example,hunter2,hunter2\n",
    );
    let errors = parse_in(&around, PROBE).expect_err("four mistakes");
    assert_eq!(
        said(&errors),
        [
            "2:15 `mailbox` is a submission; a mailbox is imaps:// or imap://",
            "3:1 `address` is not an e-mail address: `nobody` | write it like news@example.com",
            "4:35 `password` is kept in the environment variable NOWHERE, which is not set",
            "5:1 the row has 4 cells, the header names 3",
        ]
    );
    assert!(!errors.to_string().contains("hunter2"), "{errors}");
}

#[test]
fn a_list_without_mailboxes_is_a_mistake() {
    let errors = parse_in(&with_seeds("address,mailbox,password\n"), PROBE).expect_err("empty");
    assert_eq!(said(&errors), ["6:9 dir/seeds.csv: no mailbox is in the list"]);
}

#[test]
fn a_column_stands_once_in_a_list() {
    let errors = parse_in(&with_seeds("address,mailbox,Address\n"), PROBE).expect_err("twice");
    let twice = "1:17 `Address` stands twice in the header".to_owned();
    assert!(said(&errors).contains(&twice), "{errors}");
}

#[test]
fn a_table_names_a_domain_or_a_list() {
    let mut around = around_the_example();
    around.files.insert("dir/domains.csv".to_owned(), "name\nexample.com\n".to_owned());
    let both = "[[domains]]\nfile = \"domains.csv\"\nname = \"example.net\"";
    let errors = parse_in(&around, both).expect_err("one too many");
    let expected = "3:1 a table names one domain or a list of them, not both \
                    | write `name` in a `[[domains]]` of its own";
    assert_eq!(said(&errors), [expected]);
}
