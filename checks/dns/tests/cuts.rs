//! DKIM keys and the DMARC policy, delegated to servers that nobody has.

use super::*;
use crate::kernel::Trust;
use crate::scripted::served;

const KEYS: &str = "_domainkey.example.com";
const REGISTRY: &str = "rdap.verisign.com";

/// A healthy zone that delegates its keys, through a resolver that answers so about them.
fn delegating(of_keys: Answer, status: u16) -> Scripted {
    let refers = || {
        let data = Data::Ns(Name::new("ns1.deadesp.com"));
        let authority = vec![Record { name: Name::new(KEYS), ttl: 300, data }];
        Answer::from(Message { authority, ..Message::default() })
    };
    let serves = || {
        let apex = ["ns1.example.net", "ns2.example.net"].map(|host| Data::Ns(Name::new(host)));
        authoritative(holding(DOMAIN, apex.to_vec()))
    };
    two_servers(serves)
        .direct("192.0.2.1", KEYS, Rtype::NS, refers())
        .answer(KEYS, Rtype::TXT, of_keys)
        .a(REGISTRY, &["192.0.2.251"])
        .page(
            "192.0.2.251",
            "/com/v1/domain/deadesp.com",
            served(REGISTRY, status, None, "", Trust::Trusted),
        )
}

#[test]
fn names_of_mail_delegated_to_nobody_are_a_takeover() {
    let servfail = || rcode(Rcode::SERVFAIL);
    let taken = &["critical dns.ns-takeover deadesp.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("nobody has the domain",      delegating(servfail(), 404),                                          taken),
        ("its registry does not say",  delegating(servfail(), 500),                                          &[][..]),
        ("the keys are answered",      delegating(nodata(), 404),                                            &[]),
        ("the domain is in the DNS",   delegating(servfail(), 404).answer("deadesp.com", Rtype::NS, nodata()), &[]),
    ];
    for (rule, world, expected) in cases {
        assert_eq!(said(&world).1, expected, "{rule}");
    }
    assert_no_loss_accuses::<Dns>(
        || delegating(rcode(Rcode::SERVFAIL), 404),
        &target(),
        &Vantage::default(),
    );
}

#[test]
fn servers_are_asked_for_a_cut_only_where_the_resolver_failed() {
    let world = delegating(nodata(), 404);
    said(&world);
    let asked = world.asked.lock().unwrap();
    assert!(
        asked.iter().all(|question| (question.name.as_str(), question.rtype) != (KEYS, Rtype::NS))
    );
}
