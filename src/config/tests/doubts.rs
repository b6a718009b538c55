//! Names that nothing of the configuration bears.

use super::parse;

#[test]
fn a_name_that_nothing_bears_is_doubted_and_no_mistake() {
    const DOMAIN: &str = "[[domains]]\nname = \"example.com\"\ntags = [\"prod\"]\n\
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
        let settings = parse(&format!("{DOMAIN}{text}"));
        let settings = settings.unwrap_or_else(|errors| panic!("{rule}: {errors}"));
        let doubts: Vec<String> = settings.doubts().into_iter().map(|doubt| doubt.en).collect();
        assert_eq!(doubts, expected, "{rule}");
    }
}
