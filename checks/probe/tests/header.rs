//! What the header of an arrived message says of its way and of its authentication.

use chrono::{DateTime, Utc};

use super::super::facts::Verdicts;
use super::super::received::{Hop, Trace, fields, return_path, seals};
use super::super::verdicts::{Written, of_signature};
use super::probe;
use crate::kernel::{Name, ProbeSpec, Vantage};

const HEADER: &str = "Received: from smtp.example.com (helo [203.0.113.45])\r\n\tby mx.quay.example \
    with ESMTPS id 1;\r\n\tMon, 23 Nov 2026 09:05:00 +0000 (UTC)\r\n\
    Authentication-Results: mx.quay.example; spf=fail smtp.mailfrom=news@example.com;\r\n\
    \tdkim=pass (2048 bits; good) header.d=example.com; dmarc=pass header.from=example.com\r\n\
    Received: from laptop ([198.51.100.9]) by smtp.example.com with ESMTPSA id 2; \
    Mon, 23 Nov 2026 09:00:01 +0000\r\n\
    Authentication-Results: forged.example; dmarc=fail\r\n";

fn verdicts(fields: &[(String, String)], probe: &ProbeSpec) -> Option<Verdicts> {
    Written::read(&Trace::of(fields, &vantage()), probe).verdicts()
}

/// Greets as `vigie.example`, in a world where two of the networks for examples are public.
fn vantage() -> Vantage {
    Vantage { helo: "vigie.example".to_owned(), own_networks: own(), ..Vantage::default() }
}

fn time(at: &str) -> DateTime<Utc> {
    format!("2026-11-23T{at}Z").parse().expect("written below")
}

fn own() -> Vec<ipnet::IpNet> {
    ["198.51.100.0/24", "203.0.113.0/24"].map(|net| net.parse().expect("written above")).to_vec()
}

#[test]
fn the_address_is_that_of_the_last_hop_between_servers() {
    let cases = [
        ("the topmost hop", HEADER.to_owned(), Some("203.0.113.45")),
        ("our own submission is no hop", HEADER.replace("203.0.113.45", "10.0.0.45"), None),
        (
            "a hop inside the receiver",
            format!("Received: by 2002:a05:6a10 id 3; x\r\n{HEADER}"),
            Some("203.0.113.45"),
        ),
        (
            "as SPF saw it",
            format!("Received-SPF: pass (x) client-ip=198.51.100.7;\r\n{HEADER}"),
            Some("198.51.100.7"),
        ),
        ("in IPv6", HEADER.replace("203.0.113.45", "IPv6:2a00:1450::1"), Some("2a00:1450::1")),
        (
            "as Exchange writes it",
            HEADER.replace("(helo [203.0.113.45])", "(203.0.113.45)"),
            Some("203.0.113.45"),
        ),
        (
            "as qmail writes it",
            HEADER.replace("(helo [203.0.113.45])", "(HELO out) (203.0.113.45)"),
            Some("203.0.113.45"),
        ),
        (
            "as Yahoo writes it",
            HEADER.replace("smtp.example.com (helo [203.0.113.45])", "203.0.113.45 (EHLO out)"),
            Some("203.0.113.45"),
        ),
        ("what was said in EHLO is no address", HEADER.replace("smtp.example.com (helo [203.0.113.45])", "[203.0.113.9] (out.example.com. [203.0.113.45])"), Some("203.0.113.45")),
        ("nor as Exim notes it", HEADER.replace("(helo [203.0.113.45])", "(helo=[203.0.113.9] [203.0.113.45])"), Some("203.0.113.45")),
        ("our own submission, as Exchange writes it", "Received: from vigie.example (203.0.113.7) by ex01 (10.0.0.5) with Microsoft SMTP Server; x\r\n".to_owned(), None),
        ("and Postfix with its TLS", "Received: from app (app [203.0.113.7]) (using TLSv1.3 with cipher TLS_AES (256/256 bits)) by smtp.example.com with ESMTPSA id 4; x\r\n".to_owned(), None),
        ("nothing to read", "Received: ;;[[\r\n [x\r\nno field\r\n".to_owned(), None),
    ];
    for (rule, header, expected) in cases {
        let expected = expected.map(|address| address.parse().expect("an address"));
        assert_eq!(Trace::of(&fields(&header), &vantage()).sent_from(), expected, "{rule}");
    }
}

