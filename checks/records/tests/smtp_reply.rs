use crate::kernel::Reply;
use crate::records::smtp_reply::{blames_client, offers, parameters};

fn reply(code: u16, text: &str) -> Reply {
    Reply { code, lines: text.split('|').map(str::to_owned).collect() }
}

#[test]
fn a_refusal_blames_the_client_or_speaks_of_the_host() {
    #[rustfmt::skip]
    let cases = [
        ("a list",              554, "5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org", true),
        ("a bare list name",    554, "Your address is in our RBL",                      true),
        ("rate",                421, "mx.test too many connections from you",           true),
        ("greylisting",         451, "4.3.0 Greylisted, come back in 5 minutes",        true),
        ("reverse DNS",         550, "no reverse DNS for you",                          true),
        ("a policy status",     550, "5.7.25 not today",                                true),
        ("on any line",         554, "mx.test|access denied|poor reputation",           true),
        ("our address",         554, "Connection not taken from 192.0.2.1",             true),
        ("our IPv6 address",    554, "go away, 2001:db8::1.",                           true),
        ("in brackets",         554, "mx.test [192.0.2.1]: go away",                    true),
        ("in a parameter",      554, "no thanks, https://mx.test/?ip=192.0.2.1&c=x",    true),
        ("T-Online",            554, "IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.) (BL)", true),
        ("GMX",                 554, "gmx.net (mxgmx117) Nemesis ESMTP Service not available|No SMTP service|Bad DNS PTR resource record.", true),
        ("Exim",                550, "Administrative prohibition",                      true),
        ("our greeting",        550, "Access denied - invalid HELO name",               true),
        ("where we come from",  554, "mx.test Denied - connections from dynamic addresses are refused", true),
        ("a kind of network",   521, "mx.test Not accepting connections from residential networks", true),
        ("its own address",     554, "mx.test [198.51.100.25] no SMTP service here",    false),
        ("a version",           554, "mx.test Mailer 4.3.2.1a1 is closed",              false),
        ("a time",              554, "mx.test closed since 12:30",                      false),
        ("nobody is let in",    554, "mx.test ESMTP not accepting messages",            false),
        ("a closed host",       554, "mx.test no SMTP service here",                    false),
        ("a bare 421",          421, "mx.test closing connection",                      false),
        ("part of a word",      554, "marble unblocked",                                false),
        ("another class",       550, "5.1.1 user unknown",                              false),
        ("a welcome",           220, "mx.test protected by Spamhaus",                   false),
    ];
    let peer = "198.51.100.25".parse().ok();
    for (rule, code, text, expected) in cases {
        assert_eq!(blames_client(&reply(code, text), peer), expected, "{rule}");
    }
}

#[test]
fn an_extension_is_offered_by_its_keyword_after_the_first_line() {
    #[rustfmt::skip]
    let cases = [
        ("a line of its own",        "mx.test|SIZE 1000|STARTTLS", true),
        ("without regard to case",   "mx.test|StartTLS",           true),
        ("the first line is a name", "STARTTLS",                   false),
        ("masked on the way",        "mx.test|XXXXXXXA",           false),
        ("a longer word",            "mx.test|STARTTLSX",          false),
        ("not the first word",       "mx.test|SIZE STARTTLS",      false),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(offers(&reply(250, text), "STARTTLS"), expected, "{rule}");
    }
}

#[test]
fn the_parameters_of_both_forms_of_auth_are_read_together() {
    let ehlo = reply(250, "mx.test|AUTH plain LOGIN|AUTH=CRAM-MD5");
    assert_eq!(parameters(&ehlo, "AUTH").unwrap(), ["PLAIN", "LOGIN", "CRAM-MD5"]);
    assert_eq!(parameters(&reply(250, "mx.test|AUTH"), "AUTH").unwrap(), [""; 0]);
}
