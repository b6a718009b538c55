mod answers;
mod faults;
mod signed;
mod sockets;

use hickory_proto::rr::{Name, RecordType};
use vigie_scenario::Scenario;

use super::*;
use crate::world::World;

const WORLD: &str = r#"
name = "the zones of these tests"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@          IN TXT "v=spf1 include:a.example.com; -all"
@          IN MX 10 mx1
mx1        IN A 192.0.2.25
mx1        IN AAAA 2001:db8::25
www   600  IN CNAME mx1
away       IN CNAME www.example.net.
loop       IN CNAME loop2
loop2      IN CNAME loop
*.wild     IN TXT "any"
only.wild  IN A 192.0.2.1
s1._domainkey IN TXT ( "v=DKIM1; k=rsa; "
                       "p=MIIB" )  ; the key
esc        IN TXT "a\059\032\"b" ; "not text
dead       IN NS ns.nowhere.example.
gone       IN CNAME nothing.example.net.
'''
"example.net" = '''
@    IN NS ns
ns   IN A 198.51.100.99
www  IN A 198.51.100.80
'''
"deep.example.co.uk" = '@ IN A 192.0.2.9'
"2.0.192.in-addr.arpa" = '25 IN PTR mx1.example.com.'
"#;

fn world_with(more: &str) -> World {
    let text = format!("{WORLD}\n{more}\n[expect]\n");
    World::from_scenario(&Scenario::parse(&text).unwrap()).unwrap()
}

fn world() -> World {
    world_with("")
}

fn question(name: &str, rtype: RecordType) -> Question {
    Question::new(Name::from_ascii(name).unwrap(), rtype)
}

/// The reply in a line: code, flags, answers, authority (by type), EDE.
fn say(answer: &Answer) -> String {
    let message = match &answer.reply {
        Reply::Message(message) => message,
        Reply::Octets(_) => return "octets".to_owned(),
        Reply::Silent => return "silence".to_owned(),
        Reply::HangUp => return "hangs up".to_owned(),
    };
    let meta = message.metadata;
    let mut words = vec![format!("{:?}", meta.response_code)];
    let flags = [(meta.authoritative, "aa"), (meta.truncation, "tc"), (meta.authentic_data, "ad")];
    words.extend(flags.iter().filter(|flag| flag.0).map(|flag| flag.1.to_owned()));
    words.extend(message.answers.iter().map(|record| format!("{} {}", record.name, record.data)));
    words.extend(
        message
            .authorities
            .iter()
            .map(|record| format!("({} {})", record.name, record.record_type())),
    );
    let ede = message.edns.as_ref().and_then(|edns| edns.option(15.into()));
    if let Some(hickory_proto::rr::rdata::opt::EdnsOption::Unknown(_, octets)) = ede {
        words.push(format!("ede {}", u16::from_be_bytes([octets[0], octets[1]])));
    }
    words.join(" ")
}

fn ask(world: &World, name: &str, rtype: RecordType) -> String {
    say(&resolve(world, &question(name, rtype)))
}

fn ask_at(world: &World, server: &str, name: &str, rtype: RecordType) -> String {
    let asked = Asked { at: At::Server(server.parse().unwrap()), transport: Transport::Udp };
    say(&resolve(world, &Question { asked, ..question(name, rtype) }))
}

#[test]
fn an_escape_in_zone_text_is_one_octet() {
    let origin = Name::from_ascii("example.com.").unwrap();
    let text = r#"@ IN TXT "\226\128\147all\027[31m\009\255""#;
    let records = parse_records(&origin, text).unwrap();
    let hickory_proto::rr::RData::TXT(found) = &records[0].data else { panic!("{records:?}") };
    let expected = ["–all\u{1b}[31m\t".as_bytes(), &[255]].concat();
    assert_eq!(&*found.txt_data[0], expected);
}