#[test]
fn a_way_over_several_hosts_is_told_from_a_straight_one() {
    let relay =
        |from: &str| format!("Received: from {from} by a.example with ESMTP id 4; x\r\n{HEADER}");
    #[rustfmt::skip]
    let cases = [
        ("straight",                       HEADER.to_owned(),                  false, false),
        ("by way of another host",         relay("mx ([203.0.113.9])"),        true,  false),
        ("twice by the same",              relay("mx ([203.0.113.45])"),       false, false),
        ("inside the receiver",            relay("mx ([10.0.0.9])"),           false, false),
        ("inside, with a zone",            relay("mx ([fe80::3cfb%7])"),       false, false),
        ("from nowhere",                   relay("mx"),                        true,  true),
        ("from nowhere, by LMTP",          relay("mx").replace("with ESMTP ", "with LMTP "), false, false),
        ("handed in on the spot",          relay("root").replace("with ESMTP ", "with local "), false, false),
        ("a submission from nowhere",      relay("mx").replace("with ESMTP ", "with ESMTPA "), false, false),
        ("handed in by a program",         format!("Received: by a.example (from userid 1); x\r\n{HEADER}"), false, false),
    ];
    for (rule, header, relayed, hides) in cases {
        let fields = fields(&header);
        let vantage = vantage();
        let trace = Trace::of(&fields, &vantage);
        assert_eq!((trace.was_relayed(), trace.hides_origin()), (relayed, hides), "{rule}");
    }
}

#[test]
fn the_return_path_is_the_topmost() {
    let of = |header: &str| return_path(&fields(header)).map(str::to_owned);
    let two = "Return-Path: <a@example.com>\r\nReturn-Path: <b@example.com>\r\n";
    assert_eq!(of(two).as_deref(), Some("a@example.com"));
    assert_eq!(of("Return-Path: <>\r\n").as_deref(), Some(""));
    assert_eq!(of("Return-Path: bare@example.com\r\n").as_deref(), Some("bare@example.com"));
    assert_eq!(of(HEADER), None);
}

#[test]
fn the_greeting_is_the_name_that_the_border_noted() {
    #[rustfmt::skip]
    let cases = [
        ("before the address",         "from out.example.com (pt.example.net [203.0.113.45]) by mx.quay.example",  Some("out.example.com")),
        ("as Exim writes it",          "from pt.example.net ([203.0.113.45] helo=out.example.com) by mx.quay.example", Some("out.example.com")),
        ("as qmail writes it",         "from unknown (HELO out.example.com) (203.0.113.45) by mx.quay.example",    Some("out.example.com")),
        ("as Yahoo writes it",         "from 203.0.113.45 (EHLO out.example.com) by mx.quay.example",               Some("out.example.com")),
        ("an address literal",         "from [203.0.113.45] ([203.0.113.45]) by mx.quay.example",                  Some("[203.0.113.45]")),
        ("another hop",                "from out.example.com ([203.0.113.46]) by mx.quay.example",                 None),
        ("a submission",               "from out.example.com ([203.0.113.45]) by mx.quay.example with ESMTPSA",    None),
        ("no name at all",             "from ;;<>; ([203.0.113.45]) by mx.quay.example",                           None),
    ];
    for (rule, received, expected) in cases {
        let fields = fields(&format!("Received: {received}; x\r\n"));
        let address = "203.0.113.45".parse().expect("an address");
        let said = Trace::of(&fields, &vantage()).greeted_as(address);
        assert_eq!(said.as_deref(), expected, "{rule}");
    }
}

#[test]
fn a_hop_has_its_host_its_time_and_whether_it_was_a_submission() {
    let (fields, vantage) = (fields(HEADER), vantage());
    let trace = Trace::of(&fields, &vantage);
    let hops: Vec<&Hop> = trace.hops().collect();
    let hosts: Vec<_> = hops.iter().map(|hop| (hop.by.as_deref(), hop.submitted)).collect();
    assert_eq!(hosts, [(Some("mx.quay.example"), false), (Some("smtp.example.com"), true)]);
    assert_eq!(hops[0].at, Some(time("09:05:00")));
}

