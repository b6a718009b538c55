use super::{catalogue, is_unregistered, unregistered_above};
use crate::kernel::{HttpsReply, Name, Net, Reason, Rtype, Trust};
use crate::scripted::{Scripted, nodata, served};
use futures::FutureExt;

const HOST: &str = "rdap.verisign.com";

#[test]
fn the_catalogue_is_read() {
    let url = |name: &str| catalogue::url(&Name::new(name)).map(|url| url.to_string());
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
