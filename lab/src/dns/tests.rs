use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, OpCode, Query};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use vigie_scenario::Scenario;

use super::message::{asking, decode};
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
    let flags = [
        (meta.authoritative, "aa"),
        (meta.truncation, "tc"),
        (meta.authentic_data, "ad"),
    ];
    words.extend(
        flags
            .iter()
            .filter(|flag| flag.0)
            .map(|flag| flag.1.to_owned()),
    );
    words.extend(
        message
            .answers
            .iter()
            .map(|record| format!("{} {}", record.name, record.data)),
    );
    words.extend(
        message
            .authorities
            .iter()
            .map(|record| format!("({} {})", record.name, record.record_type())),
    );
    let ede = message
        .edns
        .as_ref()
        .and_then(|edns| edns.option(15.into()));
    if let Some(hickory_proto::rr::rdata::opt::EdnsOption::Unknown(_, octets)) = ede {
        words.push(format!(
            "ede {}",
            u16::from_be_bytes([octets[0], octets[1]])
        ));
    }
    words.join(" ")
}

fn ask(world: &World, name: &str, rtype: RecordType) -> String {
    say(&resolve(world, &question(name, rtype)))
}

fn ask_at(world: &World, server: &str, name: &str, rtype: RecordType) -> String {
    let asked = Asked {
        at: At::Server(server.parse().unwrap()),
        transport: Transport::Udp,
    };
    say(&resolve(
        world,
        &Question {
            asked,
            ..question(name, rtype)
        },
    ))
}

#[test]
fn the_resolver_answers_as_a_real_one() {
    use RecordType::*;
    #[rustfmt::skip]
    let cases = [
        ("text keeps its semicolon",              "example.com.",               TXT,  "NoError example.com. v=spf1 include:a.example.com; -all"),
        ("the asked case comes back",             "ExAmPle.com.",               MX,   "NoError ExAmPle.com. 10 mx1.example.com."),
        ("an alias is followed",                  "www.example.com.",           A,    "NoError www.example.com. mx1.example.com. mx1.example.com. 192.0.2.25"),
        ("an alias is followed into a zone",      "away.example.com.",          A,    "NoError away.example.com. www.example.net. www.example.net. 198.51.100.80"),
        ("an alias to nothing is NXDOMAIN",       "gone.example.com.",          A,    "NXDomain gone.example.com. nothing.example.net. (example.net. SOA)"),
        ("an alias itself may be asked for",      "www.example.com.",           CNAME,"NoError www.example.com. mx1.example.com."),
        ("aliases that never end fail",           "loop.example.com.",          A,    "ServFail"),
        ("another type is no data",               "mx1.example.com.",           TXT,  "NoError (example.com. SOA)"),
        ("no such name is NXDOMAIN",              "nix.example.com.",           A,    "NXDomain (example.com. SOA)"),
        ("an empty non-terminal exists",          "_domainkey.example.com.",    TXT,  "NoError (example.com. SOA)"),
        ("text in parts",                         "s1._domainkey.example.com.", TXT,  "NoError s1._domainkey.example.com. v=DKIM1; k=rsa; p=MIIB"),
        ("escapes and comments",                  "esc.example.com.",           TXT,  "NoError esc.example.com. a; \"b"),
        ("a wildcard bears the asked name",       "x.y.wild.example.com.",      TXT,  "NoError x.y.wild.example.com. any"),
        ("a wildcard has no other type",          "x.wild.example.com.",        A,    "NoError (example.com. SOA)"),
        ("a wildcard yields to a written name",   "only.wild.example.com.",     TXT,  "NoError (example.com. SOA)"),
        ("a wildcard is not above itself",        "wild.example.com.",          TXT,  "NoError (example.com. SOA)"),
        ("below a written name no wildcard",      "x.only.wild.example.com.",   TXT,  "NXDomain (example.com. SOA)"),
        ("servers that nobody plays fail",        "x.dead.example.com.",        A,    "ServFail ede 22"),
        ("the default name servers",              "example.com.",               NS,   "NoError example.com. ns1.vigie-lab.example. example.com. ns2.vigie-lab.example."),
        ("and their addresses",                   "ns1.vigie-lab.example.",     A,    "NoError ns1.vigie-lab.example. 192.0.2.53"),
        ("an unknown domain is its registry's no","nix.example.",               MX,   "NXDomain (example. SOA)"),
        ("a name below it too",                   "_dmarc.a.b.test.",           TXT,  "NXDomain (test. SOA)"),
        ("a top-level domain exists",             "com.",                       TXT,  "NoError (com. SOA)"),
        ("the root exists",                       ".",                          TXT,  "NoError (. SOA)"),
        ("a name above a zone exists",            "co.uk.",                     A,    "NoError (uk. SOA)"),
        ("reverse names",                         "25.2.0.192.in-addr.arpa.",   PTR,  "NoError 25.2.0.192.in-addr.arpa. mx1.example.com."),
        ("a reverse name nobody has",             "1.100.51.198.in-addr.arpa.", PTR,  "NXDomain (in-addr.arpa. SOA)"),
        ("nor in IPv6",                           "1.0.ip6.arpa.",              PTR,  "NXDomain (ip6.arpa. SOA)"),
        ("a control host",                        "gmail-smtp-in.l.google.com.",A,    "NoError gmail-smtp-in.l.google.com. 192.0.2.250"),
        ("the lab's own control host",            "control-mx.vigie-lab.example.", A, "NoError control-mx.vigie-lab.example. 192.0.2.250"),
        ("DS is the parent's",                    "example.com.",               DS,   "NoError (com. SOA)"),
    ];
    let world = world();
    for (rule, name, rtype, expected) in cases {
        assert_eq!(ask(&world, name, rtype), expected, "{rule}");
    }
}

