use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout};
use vigie_checks::kernel::{Answer, Reason};

use super::server::Manner;
use super::{question, said};
use crate::net::dns::pool::Pool;
use crate::net::dns::{DnsClient, PAUSE, RecursionSettings, ResolverSpec, Way};
use crate::net::proxy::Connector;
use crate::net::trust::Roots;

const PATIENCE: Duration = Duration::from_secs(10);

/// A server that answers every question with each of the manners, in their order.
async fn server(
    manners: &'static [Manner],
) -> (SocketAddr, tokio::sync::watch::Receiver<BTreeSet<u16>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let (ports, seen) = tokio::sync::watch::channel(BTreeSet::new());
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            ports.send_modify(|ports| _ = ports.insert(from.port()));
            for reply in manners.iter().filter_map(|manner| manner.reply(&buffer[..length])) {
                socket.send_to(&reply, from).await.unwrap();
            }
        }
    });
    (address, seen)
}

async fn ask(pool: &Pool, server: SocketAddr) -> Answer {
    let sockets = pool.to(server).await.unwrap();
    match timeout(PATIENCE, sockets.exchange(&question(), false)).await.expect("it ends in time") {
        Ok(received) => Answer::from(received.message),
        Err(reason) => Answer::failed(reason),
    }
}

#[tokio::test]
async fn what_does_not_answer_the_question_is_passed_over() {
    use Manner::*;
    let (server, _) = server(&[Garbage, AnotherId, AnotherQuestion, Echoes, Answers]).await;
    let pool = Pool::of(1);
    assert_eq!(said(&ask(&pool, server).await), "A(192.0.2.1)");
}

#[tokio::test]
async fn many_questions_to_a_server_come_from_a_few_ports() {
    let (server, ports) = server(&[Manner::Answers]).await;
    let pool = Pool::of(2);
    for _ in 0..50 {
        assert_eq!(said(&ask(&pool, server).await), "A(192.0.2.1)");
    }
    assert_eq!(ports.borrow().len(), 2);
}

#[tokio::test]
async fn questions_under_way_at_once_get_their_own_answers() {
    let (server, _) = server(&[Manner::Answers]).await;
    let pool = Pool::of(2);
    let answers = futures::future::join_all((0..200).map(|_| ask(&pool, server))).await;
    assert!(answers.iter().all(|answer| said(answer) == "A(192.0.2.1)"));
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_known_at_once() {
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let pool = Pool::of(1);
    for at_once in [1, 2, 5] {
        let answers = futures::future::join_all((0..at_once).map(|_| ask(&pool, address))).await;
        let known = |answer: &Answer| matches!(answer, Answer::Failed { reason: Reason::Network });
        assert!(answers.iter().all(known), "{at_once} at once: {answers:?}");
    }
}

#[tokio::test]
async fn where_nobody_listens_a_resolver_is_asked_again_after_a_moment() {
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let spec = ResolverSpec::Address(closed.local_addr().unwrap());
    drop(closed);
    let (connector, recursion) = (&Connector::direct(), &RecursionSettings::default());
    let way = Way { roots: &Roots::nobody(), connector, recursion };
    let client = DnsClient::open(&[spec], &way).await.unwrap();
    let begun = Instant::now();
    let answer = client.ask(&question()).await;
    assert_eq!(said(&answer), "network");
    assert!(begun.elapsed() >= PAUSE, "{:?}", begun.elapsed());
}
