//! How does a server of the lab start, and how does it end? On a free loopback port; with its
//! handle, and every conversation with it.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// Most conversations that one server holds at a time; the next one waits to be accepted.
const CONVERSATIONS: usize = 512;

/// A server of the lab; dropping it ends the server and all its conversations.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    task: AbortHandle,
}

impl Running {
    /// Where the server listens, on loopback.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Listens on a free loopback port and answers every connection with `converse`.
    pub async fn serve<C, F>(converse: C) -> io::Result<Self>
    where
        C: Fn(TcpStream, SocketAddr) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, converse)).abort_handle();
        Ok(Self { addr, task })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Short replies follow each other: Nagle's algorithm would hold each back until the one before is
/// acknowledged, for 40 ms. A socket that cannot be told so works all the same.
pub(crate) fn send_at_once(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
}

async fn accept<C, F>(listener: TcpListener, converse: C)
where
    C: Fn(TcpStream, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    // Dropped with this task: JoinSet ends what it holds.
    let mut conversations = JoinSet::new();
    loop {
        while conversations.try_join_next().is_some() {}
        if conversations.len() >= CONVERSATIONS {
            conversations.join_next().await;
        }
        match listener.accept().await {
            Ok((stream, peer)) => {
                send_at_once(&stream);
                conversations.spawn(converse(stream, peer));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::task::yield_now().await;
            }
        }
    }
}