#[test]
fn a_zones_own_server_answers_for_its_zones_alone() {
    use RecordType::*;
    #[rustfmt::skip]
    let cases = [
        ("with authority",                   "192.0.2.53",    "mx1.example.com.",  A,   "NoError aa mx1.example.com. 192.0.2.25"),
        ("negative answers too",             "192.0.2.53",    "nix.example.com.",  A,   "NXDomain aa (example.com. SOA)"),
        ("both default servers",             "198.51.100.53", "example.com.",      MX,  "NoError aa example.com. 10 mx1.example.com."),
        ("not for another's zone",           "192.0.2.53",    "www.example.net.",  A,   "Refused"),
        ("the named server has it",          "198.51.100.99", "www.example.net.",  A,   "NoError aa www.example.net. 198.51.100.80"),
        ("nobody serves there",              "192.0.2.77",    "www.example.net.",  A,   "Refused"),
        ("an alias ends where the zone does","192.0.2.53",    "away.example.com.", A,   "NoError aa away.example.com. www.example.net."),
        ("a cut is a referral",              "192.0.2.53",    "x.dead.example.com.", A, "NoError (dead.example.com. NS)"),
        ("the registry refers",              "192.0.2.54",    "www.example.net.",  A,   "NoError (example.net. NS)"),
        ("and knows what is not registered", "192.0.2.54",    "nix.example.",      A,   "NXDomain aa (example. SOA)"),
    ];
    let world = world();
    for (rule, server, name, rtype, expected) in cases {
        assert_eq!(ask_at(&world, server, name, rtype), expected, "{rule}");
    }
}

#[test]
fn servers_may_differ_from_their_peers() {
    let world = world_with(
        "[hosts.\"198.51.100.53\"]\ndns = { zones = { \"example.com\" = '@ MX 10 old' } }\n\
         [hosts.\"192.0.2.54\"]\ndns = { zones = { \"com\" = 'example NS ns9.example.net.' } }",
    );
    #[rustfmt::skip]
    let cases = [
        ("one server is behind",         "198.51.100.53", "example.com.", "NoError aa example.com. 10 old.example.com."),
        ("its peer is not",              "192.0.2.53",    "example.com.", "NoError aa example.com. 10 mx1.example.com."),
        ("the parent has its own NS set","192.0.2.54",    "example.com.", "NoError (example.com. NS)"),
    ];
    for (rule, server, name, expected) in cases {
        assert_eq!(
            ask_at(&world, server, name, RecordType::MX),
            expected,
            "{rule}"
        );
    }
}

