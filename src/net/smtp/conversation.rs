//! The order of a conversation: connect, greeting, EHLO, STARTTLS, EHLO again, the mail, QUIT.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chrono::Utc;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use vigie_checks::kernel::{
    ClientHello, End, Lookup, Name, Peer, Reason, Reply, SmtpScript, SmtpStep, SmtpTls,
    SmtpTranscript, Stage, StoppedBy,
};
use vigie_checks::records::smtp_reply;

use super::wire::{Stream, Wire, WireError};
use super::{SmtpClient, Timeouts};
use super::{hello, questions, submission};
use crate::net::proxy::ConnectError;
use crate::net::trust::{HandshakeError, TlsNeed, handshake};

/// Addresses of a written host that are tried in turn.
const MOST_ADDRESSES: usize = 4;

/// The outcome of a step: what to go on with, or the end of the conversation.
pub(super) type Step<T> = Result<T, End>;

/// The end of a conversation at a stage.
pub(super) fn end(stage: Stage, by: StoppedBy) -> End {
    End { stage, by }
}

/// Holds a whole conversation.
pub(super) async fn hold(client: &SmtpClient, script: &SmtpScript) -> SmtpTranscript {
    let mut transcript = SmtpTranscript::ended(Stage::Quit, StoppedBy::Done);
    let deadline = Instant::now() + client.timeouts.whole;
    let held = run(client, script, deadline, &mut transcript).await;
    if let Err(end) = held {
        transcript.end = end;
    }
    transcript
}

async fn run(
    client: &SmtpClient,
    script: &SmtpScript,
    deadline: Instant,
    transcript: &mut SmtpTranscript,
) -> Step<()> {
    refuse_injection(script)?;
    let account = submission::account(client, script)?;
    let stream = connect(client, &script.peer, deadline, &mut transcript.address).await?;
    let wire = Wire::new(stream);
    let mut session = Session { client, script, deadline, transcript, wire: Some(wire) };
    let held = session.talk(account).await;
    if held.as_ref().map_or_else(|end| awaits_command(&end.by), |()| true) {
        session.quit().await;
    }
    held
}

/// Whether the other side waits for a command after this end, so that a goodbye would be read.
fn awaits_command(by: &StoppedBy) -> bool {
    matches!(by, StoppedBy::Reply | StoppedBy::NotOffered)
}

/// What goes into a command line must not end it.
fn refuse_injection(script: &SmtpScript) -> Step<()> {
    let is_word = |octet: u8| octet.is_ascii_graphic();
    if script.helo.is_empty() || !script.helo.bytes().all(is_word) {
        return Err(end(Stage::Ehlo, StoppedBy::Unknown(Reason::Malformed)));
    }
    Ok(())
}

/// Opens a connection to the first address of a peer that takes one; `tried` is the last address.
pub(in crate::net) async fn connect(
    client: &SmtpClient,
    peer: &Peer,
    deadline: Instant,
    tried: &mut Option<IpAddr>,
) -> Step<TcpStream> {
    let (addresses, port) = destinations(client, peer, deadline).await?;
    let mut last = end(Stage::Resolve, StoppedBy::NoAddress);
    for address in addresses.into_iter().take(MOST_ADDRESSES) {
        *tried = Some(address);
        let left = deadline.saturating_duration_since(Instant::now());
        let within = client.timeouts.connect.min(left);
        match client.connector.connect(SocketAddr::new(address, port), within).await {
            Ok(stream) => return Ok(stream),
            // Where one address keeps silent, that another refuses is not the whole truth.
            Err(_) if last.by == StoppedBy::Unknown(Reason::Timeout) => {}
            Err(error) => last = end(Stage::Connect, stopped_by(&error)),
        }
    }
    Err(last)
}

fn stopped_by(error: &ConnectError) -> StoppedBy {
    match error.reason() {
        None => StoppedBy::ConnectionRefused,
        Some(reason) => StoppedBy::Unknown(reason),
    }
}

