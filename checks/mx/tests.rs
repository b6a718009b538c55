use super::{Contact, Control, Mx, MxFacts};
use crate::kernel::{
    Answer, Data, Mx as Record, Name, Profile, Rcode, Reason, Rtype, SmtpTranscript, Stage,
    StoppedBy, Stream, Target, Vantage,
};
use crate::scripted::{
    self, Scripted, alias, assert_no_loss_accuses, conversation, findings, holding, judge, nodata,
    observe, rcode,
};

mod alias;
mod set;

const DOMAIN: &str = "example.com";
const CONTROL: &str = "198.51.100.250";

fn target() -> Target {
    Target::new(Name::new(DOMAIN))
}

/// Documentation space counts as public here; `control` is the only control host.
fn vantage() -> Vantage {
    let nets = ["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"];
    Vantage {
        helo: "vigie.test".to_owned(),
        own_networks: nets.iter().map(|net| net.parse().unwrap()).collect(),
        controls: crate::kernel::Controls {
            smtp_hosts: vec![Name::new("control.test")],
            zones: Vec::new(),
        },
        ..Vantage::default()
    }
}

fn no_control() -> Vantage {
    Vantage { controls: crate::kernel::Controls::default(), ..vantage() }
}

/// A stream of the domain, or of another.
fn stream(from: &str, mail_from: Option<&str>) -> Target {
    let stream = Stream { mail_from: mail_from.map(Name::new), ..scripted::stream("news", from) };
    Target { streams: vec![stream], ..target() }
}

fn mx(records: &[(u16, &str)]) -> Answer {
    mx_at(DOMAIN, records)
}

fn mx_at(name: &str, records: &[(u16, &str)]) -> Answer {
    let data = records.iter().map(|(preference, exchange)| {
        Data::Mx(Record { preference: *preference, exchange: Name::new(exchange) })
    });
    holding(name, data.collect())
}

fn greets() -> SmtpTranscript {
    let replies = [(Stage::Greeting, 220, "mx"), (Stage::Ehlo, 250, "mx|STARTTLS")];
    conversation(&replies, Stage::Quit, StoppedBy::Done)
}

fn says(code: u16, text: &str) -> SmtpTranscript {
    conversation(&[(Stage::Greeting, code, text)], Stage::Greeting, StoppedBy::Reply)
}

fn refused() -> SmtpTranscript {
    conversation(&[], Stage::Connect, StoppedBy::ConnectionRefused)
}

fn silent() -> SmtpTranscript {
    conversation(&[], Stage::Connect, StoppedBy::Unknown(Reason::Timeout))
}

/// The time of the whole run was up before the conversation was.
fn cut_short() -> SmtpTranscript {
    SmtpTranscript::failed(Reason::Timeout)
}

/// One MX with an address of each family; the control host greets.
fn world() -> Scripted {
    Scripted::new()
        .answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com")]))
        .a("mx1.example.com", &["192.0.2.1"])
        .aaaa("mx1.example.com", &["2001:db8::1"])
        .smtp("192.0.2.1", greets())
        .smtp("2001:db8::1", greets())
        .a("control.test", &[CONTROL])
        .smtp(CONTROL, greets())
}

/// The same, with this conversation at both addresses.
fn both(said: fn() -> SmtpTranscript) -> Scripted {
    world().smtp("192.0.2.1", said()).smtp("2001:db8::1", said())
}

fn say(world: &Scripted, target: &Target, vantage: &Vantage) -> Vec<String> {
    judge::<Mx>(&observe::<Mx>(world, target, vantage), target, vantage)
}

