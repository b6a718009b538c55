//! A mail host that plays a script: what it says, what it must hear.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// One turn of the host.
pub(super) enum Turn {
    /// Writes octets as they are.
    Say(&'static [u8]),
    /// Reads until the octets were heard.
    Hear(&'static str),
    /// Becomes the server of a handshake.
    Encrypt(Arc<ServerConfig>),
    /// Says nothing more and holds the line until the client hangs up.
    Hang,
}

/// A host with its address; what it heard is the result of the task.
pub(super) struct ScriptedHost {
    pub address: SocketAddr,
    pub heard: JoinHandle<String>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Starts a host that takes one connection, plays its turns and closes.
pub(super) async fn play(turns: Vec<Turn>) -> ScriptedHost {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let mut heard = Vec::new();
        take_turns(Box::new(stream), turns, &mut heard).await;
        String::from_utf8_lossy(&heard).into_owned()
    });
    ScriptedHost { address, heard }
}

async fn take_turns(mut stream: Box<dyn Stream>, turns: Vec<Turn>, heard: &mut Vec<u8>) {
    for turn in turns {
        match turn {
            Turn::Say(octets) => {
                // The client may have hung up on an endless reply.
                if stream.write_all(octets).await.is_err() {
                    return;
                }
            }
            Turn::Hear(expected) => {
                let start = heard.len();
                while !String::from_utf8_lossy(&heard[start..]).contains(expected) {
                    match stream.read_u8().await {
                        Ok(octet) => heard.push(octet),
                        Err(_) => return,
                    }
                }
            }
            Turn::Encrypt(config) => match TlsAcceptor::from(config).accept(stream).await {
                Ok(encrypted) => stream = Box::new(encrypted),
                Err(_) => return,
            },
            Turn::Hang => {
                while matches!(stream.read_u8().await, Ok(octet) if { heard.push(octet); true }) {}
            }
        }
    }
    // Closing with unread octets would reset the connection under the last reply.
    let _ = stream.shutdown().await;
    while matches!(stream.read_u8().await, Ok(octet) if { heard.push(octet); true }) {}
}
