use super::{Arc, ArcFacts, SealSeen};
use crate::kernel::{Lookup, Name, Reason, Target, Vantage};
use crate::probe::Seal;
use crate::scripted;

fn seal(domain: &str, verdict: &str, key: Lookup<bool>) -> SealSeen {
    let seal = Seal {
        instance: 1,
        domain: Name::new(domain),
        selector: "arc".to_owned(),
        verdict: verdict.to_owned(),
    };
    SealSeen { seal, key }
}

#[test]
fn a_chain_breaks_by_its_verdict_or_for_want_of_a_key() {
    let absent = Lookup::Absent { nxdomain: true };
    let lost = Lookup::Unknown { reason: Reason::Timeout };
    let broken = &["info arc.chain-broken forward.example"][..];
    #[rustfmt::skip]
    let cases = [
        ("it holds",                     vec![seal("forward.example", "none", Lookup::Found(true))], &[][..]),
        ("it failed before",             vec![seal("forward.example", "fail", Lookup::Found(true))], broken),
        ("no such key",                  vec![seal("forward.example", "none", absent)], broken),
        ("a name without a record",      vec![seal("forward.example", "none", Lookup::Found(false))], broken),
        ("the key could not be read",    vec![seal("forward.example", "none", lost.clone())], &["indet. arc.unknown forward.example"]),
        ("what is broken outweighs it",  vec![seal("forward.example", "pass", lost), seal("forward.example", "fail", Lookup::Found(true))], broken),
        ("two forwarders, one that fails", vec![seal("forward.example", "fail", Lookup::Found(true)), seal("other.example", "pass", Lookup::Found(true))], broken),
        ("no forwarder",                 vec![], &[]),
    ];
    for (rule, seals, expected) in cases {
        let facts = ArcFacts { sent: true, seals };
        let target = Target::new(Name::new("example.com"));
        assert_eq!(
            scripted::judge::<Arc>(&facts, &target, &Vantage::default()),
            expected,
            "{rule}"
        );
    }
}