#[test]
fn faults_hit_what_they_name() {
    use RecordType::*;
    let right = "NoError mx1.example.com. 192.0.2.25";
    #[rustfmt::skip]
    let cases = [
        ("silence",                          "answer = \"timeout\"",                                  "mx1.example.com.", A,    "silence"),
        ("SERVFAIL",                         "answer = \"servfail\"",                                 "mx1.example.com.", A,    "ServFail"),
        ("with a reason",                    "answer = \"servfail\"\nede = 22",                       "mx1.example.com.", A,    "ServFail ede 22"),
        ("REFUSED",                          "answer = \"refused\"",                                  "mx1.example.com.", A,    "Refused"),
        ("FORMERR",                          "answer = \"formerr\"",                                  "mx1.example.com.", A,    "FormErr"),
        ("NOTIMP",                           "answer = \"notimp\"",                                   "mx1.example.com.", A,    "NotImp"),
        ("NXDOMAIN with its SOA",            "answer = \"nxdomain\"",                                 "mx1.example.com.", A,    "NXDomain (example.com. SOA)"),
        ("no data with its SOA",             "answer = \"nodata\"",                                   "mx1.example.com.", A,    "NoError (example.com. SOA)"),
        ("truncation",                       "answer = \"truncate-and-drop-tcp\"",                    "mx1.example.com.", A,    "NoError tc"),
        ("no message at all",                "answer = \"garbage\"",                                  "mx1.example.com.", A,    "octets"),
        ("a lie",                            "answer = \"lie\"\naddress = \"203.0.113.9\"",           "mx1.example.com.", A,    "NoError mx1.example.com. 203.0.113.9"),
        ("a lie has one family",             "answer = \"lie\"\naddress = \"203.0.113.9\"",           "mx1.example.com.", AAAA, "NoError (example.com. SOA)"),
        ("bogus for a validator",            "answer = \"bogus\"",                                    "mx1.example.com.", A,    "ServFail ede 6"),
        ("the type named",                   "answer = \"servfail\"\ntype = \"a\"",                   "mx1.example.com.", A,    "ServFail"),
        ("not another type",                 "answer = \"servfail\"\ntype = \"TXT\"",                 "mx1.example.com.", A,    right),
        ("the name named",                   "answer = \"servfail\"\nname = \"MX1.example.com\"",     "mx1.example.com.", A,    "ServFail"),
        ("not another name",                 "answer = \"servfail\"\nname = \"example.com\"",         "mx1.example.com.", A,    right),
        ("every name below",                 "answer = \"servfail\"\nname = \"*.example.com\"",       "mx1.example.com.", A,    "ServFail"),
        ("not the name itself",              "answer = \"servfail\"\nname = \"*.mx1.example.com\"",   "mx1.example.com.", A,    right),
        ("behind an alias too",              "answer = \"servfail\"\nname = \"mx1.example.com\"",     "www.example.com.", A,    "ServFail"),
        ("the alias stands before no data",  "answer = \"nodata\"\nname = \"mx1.example.com\"",       "www.example.com.", A,    "NoError www.example.com. mx1.example.com. (example.com. SOA)"),
        ("not at the resolver",              "answer = \"servfail\"\nonly_at = \"192.0.2.53\"",       "mx1.example.com.", A,    right),
    ];
    for (rule, fault, name, rtype, expected) in cases {
        let world = world_with(&format!("[[faults]]\n{fault}"));
        assert_eq!(ask(&world, name, rtype), expected, "{rule}");
    }
}

