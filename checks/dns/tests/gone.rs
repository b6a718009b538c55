//! Why a domain is not in DNS.

use super::*;
use crate::dns::Gone;
use crate::kernel::{HttpsReply, Trust};
use crate::scripted::{findings, served};

const REGISTRY: &str = "rdap.verisign.com";

/// A world without the domain, where its registry says this.
fn world(reply: HttpsReply) -> Scripted {
    Scripted::new()
        .answer("com", Rtype::NS, ns("com", "a.gtld.example"))
        .a(REGISTRY, &["192.0.2.251"])
        .page("192.0.2.251", "/com/v1/domain/example.com", reply)
}

fn page(status: u16, body: &str) -> HttpsReply {
    served(REGISTRY, status, None, body, Trust::Trusted)
}

fn registered(state: &str, servers: &str) -> HttpsReply {
    page(
        200,
        &format!(
            r#"{{"objectClassName":"domain","status":["{state}"],"nameservers":[{servers}]}}"#
        ),
    )
}

#[test]
fn the_registry_tells_why_a_domain_is_gone() {
    let servers = r#"{"ldhName":"ns1.example.net"}"#;
    let held = |status: &str| Some(Gone::Held { status: status.to_owned() });
    let over = |status: &str| Some(Gone::Over { status: status.to_owned() });
    #[rustfmt::skip]
    let cases = [
        ("the registrar holds it",     world(registered("client hold", servers)),       held("client hold")),
        ("the registry holds it",      world(registered("serverHold", servers)),        held("server hold")),
        ("it has lapsed",              world(registered("redemption period", servers)), over("redemption period")),
        ("it is to be deleted",        world(registered("pending delete", servers)),    over("pending delete")),
        ("it has no servers",          world(registered("active", "")),                 Some(Gone::Undelegated)),
        ("nothing speaks against it",  world(registered("active", servers)),            None),
        ("nobody has it",              world(page(404, "")),                            Some(Gone::Unregistered)),
        ("the registry is too busy",   world(page(429, "")),                            None),
        ("it does not answer",         world(HttpsReply::failed(Reason::Timeout)),      None),
    ];
    for (rule, world, expected) in cases {
        let (facts, said) = said(&world);
        assert_eq!(facts.gone, expected, "{rule}");
        assert_eq!(said, ["critical dns.nxdomain example.com"], "{rule}");
        let found = findings::<Dns>(&facts, &target(), &Vantage::default()).remove(0);
        assert_eq!(found.params.contains_key("registered"), expected.is_some(), "{rule}");
    }
}

/// Nobody registers what lies below a domain.
#[test]
fn a_name_below_a_domain_that_is_there_is_not_looked_for_at_a_registry() {
    let below = Target::new(Name::new("bounce.example.com"));
    let there = world(page(404, "")).answer(DOMAIN, Rtype::NS, ns(DOMAIN, "ns1.example.net"));
    let gone = |world: &Scripted| observe::<Dns>(world, &below, &Vantage::default()).gone;
    assert_eq!(gone(&there), Some(Gone::Below { domain: Name::new(DOMAIN) }));
    assert_eq!(gone(&world(page(404, ""))), Some(Gone::Unregistered), "neither is there");
    let untold = world(page(404, "")).fails(DOMAIN, Rtype::NS, Reason::Timeout);
    assert_eq!(gone(&untold), None);
}
