//! What is said where no record stands at the right name, and of records elsewhere?

use super::*;
use crate::kernel::RecordChange;
use crate::scripted::dangling;

/// An alias of `a.example.com` to a name that is not there, beside the record of `example.net`.
pub fn undotted(target: &str) -> Scripted {
    let record = ["v=DMARC1; p=reject; rua=mailto:r@example.net"];
    mailed().answer(OWN, Rtype::TXT, dangling(OWN, target)).txt("_dmarc.example.net", &record)
}

fn told(world: &Scripted, domain: &str) -> Vec<Finding> {
    findings::<Dmarc>(&facts(world, domain), &target(domain), &Vantage::default())
}

fn value(finding: &Finding) -> Option<&str> {
    finding.fix.first()?.value.as_deref()
}

/// One cause, one finding, one record: the one at the wrong place.
#[test]
fn a_record_at_the_wrong_place_is_moved_by_what_speaks_of_it() {
    for place in ["example.com", "dmarc.example.com", "_dmarc.example.com.example.com"] {
        let found = told(&mailed().txt(place, &[GOOD]), "example.com");
        let [only] = found.as_slice() else { panic!("{place}: {found:?}") };
        assert_eq!(only.id, "dmarc.missing", "{place}");
        assert_eq!(
            (only.params["case"].as_str(), only.params["place"].as_str()),
            ("misplaced", place)
        );
        assert_eq!(value(only), Some(GOOD), "{place}");
    }
    let below = mailed().txt("dmarc.a.example.com", &[GOOD]).txt(ABOVE, &[GOOD]);
    let said: Vec<String> = told(&below, "a.example.com").into_iter().map(|one| one.id).collect();
    assert_eq!(said, ["dmarc.wrong-place", "dmarc.inherited"], "one above counts");
    let right = mailed().txt("dmarc.example.com", &[GOOD]).txt(ABOVE, &[GOOD]);
    assert_eq!(said_of(&right), [""; 0], "and one at the right name");
}

fn said_of(world: &Scripted) -> Vec<String> {
    said(world, "example.com")
}

/// RFC 1035 §5.1: a target without its final dot has the name of the zone appended.
#[test]
fn an_alias_without_its_final_dot_is_told_from_one_whose_target_is_gone() {
    let meant = |target: &str| {
        let found = told(&undotted(target), "a.example.com");
        let [only] = found.as_slice() else { panic!("{target}: {found:?}") };
        assert_eq!(only.id, "dmarc.cname-dangling", "{target}");
        (only.params.get("meant").cloned(), only.fix.clone())
    };
    for target in ["_dmarc.example.net.a.example.com", "_dmarc.example.net.example.com"] {
        let alias = RecordChange::replace(
            &Name::new(OWN),
            Rtype::CNAME,
            format!("{target}."),
            "_dmarc.example.net.",
        );
        assert_eq!(meant(target), (Some("_dmarc.example.net".to_owned()), vec![alias]), "{target}");
    }
    for target in ["gone.example.net.example.com", "gone.example.net", "policy.example.com"] {
        assert_eq!(meant(target), (None, Vec::new()), "{target}");
    }
}

/// A domain without hosts for its mail has no mailbox that reads reports, whatever its web server takes.
#[test]
fn reports_go_to_the_domain_itself_only_if_it_has_hosts_for_its_mail() {
    let bare = || Scripted::new().a("example.com", &["192.0.2.80"]);
    let silent = "v=DMARC1; p=reject";
    let rua = "rua=mailto:postmaster@example.com";
    let of = |world: Scripted, profile: Profile, id: &str| {
        let target = Target { profile, ..target("example.com") };
        let seen = observe::<Dmarc>(&world, &target, &Vantage::default());
        let found = findings::<Dmarc>(&seen, &target, &Vantage::default());
        let found = found.iter().find(|one| one.id == format!("dmarc.{id}"));
        found.expect(id).fix.first().and_then(|fix| fix.value.clone())
    };
    let (missing, without) = ("missing", "rua-missing");
    let usual = Profile::default();
    #[rustfmt::skip]
    let cases = [
        ("hosts, no record",         mailed(),                           usual,           missing, Some(format!("v=DMARC1; p=none; {rua}"))),
        ("hosts, no address",        mailed().txt(ABOVE, &[silent]),     usual,           without, Some(format!("{silent}; {rua}"))),
        ("an address, no record",    bare(),                             usual,           missing, Some("v=DMARC1; p=none".to_owned())),
        ("an address, no address",   bare().txt(ABOVE, &[silent]),       usual,           without, None),
        ("parked, with an address",  bare().txt(ABOVE, &[silent]),       Profile::Parked, without, None),
        ("parked, with hosts",       mailed().txt(ABOVE, &[silent]),     Profile::Parked, without, None),
        ("hosts that are not told",  mailed().fails("example.com", Rtype::MX, Reason::Timeout).txt(ABOVE, &[silent]), usual, without, Some(format!("{silent}; {rua}"))),
    ];
    for (rule, world, profile, id, expected) in cases {
        assert_eq!(of(world, profile, id), expected, "{rule}");
    }
}

#[test]
fn who_sends_nothing_is_not_told_to_begin_with_watching() {
    let case = |profile, streams| {
        let target = Target { profile, streams, ..target("example.com") };
        let seen = observe::<Dmarc>(&Scripted::new(), &target, &Vantage::default());
        let found = findings::<Dmarc>(&seen, &target, &Vantage::default());
        let missing = found.iter().find(|one| one.id == "dmarc.missing").expect("it is");
        missing.params.get("case").cloned()
    };
    let stream = || vec![stream("news", "example.com")];
    assert_eq!(case(Profile::Parked, Vec::new()).as_deref(), Some("parked"));
    assert_eq!(case(Profile::Receiver, Vec::new()).as_deref(), Some("parked"));
    assert_eq!(case(Profile::Sender, Vec::new()), None);
    assert_eq!(case(Profile::Parked, stream()), None, "a stream sends all the same");
}
