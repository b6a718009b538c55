//! What would silence vigie, or make it look past what was meant, is a mistake.

use super::super::Schedule;
use super::{Around, parse, parse_in, said};

const DOMAIN: &str = "[[domains]]\nname = \"example.com\"\n";

fn mistakes(text: &str) -> Vec<String> {
    parse(text).map_or_else(|errors| said(&errors), |_| Vec::new())
}

#[test]
fn maintenance_without_an_end_is_refused() {
    let told = "4:12 the times of maintenance follow one another without a gap: nobody would be told of anything \
                | write a `duration` shorter than the time from one beginning to the next";
    #[rustfmt::skip]
    let cases = [
        ("every five minutes, for a month",       "*/5 * * * *",   "31d",   true),
        ("every five minutes, for five",          "*/5 * * * *",   "5m",    true),
        ("every five minutes, for four",          "*/5 * * * *",   "4m",    false),
        ("every minute",                          "* * * * *",     "1m",    true),
        ("every night",                           "0 2 * * *",     "2h",    false),
        ("every day for a day",                   "0 2 * * *",     "24h",   true),
        ("on working days for a day",             "0 2 * * 1-5",   "24h",   false),
        ("on working days until the next",        "0 2 * * 1-5",   "3d",    true),
        ("every hour of the night",               "0 0-5 * * *",   "1h",    false),
        ("all of June",                           "0 0 * 6 *",     "1d",    false),
        ("from month to month",                   "@monthly",      "31d",   true),
        ("once a year",                           "@yearly",       "31d",   false),
        ("in a period",                           "every 1h",      "1h",    true),
        ("in a longer one",                       "every 2h",      "1h",    false),
        ("in a year to come",                     "0 0 2 1 1 * 2030", "1d", false),
    ];
    for (rule, schedule, duration, refused) in cases {
        let text = format!(
            "{DOMAIN}[[maintenance]]\nduration = \"{duration}\"\nschedule = \"{schedule}\""
        );
        assert!(Schedule::parse(schedule).is_ok(), "{rule}");
        let expected: &[&str] = if refused { &[told] } else { &[] };
        assert_eq!(mistakes(&text), expected, "{rule}");
    }
}

#[test]
fn an_address_that_no_receiver_meets_sends_nothing() {
    let ips = |ips: &str| format!("{DOMAIN}sending_ips = [{ips}]");
    let told = |place: &str, key: &str, address: &str| {
        format!(
            "{place} `{key}` names {address}, which no receiver meets | name the address that mail leaves from, \
             or its network in `own_networks`"
        )
    };
    let stream = "streams = [{ name = \"a\", from = \"example.com\", ips = [\"10.0.0.5\"] }]";
    #[rustfmt::skip]
    let cases = [
        ("public and of documentation", ips("\"8.8.4.4\", \"192.0.2.10\", \"2001:db8::10\""), vec![]),
        ("twice the same",              ips("\"192.0.2.10\", \"192.0.2.10\""),                 vec![]),
        ("this host",                   ips("\"127.0.0.1\""),                                  vec![told("3:16", "sending_ips", "127.0.0.1")]),
        ("private ones",                ips("\"192.168.1.5\", \"fd00::1\""),                   vec![told("3:16", "sending_ips", "192.168.1.5"), told("3:31", "sending_ips", "fd00::1")]),
        ("of a stream",                 format!("{DOMAIN}{stream}"),                           vec![told("3:55", "ips", "10.0.0.5")]),
        ("in an own network",           format!("network.own_networks = [\"10.0.0.0/8\"]\n{}", ips("\"10.0.0.5\"")), vec![]),
        ("where all may be reached",    format!("network.allow_private = true\n{}", ips("\"10.0.0.5\"")), vec![]),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(mistakes(&text), expected, "{rule}");
    }
    let list = "name,sending_ips\nexample.com,10.0.0.5\n";
    let mut around = Around::default();
    around.files.insert("dir/domains.csv".to_owned(), list.to_owned());
    let listed = parse_in(&around, "[[domains]]\nfile = \"domains.csv\"");
    let errors = said(&listed.expect_err("no receiver meets it"));
    assert_eq!(errors, [told("2:13", "sending_ips", "10.0.0.5")]);
}

#[test]
#[rustfmt::skip]
fn a_selector_is_what_stands_before_domainkey_and_a_key_is_of_one() {
    let cases: [(&str, String, &[&str]); 7] = [
        ("a selector of two labels",  format!("{DOMAIN}selectors = [\"s1.mail\"]"), &[]),
        ("a whole name",              format!("{DOMAIN}selectors = [\"s1._domainkey.example.com\"]"),
            &["3:14 `selectors` names a whole record, not a DKIM selector: `s1._domainkey.example.com` | write `s1`"]),
        ("half of it, in a stream",   format!("{DOMAIN}streams = [{{ name = \"a\", from = \"example.com\", dkim = \"s1._domainkey\" }}]"),
            &["3:55 `dkim` names a whole record, not a DKIM selector: `s1._domainkey` | write `s1`"]),
        ("the key of a selector",     format!("{DOMAIN}selectors = [\"S1\"]\nexpect = {{ dkim_keys = {{ s1 = \"QUJD\" }} }}"), &[]),
        ("the key of a stream's",     format!("{DOMAIN}streams = [{{ name = \"a\", from = \"example.com\", dkim = \"s1\" }}]\nexpect = {{ dkim_keys = {{ s1 = \"QUJD\" }} }}"), &[]),
        ("a slip in a selector",      format!("{DOMAIN}selectors = [\"mail1\"]\nexpect = {{ dkim_keys = {{ mial1 = \"QUJD\" }} }}"),
            &["4:26 `mial1` is no selector of this domain | did you mean `mail1`?"]),
        ("a key of none",             format!("{DOMAIN}expect = {{ dkim_keys = {{ s1 = \"QUJD\" }} }}"),
            &["3:26 `s1` is no selector of this domain | name `s1` in `selectors` too"]),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(mistakes(&text), expected, "{rule}");
    }
}

#[test]
fn a_slip_in_what_stands_for_the_domain_is_refused() {
    let plugin = |argument: &str| {
        format!("[[plugins]]\nname = \"queue\"\ncommand = [\"/bin/true\", \"{argument}\"]")
    };
    let told = |word: &str| {
        format!(
            "3:25 `command` holds `{{{word}}}`, which stands for nothing | did you mean `{{domain}}`?"
        )
    };
    for slip in ["domian", "DOMAIN", "domains"] {
        assert_eq!(mistakes(&plugin(&format!("-d {{{slip}}}"))), [told(slip)], "{slip}");
    }
    for own in ["-d {domain}", "{}", "{host}", "{print $1}", "a{b"] {
        assert_eq!(mistakes(&plugin(own)), Vec::<String>::new(), "{own}");
    }
}
