use futures::FutureExt;
use vigie_checks::kernel::Page;

use super::*;

fn reply(status: u16, retry_after: Option<&str>) -> HttpsEnd {
    let retry_after = retry_after.map(str::to_owned);
    HttpsEnd::Page(Page { status, retry_after, ..Page::default() })
}

#[tokio::test]
async fn a_host_is_asked_a_few_times_at_once_and_others_beside_it() {
    let politeness = Politeness::default();
    let (host, other) = (Name::new("rdap.test"), Name::new("other.test"));
    let first = politeness.turn(&host).await;
    let _second = politeness.turn(&host).await;
    assert!(politeness.turn(&host).now_or_never().is_none(), "the third waits");
    assert!(politeness.turn(&other).now_or_never().is_some_and(|turn| turn.is_some()));
    drop(first);
    assert!(politeness.turn(&host).now_or_never().is_some_and(|turn| turn.is_some()));
}

#[tokio::test]
async fn a_host_that_wants_to_be_left_alone_is() {
    let past = "Wed, 21 Oct 2015 07:28:00 GMT";
    let coming = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(600));
    #[rustfmt::skip]
    let cases = [
        ("in an hour",               reply(429, Some("3600")),   false),
        ("at a date",                reply(503, Some(&coming)),  false),
        ("at a date that has passed", reply(503, Some(past)),    true),
        ("at once",                  reply(429, Some("0")),      true),
        ("at no time that is one",   reply(429, Some("later")),  true),
        ("without a time",           reply(429, None),           true),
        ("an answer with a time",    reply(200, Some("3600")),   true),
    ];
    for (rule, reply, asked) in cases {
        let politeness = Politeness::default();
        let host = Name::new("rdap.test");
        drop(politeness.turn(&host).await);
        politeness.learn(&host, &reply);
        assert_eq!(politeness.turn(&host).await.is_some(), asked, "{rule}");
    }
}

#[tokio::test]
async fn no_host_keeps_us_away_for_longer_than_an_hour() {
    let politeness = Politeness::default();
    let host = Name::new("rdap.test");
    drop(politeness.turn(&host).await);
    politeness.learn(&host, &reply(429, Some("999999999")));
    let until = politeness.hosts.lock().unwrap()[&host].not_before.unwrap();
    assert!(until <= Instant::now() + LONGEST);
}
