//! Addresses that no list was able to speak of.

use super::{ADDRESS, healthy, target, vantage};
use crate::blocklist::{BlocklistCheck, unanswered};
use crate::kernel::{Answer, ListKind, Reason, Rtype};
use crate::scripted::{Scripted, observe};

#[test]
fn an_address_that_no_list_tells_of_is_unanswered() {
    let late = || Answer::failed(Reason::Timeout);
    let over = |name: &str, answers: &[&str]| healthy().a(name, answers);
    let both = vantage();
    let mut vouching = vantage();
    vouching.blocklists[0].codes = [("127.0.0.2".to_owned(), "allow".to_owned())].into();
    let mut of_names = vantage();
    of_names.blocklists.retain(|list| list.kind == ListKind::Domain);
    #[rustfmt::skip]
    let cases = [
        ("nobody is listed",            healthy(),                                         &both,     false),
        ("it is listed",                over(ADDRESS, &["127.0.0.2"]),                     &both,     false),
        ("the list is silent on it",    healthy().answer(ADDRESS, Rtype::A, late()),       &both,     true),
        ("the list refuses",            over(ADDRESS, &["127.255.255.254"]),               &both,     true),
        ("the list garbles",            over(ADDRESS, &["127.0.0.77"]),                    &both,     true),
        ("it fails its test",           Scripted::new().a("test.names.example.net", &["127.0.0.2"]), &both, true),
        ("every list fails",            Scripted::new(),                                   &both,     true),
        ("only who vouches was asked, and is silent", healthy().answer(ADDRESS, Rtype::A, late()), &vouching, false),
        ("no list takes addresses",     healthy(),                                         &of_names, false),
    ];
    for (rule, world, vantage, expected) in cases {
        let facts = observe::<BlocklistCheck>(&world, &target(), vantage);
        let found = unanswered(&facts, &vantage.blocklists);
        assert_eq!(!found.is_empty(), expected, "{rule}: {found:?}");
    }
}
