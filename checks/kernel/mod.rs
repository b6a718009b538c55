//! What every check is made of: what is asked, what was seen, what is said of it.
//!
//! The way of the data: a [`Target`] is observed through [`Net`] into facts, facts are judged into
//! [`Finding`]s, and both together are an [`Outcome`].

mod bilingual;
mod catalogue;
mod causes;
mod check;
mod client_hello;
mod clock;
mod dns;
mod fetch;
mod finding;
mod http;
mod https;
mod kept_facts;
mod link;
mod lookup;
mod mailbox;
mod name;
mod net;
mod outcome;
mod past;
mod plugin;
mod reports;
mod shared;
mod smtp;
mod tape;
mod target;
mod tls;
mod vantage;

pub use bilingual::Bilingual;
pub use catalogue::{
    CASE, Catalogue, CatalogueError, Entry as CatalogueEntry, Lang, NOTHING, REASON_DETAIL,
    Sentences, Words,
};
pub use causes::reason_in_words;
pub use check::{Check, CheckEntry, Code, Context, Judgement, Learned, Observed, Raised, View};
pub use client_hello::{ClientHello, HelloReply, Suites, TlsVersion};
pub use clock::Clock;
pub use dns::{Answer, Data, Ede, Message, Mx, Question, Rcode, Record, Rtype, Soa, Text, To};
pub use fetch::{Fetched, fetch, post};
pub use finding::{
    ALL_PARTS, Action, Finding, RecordChange, Severity, Status, Withheld, fingerprint, worst,
};
pub use http::{Downloaded, HttpReply, HttpRequest, HttpUrl, download};
pub use https::{
    HttpsEnd, HttpsReply, HttpsRequest, HttpsUrl, Method, Octets, Page, Posted, UrlError,
};
pub use kept_facts::KeptFacts;
pub use link::Link;
pub use lookup::{
    Addresses, Lookup, addresses, addresses_of, alias, ask, canonical, cname, confirmed,
    mail_exchangers, own_alias, texts,
};
pub use mailbox::{
    FoundMessage, MailboxError, MailboxKind, MailboxQuery, MailboxReading, MailboxReport, Sought,
};
pub use name::{DomainError, Name, parse_domain};
pub use net::{Net, Reason, Request, Response};
pub use outcome::{Because, CheckStatus, Needs, Outcome, is_definite};
pub use past::{Past, Seen, Sighting};
pub use plugin::{OwnText, OwnWords};
pub use reports::{GivenReport, GivenReports, REPORTS_TOLD};
pub use smtp::{
    Ask, Auth, End, Mail, Peer, Reply, SmtpScript, SmtpStep, SmtpTls, SmtpTranscript, Stage,
    StoppedBy,
};
pub use tape::{Tape, TapeEntry};
pub use target::{
    Expected, PastSend, ProbeSpec, Profile, Seed, SeenGreeting, Service, ServiceTls, Stream, Target,
};
pub use tls::{Certificate, TlsReply, TlsScript, TlsSession, Trust};
pub use vantage::{Blocklist, Controls, KEY_LABEL, ListKind, Vantage};
