//! Questions to a server through the proxy's relay.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::Notify;

use super::server::Manner;
use super::{question, said};
use crate::net::dns::pool::Pool;
use crate::net::proxy::Connector;

/// The fixed part of a relayed datagram: reserved, fragment, IPv4 address and port.
const HEADER: usize = 10;

/// A proxy that relays datagrams, as far as answering them itself; it ends its associations when
/// `ends` says so, and counts them.
async fn proxy(ends: Arc<Notify>) -> (Connector, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let written = format!("socks5://{}", listener.local_addr().unwrap());
    let associations = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&associations);
    tokio::spawn(async move {
        loop {
            let (mut control, _) = listener.accept().await.unwrap();
            let relay = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let port = relay.local_addr().unwrap().port().to_be_bytes();
            counted.fetch_add(1, Ordering::Relaxed);
            // A greeting that offers no login, then the request with an IPv4 address.
            control.read_exact(&mut [0; 3]).await.unwrap();
            control.write_all(&[5, 0]).await.unwrap();
            control.read_exact(&mut [0; 10]).await.unwrap();
            control.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, port[0], port[1]]).await.unwrap();
            let ends = Arc::clone(&ends);
            tokio::spawn(async move {
                tokio::select! {
                    () = answer(relay) => {}
                    () = ends.notified() => {}
                }
                drop(control);
            });
        }
    });
    (Connector::through(written.parse().unwrap()), associations)
}

async fn answer(relay: UdpSocket) {
    let mut buffer = [0; 1500];
    loop {
        let (length, client) = relay.recv_from(&mut buffer).await.unwrap();
        let reply = Manner::Answers.reply(&buffer[HEADER..length]).unwrap();
        let stranger = [&[0, 0, 0, 1, 198, 51, 100, 9, 0, 53], &reply[..]].concat();
        relay.send_to(&stranger, client).await.unwrap();
        let own = [&buffer[..HEADER], &reply[..]].concat();
        relay.send_to(&own, client).await.unwrap();
    }
}

fn server() -> SocketAddr {
    "192.0.2.53:53".parse().unwrap()
}

async fn ask(pool: &Pool) -> String {
    let sockets = pool.to(server()).await.unwrap();
    match sockets.exchange(&question(), false).await {
        Ok(received) => said(&vigie_checks::kernel::Answer::from(received.message)),
        Err(reason) => reason.to_string(),
    }
}

#[tokio::test]
async fn many_questions_to_a_server_share_an_association() {
    let (connector, associations) = proxy(Arc::default()).await;
    let pool = Pool::through(1, connector);
    let answers = futures::future::join_all((0..50).map(|_| ask(&pool))).await;
    assert!(answers.iter().all(|answer| answer == "A(192.0.2.1)"), "{answers:?}");
    assert_eq!(associations.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn when_the_proxy_ends_an_association_another_is_opened() {
    let ends = Arc::<Notify>::default();
    let (connector, associations) = proxy(Arc::clone(&ends)).await;
    let pool = Pool::through(1, connector);
    assert_eq!(ask(&pool).await, "A(192.0.2.1)");
    let first = pool.to(server()).await.unwrap();
    ends.notify_waiters();
    while !first.have_ended() {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&pool).await, "A(192.0.2.1)");
    assert_eq!(associations.load(Ordering::Relaxed), 2);
}
