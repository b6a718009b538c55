mod errors;
mod former;
mod rows;
mod selection;
mod senders;
mod trees;

use super::{Facts, Spf};
use crate::kernel::{
    Action, Data, Finding, Mx, Name, Profile, Reason, Rtype, Target, Text, Vantage,
};
use crate::scripted::{Scripted, assert_no_loss_accuses, findings, holding, judge, observe};

const DOMAIN: &str = "example.com";

fn target() -> Target {
    Target::new(Name::new(DOMAIN))
}

fn facts(world: &Scripted) -> Facts {
    observe::<Spf>(world, &target(), &Vantage::default())
}

fn said(world: &Scripted) -> Vec<String> {
    judge::<Spf>(&facts(world), &target(), &Vantage::default())
}

/// A world with one record, a host and an included record.
fn publishing(record: &str) -> Scripted {
    Scripted::new()
        .txt(DOMAIN, &[record])
        .txt("_spf.example.net", &["v=spf1 ip4:198.41.0.4 -all"])
        .a("mail.example.com", &["198.41.0.25"])
        .unregistered("gone-provider.com")
        .answer(
            "example.net",
            Rtype::NS,
            holding("example.net", vec![Data::Ns(Name::new("ns.example.net"))]),
        )
}

#[test]
fn the_record_that_is_proposed_heals() {
    let cut = format!("v=spf1 {}", "ip4:198.41.0.4 ".repeat(16));
    let cases = [
        ("lookalike", "v=spf1; ip4:198.41.0.4; -all".to_owned()),
        ("lookalike", "\u{feff}v=spf1 ip4:198.41.0.4 -all".to_owned()),
        ("non-ascii", "v=spf1 ip4:198.41.0.4 \u{2013}all".to_owned()),
        ("void-term", "v=spf1 a:old.example.com ip4:198.41.0.4 -all".to_owned()),
        (
            "too-many-void",
            "v=spf1 ip4:198.41.0.4 a:o1.example.com a:o2.example.com a:o3.example.com -all"
                .to_owned(),
        ),
        ("include-no-record", "v=spf1 ip4:198.41.0.4 include:gone.example.net -all".to_owned()),
        (
            "include-takeover",
            "v=spf1 ip4:198.41.0.4 include:_spf.gone-provider.com -all".to_owned(),
        ),
        ("loop", "v=spf1 ip4:198.41.0.4 include:example.com -all".to_owned()),
        ("redirect-ignored", "v=spf1 ip4:198.41.0.4 redirect=_spf.example.net -all".to_owned()),
        ("terms-after-all", "v=spf1 -all ip4:198.41.0.4 all".to_owned()),
        ("plus-all", "v=spf1 ip4:198.41.0.4 all".to_owned()),
        ("plus-all", "v=spf1 ip4:198.41.0.4 all -all".to_owned()),
        ("plus-all", "v=spf1 ip4:198.41.0.4 +all include:_spf.example.net".to_owned()),
        ("neutral-all", format!("{cut}?all")),
        ("neutral-all", "v=spf1 ip4:198.41.0.4".to_owned()),
        ("private-ip", "v=spf1 ip4:10.0.0.0/8 ip4:198.41.0.4 -all".to_owned()),
    ];
    for (condition, record) in cases {
        let id = format!("spf.{condition}");
        let before = finding(&publishing(&record), &id);
        let fix = &before.unwrap_or_else(|| panic!("{id}: {record} does not raise it")).fix;
        let [change] = fix.as_slice() else { panic!("{id}: {record}: {fix:?}") };
        let value = change.value.as_deref().expect("a record takes its place");
        assert_eq!((change.action, change.name.as_str()), (Action::Replace, DOMAIN), "{id}");
        let after = said(&publishing(value));
        assert!(!after.iter().any(|line| line.contains(&id)), "{id}: {value}: {after:?}");
        let worse = |line: &&String| line.contains("syntax") || line.starts_with("critical");
        assert_eq!(after.iter().find(worse), None, "{id}: {value}");
    }
}

/// It would heal the finding, and nobody could send any more.
#[test]
fn a_record_that_lists_nobody_is_proposed_to_nobody_who_sends() {
    let cases = [
        ("include-no-record", "v=spf1 include:gone.example.net -all"),
        ("loop", "v=spf1 include:example.com -all"),
        ("plus-all", "v=spf1 +all"),
        ("neutral-all", "v=spf1 ?all"),
    ];
    for (condition, record) in cases {
        let found = finding(&publishing(record), &format!("spf.{condition}"));
        let found = found.unwrap_or_else(|| panic!("{condition}: {record} does not raise it"));
        assert_eq!(found.fix, [], "{condition}: {record}");
    }
}

