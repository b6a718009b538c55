//! A SOCKS5 proxy behind which every host speaks as if to do harm.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Starts the proxy; name servers behind it are those of the resolver.
pub async fn serve(resolver: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has ports");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(connect(client, resolver));
        }
    });
    address
}

/// Takes the greeting and the request (RFC 1928 §3 and 4), then plays the host.
async fn connect(mut client: TcpStream, resolver: SocketAddr) -> Option<()> {
    client.read_exact(&mut [0; 3]).await.ok()?;
    client.write_all(&[5, 0]).await.ok()?;
    let mut request = [0; 10];
    client.read_exact(&mut request).await.ok()?;
    let [_, command, _, family, a, b, c, host, high, low] = request;
    if command != 1 || family != 1 || [a, b, c] != [192, 0, 2] {
        // No relay of datagrams, nobody elsewhere.
        return client.write_all(&[5, 7, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok();
    }
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
    if u16::from_be_bytes([high, low]) == 53 {
        let mut server = TcpStream::connect(resolver).await.ok()?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await.ok()?;
        return Some(());
    }
    speak(client, host % 6).await
}

async fn speak(mut client: TcpStream, manner: u8) -> Option<()> {
    match manner {
        // A greeting without end.
        0 => loop {
            client.write_all(b"220-and another thing\r\n").await.ok()?;
        },
        // A line without end.
        1 => loop {
            client.write_all(&[b'2'; 4096]).await.ok()?;
        },
        // One octet per second.
        2 => {
            for octet in b"220 mx.example ESMTP\r\n".iter().cycle() {
                client.write_all(&[*octet]).await.ok()?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        // Zeros, and commands of a terminal.
        3 => loop {
            client.write_all(b"\0\0\0\x1b[2J\x1b]0;owned\x07\r\n").await.ok()?;
        },
        // A greeting, then a reply of many lines to everything, then nothing.
        4 => {
            client.write_all(b"220 mx.example ESMTP\r\n").await.ok()?;
            for _ in 0..100_000 {
                client.write_all(b"250-SIZE 99999999999999999999999999\r\n").await.ok()?;
            }
        }
        _ => {}
    }
    // Silence.
    std::future::pending().await
}
