use vigie_checks::kernel::{Data, Ede, Message, Rcode, Record, Rtype, Text};

use super::*;

const KEY: &str = "abcdefgh12345678";

fn keys() -> ZoneKeys {
    ZoneKeys::from(HashMap::from([(Name::new("_key.zen.example.net"), KEY.to_owned().into())]))
}

#[test]
fn the_key_stands_before_its_own_zone_alone() {
    let keys = keys();
    let asked = |name: &str| {
        let question = Question::new(&Name::new(name), Rtype::A);
        keys.reveal(&question).map(|(question, _)| question.name.to_string())
    };
    let under = |name: &str| Some(format!("{name}{KEY}.zen.example.net"));
    #[rustfmt::skip]
    let cases = [
        ("a name in the zone",       "2.0.0.127._key.zen.example.net",          under("2.0.0.127.")),
        ("the zone itself",          "_key.zen.example.net",                    under("")),
        ("another zone",             "2.0.0.127._key.list.example.net",         None),
        ("a name that ends alike",   "x_key.zen.example.net",                   None),
        ("the zone of somebody",     "_key.zen.example.net.evil.example",       None),
        ("the public zone",          "2.0.0.127.zen.example.net",               None),
    ];
    for (rule, name, expected) in cases {
        assert_eq!(asked(name), expected, "{rule}");
    }
}

#[test]
fn no_part_of_an_answer_holds_the_key() {
    let record = |name: &str, data| Record { name: Name::new(name), ttl: 60, data };
    let text = format!("see https://example.net/?k={}&ip=1", KEY.to_uppercase());
    let name = format!("2.0.0.127.{KEY}.zen.example.net");
    let answer = Answer::from(Message {
        rcode: Rcode::NOERROR,
        answers: vec![
            record(&name, Data::A([127, 0, 0, 2].into())),
            record(&name, Data::Txt(Text::new(vec![text.into_bytes()]))),
        ],
        authority: vec![record(&format!("{KEY}.zen.example.net"), Data::Ns(Name::new(&name)))],
        ede: vec![Ede { code: 0, text: KEY.to_owned() }],
        ..Message::default()
    });
    let cleared = conceal(&answer, &KEY.to_owned().into());
    let shown = serde_json::to_string(&cleared).expect("plain data").to_lowercase();
    assert!(!shown.contains(KEY), "{shown}");
    let Answer::Message(message) = cleared else { panic!("a message") };
    assert_eq!(message.answers[0].name.as_str(), "2.0.0.127._key.zen.example.net");
    assert_eq!(message.answers[0].data, Data::A([127, 0, 0, 2].into()));
    assert!(!format!("{:?}", keys()).contains(KEY));
}
