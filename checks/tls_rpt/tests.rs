use super::{TlsRpt, TlsRptFacts};
use crate::kernel::{Data, Lookup, Mx as Record, Name, Profile, Reason, Rtype, Target, Vantage};
use crate::mx::Mx;
use crate::scripted::{Scripted, findings, holding, judge, nodata, observe_after, vouched};

fn target() -> Target {
    Target::new(Name::new("example.com"))
}

fn vantage() -> Vantage {
    Vantage { helo: "vigie.test".to_owned(), ..Vantage::default() }
}

/// A domain with one mail host, whose conversations nobody recorded.
fn world() -> Scripted {
    let mx = Data::Mx(Record { preference: 10, exchange: Name::new("mx1.example.com") });
    Scripted::new()
        .answer("example.com", Rtype::MX, holding("example.com", vec![mx]))
        .a("mx1.example.com", &["192.0.2.25"])
        .answer("mx1.example.com", Rtype::AAAA, nodata())
}

fn observed(world: &Scripted) -> TlsRptFacts {
    observe_after::<Mx, TlsRpt>(world, &target(), &vantage())
}

const TLSA: &str = "_25._tcp.mx1.example.com";

fn tlsa(world: Scripted) -> Scripted {
    let data = Data::Other { rtype: Rtype::TLSA, hex: "030101".to_owned() };
    world.answer(TLSA, Rtype::TLSA, vouched(holding(TLSA, vec![data])))
}

/// The same domain, signed as far as is said.
fn signed(mx_set: bool, addresses: bool) -> Scripted {
    let mx = Data::Mx(Record { preference: 10, exchange: Name::new("mx1.example.com") });
    let (set, address) = (
        holding("example.com", vec![mx]),
        holding("mx1.example.com", vec![Data::A([192, 0, 2, 25].into())]),
    );
    let weigh = |answer, is_signed| if is_signed { vouched(answer) } else { answer };
    Scripted::new()
        .answer("example.com", Rtype::MX, weigh(set, mx_set))
        .answer("mx1.example.com", Rtype::A, weigh(address, addresses))
        .answer("mx1.example.com", Rtype::AAAA, weigh(nodata(), addresses))
}

#[test]
fn a_missing_record_weighs_more_where_there_is_something_to_report() {
    let record = "v=TLSRPTv1; rua=mailto:tls@example.com";
    let lost = Reason::Timeout;
    let unknown = &["indet. tls-rpt.unknown example.com"][..];
    let info = &["info tls-rpt.missing example.com"][..];
    let warning = &["warning tls-rpt.missing example.com"][..];
    let sts = || world().txt("_mta-sts.example.com", &["v=STSv1; id=1"]);
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("a record",                      world().txt("_smtp._tls.example.com", &[record]),            &[]),
        ("none, and nothing deployed",    world(),                                                     info),
        ("one beside what only resembles", world().txt("_smtp._tls.example.com", &["v=TLSRPTv1 rua=mailto:old@example.com", record]), &[]),
        ("what only resembles",           world().txt("_smtp._tls.example.com", &["v=TLSRPTv1 rua=mailto:old@example.com"]), &["error tls-rpt.invalid example.com"]),
        ("two",                           world().txt("_smtp._tls.example.com", &[record, "v=TLSRPTv1; rua=mailto:b@example.com"]),    &["error tls-rpt.invalid example.com"]),
        ("one without an address",        world().txt("_smtp._tls.example.com", &["v=TLSRPTv1;"]),     &["error tls-rpt.invalid example.com"]),
        ("other records at the name",     world().txt("_smtp._tls.example.com", &["v=spf1 -all"]),     info),
        ("none with MTA-STS",             sts(),                                                       warning),
        ("none with DANE",                tlsa(signed(true, true)),                                    warning),
        ("the MX set is not signed",      tlsa(signed(false, true)),                                   info),
        ("nor are the addresses",         tlsa(signed(true, false)),                                   info),
        ("one of them is enough to know", tlsa(signed(true, true).fails("_mta-sts.example.com", Rtype::TXT, lost)), warning),
        ("MTA-STS not told",              world().fails("_mta-sts.example.com", Rtype::TXT, lost),     unknown),
        ("DANE not told",                 signed(true, true).fails(TLSA, Rtype::TLSA, lost),           unknown),
        ("no DANE whatever is told",      world().fails(TLSA, Rtype::TLSA, lost),                      info),
        ("the record not told",           sts().fails("_smtp._tls.example.com", Rtype::TXT, lost),     unknown),
    ];
    for (rule, world, expected) in cases {
        let said = judge::<TlsRpt>(&observed(&world), &target(), &vantage());
        assert_eq!(said, expected, "{rule}");
    }
}

#[test]
fn nobody_waits_for_reports_on_mail_that_is_not_wanted() {
    let parked = Target { profile: Profile::Parked, ..target() };
    let missing = observed(&tlsa(signed(true, true)));
    assert_eq!(judge::<TlsRpt>(&missing, &parked, &vantage()), [""; 0]);
    let void = observed(&world().txt("_smtp._tls.example.com", &["v=TLSRPTv1;"]));
    let invalid = ["error tls-rpt.invalid example.com"];
    assert_eq!(judge::<TlsRpt>(&void, &parked, &vantage()), invalid);
}

#[test]
fn no_number_of_lookalikes_hides_the_record() {
    let lookalike = |number: usize| format!("v=TLSRPTv1 rua=mailto:old{number}@example.com");
    let mut written: Vec<String> = (0..10).map(lookalike).collect();
    written.push("v=TLSRPTv1; rua=mailto:tls@example.com".to_owned());
    let written: Vec<&str> = written.iter().map(String::as_str).collect();
    let facts = observed(&world().txt("_smtp._tls.example.com", &written));
    assert_eq!(facts.rua, ["mailto:tls@example.com"]);
    assert_eq!(judge::<TlsRpt>(&facts, &target(), &vantage()), [""; 0]);
}

#[test]
fn facts_hold_the_addresses_that_reports_go_to() {
    let record = "v=TLSRPTv1; rua=mailto:a@example.com,ftp://b.example/";
    let facts = observed(&world().txt("_smtp._tls.example.com", &[record]));
    assert_eq!(facts.rua, ["mailto:a@example.com"]);
    assert_eq!(facts.deployed, None);
}

#[test]
fn the_fix_is_a_record_for_the_postmaster() {
    let facts = observed(&world());
    assert_eq!(facts.deployed, Some(Lookup::Found(false)));
    let said = findings::<TlsRpt>(&facts, &target(), &vantage());
    let fix = &said[0].fix[0];
    assert_eq!(fix.name, Name::new("_smtp._tls.example.com"));
    assert_eq!(fix.value.as_deref(), Some("v=TLSRPTv1; rua=mailto:postmaster@example.com"));
}
