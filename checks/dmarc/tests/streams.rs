//! What is said of the streams that a domain declares?

use super::*;

const SUB: &str = "_dmarc.news.example.com";

fn news() -> Stream {
    stream("news", "example.com")
}

fn from_below() -> Stream {
    stream("news", "news.example.com")
}

fn sent_by(ip: &str) -> Stream {
    Stream { ips: vec![ip.parse().expect("an address")], ..news() }
}

fn signed(stream: Stream) -> Stream {
    Stream { dkim: Some("s1".to_owned()), ..stream }
}

fn bulk(stream: Stream) -> Stream {
    Stream { bulk: true, ..stream }
}

fn bounced_to(mail_from: &str, stream: Stream) -> Stream {
    Stream { mail_from: Some(Name::new(mail_from)), ..stream }
}

/// What is found of one stream; of bulk mail with what it lacks.
fn told(world: &Scripted, stream: Stream) -> Vec<String> {
    let target = Target { streams: vec![stream], ..target("example.com") };
    let facts = observe::<Dmarc>(world, &target, &Vantage::default());
    let found = findings::<Dmarc>(&facts, &target, &Vantage::default());
    let of_streams = found.iter().filter(|finding| finding.subject == "news");
    let shown = of_streams.map(|finding| match finding.params.get("lacks") {
        Some(lacks) => format!("{} {}: {lacks}", finding.severity, finding.id),
        None => format!("{} {}", finding.severity, finding.id),
    });
    shown.collect()
}

#[test]
fn a_stream_passes_by_a_signature_or_by_an_aligned_return_path() {
    let at = |text: &str| mailed().txt(ABOVE, &[text]);
    let good = || at(GOOD);
    let strict = || at("v=DMARC1; p=reject; aspf=s; rua=mailto:r@example.com");
    let milder = || at("v=DMARC1; p=quarantine; rua=mailto:r@example.com");
    let open_below = || at("v=DMARC1; p=reject; sp=none; rua=mailto:r@example.com");
    let spf_only = &["error dmarc.spf-only"][..];
    let impossible = &["critical dmarc.alignment-impossible"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, Stream, &[&str])> = vec![
        ("signed",                        good(),   signed(news()),                                     &[]),
        ("signed, returned to others",    good(),   signed(bounced_to("example.net", news())),          &[]),
        ("its return path alone",         good(),   news(),                                             spf_only),
        ("under a milder policy",         milder(), news(),                                             &["warning dmarc.spf-only"]),
        ("sp is for names below",         open_below(), news(),                                         spf_only),
        ("returned to others",            good(),   bounced_to("example.net", news()),                  impossible),
        ("returned to a name below",      good(),   bounced_to("b.example.com", news()),                spf_only),
        ("below, where that is strict",   strict(), bounced_to("b.example.com", news()),                impossible),
        ("the same name, strict too",     strict(), bounced_to("example.com", news()),                  spf_only),
        ("bulk, signed",                  good(),   bulk(signed(news())),                               &[]),
        ("bulk, unsigned",                good(),   bulk(news()),                                       &["error dmarc.spf-only", "critical dmarc.bulk-rules-unmet: DKIM (example.com)"]),
        ("bulk, with neither",            good(),   bulk(bounced_to("example.net", news())),            &["critical dmarc.alignment-impossible"]),
        ("bulk, from a host listed",      good().txt("example.com", &["v=spf1 ip4:192.0.2.9 -all"]), bulk(signed(sent_by("192.0.2.9"))), &[]),
        ("bulk, from a host not listed",  good().txt("example.com", &["v=spf1 ip4:192.0.2.8 -all"]), bulk(signed(sent_by("192.0.2.9"))), &["critical dmarc.bulk-rules-unmet: SPF (example.com)"]),
        ("bulk, one host half listed",    good().txt("example.com", &["v=spf1 ip4:192.0.2.8 ~all"]), bulk(signed(sent_by("192.0.2.9"))), &["critical dmarc.bulk-rules-unmet: SPF (example.com)"]),
        ("bulk, without a record of SPF", good(),   bulk(signed(sent_by("192.0.2.9"))),                 &["critical dmarc.bulk-rules-unmet: SPF (example.com)"]),
        ("bulk, SPF not answered",        good().fails("example.com", Rtype::TXT, Reason::Timeout), bulk(signed(sent_by("192.0.2.9"))), &["info dmarc.bulk-rules-unknown"]),
        ("bulk, with nothing at all",     good(),   bulk(bounced_to("example.net", sent_by("192.0.2.9"))), &["critical dmarc.alignment-impossible", "critical dmarc.bulk-rules-unmet: SPF (example.net)"]),
        ("bulk, SPF of where it returns", good().txt("example.com", &["v=spf1 ip4:192.0.2.9 -all"]), bulk(signed(bounced_to("bounce.example.com", sent_by("192.0.2.9")))), &["critical dmarc.bulk-rules-unmet: SPF (bounce.example.com)"]),
        ("bulk, with neither of both",    good(),   bulk(sent_by("192.0.2.9")),                         &["error dmarc.spf-only", "critical dmarc.bulk-rules-unmet: SPF (example.com), DKIM (example.com)"]),
        ("not bulk, from a host not listed", good(), signed(sent_by("192.0.2.9")),                      &[]),
        ("bulk, signed, returned away",   good(),   bulk(signed(bounced_to("example.net", news()))),    &[]),
    ];
    for (rule, world, stream, expected) in cases {
        assert_eq!(told(&world, stream), expected, "{rule}");
    }
}