#[test]
fn faults_of_one_server_are_its_own() {
    let world = world_with(
        "[[faults]]\nanswer = \"not-authoritative\"\nonly_at = \"192.0.2.53\"\n\
         [[faults]]\nanswer = \"timeout\"\nonly_at = \"198.51.100.53\"",
    );
    let right = "NoError mx1.example.com. 192.0.2.25";
    let ask_server = |server| ask_at(&world, server, "mx1.example.com.", RecordType::A);
    assert_eq!(ask_server("192.0.2.53"), right, "a lame server");
    assert_eq!(ask_server("198.51.100.53"), "silence");
    assert_eq!(ask(&world, "mx1.example.com.", RecordType::A), right);
}

#[test]
fn a_late_answer_is_right_and_a_wrong_id_is_wrong() {
    let late = world_with("[[faults]]\nanswer = \"delay\"\ndelay_ms = 50");
    let answer = resolve(&late, &question("mx1.example.com.", RecordType::A));
    assert_eq!(answer.after, Duration::from_millis(50));
    assert_eq!(say(&answer), "NoError mx1.example.com. 192.0.2.25");

    let wrong = world_with("[[faults]]\nanswer = \"wrong-id\"");
    let asked = asking(&question("mx1.example.com.", RecordType::A));
    let Reply::Message(reply) = super::answer(&wrong, &asked, Asked::RESOLVER).reply else {
        panic!("a message comes back");
    };
    assert_ne!(reply.metadata.id, asked.metadata.id);
}

#[test]
fn over_tcp_the_dropped_answer_hangs_up() {
    let world = world_with("[[faults]]\nanswer = \"truncate-and-drop-tcp\"");
    let asked = Asked {
        at: At::Resolver,
        transport: Transport::Tcp,
    };
    let over_tcp = Question {
        asked,
        ..question("mx1.example.com.", RecordType::A)
    };
    assert_eq!(say(&resolve(&world, &over_tcp)), "hangs up");
}

#[test]
fn the_resolver_has_its_manners() {
    use RecordType::*;
    #[rustfmt::skip]
    let cases = [
        ("silent",                            "silent = true",                          "mx1.example.com.", A,   "silence"),
        ("it rewrites NXDOMAIN",              "rewrites_nxdomain = \"203.0.113.1\"",    "nix.example.com.", A,   "NoError nix.example.com. 203.0.113.1"),
        ("for other types to no data",        "rewrites_nxdomain = \"203.0.113.1\"",    "nix.example.com.", TXT, "NoError"),
        ("never what exists",                 "rewrites_nxdomain = \"203.0.113.1\"",    "mx1.example.com.", TXT, "NoError (example.com. SOA)"),
        ("it strips the SOA",                 "strips_soa = true",                      "nix.example.com.", A,   "NXDomain"),
        ("it vouches for a secure zone",      "secure = [\"example.com\"]",             "mx1.example.com.", A,   "NoError ad mx1.example.com. 192.0.2.25"),
        ("for no denial outside of it",       "secure = [\"example.com\"]",             "www.example.net.", A,   "NoError www.example.net. 198.51.100.80"),
        ("a chain is as secure as its links", "secure = [\"example.com\"]",             "away.example.com.", A,  "NoError away.example.com. www.example.net. www.example.net. 198.51.100.80"),
        ("only if it validates",              "secure = [\"example.com\"]\nvalidates = false", "mx1.example.com.", A, "NoError mx1.example.com. 192.0.2.25"),
    ];
    for (rule, manners, name, rtype, expected) in cases {
        let world = world_with(&format!("[resolver]\n{manners}"));
        let asked = Question {
            dnssec_ok: true,
            ..question(name, rtype)
        };
        assert_eq!(say(&resolve(&world, &asked)), expected, "{rule}");
    }
}

#[test]
fn bogus_data_are_given_to_those_who_check_themselves() {
    let world = world_with("[[faults]]\nanswer = \"bogus\"\nede = 7");
    let asked = question("mx1.example.com.", RecordType::A);
    assert_eq!(say(&resolve(&world, &asked)), "ServFail ede 7");
    let unchecked = Question {
        checking_disabled: true,
        ..asked
    };
    assert_eq!(
        say(&resolve(&world, &unchecked)),
        "NoError mx1.example.com. 192.0.2.25"
    );
}

