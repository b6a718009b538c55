//! Which record stands in place of an alias, and when none is proposed.

use super::*;
use crate::kernel::{Finding, Withheld};

const MX: &str = "mx1.example.com";
const OWN: &str = "host.example.com";
const OTHER: &str = "host.example.net";

/// The one MX is an alias of that host.
fn alias_of(host: &str) -> Scripted {
    world().answer(MX, Rtype::A, alias(MX, host, "192.0.2.1")).answer(MX, Rtype::AAAA, nodata())
}

fn with_tlsa(world: Scripted, name: &str) -> Scripted {
    let at = format!("_25._tcp.{name}");
    let data = Data::Other { rtype: Rtype::TLSA, hex: "030101".to_owned() };
    world.answer(&at, Rtype::TLSA, holding(&at, vec![data]))
}

fn found(world: &Scripted) -> Finding {
    let facts = observe::<Mx>(world, &target(), &vantage());
    let found = findings::<Mx>(&facts, &target(), &vantage());
    found.into_iter().find(|one| one.id == "mx.target-cname").expect("it is an alias")
}

#[test]
fn an_alias_gives_way_only_where_nothing_rests_on_it() {
    let policy = |world: Scripted| world.txt("_mta-sts.example.com", &["v=STSv1; id=1"]);
    let lost = |world: Scripted, name: &str| {
        world.fails(&format!("_25._tcp.{name}"), Rtype::TLSA, Reason::Timeout)
    };
    let in_place = &["delete CNAME host.example.com.", "add A 192.0.2.1"][..];
    let renamed = &["replace MX 10 host.example.com."][..];
    let renamed_elsewhere = &["replace MX 10 host.example.net."][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("a host of the domain",            alias_of(OWN),                                            in_place),
        ("under a policy",                  policy(alias_of(OWN)),                                    in_place),
        ("with TLSA records",               with_tlsa(alias_of(OWN), MX),                             in_place),
        ("its host has TLSA records",       with_tlsa(alias_of(OWN), OWN),                            renamed),
        ("both have TLSA records",          with_tlsa(with_tlsa(alias_of(OWN), MX), OWN),             &[]),
        ("its host may have TLSA records",  policy(lost(alias_of(OWN), OWN)),                         &[]),
        ("it shares a text",                alias_of(OWN).txt(MX, &["v=spf1 a -all"]),                renamed),
        ("a family is unknown",             alias_of(OWN).fails(MX, Rtype::AAAA, Reason::Timeout),    renamed),
        ("it comes from a wildcard",        alias_of(OWN).answer("vigie-no-such-name.example.com", Rtype::A, alias("vigie-no-such-name.example.com", OWN, "192.0.2.1")), renamed),
        ("a host elsewhere",                alias_of(OTHER),                                          renamed_elsewhere),
        ("elsewhere, under a policy",       policy(alias_of(OTHER)),                                  &[]),
        ("elsewhere, another text",         alias_of(OTHER).txt("_mta-sts.example.com", &["x"]),      renamed_elsewhere),
        ("elsewhere, the policy is unknown", alias_of(OTHER).fails("_mta-sts.example.com", Rtype::TXT, Reason::Timeout), &[]),
        ("elsewhere, with TLSA records",    with_tlsa(alias_of(OTHER), MX),                           &[]),
        ("elsewhere, TLSA is unknown",      lost(alias_of(OTHER), MX),                                &[]),
    ];
    for (rule, world, expected) in cases {
        let found = found(&world);
        let shown = |change: &crate::kernel::RecordChange| {
            let action = serde_json::to_value(change.action).expect("a word");
            let text = change.value.as_ref().or(change.old.as_ref()).expect("one of both");
            format!("{} {} {text}", action.as_str().expect("a word"), change.rtype)
        };
        assert_eq!(found.fix.iter().map(shown).collect::<Vec<_>>(), expected, "{rule}");
        let is_withheld = matches!(found.withheld, Some(Withheld::Relied { .. }));
        assert_eq!(is_withheld, expected.is_empty(), "{rule}");
    }
}

#[test]
fn an_alias_that_leads_to_no_address_is_told_as_that_alone() {
    let to_nothing = || holding(MX, vec![Data::Cname(Name::new(OTHER))]);
    let world = alias_of(OTHER).answer(MX, Rtype::A, to_nothing());
    let world = world.answer(MX, Rtype::AAAA, to_nothing());
    let facts = observe::<Mx>(&world, &target(), &vantage());
    let said = findings::<Mx>(&facts, &target(), &vantage());
    let [lost] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((lost.id.as_str(), &*lost.params["gone"]), ("mx.target-unresolvable", OTHER));
    assert!(lost.fix.is_empty() && lost.withheld.is_none(), "{lost:?}");
}