#[test]
fn the_mx_set_and_its_targets_are_judged_from_dns() {
    let timeout = Reason::Timeout;
    let no_address = || {
        world().answer("mx1.example.com", Rtype::A, nodata()).answer(
            "mx1.example.com",
            Rtype::AAAA,
            nodata(),
        )
    };
    let second = |answer: Answer| {
        world()
            .answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com"), (20, "mx2.example.com")]))
            .answer("mx2.example.com", Rtype::A, answer)
    };
    let set = |records: &[(u16, &str)]| world().answer(DOMAIN, Rtype::MX, mx(records));
    let implicit = |answer: Answer| {
        world().answer(DOMAIN, Rtype::MX, nodata()).answer(DOMAIN, Rtype::A, answer)
    };
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("a host that greets",               world(),                                                    &[]),
        ("no MX and no address",             implicit(nodata()),                                         &["error mx.none example.com"]),
        ("no MX, the address is unknown",    implicit(rcode(Rcode::SERVFAIL)),                           &["indet. mx.lookup-failed example.com"]),
        ("no MX, an address that greets",    implicit(holding(DOMAIN, vec![Data::A([192, 0, 2, 1].into())])), &["warning mx.implicit example.com"]),
        ("a null MX",                        set(&[(0, ".")]),                                           &["info mx.null example.com"]),
        ("the root with a preference",       set(&[(10, ".")]),                                          &["critical mx.target-unresolvable ."]),
        ("the root beside a host",           set(&[(0, "."), (10, "mx1.example.com")]),                  &["error mx.null-with-others example.com"]),
        ("of two lost ones one is unknown",  no_address().answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com"), (20, "mx2.example.com")])).fails("mx2.example.com", Rtype::A, timeout), &["indet. mx.lookup-failed mx2.example.com"]),
        ("the MX question is unanswered",    world().fails(DOMAIN, Rtype::MX, timeout),                  &["indet. mx.lookup-failed example.com"]),
        ("the only target has no address",   no_address(),                                               &["critical mx.target-unresolvable mx1.example.com"]),
        ("one of two does not exist",        second(scripted::nxdomain()),                        &["error mx.target-unresolvable mx2.example.com"]),
        ("one of two is unknown",            second(rcode(Rcode::REFUSED)),                              &["indet. mx.lookup-failed mx2.example.com"]),
        ("an address as target",             set(&[(10, "192.0.2.1")]),                                  &["critical mx.target-unresolvable 192.0.2.1"]),
        ("a single label as target",         set(&[(10, "mx1")]),                                        &["critical mx.target-unresolvable mx1"]),
        ("one family alone is enough",       world().answer("mx1.example.com", Rtype::AAAA, nodata()),   &[]),
        ("a family that is unknown",         world().fails("mx1.example.com", Rtype::AAAA, timeout),     &["indet. mx.lookup-failed mx1.example.com"]),
        ("an alias as target",               world().answer("mx1.example.com", Rtype::A, alias("mx1.example.com", "host.example.net", "192.0.2.1")), &["warning mx.target-cname mx1.example.com"]),
        ("private addresses alone",          no_address().a("mx1.example.com", &["10.0.0.1", "127.0.0.1"]), &["critical mx.target-not-public mx1.example.com"]),
        ("private, and another is public",   second(holding("mx2.example.com", vec![Data::A([10, 0, 0, 1].into())])), &["error mx.target-not-public mx2.example.com"]),
        ("private, and another is gone",     no_address().answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com"), (20, "mx2.example.com")])).a("mx2.example.com", &["10.0.0.1"]), &["critical mx.target-unresolvable mx1.example.com", "critical mx.target-not-public mx2.example.com"]),
        ("private, and another is unknown",  second(rcode(Rcode::SERVFAIL)).a("mx1.example.com", &["10.0.0.1"]).answer("mx1.example.com", Rtype::AAAA, nodata()), &["indet. mx.lookup-failed mx2.example.com"]),
        ("a public address among them",      no_address().a("mx1.example.com", &["10.0.0.1", "192.0.2.1"]), &[]),
        ("private, the rest unknown",        world().a("mx1.example.com", &["10.0.0.1"]).fails("mx1.example.com", Rtype::AAAA, timeout), &["indet. mx.lookup-failed mx1.example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(say(&world, &target(), &vantage()), expected, "{rule}");
    }
}

#[test]
fn all_hosts_together_are_reachable_or_not() {
    let control = |said: SmtpTranscript| both(silent).smtp(CONTROL, said);
    let dead = &["critical mx.all-unreachable example.com"][..];
    let untold = &["indet. mx.lookup-failed example.com"][..];
    let six = |said: fn() -> SmtpTranscript| {
        let second = both(said).answer("mx1.example.com", Rtype::A, nodata());
        let second = second.a("mx2.example.com", &["192.0.2.2"]).smtp("192.0.2.2", greets());
        second.answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com"), (20, "mx2.example.com")]))
    };
    let blocked = || says(554, "blocked using zen.spamhaus.org");
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, Vantage, &[&str])> = vec![
        ("refused everywhere",               both(refused),                                       vantage(),    dead),
        ("554 everywhere",                   both(|| says(554, "no service")),                    vantage(),    dead),
        ("refused, without a control",       both(refused),                                       no_control(), dead),
        ("refused, and so is the control",   both(refused).smtp(CONTROL, refused()),              vantage(),    &[]),
        ("554 proves the way out",           both(|| says(554, "no")).smtp(CONTROL, refused()),   vantage(),    dead),
        ("IPv4 greets, IPv6 refuses",        both(refused).smtp("192.0.2.1", greets()).aaaa("control.test", &["2001:db8::ff"]).smtp("2001:db8::ff", greets()), vantage(), &["warning mx.ipv6-broken mx1.example.com"]),
        ("one IPv4 address refuses as well", both(refused).a("mx1.example.com", &["192.0.2.1", "192.0.2.2"]).smtp("192.0.2.1", greets()).smtp("192.0.2.2", refused()), no_control(), &["warning mx.ipv6-broken mx1.example.com", "error mx.some-unreachable mx1.example.com"]),
        ("the same, without a control",      both(refused).smtp("192.0.2.1", greets()),           no_control(), &["warning mx.ipv6-broken mx1.example.com"]),
        ("the same, no way out over IPv6",   both(refused).smtp("192.0.2.1", greets()).aaaa("control.test", &["2001:db8::ff"]).smtp("2001:db8::ff", silent()), vantage(), &[]),
        ("the control has no IPv6",          both(refused).smtp("192.0.2.1", greets()),           vantage(),    &[]),
        ("IPv4 refuses, IPv6 greets",        both(greets).smtp("192.0.2.1", refused()),           vantage(),    &["error mx.some-unreachable mx1.example.com"]),
        ("one IPv4 address refuses",         both(greets).a("mx1.example.com", &["192.0.2.1", "192.0.2.2"]).smtp("192.0.2.2", refused()), vantage(), &["error mx.some-unreachable mx1.example.com"]),
        ("one IPv4 address is silent",       both(greets).a("mx1.example.com", &["192.0.2.1", "192.0.2.2"]).smtp("192.0.2.2", silent()), vantage(), &[]),
        ("IPv4 greets, IPv6 turns away",     both(|| says(554, "no")).smtp("192.0.2.1", greets()), vantage(),    &[]),
        ("one IPv6 address refuses",         both(greets).aaaa("mx1.example.com", &["2001:db8::1", "2001:db8::2"]).smtp("2001:db8::2", refused()), vantage(), &["error mx.some-unreachable mx1.example.com"]),
        ("IPv6 alone, and it refuses",       six(refused),                                        no_control(), &["error mx.some-unreachable mx1.example.com"]),
        ("the same, seen over IPv6",         six(refused).aaaa("control.test", &["2001:db8::ff"]).smtp("2001:db8::ff", greets()), vantage(), &["error mx.some-unreachable mx1.example.com"]),
        ("the same, not seen over IPv6",     six(refused).aaaa("control.test", &["2001:db8::ff"]).smtp("2001:db8::ff", silent()), vantage(), &[]),
        ("IPv6 alone, and it is silent",     six(silent),                                         no_control(), &[]),
        ("the second host refuses",          both(greets).answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com"), (20, "mx2.example.com")])).a("mx2.example.com", &["192.0.2.2"]).smtp("192.0.2.2", refused()), vantage(), &["warning mx.some-unreachable mx2.example.com"]),
        ("one of two is not known",          both(refused).smtp("192.0.2.1", silent()),           vantage(),    untold),
        ("refused, a family is unknown",     both(refused).fails("mx1.example.com", Rtype::AAAA, Reason::Timeout), vantage(), &["indet. mx.lookup-failed mx1.example.com"]),
        ("blocked for who we are",           both(blocked),                                       vantage(),    untold),
        ("busy",                             both(|| says(421, "busy")),                          vantage(),    untold),
        ("not SMTP",                         both(|| conversation(&[], Stage::Greeting, StoppedBy::NotSmtp)), vantage(), untold),
        ("silent, the control greets",       both(silent),                                        vantage(),    &["error mx.silent example.com"]),
        ("silent, the control turns away",   control(says(554, "no")),                            vantage(),    &["error mx.silent example.com"]),
        ("silent, the control is silent",    control(silent()),                                   vantage(),    &[]),
        ("silent, the control is off",       both(silent),                                        no_control(), untold),
        ("silent, the control is unknown",   both(silent).fails("control.test", Rtype::A, Reason::Timeout), vantage(), untold),
        ("no time was left to ask",          both(cut_short),                                     vantage(),    untold),
        ("no time left for the control",     control(cut_short()),                                vantage(),    untold),
        ("silent, the control not recorded", control(SmtpTranscript::failed(Reason::NotRecorded)), vantage(),   untold),
    ];
    for (rule, world, vantage, expected) in cases {
        assert_eq!(say(&world, &target(), &vantage), expected, "{rule}");
    }
}

#[test]
fn what_a_domain_is_for_weighs() {
    let none = || world().answer(DOMAIN, Rtype::MX, nodata()).answer(DOMAIN, Rtype::A, nodata());
    let null = || world().answer(DOMAIN, Rtype::MX, mx(&[(0, ".")]));
    let web = || none().a(DOMAIN, &["192.0.2.80"]).smtp("192.0.2.80", refused());
    let profile = |profile| Target { profile, ..target() };
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, Target, &[&str])> = vec![
        ("a parked domain needs no MX",          none(), profile(Profile::Parked),                  &["info mx.none example.com"]),
        ("nor does its web server take mail",    web(),  profile(Profile::Parked),                  &["warning mx.implicit example.com"]),
        ("the web server of another does not",   web(),  profile(Profile::Both),                    &["warning mx.implicit example.com", "error mx.all-unreachable example.com"]),
        ("nor does that of a sender",            web(),  profile(Profile::Sender),                  &["warning mx.implicit example.com"]),
        ("nobody sends for it either",           web().txt(DOMAIN, &["v=spf1 -all"]),  profile(Profile::Both), &["warning mx.implicit example.com", "warning mx.all-unreachable example.com"]),
        ("nobody sends, and there is no host",   none().txt(DOMAIN, &["v=spf1 -all"]), profile(Profile::Both), &["warning mx.none example.com"]),
        ("whether somebody sends is unknown",    none().fails(DOMAIN, Rtype::TXT, Reason::Timeout), profile(Profile::Both), &["indet. mx.lookup-failed example.com"]),
        ("somebody sends for it",                none().txt(DOMAIN, &["v=spf1 a -all"]), profile(Profile::Both), &["error mx.none example.com"]),
        ("a sender without MX",                  none(), profile(Profile::Sender),                  &["error mx.none example.com"]),
        ("the From domain without MX",           none(), stream(DOMAIN, None),                      &["critical mx.none example.com"]),
        ("the return path without MX",           none(), stream("other.test", Some(DOMAIN)),        &["critical mx.none example.com"]),
        ("a null MX on a receiver",              null(), profile(Profile::Receiver),                &["info mx.null example.com"]),
        ("a null MX on a parked domain",         null(), profile(Profile::Parked),                  &[]),
        ("it has SPF that lets nobody pass",     null().txt(DOMAIN, &["v=spf1 ~all"]), profile(Profile::Parked), &[]),
        ("it has SPF that lets somebody pass",   null().txt(DOMAIN, &["v=spf1 a -all"]), profile(Profile::Parked), &[]),
        ("a stream of a parked domain",          null(), Target { profile: Profile::Parked, ..stream(DOMAIN, None) }, &["critical mx.null example.com"]),
        ("SPF of a parked domain is unknown",    null().fails(DOMAIN, Rtype::TXT, Reason::Timeout), profile(Profile::Parked), &[]),
        ("a null MX on a sender",                null(), profile(Profile::Sender),                  &["critical mx.null example.com"]),
        ("a null MX on the From domain",         null(), stream(DOMAIN, None),                      &["critical mx.null example.com"]),
        ("a null MX on the return path",         null(), stream("other.test", Some(DOMAIN)),        &["critical mx.null example.com"]),
        ("a null MX beside another's stream",    null(), stream("other.test", None),                &["info mx.null example.com"]),
    ];
    for (rule, world, target, expected) in cases {
        assert_eq!(say(&world, &target, &vantage()), expected, "{rule}");
    }
}

#[test]
fn facts_are_the_same_for_equal_worlds_and_hold_no_words_of_hosts() {
    let shuffled = world()
        .answer(DOMAIN, Rtype::MX, mx(&[(20, "mx2.example.com"), (10, "mx1.example.com")]))
        .a("mx1.example.com", &["192.0.2.9", "192.0.2.1"])
        .smtp("192.0.2.9", says(220, "hello, it is noon"));
    let sorted = world()
        .answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com"), (20, "mx2.example.com")]))
        .a("mx1.example.com", &["192.0.2.1", "192.0.2.9"])
        .smtp("192.0.2.9", says(220, "hello, it is midnight"));
    let facts = |world: &Scripted| -> MxFacts { observe::<Mx>(world, &target(), &vantage()) };
    assert_eq!(facts(&shuffled), facts(&sorted));
    assert_eq!(facts(&sorted).control, None, "nobody is asked without need");
    assert_eq!(facts(&sorted).contacts().filter(|c| *c == Contact::Greets).count(), 3);
}

#[test]
fn at_most_sixteen_addresses_are_asked_and_private_ones_only_when_allowed() {
    let many: Vec<String> = (1..=20).map(|last| format!("192.0.2.{last}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let crowded = world().a("mx1.example.com", &many);
    assert_eq!(observe::<Mx>(&crowded, &target(), &vantage()).contacts().count(), 16);

    let private = world().a("mx1.example.com", &["10.0.0.1"]).smtp("10.0.0.1", greets());
    let asked = |allow_private| {
        let vantage = Vantage { allow_private, ..vantage() };
        observe::<Mx>(&private, &target(), &vantage).contacts().count()
    };
    assert_eq!((asked(false), asked(true)), (1, 2));
}

#[test]
fn control_hosts_are_asked_one_after_the_other() {
    let two = Vantage {
        controls: crate::kernel::Controls {
            smtp_hosts: vec![Name::new("control.test"), Name::new("second.test")],
            zones: Vec::new(),
        },
        ..vantage()
    };
    let second = |said| {
        both(silent)
            .smtp(CONTROL, silent())
            .a("second.test", &["198.51.100.251"])
            .smtp("198.51.100.251", said)
    };
    #[rustfmt::skip]
    let cases = [
        ("the second greets",      second(greets()),                               Control::Passed),
        ("neither answers",        second(silent()),                               Control::Failed),
        ("the second has no name", both(silent).smtp(CONTROL, silent()),           Control::Unknown),
        ("no route from here",     second(SmtpTranscript::failed(Reason::Network)), Control::Failed),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(observe::<Mx>(&world, &target(), &two).control, Some(expected), "{rule}");
    }
}

#[test]
fn no_lost_answer_accuses() {
    assert_no_loss_accuses::<Mx>(world, &target(), &vantage());
    assert_no_loss_accuses::<Mx>(|| both(refused), &target(), &vantage());
    assert_no_loss_accuses::<Mx>(
        || {
            let web = world().answer(DOMAIN, Rtype::MX, nodata()).a(DOMAIN, &["192.0.2.80"]);
            web.smtp("192.0.2.80", refused()).txt(DOMAIN, &["v=spf1 -all"])
        },
        &target(),
        &vantage(),
    );
    assert_no_loss_accuses::<Mx>(
        || world().answer(DOMAIN, Rtype::MX, nodata()).answer(DOMAIN, Rtype::A, nodata()),
        &target(),
        &vantage(),
    );
    let untold = ["indet. mx.lookup-failed example.com"];
    for lost in ["192.0.2.1", "2001:db8::1"] {
        let world = both(refused).smtp(lost, silent());
        assert_eq!(say(&world, &target(), &vantage()), untold, "without {lost}");
    }
}

/// RFC 1035 §5.1: without its final dot a name has the zone's name appended, which may be one above the domain.
#[test]
fn a_host_that_lacks_its_final_dot_is_named_where_it_is_certain() {
    let pointing =
        |host: &str| world().answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com"), (20, host)]));
    let google =
        || pointing("aspmx.l.google.com.example.com").a("aspmx.l.google.com", &["192.0.2.9"]);
    #[rustfmt::skip]
    let cases: [(&str, Scripted, &str, Option<&str>); 4] = [
        ("a provider's host",        google(),                                                                 "domain-appended", Some("20 aspmx.l.google.com.")),
        ("it has no address either", pointing("aspmx.l.google.com.example.com"),                               "no-address",      None),
        ("a stranger's host",        pointing("mail.shop.example.com").a("mail.shop", &["192.0.2.9"]),         "no-address",      None),
        ("a host of the domain",     pointing("mx1.example.com.example.com"),                                  "domain-twice",    Some("20 mx1.example.com.")),
    ];
    for (rule, world, reason, fix) in cases {
        let facts = observe::<Mx>(&world, &target(), &vantage());
        let said = findings::<Mx>(&facts, &target(), &vantage());
        let lost = said.iter().find(|one| one.id == "mx.target-unresolvable").expect(rule);
        let proposed = lost.fix.first().and_then(|change| change.value.as_deref());
        assert_eq!((&*lost.params["reason"], proposed), (reason, fix), "{rule}");
    }
    let below = Target::new(Name::new("news.example.com"));
    let hosts = [(10, "mx1.example.com.example.com"), (20, "mx1.example.com")];
    let all = mx_at("news.example.com", &hosts);
    let world = world().answer("news.example.com", Rtype::MX, all);
    let facts = observe::<Mx>(&world, &below, &vantage());
    let said = findings::<Mx>(&facts, &below, &vantage());
    let lost = said.iter().find(|one| one.id == "mx.target-unresolvable").expect("it is lost");
    assert_eq!(lost.params["reason"], "domain-twice");
    let change = &lost.fix[0];
    assert_eq!(
        (change.name.as_str(), change.value.as_deref()),
        ("news.example.com", Some("10 mx1.example.com."))
    );
}

#[test]
fn a_record_left_over_from_a_verification_loses_no_mail() {
    let beside = |host: &str| {
        world().answer(DOMAIN, Rtype::MX, mx(&[(10, "mx1.example.com"), (32767, host)]))
    };
    let alone = |host: &str| world().answer(DOMAIN, Rtype::MX, mx(&[(32767, host)]));
    #[rustfmt::skip]
    let cases = [
        ("Microsoft's",        beside("ms12345678.msv1.invalid"),            "info mx.target-unresolvable ms12345678.msv1.invalid"),
        ("Google's",           beside("abc.mx-verification.google.com"),     "info mx.target-unresolvable abc.mx-verification.google.com"),
        ("the place itself",   beside("msv1.invalid"),                       "error mx.target-unresolvable msv1.invalid"),
        ("there is no other",  alone("ms12345678.msv1.invalid"),             "critical mx.target-unresolvable ms12345678.msv1.invalid"),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(say(&world, &target(), &vantage()), [expected], "{rule}");
    }
}
