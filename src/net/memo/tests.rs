use async_trait::async_trait;
use std::sync::atomic::AtomicUsize;

use vigie_checks::kernel::{
    HttpReply, HttpRequest, Name, Octets, Page, Question, Record, Rtype, SmtpScript,
};

use super::*;

/// Answers every question for an hour, and counts them.
#[derive(Default)]
struct World(AtomicUsize);

#[async_trait]
impl Net for World {
    async fn exchange(&self, request: Request) -> Response {
        self.0.fetch_add(1, Ordering::Relaxed);
        let Request::Dns(question) = request else { panic!("only DNS is asked here") };
        let address = Data::A([192, 0, 2, 1].into());
        let record = Record { name: question.name, ttl: 3600, data: address };
        Response::Dns(Message { answers: vec![record], ..Message::default() }.into())
    }
}

fn memo() -> (Arc<World>, Arc<Memo>) {
    let world = Arc::new(World::default());
    let below: Arc<dyn Net> = world.clone();
    (world, Memo::new(below, Duration::from_secs(3600), Duration::ZERO))
}

async fn ask(memo: &Memo, name: &str) {
    memo.exchange(Request::Dns(Question::new(&Name::new(name), Rtype::A)), false).await;
}

#[tokio::test]
async fn what_domains_share_is_kept_while_what_is_their_own_makes_room() {
    let (world, memo) = memo();
    let domains = ANSWERS * 10;
    for domain in 0..domains {
        ask(&memo, &format!("d{domain}.example")).await;
        ask(&memo, "shared.example").await;
    }
    assert_eq!(world.0.load(Ordering::Relaxed), domains + 1, "the shared answer was kept");
    let kept = memo.slots.lock().unwrap().by_request.len();
    assert!(kept <= ANSWERS * 2, "{kept} answers are kept");
}

#[tokio::test]
async fn who_asks_by_hand_gets_names_anew_and_leaves_mail_hosts_alone() {
    let (world, memo) = memo();
    let name = Question::new(&Name::new("example.com"), Rtype::A);
    for freshness in [Freshness::Kept, Freshness::Kept, Freshness::Asked, Freshness::Second] {
        let net = Memoised::new(Arc::clone(&memo), freshness);
        net.pass(Request::Dns(name.clone())).await;
    }
    // The second look asks elsewhere.
    assert_eq!(world.0.load(Ordering::Relaxed), 3, "the second of them was kept");
    let conversation = Request::Smtp(Box::new(SmtpScript::inspect(
        [192, 0, 2, 1].into(),
        &Name::new("mx.example"),
        "me",
    )));
    assert!(
        !Freshness::Asked.passes_by(&conversation) && Freshness::Second.passes_by(&conversation)
    );
}

#[tokio::test]
async fn few_answers_are_all_kept() {
    let (world, memo) = memo();
    for _ in 0..2 {
        for domain in 0..ANSWERS {
            ask(&memo, &format!("d{domain}.example")).await;
        }
    }
    assert_eq!(world.0.load(Ordering::Relaxed), ANSWERS);
}

/// Answers every request for a file with so many octets, and counts them.
struct Files(AtomicUsize, usize);

#[async_trait]
impl Net for Files {
    async fn exchange(&self, request: Request) -> Response {
        self.0.fetch_add(1, Ordering::Relaxed);
        assert!(matches!(request, Request::Http(_)), "only files are asked for here");
        let page = Page { status: 200, body: Octets(vec![0; self.1]), ..Page::default() };
        Response::Http(HttpReply { end: HttpsEnd::Page(page) }.into())
    }
}

#[tokio::test]
async fn of_large_files_the_newest_few_are_kept_and_small_ones_all() {
    for (octets, held) in [(LARGE + 1, LARGE_FILES), (LARGE, 3 * LARGE_FILES)] {
        let world = Arc::new(Files(AtomicUsize::new(0), octets));
        let below: Arc<dyn Net> = world.clone();
        let hour = Duration::from_secs(3600);
        let memo = Memo::new(below, hour, hour);
        let ask = async |number: usize| {
            let target = format!("/{number}.crl");
            let address = [192, 0, 2, 1].into();
            let host = Name::new("crl.example.net");
            memo.exchange(Request::Http(HttpRequest { address, host, target, most: 9 }), false)
                .await
        };
        for number in (0..3 * LARGE_FILES).chain(2 * LARGE_FILES..3 * LARGE_FILES) {
            ask(number).await;
        }
        assert_eq!(world.0.load(Ordering::Relaxed), 3 * LARGE_FILES, "the newest are kept");
        assert_eq!(memo.slots.lock().unwrap().by_request.len(), held);
    }
}