#[test]
fn the_slowest_hop_is_the_host_that_held_the_message() {
    let cases = [
        ("the submission host", "09:05:01", "smtp.example.com"),
        ("the receiver", "09:20:00", "mx.quay.example"),
    ];
    for (rule, stored, expected) in cases {
        let (fields, vantage) = (fields(HEADER), vantage());
        let trace = Trace::of(&fields, &vantage);
        let held = trace.slowest_hop(time("09:00:00"), time(stored), "imap.quay.example");
        assert_eq!(held, expected, "{rule}");
    }
    let vantage = vantage();
    let trace = Trace::of(&[], &vantage);
    let held = trace.slowest_hop(time("09:00:00"), time("09:20:00"), "imap.quay.example");
    assert_eq!(held, "imap.quay.example", "without trace fields only the mailbox is known");
}

#[test]
fn the_verdicts_are_those_of_the_trusted_host() {
    let said = verdicts(&fields(HEADER), &probe()).expect("there is such a field");
    assert_eq!(
        (said.spf.as_deref(), said.dkim.as_deref(), said.dmarc.as_deref()),
        (Some("fail"), Some("pass"), Some("pass"))
    );
    assert_eq!((said.spf_aligns, said.dkim_aligns, said.authenticated), (false, true, true));
    let brought =
        HEADER.replace("Authentication-Results: mx.quay.example; spf=fail", "X-Other: spf=fail");
    assert_eq!(
        verdicts(&fields(&brought), &probe()),
        None,
        "what came with it is not the receiver's"
    );
    let trusting = ProbeSpec { trusted_authserv: Some("forged.example".to_owned()), ..probe() };
    assert!(!verdicts(&fields(HEADER), &trusting).expect("there is such a field").authenticated);
}

#[test]
fn a_host_that_writes_a_field_for_each_method_is_read_whole() {
    #[rustfmt::skip]
    let cases = [
        ("one field for each method",      vec!["mx; dkim=fail header.d=example.com", "mx; spf=pass smtp.mailfrom=news@example.com"],  Some(true)),
        ("DMARC apart from the others",    vec!["mx; dmarc=pass header.from=example.com", "mx; spf=fail", "mx; dkim=fail"],            Some(true)),
        ("its name in capitals, a version", vec!["MX 1; dkim=none", "mx; spf=pass smtp.mailfrom=example.com"],                         Some(true)),
        ("another host is not believed",   vec!["mx; dkim=fail header.d=example.com", "far; spf=pass smtp.mailfrom=example.com"],      None),
        ("no method, then one",            vec!["mx; none", "mx; spf=pass smtp.mailfrom=example.com"],                                 Some(true)),
        ("blanks and versions of methods", vec!["mx; spf/1 = pass smtp.mailfrom=<news@example.com>"],                                  Some(true)),
        ("a name for each method",         vec!["bimi.mx.example; bimi=none", "dmarc.mx.example; dmarc=pass", "spf.mx.example; spf=fail"], Some(true)),
        ("no name, as Microsoft's",        vec!["spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=none header.d=none;dmarc=none"], Some(false)),
        ("nor is another's read then",     vec!["spf=fail; dkim=none", "mx; dmarc=pass"],                                              Some(false)),
        ("no host at all",                 vec![],                                                                                     None),
    ];
    for (rule, written, expected) in cases {
        let lines = written.iter().map(|value| format!("Authentication-Results: {value}\r\n"));
        let said = verdicts(&fields(&lines.collect::<String>()), &probe());
        assert_eq!(said.map(|said| said.authenticated), expected, "{rule}");
    }
}

