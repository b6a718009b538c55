//! CONNECT: a stream to a simulated address and port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, copy_bidirectional, sink};
use tokio::net::TcpStream;

use super::wire::{ReplyCode, write_reply};
use crate::dns::{At, Service, serve_stream};
use crate::running::send_at_once;
use crate::world::Route;

/// The bound address of replies: the world has no address of the client to give.
const UNBOUND: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Plays a connection attempt to its end.
pub(super) async fn connect(
    mut client: TcpStream,
    target: SocketAddr,
    names: &Service,
) -> io::Result<()> {
    match names.world.route_to(target.ip(), target.port()) {
        Route::To(server) => relay(client, server).await,
        Route::NameServer => {
            write_reply(&mut client, ReplyCode::Succeeded, UNBOUND).await?;
            serve_stream(client, names, At::Server(target.ip())).await
        }
        Route::Refuse => refuse(&mut client, ReplyCode::ConnectionRefused).await,
        Route::Unreachable => refuse(&mut client, ReplyCode::HostUnreachable).await,
        // Until the client gives up.
        Route::Drop => tokio::io::copy(&mut client, &mut sink()).await.map(drop),
    }
}

/// Answers with a code other than success, and lets the client read it before the end.
pub(super) async fn refuse(client: &mut TcpStream, code: ReplyCode) -> io::Result<()> {
    write_reply(client, code, UNBOUND).await
}

/// Carries octets both ways; the end of one way is passed on and leaves the other open.
async fn relay(mut client: TcpStream, server: SocketAddr) -> io::Result<()> {
    if !server.ip().is_loopback() {
        return refuse(&mut client, ReplyCode::GeneralFailure).await;
    }
    let Ok(mut server) = TcpStream::connect(server).await else {
        return refuse(&mut client, ReplyCode::ConnectionRefused).await;
    };
    send_at_once(&server);
    write_reply(&mut client, ReplyCode::Succeeded, UNBOUND).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Waits for the end of a stream that has nothing more to say.
pub(super) async fn until_closed(client: &mut TcpStream) {
    let mut octet = [0; 1];
    while matches!(client.read(&mut octet).await, Ok(1..)) {}
}
