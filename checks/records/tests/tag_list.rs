use proptest::prelude::*;

use crate::records::tag_list::TagList;

type Tags = &'static [(&'static str, &'static str, usize)];
type Parts = &'static [(&'static str, usize)];

#[test]
fn tags_are_read_with_their_place() {
    #[rustfmt::skip]
    let cases: [(&str, &str, Tags, Parts); 9] = [
        ("tags in order",                      "v=DKIM1; p=abc",     &[("v", "DKIM1", 0), ("p", "abc", 9)], &[]),
        ("white space around is not part",     " v = 1 ;\tp = a b ", &[("v", "1", 1), ("p", "a b", 9)],     &[]),
        ("folded lines are white space",       "p=ab\r\n c;\r\n k=rsa", &[("p", "ab\r\n c", 0), ("k", "rsa", 12)], &[]),
        ("a final semicolon is legal",         "p=a;",               &[("p", "a", 0)],                      &[]),
        ("empty parts are left out",           ";;p=a;;",            &[("p", "a", 2)],                      &[]),
        ("only the first equals sign parts",   "p=a==",              &[("p", "a==", 0)],                    &[]),
        ("an empty value is a value",          "p=",                 &[("p", "", 0)],                       &[]),
        ("without an equals sign it is none",  "v=1; p reject",      &[("v", "1", 0)],                      &[("p reject", 5)]),
        ("a name has letters, digits and _",   "p-x=1; _a=2; a_1=3", &[("a_1", "3", 13)],                   &[("p-x=1", 0), ("_a=2", 7)]),
    ];
    for (rule, text, tags, malformed) in cases {
        let list = TagList::parse(text);
        let read: Vec<_> = list.tags.iter().map(|tag| (tag.name, tag.value, tag.at)).collect();
        assert_eq!(read, tags, "{rule}");
        let left: Vec<_> = list.malformed.iter().map(|part| (part.text, part.at)).collect();
        assert_eq!(left, malformed, "{rule}");
    }
}

proptest! {
    #[test]
    fn every_place_points_at_its_tag(text in ".{0,80}") {
        let list = TagList::parse(&text);
        for tag in &list.tags {
            prop_assert!(text[tag.at..].starts_with(tag.name));
        }
        for part in &list.malformed {
            prop_assert!(text[part.at..].starts_with(part.text));
        }
    }
}
