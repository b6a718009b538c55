//! What stands before the receiver: a listener that hands connections on, or lets them hang in its
//! queue as a receiver does that no longer accepts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Connections that the kernel keeps for a door that does not accept; it takes one more than asked.
const BACKLOG: u32 = 1;

/// More than any queue of that backlog takes.
const MOST_QUEUED: usize = 16;

/// Loopback connects at once where there is room in the queue.
const NO_ROOM: Duration = Duration::from_millis(300);

pub struct Door {
    listener: Arc<TcpListener>,
    receiver: SocketAddr,
    state: Mutex<State>,
}

enum State {
    Open { accepting: JoinHandle<()> },
    Shut { queued: Vec<TcpStream> },
}

impl Drop for Door {
    fn drop(&mut self) {
        if let State::Open { accepting } = self.state.get_mut() {
            accepting.abort();
        }
    }
}

impl Door {
    /// An open door to the receiver.
    pub fn before(receiver: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("there are sockets");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("loopback has free ports");
        let listener = Arc::new(socket.listen(BACKLOG).expect("a bound socket listens"));
        let accepting = tokio::spawn(hand_on(Arc::clone(&listener), receiver));
        Self { listener, receiver, state: Mutex::new(State::Open { accepting }) }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address())
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("a bound socket has an address")
    }

    /// Accepts nothing more and fills the queue, so that whoever connects now waits.
    pub async fn shut(&self) {
        let mut state = self.state.lock().await;
        let State::Open { accepting } = &mut *state else { return };
        accepting.abort();
        assert!(accepting.await.is_err_and(|ended| ended.is_cancelled()), "it accepts until now");
        let mut queued = Vec::new();
        while let Ok(connected) = timeout(NO_ROOM, TcpStream::connect(self.address())).await {
            queued.push(connected.expect("a full queue refuses nobody"));
            assert!(queued.len() < MOST_QUEUED, "the queue never fills");
        }
        *state = State::Shut { queued };
    }

    /// Lets those in the queue go and accepts again.
    pub async fn open(&self) {
        let mut state = self.state.lock().await;
        if let State::Shut { queued } = &mut *state {
            queued.clear();
            let accepting = tokio::spawn(hand_on(Arc::clone(&self.listener), self.receiver));
            *state = State::Open { accepting };
        }
    }
}

async fn hand_on(listener: Arc<TcpListener>, receiver: SocketAddr) {
    loop {
        let Ok((mut guest, _)) = listener.accept().await else { continue };
        tokio::spawn(async move {
            let Ok(mut host) = TcpStream::connect(receiver).await else { return };
            // A guest that was killed ends it from its side.
            let _ = copy_bidirectional(&mut guest, &mut host).await;
        });
    }
}
