use std::collections::BTreeSet;

use crate::kernel::Name;
use crate::records::provider::{
    Provider, all, of_address, of_include, of_key, of_mail_host, of_reply,
};

fn id(provider: Option<&'static Provider>) -> &'static str {
    provider.map_or("-", |provider| provider.id.as_str())
}

#[test]
fn names_are_recognised_by_the_closest_pattern() {
    let host = |name: &str| id(of_mail_host(&Name::new(name)));
    let include = |name: &str| id(of_include(&Name::new(name)));
    let key = |name: &str| id(of_key(&Name::new(name)));
    #[rustfmt::skip]
    let cases = [
        ("a name as written",          host("ASPMX.L.google.com."),                                 "google"),
        ("a star",                     host("alt1.aspmx.l.google.com"),                             "google"),
        ("a star inside a label",      host("aspmx2.googlemail.com"),                               "google"),
        ("a star is never empty",      host(".aspmx.l.google.com"),                                 "-"),
        ("a longer name",              host("aspmx.l.google.com.example.net"),                      "-"),
        ("a name that ends alike",     host("notaspmx.l.google.com"),                               "-"),
        ("a customer's host",          host("example-com.mail.protection.outlook.com"),             "microsoft365"),
        ("the closer of two",          host("example-com.olc.protection.outlook.com"),              "outlook-consumer"),
        ("two stars",                  host("cluster5.eu.messagelabs.com"),                         "messagelabs"),
        ("an end of any kind",         host("mx00.ionos.fr"),                                       "ionos"),
        ("nobody's host",              host("mx1.example.com"),                                     "-"),
        ("an include",                 include("_spf.google.com"),                                  "google"),
        ("a part of an include",       include("eu._netblocks.mimecast.com"),                       "mimecast"),
        ("nobody's include",           include("spf.example.com"),                                  "-"),
        ("a key",                      key("selector1-example-com._domainkey.t.onmicrosoft.com"),   "microsoft365"),
        ("the closer of two keys",     key("kl.domainkey.u12.wl3.sendgrid.net"),                    "klaviyo"),
        ("the other",                  key("s1.domainkey.u12.wl3.sendgrid.net"),                    "sendgrid"),
    ];
    for (rule, found, expected) in cases {
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn addresses_and_replies_are_recognised() {
    let address = |written: &str| id(of_address(written.parse().expect("an address")));
    #[rustfmt::skip]
    let cases = [
        ("an address in a range",      address("149.72.1.1"),                                       "sendgrid"),
        ("an IPv6 address",            address("2a00:1450:4864:20::1"),                             "google"),
        ("an address of one's own",    address("192.0.2.1"),                                        "-"),
        ("a reply",                    id(of_reply("5.7.1 see https://support.google.com/mail/?p=x a12 - GSMTP")), "google"),
        ("the longer words count",     id(of_reply("x.olc.protection.outlook.com says no")),        "outlook-consumer"),
        ("a reply of anybody",         id(of_reply("5.1.1 user unknown")),                          "-"),
    ];
    for (rule, found, expected) in cases {
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn the_catalogue_is_whole_and_nothing_in_it_has_two_owners() {
    let text = include_str!("../../../config/catalogue/providers.toml");
    let written: toml::Table = toml::from_str(text).expect("it is TOML");
    let mut owned = BTreeSet::new();
    for row in written["provider"].as_array().expect("a list") {
        let id = row["id"].as_str().expect("an id");
        for key in ["mx", "spf", "dkim", "ranges", "replies"] {
            let marks = row.get(key).and_then(toml::Value::as_array).into_iter().flatten();
            for mark in marks.filter_map(toml::Value::as_str) {
                assert!(owned.insert((key, mark)), "{id}: {key} {mark} has two owners");
                assert_eq!(mark, mark.to_lowercase(), "{id}: {key}");
                let written = mark.bytes().filter(|octet| *octet != b'*').count();
                assert!(!mark.contains('*') || written >= 8, "{id}: {key} {mark} fits too much");
            }
        }
    }
    let ids: BTreeSet<&str> = all().iter().map(|provider| provider.id.as_str()).collect();
    assert!(ids.len() >= 60 && ids.len() == all().len());
    for provider in all() {
        assert!(
            !provider.name.is_empty() && provider.help.starts_with("https://"),
            "{}",
            provider.id
        );
    }
}