async fn destinations(
    client: &SmtpClient,
    peer: &Peer,
    deadline: Instant,
) -> Step<(Vec<IpAddr>, u16)> {
    let (host, port) = match peer {
        Peer::Learned { address, port } => return Ok((vec![*address], *port)),
        Peer::Written { host, port } => (host, *port),
    };
    if let Ok(address) = host.trim_matches(['[', ']']).parse() {
        return Ok((vec![address], port));
    }
    let name = Name::new(host);
    let found = timeout_at(deadline, client.resolve.addresses(&name)).await;
    match found.unwrap_or(Lookup::Unknown { reason: Reason::Timeout }) {
        Lookup::Found(addresses) => Ok((addresses, port)),
        Lookup::Absent { .. } => Err(end(Stage::Resolve, StoppedBy::NoAddress)),
        Lookup::Unknown { reason } => Err(end(Stage::Resolve, StoppedBy::Unknown(reason))),
    }
}

/// A conversation under way.
pub(super) struct Session<'a> {
    client: &'a SmtpClient,
    pub(super) script: &'a SmtpScript,
    deadline: Instant,
    transcript: &'a mut SmtpTranscript,
    /// Taken while a handshake runs; gone when it failed.
    wire: Option<Wire>,
}

impl Session<'_> {
    async fn talk(&mut self, account: Option<submission::Account<'_>>) -> Step<()> {
        if self.script.tls == SmtpTls::Implicit {
            self.encrypt().await?;
        }
        self.receive(Stage::Greeting, None, self.timeouts().greeting)
            .await
            .and_then(|greeting| accept(Stage::Greeting, greeting, 220))?;
        let mut ehlo = self.hello(Stage::Ehlo).await?;
        if self.wants_starttls(&ehlo)? {
            self.command(Stage::Starttls, "STARTTLS", None)
                .await
                .and_then(|reply| accept(Stage::Starttls, reply, 220))?;
            if let Some(hello) = self.script.hello {
                return self.offer(hello).await;
            }
            self.encrypt().await?;
            ehlo = self.hello(Stage::EhloTls).await?;
        }
        if let Some(mail) = &self.script.mail {
            submission::submit(self, mail, account, &ehlo).await?;
        }
        questions::ask(self).await
    }

    /// Sends a ClientHello of our own, reads its answer and closes the line.
    async fn offer(&mut self, hello: ClientHello) -> Step<()> {
        let lost = |reason| end(Stage::Handshake, StoppedBy::Unknown(reason));
        let stream = self.wire.take().ok_or_else(|| lost(Reason::Network))?.into_stream();
        let name = self.script.server_name.as_str();
        let answer = hello::offer(stream, hello, name);
        match timeout_at(self.until(self.timeouts().reply), answer).await {
            Err(_) => Err(lost(Reason::Timeout)),
            Ok(reply) => {
                self.transcript.hello = Some(reply);
                Err(end(Stage::Handshake, StoppedBy::Done))
            }
        }
    }

    async fn hello(&mut self, stage: Stage) -> Step<Reply> {
        let line = format!("EHLO {}", self.script.helo);
        self.command(stage, &line, None).await.and_then(|reply| accept(stage, reply, 250))
    }

    fn wants_starttls(&self, ehlo: &Reply) -> Step<bool> {
        match self.script.tls {
            SmtpTls::None | SmtpTls::Implicit => Ok(false),
            _ if smtp_reply::offers(ehlo, "STARTTLS") => Ok(true),
            SmtpTls::IfOffered if !self.needs_identity() => Ok(false),
            SmtpTls::IfOffered | SmtpTls::Required => {
                Err(end(Stage::Starttls, StoppedBy::NotOffered))
            }
        }
    }

    /// Whether the host must show who it is: when it must by the script, and before a password
    /// goes to it, unless the script asks for plain text.
    fn needs_identity(&self) -> bool {
        let has_password = self.script.mail.as_ref().is_some_and(|mail| mail.auth.is_some());
        match self.script.tls {
            SmtpTls::Required | SmtpTls::Implicit => true,
            SmtpTls::IfOffered => has_password,
            SmtpTls::None => false,
        }
    }

    async fn encrypt(&mut self) -> Step<()> {
        let need = if self.needs_identity() { TlsNeed::Identity } else { TlsNeed::Inspection };
        let failed = |words: String| end(Stage::Handshake, StoppedBy::TlsFailed(words));
        let lost = |reason| end(Stage::Handshake, StoppedBy::Unknown(reason));
        let stream: Box<dyn Stream> =
            self.wire.take().ok_or_else(|| lost(Reason::Network))?.into_stream();
        let name = self.script.server_name.as_str();
        let shaken = handshake(stream, name, &self.client.roots, need);
        let within = self.until(self.timeouts().reply);
        let shaken = match timeout_at(within, shaken).await {
            Err(_) => return Err(lost(Reason::Timeout)),
            Ok(Err(HandshakeError::Tls(words))) => return Err(failed(words)),
            Ok(Err(HandshakeError::Connection(_))) => return Err(lost(Reason::Network)),
            Ok(Ok(shaken)) => shaken,
        };
        self.transcript.tls = Some(shaken.session);
        match shaken.refused {
            Some(error) => Err(failed(error.to_string())),
            None => {
                self.wire = Some(Wire::new(shaken.stream));
                Ok(())
            }
        }
    }

    /// Sends a command and reads its reply. `shown` stands in the transcript for a secret line.
    pub(super) async fn command(
        &mut self,
        stage: Stage,
        line: &str,
        shown: Option<&str>,
    ) -> Step<Reply> {
        let started = Instant::now();
        self.send(stage, format!("{line}\r\n").as_bytes()).await?;
        let sent = shown.unwrap_or(line).to_owned();
        self.receive_since(stage, Some(sent), self.timeouts().reply, started).await
    }

    /// Sends octets that get no line in the transcript, in the time that the whole may take.
    pub(super) async fn send(&mut self, stage: Stage, octets: &[u8]) -> Step<()> {
        let deadline = self.deadline;
        let wire = self.wire(stage)?;
        match timeout_at(deadline, wire.send(octets)).await {
            Err(_) => Err(end(stage, StoppedBy::Unknown(Reason::Timeout))),
            Ok(sent) => sent.map_err(|error| end(stage, why(&error))),
        }
    }

    /// Reads a reply and notes it.
    pub(super) async fn receive(
        &mut self,
        stage: Stage,
        sent: Option<String>,
        within: Duration,
    ) -> Step<Reply> {
        self.receive_since(stage, sent, within, Instant::now()).await
    }

    async fn receive_since(
        &mut self,
        stage: Stage,
        sent: Option<String>,
        within: Duration,
        started: Instant,
    ) -> Step<Reply> {
        let until = self.until(within);
        let wire = self.wire(stage)?;
        let reply = match timeout_at(until, wire.reply()).await {
            Err(_) => return Err(end(stage, StoppedBy::Unknown(Reason::Timeout))),
            Ok(reply) => reply.map_err(|error| end(stage, why(&error)))?,
        };
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.transcript.steps.push(SmtpStep { stage, sent, reply: reply.clone(), ms });
        Ok(reply)
    }

    /// Says goodbye; nothing depends on the answer.
    async fn quit(&mut self) {
        if self.send(Stage::Quit, b"QUIT\r\n").await.is_ok() {
            let sent = Some("QUIT".to_owned());
            let _ = self.receive(Stage::Quit, sent, self.timeouts().quit).await;
        }
    }

    /// The host took the message, now.
    pub(super) fn taken(&mut self) {
        self.transcript.taken_at = Some(Utc::now());
    }

    pub(super) fn timeouts(&self) -> Timeouts {
        self.client.timeouts
    }

    fn wire(&mut self, stage: Stage) -> Step<&mut Wire> {
        self.wire.as_mut().ok_or_else(|| end(stage, StoppedBy::Closed))
    }

    fn until(&self, within: Duration) -> Instant {
        self.deadline.min(Instant::now() + within)
    }
}

/// Goes on after the code that the stage needs; any other reply is the end.
pub(super) fn accept(stage: Stage, reply: Reply, code: u16) -> Step<Reply> {
    if reply.code == code { Ok(reply) } else { Err(end(stage, StoppedBy::Reply)) }
}

fn why(error: &WireError) -> StoppedBy {
    match error {
        WireError::Closed => StoppedBy::Closed,
        WireError::NotSmtp => StoppedBy::NotSmtp,
        WireError::Broken => StoppedBy::Unknown(Reason::Network),
    }
}