#[test]
fn a_change_is_seen_by_the_next_question() {
    let world = world();
    let spf = || ask(&world, "example.com.", RecordType::TXT);
    world
        .replace_rrset("Example.com", "TXT", &["\"v=spf1 -all\""])
        .unwrap();
    assert_eq!(spf(), "NoError example.com. v=spf1 -all");
    world.replace_rrset("example.com", "TXT", &[]).unwrap();
    assert_eq!(spf(), "NoError (example.com. SOA)");
    world.publish("example.com", "@ TXT \"new\"").unwrap();
    assert_eq!(spf(), "NoError example.com. new");
    assert!(
        ask(&world, "example.com.", RecordType::SOA).contains(" 4 3600"),
        "each change moves the serial"
    );
    world.withdraw("example.com").unwrap();
    assert_eq!(spf(), "NXDomain (com. SOA)");
}

#[test]
fn a_declared_zone_hides_the_control_names_it_writes() {
    let world = world();
    let control = "gmail-smtp-in.l.google.com.";
    world
        .publish("google.com", "_spf TXT \"v=spf1 -all\"")
        .unwrap();
    assert_eq!(
        ask(&world, control, RecordType::A),
        format!("NoError {control} 192.0.2.250")
    );
    assert_eq!(
        ask(&world, "l.google.com.", RecordType::A),
        "NoError (google.com. SOA)"
    );
    world
        .publish("google.com", "gmail-smtp-in.l A 192.0.2.26")
        .unwrap();
    assert_eq!(
        ask(&world, control, RecordType::A),
        format!("NoError {control} 192.0.2.26")
    );
}

#[test]
fn what_is_no_question_is_refused() {
    use hickory_proto::rr::DNSClass;
    let plain = asking(&question("example.com.", RecordType::A));
    let edited = |edit: fn(&mut Message)| {
        let mut message = plain.clone();
        edit(&mut message);
        say(&super::answer(&world(), &message, Asked::RESOLVER))
    };
    #[rustfmt::skip]
    let cases = [
        ("no question",        edited(|m| m.queries.clear()),                                     "FormErr"),
        ("two questions",      edited(|m| m.queries.push(m.queries[0].clone())),                  "FormErr"),
        ("another operation",  edited(|m| m.metadata.op_code = OpCode::Update),                   "NotImp"),
        ("another class",      edited(|m| { m.queries[0].set_query_class(DNSClass::CH); }),       "Refused"),
        ("a zone transfer",    edited(|m| { m.queries[0].set_query_type(RecordType::AXFR); }),    "Refused"),
        ("EDNS of the future", edited(|m| { m.edns.as_mut().unwrap().set_version(1); }),          "BADVERS"),
    ];
    for (rule, said, expected) in cases {
        assert_eq!(said, expected, "{rule}");
    }
}

#[test]
fn octets_that_are_no_question_never_loop() {
    let question = asking(&question("example.com.", RecordType::A))
        .to_vec()
        .unwrap();
    let mut response = question.clone();
    response[2] |= 0x80;
    assert_eq!(
        decode(&response).unwrap_err(),
        None,
        "an answer gets no answer"
    );
    assert_eq!(
        decode(&question[..11]).unwrap_err(),
        None,
        "less than a header"
    );
    let formerr = decode(&question[..20]).unwrap_err().unwrap();
    assert_eq!(
        formerr[..2],
        question[..2],
        "a cut question gets FORMERR under its id"
    );
    assert_eq!(formerr[3] & 0x0f, 1);
}

