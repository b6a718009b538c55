use super::*;
use crate::kernel::Expected;

#[test]
fn a_null_mx_weighs_by_what_spf_lets_out() {
    let null =
        |records: &[&str]| world().answer(DOMAIN, Rtype::MX, mx(&[(0, ".")])).txt(DOMAIN, records);
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("nobody sends",               null(&["v=spf1 -all"]),                     &["info mx.null example.com"]),
        ("no SPF among the texts",     null(&["v=spf10 +all", "other"]),           &["info mx.null example.com"]),
        ("a host sends",               null(&["other", "v=spf1 ip4:192.0.2.1 -all"]), &["critical mx.null example.com"]),
        ("nobody is named, softly",    null(&["v=spf1 ~all"]),                     &["info mx.null example.com"]),
        ("nobody is named, openly",    null(&["v=spf1 ?all"]),                     &["info mx.null example.com"]),
        ("it says nothing",            null(&["v=spf1"]),                          &["info mx.null example.com"]),
        ("everybody may send",         null(&["v=spf1 +all"]),                     &["critical mx.null example.com"]),
        ("a host is left open",        null(&["v=spf1 a ~all"]),                   &["critical mx.null example.com"]),
        ("a host after the end",       null(&["v=spf1 -all a"]),                   &["info mx.null example.com"]),
        ("it leads elsewhere",         null(&["v=spf1 redirect=a.test"]),          &["critical mx.null example.com"]),
        ("it is in error",             null(&["v=spf1 ip4:192.0.2 -all"]),         &["critical mx.null example.com"]),
        ("SPF is unknown",             null(&[]).fails(DOMAIN, Rtype::TXT, Reason::Timeout), &["indet. mx.lookup-failed example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(say(&world, &target(), &vantage()), expected, "{rule}");
    }
    let sender = Target { profile: Profile::Sender, ..target() };
    let silent = null(&[]).fails(DOMAIN, Rtype::TXT, Reason::Timeout);
    let said = say(&silent, &sender, &vantage());
    assert_eq!(said, ["critical mx.null example.com"], "its profile says that it sends");
}

#[test]
fn the_set_is_judged_as_a_whole() {
    let set = |names: &[&str]| {
        let records: Vec<(u16, &str)> = (10..).zip(names.iter().copied()).collect();
        let world = names.iter().fold(world(), |world, name| world.a(name, &["192.0.2.1"]));
        world.answer(DOMAIN, Rtype::MX, mx(&records))
    };
    let google = "aspmx.l.google.com";
    let microsoft = "example-com.mail.protection.outlook.com";
    let many: Vec<String> = (1..=11).map(|number| format!("mx{number}.example.net")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("one provider",               set(&[google, "alt1.aspmx.l.google.com"]),  &[]),
        ("two providers",              set(&[google, microsoft]),                  &["warning mx.stale-provider example.com"]),
        ("a filter before a provider", set(&["mx0a.pphosted.com", microsoft]),     &[]),
        ("one's own beside a provider", set(&["mx1.example.com", google]),         &[]),
        ("ten names",                  set(&many[..10]),                           &[]),
        ("eleven names",               set(&many),                                 &["info mx.too-many example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(say(&world, &target(), &vantage()), expected, "{rule}");
    }
    let facts = observe::<Mx>(&set(&[google, microsoft]), &target(), &vantage());
    assert_eq!(facts.providers, ["Google Workspace / Gmail", "Microsoft 365"]);
}

#[test]
fn the_set_that_was_approved_is_the_one_to_find() {
    let expecting = |names: &[&str]| {
        let mx = names.iter().map(|name| Name::new(name)).collect();
        Target { expect: Expected { mx, ..Expected::default() }, ..target() }
    };
    let one = || expecting(&["mx1.example.com"]);
    let null = || world().answer(DOMAIN, Rtype::MX, mx(&[(0, ".")]));
    let none = || world().answer(DOMAIN, Rtype::MX, nodata()).answer(DOMAIN, Rtype::A, nodata());
    const UNEXPECTED: &str = "error mx.unexpected example.com";
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, Target, &[&str])> = vec![
        ("nothing was approved",    world(), target(),                                              &[]),
        ("the approved one",        world(), one(),                                                 &[]),
        ("another",                 world(), expecting(&["mx.example.com"]),                        &[UNEXPECTED]),
        ("one is missing",          world(), expecting(&["mx1.example.com", "mx2.example.com"]),    &[UNEXPECTED]),
        ("a null MX",               null(),  one(),                                                 &[UNEXPECTED, "info mx.null example.com"]),
        ("none at all",             none(),  one(),                                                 &[UNEXPECTED, "error mx.none example.com"]),
        ("it is not known",         world().fails(DOMAIN, Rtype::MX, Reason::Timeout), one(),       &["indet. mx.lookup-failed example.com"]),
    ];
    for (rule, world, target, expected) in cases {
        assert_eq!(say(&world, &target, &vantage()), expected, "{rule}");
    }
}

#[test]
fn bounces_need_a_way_back() {
    let path = "bounce.example.net";
    let target = stream("example.com", Some(path));
    let fails =
        |rtype| world().answer(path, Rtype::MX, nodata()).fails(path, rtype, Reason::Timeout);
    let lost = &["error mx.return-path-unresolvable bounce.example.net"][..];
    let untold = &["indet. mx.lookup-failed bounce.example.net"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("an MX",                       world().answer(path, Rtype::MX, mx_at(path, &[(10, "mx.example.net")])), &[]),
        ("an address alone",            world().a(path, &["192.0.2.1"]),                    &[]),
        ("neither",                     world(),                                            lost),
        ("a null MX",                   world().answer(path, Rtype::MX, mx_at(path, &[(0, ".")])), lost),
        ("the MX is not known",         world().fails(path, Rtype::MX, Reason::Servfail),   untold),
        ("no MX, the address unknown",  fails(Rtype::A),                                    untold),
        ("one family is enough",        fails(Rtype::AAAA).a(path, &["192.0.2.1"]),         &[]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(say(&world, &target, &vantage()), expected, "{rule}");
    }
}