fn finding(world: &Scripted, id: &str) -> Option<Finding> {
    let all = findings::<Spf>(&facts(world), &target(), &Vantage::default());
    all.into_iter().find(|finding| finding.id == id)
}

#[test]
fn strings_that_glue_terms_are_parted() {
    let strings = |parts: &[&str]| {
        let text = Text::new(parts.iter().map(|part| part.as_bytes().to_vec()).collect());
        Scripted::new().answer(DOMAIN, Rtype::TXT, holding(DOMAIN, vec![Data::Txt(text)]))
    };
    let id = "spf.split-joins-terms";
    #[rustfmt::skip]
    let cases: [(&str, &[&str], Option<&str>); 6] = [
        ("two networks",               &["v=spf1 ip4:198.41.0.0/24", "ip4:199.7.83.0/24 -all"],   Some("v=spf1 ip4:198.41.0.0/24 ip4:199.7.83.0/24 -all")),
        ("an end that is glued on",    &["v=spf1 include:_spf.example.net", "-all"],              Some("v=spf1 include:_spf.example.net -all")),
        ("a name that becomes longer", &["v=spf1 include:_spf.example.net", "include:b.com -all"], Some("v=spf1 include:_spf.example.net include:b.com -all")),
        ("a space at the seam",        &["v=spf1 ip4:198.41.0.0/24 ", "ip4:199.7.83.0/24 -all"],  None),
        ("an address cut in two",      &["v=spf1 ip4:198.41.", "0.4 -all"],                       None),
        ("a name cut in two",          &["v=spf1 include:_spf.exa", "mple.net -all"],             None),
    ];
    for (rule, parts, healed) in cases {
        let world = strings(parts);
        let told_twice = said(&world).iter().any(|line| line.contains("spf.syntax"));
        assert!(healed.is_none() || !told_twice, "{rule}: what the seam makes is not told again");
        let found = finding(&world, id);
        let value = found.and_then(|finding| finding.fix[0].value.clone());
        assert_eq!(value.as_deref(), healed, "{rule}");
    }
}

#[test]
fn the_obsolete_type_is_told_and_deleted() {
    let old = |text: &str| {
        let mut hex = format!("{:02x}", text.len());
        hex.extend(text.bytes().map(|octet| format!("{octet:02x}")));
        let data = Data::Other { rtype: Rtype::SPF, hex };
        publishing("v=spf1 ip4:198.41.0.4 -all").answer(
            DOMAIN,
            Rtype::SPF,
            holding(DOMAIN, vec![data]),
        )
    };
    let same = old("v=spf1 ip4:198.41.0.4 -all");
    assert_eq!(said(&same), ["info spf.obsolete-records example.com"]);
    let fix = &finding(&same, "spf.obsolete-records").expect("said above").fix[0];
    assert_eq!((fix.action, fix.rtype), (Action::Delete, Rtype::SPF));
    assert_eq!(said(&old("v=spf1 +all")), ["warning spf.obsolete-records example.com"]);
    let lost = old("v=spf1 +all").fails(DOMAIN, Rtype::TXT, Reason::Timeout);
    assert_eq!(said(&lost), ["indet. spf.temperror example.com"]);
}