async fn ask_udp(server: &DnsServer, message: &Message) -> Message {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    socket
        .send_to(&message.to_vec().unwrap(), server.addr)
        .await
        .unwrap();
    let mut buffer = [0; 4096];
    let read = timeout(Duration::from_secs(10), socket.recv(&mut buffer));
    let length = read.await.expect("an answer in time").unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

async fn ask_tcp(server: &DnsServer, message: &Message) -> std::io::Result<Message> {
    let mut stream = TcpStream::connect(server.addr).await?;
    let octets = message.to_vec().unwrap();
    stream.write_u16(octets.len().try_into().unwrap()).await?;
    stream.write_all(&octets).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await?;
    Ok(Message::from_vec(&answer).unwrap())
}

#[tokio::test]
async fn a_long_answer_is_cut_over_udp_and_whole_over_tcp() {
    let world = world();
    let long = "x".repeat(250);
    let txt = |count| vec![format!("\"{long}\"\"{long}\"\"{long}\""); count];
    world
        .publish(
            "long.example",
            &format!("@ TXT {}\n@ TXT {}\"more\"", txt(1)[0], txt(1)[0]),
        )
        .unwrap();
    let server = DnsServer::start(world).await.unwrap();
    let message = asking(&question("long.example.", RecordType::TXT));
    let cut = ask_udp(&server, &message).await;
    assert!(cut.metadata.truncation);
    assert_eq!(cut.answers.len(), 0);
    let whole = ask_tcp(&server, &message).await.unwrap();
    assert!(!whole.metadata.truncation);
    assert_eq!(whole.answers.len(), 2);
    assert!(whole.metadata.recursion_available);
}

#[tokio::test]
async fn without_edns_an_answer_has_512_octets_and_no_edns() {
    let world = world();
    world
        .publish(
            "long.example",
            &format!("@ TXT {}", format!("\"{}\" ", "x".repeat(200)).repeat(3)),
        )
        .unwrap();
    let server = DnsServer::start(world).await.unwrap();
    let mut message = Message::query();
    message.add_query(Query::query(
        Name::from_ascii("long.example.").unwrap(),
        RecordType::TXT,
    ));
    let cut = ask_udp(&server, &message).await;
    assert!(cut.metadata.truncation && cut.edns.is_none());
    message.set_edns(Edns::new().set_max_payload(4096).clone());
    let whole = ask_udp(&server, &message).await;
    assert!(!whole.metadata.truncation && whole.edns.is_some());
}

#[tokio::test]
async fn the_sockets_play_faults_and_log_questions() {
    let world =
        world_with("[[faults]]\nanswer = \"truncate-and-drop-tcp\"\nname = \"mx1.example.com\"");
    let server = DnsServer::start(world.clone()).await.unwrap();
    let mx1 = asking(&question("mx1.example.com.", RecordType::A));
    assert!(ask_udp(&server, &mx1).await.metadata.truncation);
    let hung_up = ask_tcp(&server, &mx1).await.unwrap_err();
    assert_eq!(hung_up.kind(), std::io::ErrorKind::UnexpectedEof);
    world.set_faults(&[]).unwrap();
    assert_eq!(
        ask_udp(&server, &mx1).await.answers.len(),
        1,
        "the fault is gone at run time"
    );
    assert_eq!(server.queries(), 3);
    let transports: Vec<Transport> = server
        .log()
        .iter()
        .map(|entry| entry.asked.transport)
        .collect();
    assert_eq!(transports, [Transport::Udp, Transport::Tcp, Transport::Udp]);
}

#[tokio::test]
async fn the_server_ends_when_dropped() {
    let server = DnsServer::start(world()).await.unwrap();
    let addr = server.addr;
    drop(server);
    let gone = async {
        while TcpStream::connect(addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), gone)
        .await
        .expect("nobody listens any more");
}

#[test]
fn an_address_is_served_when_an_ns_record_leads_there() {
    let world = world();
    let at = |address: &str| {
        world
            .snapshot()
            .is_name_server(address.parse::<IpAddr>().unwrap())
    };
    assert!(at("192.0.2.53") && at("192.0.2.54") && at("198.51.100.99"));
    assert!(!at("192.0.2.25"));
}
