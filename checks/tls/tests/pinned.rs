//! Name, dates and issuer of a certificate that DANE names.

use super::{day, leaf, presents, said};
use crate::kernel::{Certificate, Data, Mx as Record, Name, Reason, Rtype, Trust};
use crate::records::dnssec::to_hex;
use crate::scripted::{Scripted, holding, nodata, served, vouched};

const HOST: &str = "mx1.example.com";
const TLSA: &str = "_25._tcp.mx1.example.com";

/// A host whose addresses are signed or not, with a record of this usage for what it presents.
fn world(usage: u8, is_signed: bool, shown: &Certificate) -> Scripted {
    let mx = Data::Mx(Record { preference: 10, exchange: Name::new(HOST) });
    let hex = to_hex(&[&[usage, 0, 0][..], &shown.der().unwrap()].concat());
    let signed = |answer| if is_signed { vouched(answer) } else { answer };
    Scripted::new()
        .answer("example.com", Rtype::MX, holding("example.com", vec![mx]))
        .answer(HOST, Rtype::A, signed(holding(HOST, vec![Data::A([192, 0, 2, 1].into())])))
        .answer(HOST, Rtype::AAAA, signed(nodata()))
        .answer(
            TLSA,
            Rtype::TLSA,
            vouched(holding(TLSA, vec![Data::Other { rtype: Rtype::TLSA, hex }])),
        )
        .smtp("192.0.2.1", presents(shown.clone(), Trust::SelfSigned))
}

fn policy(world: Scripted, mode: &str) -> Scripted {
    let text = format!("version: STSv1\nmode: {mode}\nmx: {HOST}\nmax_age: 604800\n");
    let reply = served("mta-sts.example.com", 200, None, &text, Trust::Trusted);
    world
        .txt("_mta-sts.example.com", &["v=STSv1; id=1"])
        .a("mta-sts.example.com", &["192.0.2.80"])
        .page("192.0.2.80", "/.well-known/mta-sts.txt", reply)
}

#[test]
fn nothing_else_counts_of_a_certificate_that_dane_names() {
    let shown = leaf("other.example.com", 200);
    let named = || world(3, true, &shown);
    let lost = Reason::Timeout;
    let faults = &[
        "warning tls.cert-expired mx1.example.com",
        "warning tls.name-mismatch mx1.example.com",
        "warning tls.untrusted mx1.example.com",
    ][..];
    let unknown = &["indet. tls.dane-unknown mx1.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("a record of usage 3",            named(),                                                     &[][..]),
        ("one of usage 2",                 world(2, true, &shown),                                      faults),
        ("one of another certificate",     named().smtp("192.0.2.1", presents(leaf("other.example.com", 200), Trust::SelfSigned)), faults),
        ("addresses that are not signed",  world(3, false, &shown),                                     faults),
        ("and no answer about records",    world(3, false, &shown).fails(TLSA, Rtype::TLSA, lost),      faults),
        ("no answer about records",        named().fails(TLSA, Rtype::TLSA, lost),                      unknown),
        ("MTA-STS asks for all of it",     policy(named(), "enforce"),                                  faults),
        ("MTA-STS is in trial",            policy(named(), "testing"),                                  &[]),
        ("MTA-STS is not told",            named().fails("_mta-sts.example.com", Rtype::TXT, lost),     unknown),
        ("MTA-STS asks, DANE is not told", policy(named(), "enforce").fails(TLSA, Rtype::TLSA, lost),   faults),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, day(201)).0, expected, "{rule}");
    }
}

#[test]
fn what_could_not_be_told_of_dane_is_no_matter_where_there_is_no_fault() {
    let shown = leaf(HOST, 200);
    let world = world(3, true, &shown)
        .fails(TLSA, Rtype::TLSA, Reason::Timeout)
        .smtp("192.0.2.1", presents(shown, Trust::Trusted));
    assert_eq!(said(&world, day(1)).0, [""; 0]);
}

/// A resolver that vouches for no zone known to be signed says nothing of this one.
#[test]
fn a_resolver_that_does_not_validate_accuses_nobody_that_dane_may_name() {
    let shown = leaf("other.example.com", 200);
    let named = world(3, false, &shown);
    let said = super::said_from(&named, day(1), &super::vantage_with_zone());
    assert_eq!(said.0, ["indet. tls.dane-unknown mx1.example.com"]);
}

#[test]
fn the_last_week_weighs_more_where_mta_sts_is_enforced() {
    let shown = leaf(HOST, 200);
    let trusted =
        || world(3, true, &shown).smtp("192.0.2.1", presents(shown.clone(), Trust::Trusted));
    let error = &["error tls.cert-expiring mx1.example.com"][..];
    let warning = &["warning tls.cert-expiring mx1.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("two days are left",  "enforce", day(198), error),
        ("two weeks are left", "enforce", day(185), warning),
        ("it is in trial",     "testing", day(198), &[]),
    ];
    for (rule, mode, now, expected) in cases {
        assert_eq!(said(&policy(trusted(), mode), now).0, expected, "{rule}");
    }
}