#[test]
fn a_tree_that_cannot_be_counted_says_so_and_nothing_more() {
    let ten = "a:mail.example.com ".repeat(10);
    let looping = format!("v=spf1 include:example.com {ten}-all");
    let lost = |name| {
        publishing("v=spf1 include:_spf.example.net -all").fails(name, Rtype::TXT, Reason::Timeout)
    };
    let below = publishing("v=spf1 include:b.example.com -all")
        .txt("b.example.com", &["v=spf1 include:_spf.example.net -all"])
        .fails("_spf.example.net", Rtype::TXT, Reason::Timeout);
    #[rustfmt::skip]
    let cases = [
        ("more than ten",             publishing(&format!("v=spf1 {ten}a:mail.example.com -all")), &["error spf.too-many-lookups example.com"][..]),
        ("a loop is over any limit",  publishing(&looping),                                        &["error spf.loop example.com"]),
        ("the record is not told",    lost(DOMAIN),                                                &["indet. spf.temperror example.com"]),
        ("an include is not told",    lost("_spf.example.net"),                                    &["indet. spf.temperror example.com"]),
        ("one below is not told",     below,                                                       &["indet. spf.temperror example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world), expected, "{rule}");
    }
}

#[test]
fn a_name_with_too_many_hosts_is_said_once() {
    let hosts = |name: &str| {
        let host = |n: u16| {
            Data::Mx(Mx { preference: n, exchange: Name::new(&format!("m{n}.example.com")) })
        };
        holding(name, (0..11).map(host).collect())
    };
    let names = |record: &str| {
        publishing(record).answer("a.example.com", Rtype::MX, hosts("a.example.com")).answer(
            "b.example.com",
            Rtype::MX,
            hosts("b.example.com"),
        )
    };
    let of = |name| format!("error spf.mx-too-many-names {name}");
    let cases = [
        ("once", "v=spf1 mx:a.example.com -all", vec![of("a.example.com")]),
        (
            "twice the same",
            "v=spf1 mx:a.example.com mx:a.example.com/24 -all",
            vec![of("a.example.com")],
        ),
        (
            "two",
            "v=spf1 mx:a.example.com mx:b.example.com -all",
            vec![of("a.example.com"), of("b.example.com")],
        ),
    ];
    for (rule, record, expected) in cases {
        let said: Vec<String> = said(&names(record))
            .into_iter()
            .filter(|line| line.contains("too-many-names"))
            .collect();
        assert_eq!(said, expected, "{rule}");
    }
}

#[test]
fn a_tree_of_any_shape_is_read_within_bounds() {
    let wide: Vec<String> = (0..200).map(|n| format!("include:i{n}.example.com")).collect();
    let world =
        (0..200).fold(publishing(&format!("v=spf1 {} -all", wide.join(" "))), |world, n| {
            world.txt(&format!("i{n}.example.com"), &["v=spf1 include:_spf.example.net -all"])
        });
    let seen = facts(&world);
    assert!(!seen.complete && seen.lookups >= 200, "{}", seen.lookups);
    assert!(world.asked.lock().expect("nobody panicked").len() < 100);
    assert_eq!(seen, facts(&world), "what is left out does not depend on the order of answers");

    let deep = (0..40).fold(publishing("v=spf1 include:d0.example.com -all"), |world, n| {
        world.txt(
            &format!("d{n}.example.com"),
            &[&format!("v=spf1 include:d{}.example.com -all", n + 1)],
        )
    });
    assert!(said(&deep).contains(&"error spf.too-many-lookups example.com".to_owned()));
}

#[test]
fn losing_any_one_answer_never_adds_a_failing_finding() {
    let worlds: [fn() -> Scripted; 12] = [
        Scripted::new,
        || publishing("v=spf1 include:gone.example.net ip4:198.40.0.0/15 +all"),
        || {
            publishing(
                "v=spf1 include:_spf.example.net mx a:old.example.com ip4:198.40.0.0/15 ?all",
            )
        },
        || {
            publishing("v=spf1 mx redirect=_spf.example.net")
                .txt("_spf.example.net", &["v=spf1 all"])
        },
        || publishing("v=spf1 foo include:gone.example.net a:mail.example.com +all"),
        || publishing("v=spf1; -all"),
        || publishing("v=spf1 include:_spf.gone-provider.com a:old.example.com mx -all"),
        || publishing("v=spf1 a:o1.example.com a:o2.example.com a:o3.example.com ?all"),
        || publishing("v=spf1 include:_spf.example.net redirect=_spf.example.net"),
        || publishing(&format!("v=spf1 {} -all", "a:mail.example.com ".repeat(11))),
        || {
            let host = Mx { preference: 10, exchange: Name::new("route1.mx.cloudflare.net") };
            publishing("v=spf1 include:_spf.mx.cloudflare.net -all")
                .txt("_spf.mx.cloudflare.net", &["v=spf1 ip4:198.41.0.9 -all"])
                .answer(DOMAIN, Rtype::MX, holding(DOMAIN, vec![Data::Mx(host)]))
        },
        || {
            publishing("v=spf1 -all include:pass.example.net")
                .txt("pass.example.net", &["v=spf1 ip4:198.41.0.9 -all"])
        },
    ];
    let sending =
        Target { sending_ips: vec!["198.41.0.9".parse().expect("written here")], ..target() };
    let parked = Target { profile: Profile::Parked, ..target() };
    let receiver = Target { profile: Profile::Receiver, ..target() };
    for world in worlds {
        for target in [&sending, &parked, &receiver] {
            assert_no_loss_accuses::<Spf>(world, target, &Vantage::default());
        }
    }
}
