use std::net::IpAddr;

use super::*;

fn refused(result: Result<(), WorldError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_named() {
    let world = World::empty();
    world.publish("example.com", "@ A 192.0.2.1").unwrap();
    #[rustfmt::skip]
    let cases = [
        ("a faulty line",          refused(world.publish("a.example", "@ A 192.0.2.1\nb A 1.2\nc A 192.0.2.3\n")), "zone a.example.: line 2:"),
        ("a line after a long entry", refused(world.publish("a.example", "@ TXT ( \"a;b\"\n \"c\" ) ; d\nb A 1.2\n")),   "zone a.example.: line 3:"),
        ("a name outside",         refused(world.publish("a.example", "b.example. A 192.0.2.1")),                 "zone a.example.: b.example. lies outside"),
        ("another file",           refused(world.publish("a.example", "\n$INCLUDE /etc/passwd\n")),               "zone a.example.: line 2: $INCLUDE is refused"),
        ("an empty label",         refused(world.publish("a..example", "")),                                      "\"a..example\": not a domain name"),
        ("a type nobody knows",    refused(world.replace_rrset("example.com", "TEXT", &[])),                      "\"TEXT\": not a record type"),
        ("a name in no zone",      refused(world.replace_rrset("example.net", "A", &["192.0.2.1"])),              "example.net: in no declared zone"),
        ("data of another type",   refused(world.replace_rrset("example.com", "A", &["mail"])),                   "zone example.com.: line 1:"),
    ];
    for (rule, said, expected) in cases {
        assert!(said.starts_with(expected), "{rule}: {said}");
    }
}

#[test]
fn connections_go_where_somebody_plays() {
    let world = World::empty();
    let played: IpAddr = "192.0.2.25".parse().unwrap();
    let server = "127.0.0.1:2525".parse().unwrap();
    world.route(played, 25, server);
    world.set_route(played, 465, Route::Drop);
    let name_server = "192.0.2.53".parse().unwrap();
    let nobody = "192.0.2.99".parse().unwrap();
    #[rustfmt::skip]
    let cases = [
        ("a server",                      played,      25,  Route::To(server)),
        ("as it was set",                 played,      465, Route::Drop),
        ("another port is closed",        played,      443, Route::Refuse),
        ("the zones' own server",         name_server, 53,  Route::NameServer),
        ("of a name server too",          name_server, 25,  Route::Refuse),
        ("nobody plays the address",      nobody,      25,  Route::Unreachable),
    ];
    for (rule, address, port, expected) in cases {
        assert_eq!(world.route_to(address, port), expected, "{rule}");
    }
}
