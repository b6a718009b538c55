//! The only door to the world: plain requests in, plain values out, failures included.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::FutureExt as _;
use serde::{Deserialize, Serialize};

use super::{
    Answer, Certificate, HttpReply, HttpRequest, HttpsReply, HttpsRequest, MailboxQuery,
    MailboxReading, Method, Question, SmtpScript, SmtpTranscript, TlsReply, TlsScript, Trust,
};

/// What can be asked of the world. No verb returns a stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    Dns(Question),
    /// Boxed, as is what follows: of questions of DNS, thousands may be under way at once.
    Smtp(Box<SmtpScript>),
    Tls(TlsScript),
    Https(Box<HttpsRequest>),
    Http(HttpRequest),
    /// How a chain, leaf first, stands to the roots trusted here; asks nobody.
    Trust(Vec<Certificate>),
    Mailbox(Box<MailboxQuery>),
}

impl Request {
    /// Whether asking twice is asking once: all but a submission, what is posted and a look into a
    /// mailbox.
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Dns(_) | Self::Tls(_) | Self::Http(_) | Self::Trust(_) => true,
            Self::Smtp(script) => script.mail.is_none(),
            Self::Https(request) => request.method != Method::Post,
            Self::Mailbox(_) => false,
        }
    }
}

/// What the world said, under the same verb as the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    Dns(Answer),
    /// Shared: a provider's mail host is the same for all domains that use it.
    Smtp(#[serde(with = "super::shared")] Arc<SmtpTranscript>),
    Tls(Box<TlsReply>),
    Https(Box<HttpsReply>),
    Http(Box<HttpReply>),
    Trust(Trust),
    Mailbox(Box<MailboxReading>),
}

impl Response {
    /// Whether it has the verb of `request`; a tape may have been edited.
    pub fn answers(&self, request: &Request) -> bool {
        matches!(
            (self, request),
            (Self::Dns(_), Request::Dns(_))
                | (Self::Smtp(_), Request::Smtp(_))
                | (Self::Tls(_), Request::Tls(_))
                | (Self::Https(_), Request::Https(_))
                | (Self::Http(_), Request::Http(_))
                | (Self::Trust(_), Request::Trust(_))
                | (Self::Mailbox(_), Request::Mailbox(_))
        )
    }

    /// The response to `request` when no exchange took place, for the reason given.
    pub fn failed(request: &Request, reason: Reason) -> Self {
        match request {
            Request::Dns(_) => Self::Dns(Answer::failed(reason)),
            Request::Smtp(_) => Self::Smtp(SmtpTranscript::failed(reason).into()),
            Request::Tls(_) => Self::Tls(TlsReply::failed(reason).into()),
            Request::Https(_) => Self::Https(HttpsReply::failed(reason).into()),
            Request::Http(_) => Self::Http(HttpReply::failed(reason).into()),
            Request::Trust(_) => Self::Trust(Trust::NotJudged),
            Request::Mailbox(_) => Self::Mailbox(MailboxReading::failed(reason).into()),
        }
    }
}

/// A stack of layers over sockets, a tape or a world in memory: one method, so that a layer is small.
#[async_trait]
pub trait Net: Send + Sync {
    /// Never fails: what went wrong is part of the response, which has the verb of the request.
    async fn exchange(&self, request: Request) -> Response;
}

impl dyn Net + '_ {
    pub fn dns(&self, question: Question) -> impl Future<Output = Answer> + Send {
        self.exchange(Request::Dns(question)).map(|response| match response {
            Response::Dns(answer) => answer,
            _ => Answer::failed(Reason::NotRecorded),
        })
    }

    pub async fn smtp(&self, script: SmtpScript) -> Arc<SmtpTranscript> {
        match self.exchange(Request::Smtp(script.into())).await {
            Response::Smtp(transcript) => transcript,
            _ => SmtpTranscript::failed(Reason::NotRecorded).into(),
        }
    }

    pub async fn tls(&self, script: TlsScript) -> TlsReply {
        match self.exchange(Request::Tls(script)).await {
            Response::Tls(reply) => *reply,
            _ => TlsReply::failed(Reason::NotRecorded),
        }
    }

    pub async fn https(&self, request: HttpsRequest) -> HttpsReply {
        match self.exchange(Request::Https(request.into())).await {
            Response::Https(reply) => *reply,
            _ => HttpsReply::failed(Reason::NotRecorded),
        }
    }

    pub async fn http(&self, request: HttpRequest) -> HttpReply {
        match self.exchange(Request::Http(request)).await {
            Response::Http(reply) => *reply,
            _ => HttpReply::failed(Reason::NotRecorded),
        }
    }

    pub async fn trust(&self, chain: Vec<Certificate>) -> Trust {
        match self.exchange(Request::Trust(chain)).await {
            Response::Trust(trust) => trust,
            _ => Trust::NotJudged,
        }
    }

    pub async fn mailbox(&self, query: MailboxQuery) -> MailboxReading {
        match self.exchange(Request::Mailbox(query.into())).await {
            Response::Mailbox(reading) => *reading,
            _ => MailboxReading::failed(Reason::NotRecorded),
        }
    }
}

/// Why something could not be told. The words stand in `evidence.reason` of indeterminate findings.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Reason {
    /// No answer in the time that one exchange, or one domain, may take.
    Timeout,
    Servfail,
    Refused,
    Formerr,
    Notimp,
    /// Another response code that says neither yes nor no.
    Rcode,
    /// The UDP answer was truncated and TCP did not bring the whole.
    Truncated,
    /// The answer could not be read.
    Malformed,
    /// A referral instead of an answer: the resolver does not resolve.
    Referral,
    /// The network failed on our side or under way: unreachable, reset.
    Network,
    /// The resolver says that it blocks or filters the name (EDE 15 to 18, RFC 8914).
    ResolverBlocked,
    /// The resolver gives addresses to names that do not exist.
    RewrittenAnswer,
    /// The other side refuses us, now: rate, reputation, greylisting.
    RateLimited,
    /// The account that we were given is not taken.
    LoginRefused,
    /// The other side does not offer what was asked for, or what it offers does not work.
    NotOffered,
    /// The address is private or special and `--allow-private` was not given.
    PrivateAddress,
    /// The domain's answers, or one page, hold more than is read.
    TooLarge,
    /// The resolver gives no answer, for the zone's signatures do not hold (EDE 6 to 12, RFC 8914).
    Bogus,
    /// What came is not signed by who must have signed it.
    NotProven,
    /// What came is too old to be relied on.
    Outdated,
    /// The tape does not hold this exchange.
    NotRecorded,
}
