//! Did the alert arrive, and what if it does not? A receiver of webhooks on plain HTTP that keeps
//! every request it was sent and fails on demand.

use super::message::{Request, RequestError, Response, read};
use crate::line::{LineError, LineStream};
use crate::running::Running;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Most requests kept; the oldest give way.
const KEPT: usize = 10_000;
/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the receiver does with a request once it has read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookManner {
    /// Answers at once.
    Answer(Response),
    /// Answers after a pause.
    Slow {
        /// What it answers.
        response: Response,
        /// The pause.
        after: Duration,
    },
    /// Answers octet by octet, and holds the last one back.
    Drip {
        /// What it answers.
        response: Response,
        /// The pause between octets.
        gap: Duration,
        /// The pause before the last octet.
        hold: Duration,
    },
    /// Closes the connection without an answer.
    HangUp,
    /// Keeps the connection and never answers.
    NeverAnswer,
}

impl WebhookManner {
    /// Answers with that status.
    pub fn status(status: u16) -> Self {
        Self::Answer(Response::of(status))
    }

    /// Answers with that status and a `Retry-After` (RFC 9110 §10.2.3).
    pub fn retry_after(status: u16, value: impl Into<String>) -> Self {
        Self::Answer(Response {
            headers: vec![("Retry-After".to_owned(), value.into())],
            ..Response::of(status)
        })
    }

    /// The answer that the client gets in the end.
    fn response(&self) -> Option<&Response> {
        match self {
            Self::Answer(response) | Self::Slow { response, .. } | Self::Drip { response, .. } => {
                Some(response)
            }
            Self::HangUp | Self::NeverAnswer => None,
        }
    }
}

/// A request that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it had been read whole.
    pub received_at: DateTime<Utc>,
    /// The request.
    pub request: Request,
    /// The status of the answer to it, whether or not the client stayed to read it.
    pub status: Option<u16>,
}

impl Delivery {
    /// Whether the receiver took it (2xx).
    pub fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

struct Shared {
    manner: RwLock<WebhookManner>,
    deliveries: Mutex<Vec<Delivery>>,
    arrivals: watch::Sender<usize>,
    journal: Option<tokio::sync::Mutex<File>>,
}

/// A receiver of webhooks; ends when dropped.
pub struct Webhook {
    shared: Arc<Shared>,
    running: Running,
}

impl Webhook {
    /// Listens on a free loopback port and answers 204. With a journal, each request that is
    /// accepted is a line of JSON in that file before it is answered.
    pub async fn start(journal: Option<&Path>) -> io::Result<Self> {
        let journal = match journal {
            Some(path) => {
                let file = OpenOptions::new().create(true).append(true).open(path).await?;
                Some(tokio::sync::Mutex::new(file))
            }
            None => None,
        };
        let shared = Arc::new(Shared {
            manner: RwLock::new(WebhookManner::status(204)),
            deliveries: Mutex::default(),
            arrivals: watch::Sender::new(0),
            journal,
        });
        let answering = Arc::clone(&shared);
        let running = Running::serve(move |stream, _| {
            let shared = Arc::clone(&answering);
            async move {
                if let Err(error) = shared.answer(stream).await {
                    tracing::debug!(%error, "a webhook conversation ended early");
                }
            }
        })
        .await?;
        Ok(Self { shared, running })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    /// Where to send.
    pub fn url(&self) -> String {
        format!("http://{}/", self.addr())
    }

    /// Changes what happens to requests from the next one on.
    pub fn set_manner(&self, manner: WebhookManner) {
        let mut current = self.shared.manner.write().unwrap_or_else(PoisonError::into_inner);
        *current = manner;
    }

    /// Every request so far, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().clone()
    }

    /// Counts the requests so far; whoever waits for one waits on this.
    pub fn arrivals(&self) -> watch::Receiver<usize> {
        self.shared.arrivals.subscribe()
    }

    /// Waits until that many requests have arrived; `false` when time is up.
    pub async fn wait_for(&self, count: usize, within: Duration) -> bool {
        let mut arrivals = self.arrivals();
        let arrived = arrivals.wait_for(|&seen| seen >= count);
        matches!(timeout(within, arrived).await, Ok(Ok(_)))
    }
}

impl Shared {
    async fn answer(&self, stream: TcpStream) -> Result<(), RequestError> {
        let mut lines = LineStream::new(stream);
        let request = match timeout(PATIENCE, read(&mut lines)).await {
            Ok(Ok(Some(request))) => request,
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(RequestError::Refused(status))) => {
                return send(lines, &Response::of(status)).await;
            }
            Ok(Err(error)) => return Err(error),
            Err(_) => return send(lines, &Response::of(408)).await,
        };
        let manner = self.manner.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.keep(request, &manner).await.map_err(LineError::from)?;
        match manner {
            WebhookManner::Answer(response) => send(lines, &response).await,
            WebhookManner::Slow { response, after } => {
                sleep(after).await;
                send(lines, &response).await
            }
            WebhookManner::Drip { response, gap, hold } => {
                let wire = response.to_wire(false);
                let (last, first) = wire.split_last().expect("a response has a status line");
                for octet in first {
                    lines.write(&[*octet]).await.map_err(LineError::from)?;
                    sleep(gap).await;
                }
                sleep(hold).await;
                lines.write(&[*last]).await.map_err(LineError::from)?;
                Ok(lines.close().await.map_err(LineError::from)?)
            }
            WebhookManner::HangUp => Ok(()),
            WebhookManner::NeverAnswer => Ok(lines.drain().await.map_err(LineError::from)?),
        }
    }

    async fn keep(&self, request: Request, manner: &WebhookManner) -> io::Result<()> {
        let delivery = Delivery {
            received_at: Utc::now(),
            request,
            status: manner.response().map(|response| response.status),
        };
        if let (true, Some(journal)) = (delivery.is_accepted(), &self.journal) {
            let mut line = line(&delivery).into_bytes();
            line.push(b'\n');
            let mut journal = journal.lock().await;
            journal.write_all(&line).await?;
            journal.sync_data().await?;
        }
        let mut deliveries = self.lock();
        if deliveries.len() >= KEPT {
            deliveries.remove(0);
        }
        deliveries.push(delivery);
        drop(deliveries);
        self.arrivals.send_modify(|count| *count += 1);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Delivery>> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(delivery: &Delivery) -> String {
    let request = &delivery.request;
    let headers: BTreeMap<_, _> = request.headers.iter().cloned().collect();
    json!({
        "received_at": delivery.received_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "target": request.target,
        "headers": headers,
        "body": String::from_utf8_lossy(&request.body),
    })
    .to_string()
}

async fn send(mut lines: LineStream<TcpStream>, response: &Response) -> Result<(), RequestError> {
    let wire = response.to_wire(false);
    lines.write(&wire).await.map_err(LineError::from)?;
    Ok(lines.close().await.map_err(LineError::from)?)
}
