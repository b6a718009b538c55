//! Lists that do not answer us.

use super::{healthy, list, target, vantage};
use crate::blocklist::BlocklistCheck;
use crate::kernel::{Blocklist, Finding, ListKind, Name, Reason, Rtype, Vantage};
use crate::scripted::{Scripted, assert_no_loss_accuses, findings, observe};

/// Beside the two lists that pass, three that may refuse; the last is asked with a key.
fn lists() -> Vantage {
    let codes = [("127.0.0.2", "critical"), ("127.0.0.1", "refused")];
    let of = |id| list(id, ListKind::Ip, &codes);
    let keyed = Blocklist { zone: Name::new("_key.zen.example.net"), ..of("keyed") };
    let mut vantage = vantage();
    vantage.blocklists.extend([of("first"), of("second"), keyed]);
    vantage
}

fn world(first: &str, second: &str) -> Scripted {
    healthy()
        .a("2.0.0.127.first.example.net", &[first])
        .a("2.0.0.127.second.example.net", &[second])
        .a("2.0.0.127._key.zen.example.net", &["127.0.0.2"])
}

fn found(world: &Scripted) -> Vec<Finding> {
    let facts = observe::<BlocklistCheck>(world, &target(), &lists());
    findings::<BlocklistCheck>(&facts, &target(), &lists())
}

fn said(world: &Scripted) -> Vec<String> {
    let line = |one: Finding| {
        let case = one.params.get("case").map_or("", String::as_str);
        format!("{} {} {case}", one.id, one.subject)
    };
    found(world).into_iter().map(line).collect()
}

#[test]
fn what_several_lists_say_of_the_resolver_is_said_once() {
    let (passes, public, volume, unsaid) =
        ("127.0.0.2", "127.255.255.254", "127.255.255.255", "127.0.0.1");
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("all answer",                    world(passes, passes),            &[]),
        ("a public resolver",             world(public, passes),            &["blocklist.refused first public-resolver"]),
        ("so say two",                    world(public, public),            &["blocklist.refused first, second public-resolver"]),
        ("one says it, one says nothing", world(unsaid, public),            &["blocklist.refused first, second public-resolver"]),
        ("too many questions",            world(volume, unsaid),            &["blocklist.refused first, second turned-away"]),
        ("a zone that is none",           world("127.255.255.252", passes), &["blocklist.refused first misspelt"]),
        ("two reasons",                   world("127.255.255.252", public), &["blocklist.refused first misspelt", "blocklist.refused second public-resolver"]),
        ("silence is another reason",     world(passes, public).fails("2.0.0.127.first.example.net", Rtype::A, Reason::Timeout), &["blocklist.refused first ", "blocklist.refused second public-resolver"]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world), expected, "{rule}");
    }
    let both = &found(&world("127.255.255.254", "127.255.255.254"))[0];
    assert_eq!(both.params["list"], "first, second");
    assert_eq!(both.evidence["lists"], serde_json::json!(["first", "second"]));
    assert_eq!(both.evidence["seen"]["second"]["zone"], "second.example.net");
}

#[test]
fn where_no_list_answers_the_cause_that_all_share_is_told() {
    let mut alone = lists();
    alone.blocklists.retain(|list| list.id == "first" || list.id == "second");
    let late =
        |world: Scripted| world.fails("2.0.0.127.second.example.net", Rtype::A, Reason::Timeout);
    let misspelt = "127.255.255.252";
    #[rustfmt::skip]
    let cases = [
        ("each is a slip",           world(misspelt, misspelt),                  Some("misspelt")),
        ("one turns us away",        world(misspelt, "127.0.0.1"),               Some("turned-away")),
        ("one calls us public",      world("127.255.255.254", misspelt),         Some("public-resolver")),
        ("one is silent",            late(world(misspelt, misspelt)),            None),
    ];
    for (rule, world, case) in cases {
        let facts = observe::<BlocklistCheck>(&world, &target(), &alone);
        let found = findings::<BlocklistCheck>(&facts, &target(), &alone);
        let told: Vec<_> = found.iter().map(|one| one.params.get("case").cloned()).collect();
        assert_eq!(told, [case.map(str::to_owned)], "{rule}");
    }
}

#[test]
fn what_is_said_of_several_lists_hides_what_each_may_have_told() {
    let both = &found(&world("127.255.255.254", "127.255.255.254"))[0];
    let listed = |list: &str| {
        let listed = healthy().a("10.2.0.192.ips.example.net", &["127.0.0.2"]);
        let facts = observe::<BlocklistCheck>(&listed, &target(), &vantage());
        let found = findings::<BlocklistCheck>(&facts, &target(), &vantage());
        Finding { subject: format!("{list}/192.0.2.10"), ..found[0].clone() }
    };
    let hidden = ["first", "second", "ips", "firs"].map(|list| both.may_hide(&listed(list)));
    assert_eq!(hidden, [true, true, false, false]);
}

#[test]
fn a_key_that_is_not_accepted_is_told_as_that() {
    let test = "2.0.0.127._key.zen.example.net";
    let bare = || {
        healthy()
            .a("2.0.0.127.first.example.net", &["127.0.0.2"])
            .a("2.0.0.127.second.example.net", &["127.0.0.2"])
    };
    let key = &["blocklist.refused keyed key"][..];
    #[rustfmt::skip]
    let cases: Vec<(&str, Scripted, &[&str])> = vec![
        ("it denies its test point", bare(),                                        key),
        ("it refuses",               bare().fails(test, Rtype::A, Reason::Refused), key),
        ("through a resolver",       bare().fails(test, Rtype::A, Reason::Servfail), key),
        ("it is disabled",           bare().a(test, &["127.255.255.250"]),          key),
        ("it is silent",             bare().fails(test, Rtype::A, Reason::Timeout), &["blocklist.refused keyed "]),
        ("it is accepted",           bare().a(test, &["127.0.0.2"]),                &[]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world), expected, "{rule}");
    }
}

#[test]
fn no_lost_answer_of_these_accuses() {
    let world =
        || world("127.255.255.254", "127.0.0.1").a("10.2.0.192.ips.example.net", &["127.0.0.2"]);
    assert_no_loss_accuses::<BlocklistCheck>(world, &target(), &lists());
}
