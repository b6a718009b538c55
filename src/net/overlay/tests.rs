use std::sync::Arc;

use async_trait::async_trait;
use vigie_checks::kernel::{
    Answer, Data, Message, Name, Net, Question, Rcode, Reason, Request, Response, Rtype, To,
};
use vigie_lab::dns::{Asked, At, Reply, Transport};
use vigie_lab::world::World;
use vigie_scenario::Scenario;

use super::{Overlay, OverlayError, OverlayLayer};
use crate::net::dns::wire;

const LIVE: &str = r#"
name = "what is published today"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@       IN TXT "v=spf1 -all"
@       IN MX 10 mx1
mx1     IN A 192.0.2.25
www     IN CNAME mx1
there   IN A 192.0.2.1
*.any   IN TXT "live"
own.any IN TXT "live"
'''
[expect]
"#;

/// The lab's answers without sockets.
struct Live(World);

#[async_trait]
impl Net for Live {
    async fn exchange(&self, request: Request) -> Response {
        let Request::Dns(question) = &request else {
            return Response::failed(&request, Reason::Network);
        };
        let octets = wire::encode(question, 1, true).unwrap();
        let asked = hickory_proto::op::Message::from_vec(&octets).unwrap();
        let at = Asked { at: At::Resolver, transport: Transport::Tcp };
        let Reply::Message(reply) = vigie_lab::dns::answer(&self.0, &asked, at).reply else {
            return Response::failed(&request, Reason::Timeout);
        };
        let received = wire::decode(&reply.to_vec().unwrap(), question, 1, true).unwrap().unwrap();
        Response::Dns(Answer::from(received.message))
    }
}

fn origin() -> Name {
    Name::new("example.com")
}

async fn answer(overlay: &str, question: Question) -> Message {
    let world = World::from_scenario(&Scenario::parse(LIVE).unwrap()).unwrap();
    let overlay = Overlay::parse(overlay, &origin()).unwrap();
    let net: Arc<dyn Net> = Arc::new(OverlayLayer::new(Arc::new(Live(world)), overlay));
    match net.dns(question).await {
        Answer::Message(message) => Message::clone(&message),
        Answer::Failed { reason } => panic!("{reason}"),
    }
}

/// The answer in words: the data, or `nodata` or `nxdomain` with the name of its SOA.
async fn said(overlay: &str, name: &str, rtype: Rtype) -> String {
    let message = answer(overlay, Question::new(&Name::new(name), rtype)).await;
    let mut words: Vec<String> = message
        .answers
        .iter()
        .map(|record| match &record.data {
            Data::Cname(target) => format!("{} -> {target}", record.name),
            Data::Txt(text) => String::from_utf8_lossy(&text.joined()).into_owned(),
            Data::A(address) => address.to_string(),
            Data::Mx(mx) => format!("{} {}", mx.preference, mx.exchange),
            other => format!("{other:?}"),
        })
        .collect();
    let soa = message.authority.iter().find(|record| record.data.rtype() == Rtype::SOA);
    let soa = soa.map(|record| format!(" of {}", record.name)).unwrap_or_default();
    match message.rcode {
        Rcode::NXDOMAIN => words.push(format!("nxdomain{soa}")),
        _ if message.answers.iter().all(|record| record.data.rtype() != rtype) => {
            words.push(format!("nodata{soa}"));
        }
        _ => {}
    }
    words.join(", ")
}

#[tokio::test]
async fn what_is_laid_over_takes_the_place_of_what_is_live() {
    use Rtype as R;
    #[rustfmt::skip]
    let cases = [
        ("an RRset replaces the live one",       "@ TXT \"new\"",                     "example.com",       R::TXT, "new"),
        ("whole: siblings are gone",             "@ MX 20 mx2\n@ MX 30 mx3",          "example.com",       R::MX,  "20 mx2.example.com, 30 mx3.example.com"),
        ("other types stay live",                "@ TXT \"new\"",                     "example.com",       R::MX,  "10 mx1.example.com"),
        ("other names stay live",                "@ TXT \"new\"",                     "there.example.com", R::A,   "192.0.2.1"),
        ("an RRset is deleted",                  ";- @ TXT",                          "example.com",       R::TXT, "nodata of example.com"),
        ("and leaves its siblings",              ";- @ TXT",                          "example.com",       R::MX,  "10 mx1.example.com"),
        ("a new name exists",                    "_spf TXT \"v=spf1 -all\"",          "_spf.example.com",  R::TXT, "v=spf1 -all"),
        ("with the types that it has",           "_spf TXT \"v=spf1 -all\"",          "_spf.example.com",  R::A,   "nodata of example.com"),
        ("the names above it exist",             "s1._domainkey TXT \"v=DKIM1\"",     "_domainkey.example.com", R::TXT, "nodata of example.com"),
        ("those below do not",                   "_spf TXT \"v=spf1 -all\"",          "x._spf.example.com", R::TXT, "nxdomain of example.com"),
        ("a deletion makes no name",             "a.b TXT \"x\"\n;- c.d TXT",         "d.example.com",     R::TXT, "nxdomain of example.com"),
        ("an alias hides other types",           "there CNAME mx1",                   "there.example.com", R::A,   "there.example.com -> mx1.example.com, 192.0.2.25"),
        ("also those it does not lead to",       "@ CNAME mx1",                       "example.com",       R::MX,  "example.com -> mx1.example.com, nodata of example.com"),
        ("and those deleted beside it",          ";- there A\nthere CNAME mx1",        "there.example.com", R::A,   "there.example.com -> mx1.example.com, 192.0.2.25"),
        ("an alias written twice is one",        "there CNAME mx1\nthere CNAME mx1.example.com.", "there.example.com", R::A, "there.example.com -> mx1.example.com, 192.0.2.25"),
        ("an alias itself may be asked for",     "there CNAME mx1",                   "there.example.com", R::CNAME, "there.example.com -> mx1.example.com"),
        ("an alias to a laid-over name",         "there CNAME new\nnew A 192.0.2.7",  "there.example.com", R::A,   "there.example.com -> new.example.com, 192.0.2.7"),
        ("a live alias to a laid-over name",     "mx1 A 192.0.2.7",                   "www.example.com",   R::A,   "www.example.com -> mx1.example.com, 192.0.2.7"),
        ("a live alias is deleted",              ";- www CNAME",                      "www.example.com",   R::A,   "nodata of example.com"),
        ("and another record takes its place",   ";- www CNAME\nwww A 192.0.2.7",     "www.example.com",   R::A,   "192.0.2.7"),
        ("a name of another domain",             "_spf.example.net. TXT \"x\"",       "_spf.example.net",  R::TXT, "x"),
    ];
    for (rule, overlay, name, rtype, expected) in cases {
        assert_eq!(said(overlay, name, rtype).await, expected, "{rule}");
    }
}

#[tokio::test]
async fn wildcards_work_as_in_a_zone() {
    const NEW: &str = "* TXT \"new\"\nonly A 192.0.2.7";
    use Rtype as R;
    #[rustfmt::skip]
    let cases = [
        ("a name that is nowhere",                NEW,                   "x.example.com",       R::TXT, "new"),
        ("several labels below",                  NEW,                   "x.y.example.com",     R::TXT, "new"),
        ("another type is no data",               NEW,                   "x.example.com",       R::A,   "nodata of example.com"),
        ("a live name is not covered",            NEW,                   "there.example.com",   R::TXT, "nodata of example.com"),
        ("nor what lies below it",                NEW,                   "x.there.example.com", R::TXT, "nxdomain of example.com"),
        ("a laid-over name is not covered",       NEW,                   "only.example.com",    R::TXT, "nodata of example.com"),
        ("nor what lies below that",              NEW,                   "x.only.example.com",  R::TXT, "nxdomain of example.com"),
        ("the wildcard itself may be asked for",  NEW,                   "*.example.com",       R::TXT, "new"),
        ("an alias as a wildcard",                "* CNAME mx1",         "x.example.com",       R::A,   "x.example.com -> mx1.example.com, 192.0.2.25"),
        ("a live wildcard stays",                 NEW,                   "x.any.example.com",   R::TXT, "live"),
        ("a live wildcard is replaced",           "*.any TXT \"new\"",   "x.any.example.com",   R::TXT, "new"),
        ("a live wildcard is deleted",            ";- *.any TXT",        "x.any.example.com",   R::TXT, "nxdomain of example.com"),
    ];
    for (rule, overlay, name, rtype, expected) in cases {
        assert_eq!(said(overlay, name, rtype).await, expected, "{rule}");
    }
}

#[tokio::test]
async fn a_zones_own_server_answers_with_authority() {
    let server = To::Server("192.0.2.53".parse().unwrap());
    let question = Question { to: server, ..Question::new(&origin(), Rtype::TXT) };
    let message = answer("@ TXT \"new\"", question).await;
    assert!(message.authoritative && !message.recursion_available);
}

#[tokio::test]
async fn a_zone_file_is_read_as_name_servers_read_it() {
    use Rtype as R;
    #[rustfmt::skip]
    let cases = [
        ("names are relative to the domain",    "a TXT \"x\"",                                  "a.example.com",       R::TXT, "x"),
        ("an owner may be left out",            "a TXT \"x\"\n  A 192.0.2.7",                   "a.example.com",       R::A,   "192.0.2.7"),
        ("TTL and class",                       "a 60 IN TXT \"x\"",                            "a.example.com",       R::TXT, "x"),
        ("$TTL",                                "$TTL 60\na TXT \"x\"",                         "a.example.com",       R::TXT, "x"),
        ("$ORIGIN",                             "$ORIGIN _domainkey.example.com.\ns1 TXT \"x\"", "s1._domainkey.example.com", R::TXT, "x"),
        ("$ORIGIN below the one before",        "$ORIGIN _domainkey\ns1 TXT \"x\"",             "s1._domainkey.example.com", R::TXT, "x"),
        ("a deletion under $ORIGIN",            "$ORIGIN any.example.com.\n;- own TXT\na A 192.0.2.7", "own.any.example.com", R::TXT, "nodata of example.com"),
        ("a type in small letters",             ";- @ txt",                                     "example.com",         R::TXT, "nodata of example.com"),
        ("comments",                            "; hello\n;----- hello -----\na TXT \"x\" ; y", "a.example.com",       R::TXT, "x"),
        ("a semicolon in text",                 "a TXT \"v=DKIM1; p=\"",                        "a.example.com",       R::TXT, "v=DKIM1; p="),
        ("strings in parentheses",              "a TXT ( \"v=DKIM1; \"\n \"p=MIIB\" ) ; z",     "a.example.com",       R::TXT, "v=DKIM1; p=MIIB"),
        ("escapes",                             "a TXT \"a\\059\\\"b\"",                        "a.example.com",       R::TXT, "a;\"b"),
        ("lines that end in CR LF",             "a TXT \"x\"\r\n;- @ TXT\r\n",                  "a.example.com",       R::TXT, "x"),
    ];
    for (rule, overlay, name, rtype, expected) in cases {
        assert_eq!(said(overlay, name, rtype).await, expected, "{rule}");
    }
}

#[test]
fn a_zone_file_that_cannot_be_read_is_named_by_its_line() {
    let long = "a TXT \"x\"\n".repeat(10_001);
    #[rustfmt::skip]
    let cases = [
        ("no address",             "a A 192.0.2.1\nb A 1.2\nc A 192.0.2.3", "overlay, line 2: the value of the A record"),
        ("after a long entry",     "a TXT ( \"x\"\n\"y\" )\n\nb A 1.2",     "overlay, line 4: the value of the A record"),
        ("no preference",          "@ MX mx1",                              "overlay, line 1: the value of the MX record is missing or cannot be read; one looks like `10 mx"),
        ("no value",               "a 300 IN TXT",                          "overlay, line 1: the value of the TXT record"),
        ("no type",                "\n\na \"v=spf1 -all\"",                 "overlay, line 3: the type of the record is missing"),
        ("a name alone",           "a A 192.0.2.1\nb 300 IN",               "overlay, line 2: the type of the record is missing"),
        ("words",                  "garbage here",                          "overlay, line 1: `here` is no type of record that is known; a line reads NAME"),
        ("no name",                "TXT \"v=spf1 -all\"",                   "overlay, line 1: the name of the record is missing"),
        ("nor one before",         " TXT \"v=spf1 -all\"",                  "overlay, line 1: the name of the record is missing"),
        ("a value alone",          "\"v=spf1 -all\"",                       "overlay, line 1: the name of the record is missing"),
        ("what is no name",        "a..b TXT \"x\"",                        "overlay, line 1: `a..b` is no name"),
        ("a directive",            "a A 192.0.2.1\n$GENERATE 1-9 a$ A 192.0.2.$", "overlay, line 2: `$GENERATE 1-9 a$ A 192.0.2.$` is not understood"),
        ("a time that is none",    "$TTL soon\na A 192.0.2.1",              "overlay, line 1: `$TTL soon` is not understood"),
        ("beside an alias",        "a CNAME b\nc A 192.0.2.1\na TXT \"x\"", "overlay, line 3: `a.example.com` has a record already (line 1); a CNAME"),
        ("an alias beside it",     "@ TXT \"x\"\nexample.com. CNAME b",    "overlay, line 2: `example.com` has a record already (line 1); a CNAME"),
        ("of the same owner",      "a TXT \"x\"\n  CNAME b",               "overlay, line 2: `a.example.com` has a record already (line 1); a CNAME"),
        ("two aliases",            "a CNAME b\nA.example.com. CNAME c",     "overlay, line 2: `a.example.com` has a record already (line 1); a CNAME"),
        ("deleted and written",    ";- @ TXT\n@ TXT \"x\"",                "overlay, line 2: TXT of `example.com` is deleted and written too (line 1)"),
        ("written and deleted",    "@ TXT \"x\"\n\n;- example.com. TXT",   "overlay, line 3: TXT of `example.com` is deleted and written too (line 1)"),
        ("an open string",         "a A 192.0.2.1\nb TXT \"x\n",            "overlay, line 2: the quoted string that begins here"),
        ("an open parenthesis",    "a A 192.0.2.1\nb TXT ( \"x\"\nc A 192.0.2.1\n", "overlay, line 2: the parenthesis that begins here"),
        ("another file",           "\n$INCLUDE /etc/passwd",                "overlay, line 2: $INCLUDE"),
        ("a deletion of no type",  "a A 192.0.2.1\n;- a",                   "overlay, line 2: write `;- NAME TYPE`"),
        ("a forgotten dot",        "a A 192.0.2.1\nexample.com TXT \"x\"",    "overlay, line 2: `example.com` means example.com.example.com"),
        ("the same to delete",     ";- _dmarc.Example.com TXT",              "overlay, line 1: `_dmarc.Example.com` means"),
        ("a type nobody knows",    ";- a TEXT",                             "overlay, line 1: write `;- NAME TYPE`"),
        ("nothing",                "; only words\n",                        "overlay: it holds no record"),
        ("too much",               &long,                                   "overlay: more than 10000 records"),
    ];
    for (rule, text, expected) in cases {
        let error = Overlay::parse(text, &origin()).expect_err(rule).to_string();
        assert!(error.starts_with(expected), "{rule}: {error}");
        assert!(!error.contains('\n') && error.len() < 240, "{rule}: {error}");
    }
    assert_eq!(Overlay::parse("", &origin()), Err(OverlayError::Empty));
}
