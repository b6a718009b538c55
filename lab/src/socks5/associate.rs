//! UDP ASSOCIATE: datagrams to the zones' own servers, the only ones the world plays by UDP.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::connect::until_closed;
use super::wire::{ReplyCode, unwrap, wrap, write_reply};
use crate::dns::{Asked, At, Service, Transport, make_room};

/// The largest datagram that is read, in octets.
const MAX_DATAGRAM: usize = 4_096;

/// Late answers of one association under way at a time; further ones are lost.
const MAX_LATE_ANSWERS: usize = 256;

/// Relays datagrams for as long as the control connection lasts (RFC 1928 §7).
pub(super) async fn associate(mut control: TcpStream, names: &Service) -> io::Result<()> {
    let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
    make_room(&socket);
    write_reply(&mut control, ReplyCode::Succeeded, socket.local_addr()?).await?;
    tokio::select! {
        () = until_closed(&mut control) => Ok(()),
        () = relay(socket, names) => Ok(()),
    }
}

async fn relay(socket: Arc<UdpSocket>, names: &Service) {
    let mut buffer = [0; MAX_DATAGRAM];
    let mut late = JoinSet::new();
    loop {
        // An error here is an earlier answer's, whose asker is gone.
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        while late.try_join_next().is_some() {}
        let Some((target, data)) = unwrap(&buffer[..length]) else {
            continue;
        };
        if !names.world.has_name_server(target.ip(), target.port()) {
            continue;
        }
        let response = names.serve(data, asked(target));
        let Some(octets) = response.octets.map(|octets| wrap(target, &octets)) else {
            continue;
        };
        if response.after.is_zero() {
            let _ = socket.send_to(&octets, client).await;
        } else if late.len() < MAX_LATE_ANSWERS {
            let socket = Arc::clone(&socket);
            late.spawn(async move {
                sleep(response.after).await;
                let _ = socket.send_to(&octets, client).await;
            });
        }
    }
}

fn asked(target: SocketAddr) -> Asked {
    Asked { at: At::Server(target.ip()), transport: Transport::Udp }
}
