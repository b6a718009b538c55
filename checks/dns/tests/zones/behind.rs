//! Servers that hold an older copy of the zone.

use super::*;

#[test]
fn one_server_that_is_behind_is_told_once() {
    let says = |names: &[&str]| Some(names.iter().map(|name| Name::new(name)).collect::<Vec<_>>());
    let (both, one) = (says(&["ns1.example.net", "ns2.example.net"]), says(&["ns1.example.net"]));
    let of = |first: &Option<Vec<Name>>, second: &Option<Vec<Name>>, change: fn(&mut Zone)| {
        with(|zone| {
            zone.delegated = both.iter().cloned().collect();
            for (host, set) in zone.hosts.iter_mut().zip([first, second]) {
                host.servers.values_mut().for_each(|server| server.name_servers.clone_from(set));
            }
            change(zone);
        })
    };
    let differs = |zone: &mut Zone| {
        let held =
            [(at("192.0.2.1"), vec!["10 a".to_owned()]), (at("192.0.2.2"), Vec::new())].into();
        zone.differing = vec![Differing { name: Name::new(DOMAIN), rtype: Rtype::MX, held }];
    };
    let lost = |zone: &mut Zone| {
        zone.hosts[0].addresses.v4 = Lookup::Unknown { reason: Reason::Timeout };
        zone.hosts[0].servers.clear();
    };
    let lame = |zone: &mut Zone| {
        let servers = zone.hosts[0].servers.values_mut();
        servers.for_each(|server| server.standing = Standing::Lame(Lame::Refused));
    };
    let lame_first = "error dns.lame-ns ns1.example.net";
    let half_lost = |zone: &mut Zone| {
        zone.hosts[0].addresses.v6 = Lookup::Unknown { reason: Reason::Timeout };
    };
    let mismatch = "warning dns.ns-parent-child-mismatch example.com";
    let diverge = "error dns.answers-diverge example.com";
    #[rustfmt::skip]
    let cases = [
        ("none agrees with the zone above",   of(&one, &one, |_| {}),                              &[mismatch][..],     None),
        ("nor with the other",                of(&one, &one, differs),                             &[mismatch, diverge], None),
        ("one agrees",                        of(&both, &one, |_| {}),                             &[mismatch],         Some("some-servers")),
        ("and mail differs",                  of(&both, &one, differs),                            &[diverge],          None),
        ("or was not told",                   of(&both, &one, |zone| zone.is_uncompared = true),   &[],                 None),
        ("one did not tell, and may agree",   of(&None, &one, differs),                            &[diverge],          None),
        ("where one is, is not known",        of(&None, &one, lost),                               &[],                 None),
        ("one does not serve",                of(&one, &one, lame),                                &[lame_first, mismatch], None),
        ("of one that speaks, half is known", of(&one, &one, half_lost),                           &[mismatch],         None),
    ];
    for (rule, zone, expected, case) in cases {
        let facts = facts_of(zone, Strays::default());
        assert_eq!(judge::<Dns>(&facts, &target(), &Vantage::default()), expected, "{rule}");
        let found = findings::<Dns>(&facts, &target(), &Vantage::default());
        let told = found.first().and_then(|found| found.params.get("case"));
        assert_eq!(told.map(String::as_str), case, "{rule}");
        let behind = found.first().and_then(|found| found.params.get("servers"));
        assert_eq!(behind.map(String::as_str), case.map(|_| "192.0.2.2"), "{rule}");
        if let Some(diverge) = found.iter().find(|found| found.id == "dns.answers-diverge") {
            assert_eq!(diverge.params["held"], "192.0.2.1: 10 a; 192.0.2.2: –", "{rule}");
        }
    }
}

#[test]
fn copies_of_different_ages_are_told_where_mail_differs() {
    let copies = Copies {
        serials: [(at("192.0.2.1"), 7), (at("192.0.2.2"), 3)].into(),
        records: ["TXT example.com".to_owned()].into(),
    };
    let zone = with(|zone| zone.copies = Some(copies));
    assert_eq!(said_of(zone, Strays::default()), ["warning dns.serials-differ example.com"]);
}
