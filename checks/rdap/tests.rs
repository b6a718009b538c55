use super::{Said, bootstrap, catalogue, domain_at, is_unregistered, look_up, unregistered_above};
use crate::kernel::{HttpsReply, Name, Net, Reason, Rtype, Trust};
use crate::scripted::{Scripted, nodata, served};
use futures::FutureExt;

const HOST: &str = "rdap.verisign.com";

#[test]
fn the_catalogue_is_read() {
    let url = |name: &str| {
        let name = Name::new(name);
        catalogue::base(&name).map(|base| domain_at(base, &name).to_string())
    };
    let com = "https://rdap.verisign.com/com/v1/domain/example.com";
    assert_eq!(url("example.com").as_deref(), Some(com));
    assert_eq!(
        url("example.co.uk").as_deref(),
        Some("https://rdap.nominet.uk/uk/domain/example.co.uk")
    );
    assert_eq!(url("example.test"), None);
}

#[test]
fn nobody_holds_what_neither_dns_nor_the_registry_has() {
    let world = |reply| {
        let world = Scripted::new().a(HOST, &["192.0.2.251"]);
        world.page("192.0.2.251", "/com/v1/domain/gone.com", reply)
    };
    let status = |status| world(served(HOST, status, None, "", Trust::Trusted));
    let elsewhere = served(HOST, 302, Some("https://rdap.verisign.com/x"), "", Trust::Trusted);
    let not_there = served(HOST, 404, None, "", Trust::Trusted);
    #[rustfmt::skip]
    let cases = [
        ("neither has it",              status(404),                                           true),
        ("the name exists",             status(404).answer("gone.com", Rtype::NS, nodata()),   false),
        ("silence in DNS",              status(404).fails("gone.com", Rtype::NS, Reason::Timeout), false),
        ("the registry has it: a hold", status(200),                                           false),
        ("the registry fails",          status(503),                                           false),
        ("it is asked too often",       status(429),                                           false),
        ("silence of the registry",     world(HttpsReply::failed(Reason::Timeout)),            false),
        ("nobody vouches for it",       world(served(HOST, 404, None, "", Trust::SelfSigned)), false),
        ("another server does not know", world(elsewhere).page("192.0.2.251", "/x", not_there), false),
    ];
    for (rule, world, expected) in cases {
        let net: &dyn Net = &world;
        let found = is_unregistered(net, &Name::new("gone.com")).now_or_never();
        assert_eq!(found, Some(expected), "{rule}");
    }
    let no_service = is_unregistered(&Scripted::new(), &Name::new("gone.test")).now_or_never();
    assert_eq!(no_service, Some(false), "a registry that cannot be asked");
}

#[test]
fn the_owner_is_not_told_of_the_own_domain() {
    let world = Scripted::new().unregistered("gone.com");
    let above = |host: &str, own: &str| {
        let (host, own) = (Name::new(host), Name::new(own));
        unregistered_above(&world, &host, &own).now_or_never().flatten()
    };
    assert_eq!(above("mx.gone.com", "example.com"), Some(Name::new("gone.com")));
    assert_eq!(above("mx.gone.com", "mail.gone.com"), None);
    assert_eq!(above("mx.example.com", "example.net"), None);
}

/// IANA's file in the form of RFC 9224 §3.
const FILE: &str = r#"{"version": "1.0", "publication": "2026-11-01T00:00:00Z", "services": [
    [["shop", "Store"], ["https://rdap.registry.test/shop/"]],
    [["old"],           ["http://rdap.registry.test/old/", "https://rdap.registry.test/old"]],
    [["plain"],         ["http://rdap.registry.test/plain/"]],
    [["plain.shop"],    ["http://rdap.registry.test/plain/"]],
    [["fr.shop"],       ["https://rdap.nic.test/"]]]}"#;

fn iana(reply: HttpsReply) -> Scripted {
    let world = Scripted::new().a("data.iana.org", &["192.0.2.43"]);
    world.page("192.0.2.43", "/rdap/dns.json", reply)
}

#[test]
fn a_registry_that_the_catalogue_does_not_know_is_found_at_iana() {
    let served = |status, body| served("data.iana.org", status, None, body, Trust::Trusted);
    let asked_at = |world: &Scripted, domain: &str| {
        let url = bootstrap::url(world, &Name::new(domain)).now_or_never().unwrap();
        url.map(|url| url.map(|url| url.to_string()))
    };
    #[rustfmt::skip]
    let cases = [
        ("its service",               "example.shop",    Some("https://rdap.registry.test/shop/domain/example.shop")),
        ("names in any case",         "example.store",   Some("https://rdap.registry.test/shop/domain/example.store")),
        ("the service over TLS, without its slash", "example.old", Some("https://rdap.registry.test/old/domain/example.old")),
        ("the longest name",          "example.fr.shop", Some("https://rdap.nic.test/domain/example.fr.shop")),
        ("none over TLS",             "example.plain",   None),
        ("nor is a shorter name asked then", "example.plain.shop", None),
        ("a registry without RDAP",   "example.quiet",   None),
    ];
    let world = iana(served(200, FILE));
    for (rule, domain, expected) in cases {
        assert_eq!(asked_at(&world, domain), Ok(expected.map(str::to_owned)), "{rule}");
    }
    assert_eq!(asked_at(&Scripted::new(), "example.test"), Ok(None), "nobody is asked");
    let failing = [
        ("silence", HttpsReply::failed(Reason::Timeout), Reason::Timeout),
        ("no file", served(404, ""), Reason::NotOffered),
        ("another form", served(200, r#"{"services": {}}"#), Reason::Malformed),
    ];
    for (rule, reply, reason) in failing {
        assert_eq!(asked_at(&iana(reply), "example.shop"), Err(reason), "{rule}");
    }
}

#[test]
fn what_iana_does_not_tell_is_no_lack_of_a_service() {
    let silent = iana(HttpsReply::failed(Reason::Timeout));
    let said = look_up(&silent, &Name::new("example.shop")).now_or_never();
    assert_eq!(said, Some(Said::Unknown { reason: Reason::Timeout }));
}
