//! Where is the key of a selector, and where did somebody put it by mistake?

use super::*;

/// The rule, the world, what is said, in which case of its words, and what is proposed.
type Case<'a> = (&'a str, Scripted, &'a str, Option<&'a str>, &'a [&'a str]);

fn good() -> String {
    format!("v=DKIM1; k=rsa; p={RSA_2048}")
}

#[test]
fn a_key_above_the_domain_counts_up_to_the_organizational_domain() {
    let below = "a.news.example.com";
    let target = Target { selectors: vec!["s1".to_owned()], ..Target::new(Name::new(below)) };
    let own = "s1._domainkey.a.news.example.com";
    let next = "s1._domainkey.news.example.com";
    let good = good();
    let world = Scripted::new;
    let missing = &["critical dkim.selector-missing s1._domainkey.a.news.example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("nowhere",                    world(),                                                   missing),
        ("one above",                  world().txt(next, &[&good]),                               &[]),
        ("two above",                  world().txt(NAME, &[&good]),                               &[]),
        ("that of the suffix is none", world().txt("s1._domainkey.com", &[&good]),                missing),
        ("it is judged there",         world().txt(NAME, &[&format!("p={RSA_1024}")]),            &["warning dkim.key-1024 s1._domainkey.example.com"]),
        ("its own comes first",        world().txt(own, &["p="]).txt(NAME, &[&good]),             &["error dkim.revoked s1._domainkey.a.news.example.com"]),
        ("what is untold stands in the way", world().txt(NAME, &[&good]).fails(next, Rtype::TXT, Reason::Timeout), &["indet. dkim.lookup-failed s1._domainkey.news.example.com"]),
        ("a text that is no key",      world().txt(own, &["v=spf1 -all"]).txt(NAME, &[&good]),    &[]),
        ("an alias to nowhere",        world().answer(own, Rtype::TXT, alias(own, "s1.example.net")).txt(NAME, &[&good]), &["critical dkim.cname-dangling s1._domainkey.a.news.example.com"]),
        ("an alias to nowhere above",  world().answer(NAME, Rtype::TXT, alias(NAME, "s1.example.net")), &["critical dkim.cname-dangling s1._domainkey.example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, &target), expected, "{rule}");
    }
    // Where the key is at its own name, nothing above is asked.
    let world = world().txt(own, &[&good]);
    assert_eq!(said(&world, &target), Vec::<String>::new());
    let asked = world.asked.lock().expect("nobody panicked");
    assert!(asked.iter().all(|question| question.name.is_at_or_below(&target.domain)));
}

#[test]
fn names_above_without_end_cost_few_questions() {
    let labels = ["a"; 40].join(".");
    let deep = Name::new(&format!("{labels}.example.com"));
    let target = Target { selectors: vec!["s1".to_owned()], ..Target::new(deep) };
    let world = Scripted::new().txt(NAME, &[&good()]);
    assert_eq!(said(&world, &target), Vec::<String>::new());
    assert!(world.asked.lock().expect("nobody panicked").len() < 20);
}

/// The case of the only finding, and its changes.
fn mended(world: &Scripted) -> (String, Option<String>, Vec<String>) {
    let mut found = told(world);
    assert_eq!(found.len(), 1);
    let finding = found.remove(0);
    let changes = finding.fix.iter().map(|change| {
        let value = change.value.as_deref().or(change.old.as_deref()).unwrap_or_default();
        let value = if value.len() > 80 { "the key" } else { value };
        format!("{:?} {} {} {value}", change.action, change.name, change.rtype)
    });
    let changes = changes.collect();
    (finding.id.clone(), case_of(&finding).map(str::to_owned), changes)
}

#[test]
fn what_stands_beside_its_place_is_moved_there() {
    let kept = "s1.example.net";
    let good = good();
    let doubled = "s1._domainkey.example.com.example.com";
    let (bare, twice) = ("s1.example.com", "s1._domainkey._domainkey.example.com");
    let aliased = |name: &str, to: &str| {
        Scripted::new().answer(name, Rtype::TXT, alias(name, to)).txt(kept, &[&good])
    };
    let beside =
        |label: &str| format!("{}.{label}", Vantage::default().random_label("dkim-beside"));
    let missing = "dkim.selector-missing";
    let add = &["Add s1._domainkey.example.com TXT the key"][..];
    let lead = &["Add s1._domainkey.example.com CNAME s1.example.net."][..];
    let swap = &["Delete s1._domainkey.example.com TXT s1.example.net", lead[0]][..];
    let dot = &["Replace s1._domainkey.example.com CNAME s1.example.net."][..];
    #[rustfmt::skip]
    let cases: Vec<Case> = vec![
        ("nothing",                 Scripted::new(),                                    missing, None, &[]),
        ("the domain twice",        Scripted::new().txt(doubled, &[&good]),             missing, Some("misplaced"), add),
        ("without _domainkey",      Scripted::new().txt(bare, &[&good]),                missing, Some("misplaced"), add),
        ("with it twice",           Scripted::new().txt(twice, &[&good]),               missing, Some("misplaced"), add),
        ("no key",                  Scripted::new().txt(bare, &["v=spf1 -all"]),        missing, None, &[]),
        ("a key of every name",     Scripted::new().txt(bare, &[&good]).txt(&beside("example.com"), &[&good]), missing, None, &[]),
        ("an alias moves itself",   aliased(doubled, kept),                             missing, Some("misplaced-alias"), lead),
        ("a target as text",        Scripted::new().txt(NAME, &[kept]).txt(kept, &[&good]), missing, Some("spelled"), swap),
        ("one without a key",       Scripted::new().txt(NAME, &[kept]),                 missing, Some("other"), &[]),
        ("one named after DKIM",    Scripted::new().txt(NAME, &["dkim.example.net"]),   missing, Some("other"), &[]),
        ("another text",            Scripted::new().txt(NAME, &["ms=1"]),               missing, Some("other"), &[]),
        ("no final dot",            aliased(NAME, "s1.example.net.example.com"),        "dkim.cname-dangling", Some("dot"), dot),
        ("nor a key without it",    aliased(NAME, "s2.example.net.example.com"),        "dkim.cname-dangling", None, &[]),
    ];
    for (rule, world, id, case, changes) in cases {
        let (found, told, mended) = mended(&world);
        assert_eq!((found.as_str(), told.as_deref()), (id, case), "{rule}");
        assert_eq!(mended, changes, "{rule}");
    }
}

#[test]
fn losing_any_answer_about_a_place_never_adds_a_failing_finding() {
    let below =
        Target { selectors: vec!["s1".to_owned()], ..Target::new(Name::new("a.example.com")) };
    let worlds: [fn() -> Scripted; 2] = [
        || Scripted::new().txt(NAME, &[&format!("p={RSA_1024}")]),
        || Scripted::new().txt("s1.a.example.com", &[&format!("p={RSA_1024}")]),
    ];
    for world in worlds {
        assert_no_loss_accuses::<Dkim>(world, &below, &Vantage::default());
    }
}

#[test]
fn a_name_below_need_not_sign_where_its_organizational_domain_can() {
    let bounces = Target::new(Name::new("bounce.example.com"));
    let above = "_domainkey.example.com";
    let good = good();
    let none = &["warning dkim.none-published bounce.example.com"][..];
    let quiet = &["info dkim.none-published bounce.example.com"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("neither can",          Scripted::new(),                                                      none),
        ("it can",               Scripted::new().answer(above, Rtype::TXT, nodata()),                  quiet),
        ("though it is denied",  Scripted::new().txt("google._domainkey.example.com", &[&good]),       quiet),
        ("it could not be told", Scripted::new().fails(above, Rtype::TXT, Reason::Timeout),            &["indet. dkim.lookup-failed _domainkey.example.com"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world, &bounces), expected, "{rule}");
    }
    assert_no_loss_accuses::<Dkim>(
        || Scripted::new().answer("_domainkey.example.com", Rtype::TXT, nodata()),
        &bounces,
        &Vantage::default(),
    );
}
