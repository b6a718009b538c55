//! A receiver of webhooks on loopback that answers as it is told and remembers what it got.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id").expect("every webhook has an id")
    }
}

/// What the receiver does with a request that it has read.
#[derive(Debug, Clone)]
pub enum Reply {
    Says(String),
    HangsUp,
    /// Writes this much and then nothing, with the connection open.
    Stalls(String),
    /// Says 200 once the receiver is released.
    Waits,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self::full(status, "", "")
    }

    /// `headers` are whole lines, each with its line end.
    pub fn full(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Says(format!(
            "HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ))
    }
}

type Script = dyn Fn(&Received, usize) -> Reply + Send + Sync;

pub struct Receiver {
    pub address: SocketAddr,
    seen: watch::Receiver<Vec<Received>>,
    gate: Arc<watch::Sender<bool>>,
}

impl Receiver {
    /// Answers each request by the script, which is given how many came before it.
    pub async fn start(script: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(None, script).await
    }

    pub async fn start_tls(
        config: Arc<ServerConfig>,
        script: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(TlsAcceptor::from(config)), script).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        script: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (sender, seen) = watch::channel(Vec::new());
        let gate = Arc::new(watch::Sender::new(false));
        let conversation =
            Conversation { script: Arc::new(script), seen: Arc::new(sender), gate: gate.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (conversation, tls) = (conversation.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => conversation.hold(stream).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => conversation.hold(stream).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { address, seen, gate }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn seen(&self) -> Vec<Received> {
        self.seen.borrow().clone()
    }

    pub fn ids(&self) -> Vec<String> {
        self.seen.borrow().iter().map(|request| request.id().to_owned()).collect()
    }

    /// Waits until this many requests came.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let mut seen = self.seen.clone();
        let enough = timeout(PATIENCE, seen.wait_for(|seen| seen.len() >= count)).await;
        let enough = enough.unwrap_or_else(|_| panic!("{count} requests never came"));
        enough.expect("the receiver runs").clone()
    }

    /// Lets every reply that waits go.
    pub fn release(&self) {
        self.gate.send_replace(true);
    }
}

#[derive(Clone)]
struct Conversation {
    script: Arc<Script>,
    seen: Arc<watch::Sender<Vec<Received>>>,
    gate: Arc<watch::Sender<bool>>,
}

impl Conversation {
    async fn hold(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let request = read(&mut stream).await?;
        let mut reply = Reply::HangsUp;
        self.seen.send_modify(|seen| {
            reply = (self.script)(&request, seen.len());
            seen.push(request);
        });
        match reply {
            Reply::Says(text) => stream.write_all(text.as_bytes()).await.ok()?,
            Reply::HangsUp => {}
            Reply::Stalls(text) => {
                stream.write_all(text.as_bytes()).await.ok()?;
                stream.flush().await.ok()?;
                // Ends when the other side does.
                stream.read_u8().await.ok()?;
            }
            Reply::Waits => {
                self.gate.subscribe().wait_for(|open| *open).await.ok()?;
                let Reply::Says(text) = Reply::status(200) else { return None };
                stream.write_all(text.as_bytes()).await.ok()?;
            }
        }
        stream.shutdown().await.ok()
    }
}

async fn read(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Received> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let method = line.split(' ').next()?.to_owned();
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Received { method, path, headers, body: String::new() };
    let length = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}