#[test]
fn a_key_stands_for_the_from_domain_only_where_its_signature_aligns() {
    const KEY: &str = "v=DKIM1; p=AAAA";
    let (above, own) = ("s1._domainkey.example.com", "s1._domainkey.news.example.com");
    let at = |text: &str| mailed().txt(ABOVE, &[GOOD]).txt(SUB, &[text]);
    let strict = || at("v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:r@example.com");
    let alone = || at("v=DMARC1; p=reject; psd=n; rua=mailto:r@example.com");
    let sent = |mail_from: &str| bounced_to(mail_from, signed(from_below()));
    let (beside, inside) = ("bounce.example.com", "b.news.example.com");
    let spf_only = &["error dmarc.spf-only"][..];
    let impossible = &["critical dmarc.alignment-impossible"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, Stream, &[&str])> = vec![
        ("strict, a key above",             strict().txt(above, &[KEY]),                                 sent(beside),             impossible),
        ("and its own return path",         strict().txt(above, &[KEY]),                                 sent("news.example.com"), spf_only),
        ("strict, a key of its own",        strict().txt(own, &[KEY]).txt(above, &[KEY]),                sent(beside),             &[]),
        ("strict, its own is untold",       strict().fails(own, Rtype::TXT, Reason::Timeout).txt(above, &[KEY]), sent(beside),     &[]),
        ("strict, that above is untold",    strict().fails(above, Rtype::TXT, Reason::Timeout),          sent(beside),             &[]),
        ("strict, another text of its own", strict().txt(own, &["v=spf1 -all"]).txt(above, &[KEY]),      sent(beside),             impossible),
        ("strict, no key, which dkim says", strict(),                                                    sent(beside),             &[]),
        ("relaxed, a key above",            at(GOOD).txt(above, &[KEY]),                                 sent(beside),             &[]),
        ("alone, a key above",              alone().txt(above, &[KEY]),                                  sent(beside),             impossible),
        ("alone, returned to inside",       alone().txt(above, &[KEY]),                                  sent(inside),             spf_only),
        ("alone, a key of its own",         alone().txt(own, &[KEY]),                                    sent(beside),             &[]),
        ("alone, unsigned",                 alone(), Stream { dkim: None, ..sent(beside) },                                        impossible),
        ("alone, at the organization",      mailed().txt(ABOVE, &["v=DMARC1; p=reject; psd=n; rua=mailto:r@example.com"]).txt(above, &[KEY]), sent(beside), &[]),
    ];
    for (rule, world, stream, expected) in cases {
        assert_eq!(told(&world, stream), expected, "{rule}");
    }
}

/// Facts may be older than the configuration that they are judged by.
#[test]
fn a_bulk_stream_is_told_of_its_own_hosts_as_they_are_declared_now() {
    let world = mailed().txt(ABOVE, &[GOOD]).txt("example.com", &["v=spf1 ip4:192.0.2.9 -all"]);
    let sends_from =
        |name: &str, ip: &str| Stream { name: name.to_owned(), ..bulk(signed(sent_by(ip))) };
    let having = |streams| Target { streams, ..target("example.com") };
    let both = having(vec![sends_from("listed", "192.0.2.9"), sends_from("other", "192.0.2.8")]);
    let facts = observe::<Dmarc>(&world, &both, &Vantage::default());
    let said = |target: &Target| {
        let found = findings::<Dmarc>(&facts, target, &Vantage::default());
        let unmet = found.into_iter().filter(|finding| finding.id == "dmarc.bulk-rules-unmet");
        unmet.map(|finding| finding.subject).collect::<Vec<_>>()
    };
    assert_eq!(said(&both), ["other"]);
    let mended = having(vec![sends_from("other", "192.0.2.9")]);
    assert_eq!(said(&mended), [""; 0], "the host that is not listed sends no more");
}

#[test]
fn the_record_of_the_from_domain_counts() {
    let at = |text: &str| mailed().txt(ABOVE, &[text]);
    let below = |text: &str| at(GOOD).txt(SUB, &[text]);
    let (error, warning) = (&["error dmarc.spf-only"][..], &["warning dmarc.spf-only"][..]);
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("none of its own",           at(GOOD),                                                            error),
        ("none, and sp asks less",    at("v=DMARC1; p=reject; sp=none; rua=mailto:r@example.com"),         warning),
        ("one of its own",            below("v=DMARC1; p=none; rua=mailto:r@example.com"),                 warning),
        ("two of its own count none", at(GOOD).txt(SUB, &["v=DMARC1; p=none", "v=DMARC1; p=quarantine"]),  error),
        ("another text",              below("v=spf1 -all"),                                                error),
        ("it could not be told",      at(GOOD).fails(SUB, Rtype::TXT, Reason::Timeout),                    &[]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(told(&world, from_below()), expected, "{rule}");
    }
}