#[test]
fn without_dmarc_a_pass_has_to_align() {
    let cases = [
        ("an aligned SPF pass", "spf=pass smtp.mailfrom=bounce.example.com", Some(true)),
        (
            "a pass of another domain",
            "spf=pass smtp.mailfrom=postvite.example; dkim=none",
            Some(false),
        ),
        ("and nothing of DKIM", "spf=pass smtp.mailfrom=postvite.example", None),
        ("nothing of SPF", "dkim=fail", None),
        ("an aligned signature", "spf=fail; dkim=pass header.d=example.com", Some(true)),
        ("nothing passes", "spf=softfail; dkim=none", Some(false)),
        ("no policy, aligned", "spf=pass smtp.mailfrom=example.com; dmarc=none", Some(true)),
        ("a policy that fails", "spf=pass smtp.mailfrom=example.com; dmarc=fail", Some(false)),
        ("the receiver could not tell", "spf=temperror; dmarc=temperror", None),
        ("of one method alone", "spf=temperror; dkim=fail", None),
        ("of DMARC alone", "spf=fail; dkim=fail; dmarc=temperror", Some(false)),
        ("no method is no verdict", "none", None),
        ("a pass of nobody in particular", "spf=pass; dkim=none", None),
        ("as Yandex writes it", "spf=pass smtp.mail=news@example.com; dkim=none", Some(true)),
        (
            "the own key behind another's pass",
            "spf=fail; dkim=pass header.i=@esp.example; dkim=temperror header.i=@example.com",
            None,
        ),
        (
            "another's key behind an own fail",
            "spf=fail; dkim=fail header.d=example.com; dkim=temperror header.d=esp.example",
            Some(false),
        ),
    ];
    for (rule, results, expected) in cases {
        let header = format!("Authentication-Results: mx; {results}\r\n");
        let said = verdicts(&fields(&header), &probe());
        assert_eq!(said.map(|said| said.authenticated), expected, "{rule}");
    }
}

#[test]
fn seals_are_read_in_the_order_of_their_instances() {
    let header = "ARC-Seal: i=2; a=rsa-sha256; cv=Pass; d=second.example; s=b; b=x\r\n\
        ARC-Seal: cv=none; i=1;\r\n\td=First.example; s=a; b=x\r\n\
        ARC-Seal: i=51; cv=none; d=late.example; s=a\r\n\
        ARC-Seal: i=3; cv=none; d=bad name; s=a\r\n\
        ARC-Seal: i=3; d=no.example; s=a\r\n";
    let said: Vec<String> = seals(&fields(header))
        .iter()
        .map(|seal| format!("{} {} {} {}", seal.instance, seal.domain, seal.selector, seal.verdict))
        .collect();
    assert_eq!(said, ["1 first.example a none", "2 second.example b pass"]);
}

#[test]
fn a_verdict_belongs_to_a_signature_by_its_domain_and_selector() {
    let of = |results: &str, selector: &str| {
        let header = format!("Authentication-Results: mx.quay.example; {results}\r\n");
        let (fields, vantage) = (fields(&header), vantage());
        let trace = Trace::of(&fields, &vantage);
        of_signature(&trace, &probe(), &Name::new("example.com"), selector)
    };
    #[rustfmt::skip]
    let cases = [
        ("by its domain",                  "dkim=pass header.d=Example.com",                                             Some("pass")),
        ("by its selector too",            "dkim=fail header.d=example.com header.s=s2; dkim=pass header.d=example.com header.s=S1", Some("pass")),
        ("by its agent",                   "dkim=pass header.i=@example.com",                                            Some("pass")),
        ("of another domain",              "dkim=pass header.d=other.example",                                           None),
        ("two words, and none is meant",   "dkim=pass header.d=example.com; dkim=fail header.d=example.com",             None),
        ("no word of DKIM",                "spf=pass smtp.mailfrom=news@example.com",                                    None),
    ];
    for (rule, results, expected) in cases {
        assert_eq!(of(results, "s1").as_deref(), expected, "{rule}");
    }
    let other = ProbeSpec { trusted_authserv: Some("mx.else.example".to_owned()), ..probe() };
    let (fields, vantage) = (fields(HEADER), vantage());
    let trace = Trace::of(&fields, &vantage);
    assert_eq!(of_signature(&trace, &other, &Name::new("example.com"), "s1"), None);
}
