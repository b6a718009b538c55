//! `--resolver recursive`: asks from the root down, and validates by the trust anchors.
//!
//! Hickory's recursor walks and verifies; names are not kept longer than a second look waits.

mod reading;
mod transport;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_proto::dnssec::TrustAnchors;
use hickory_proto::op::Query;
use hickory_proto::rr::{Name, RData, RecordType};
use hickory_proto::serialize::txt::Parser;
use hickory_resolver::TtlConfig;
use hickory_resolver::config::ResolverOpts;
use hickory_resolver::recursor::{DnssecConfig, DnssecPolicy, Recursor, RecursorOptions};
use ipnet::IpNet;
use vigie_checks::kernel::{Bilingual, Question, Reason};

use super::wire::{Received, wire_name};
use crate::net::proxy::Connector;
use transport::Transport;

/// The root servers as they come along.
const ROOT_HINTS: &str = include_str!("../../../../config/catalogue/root.hints");

/// What is learned on the way is kept no longer, so that a second look sees the world anew.
const KEPT: Duration = Duration::from_secs(30);

/// Referrals and aliases followed for one question, and look-ups of name servers within.
const DEPTH: u8 = 16;

/// Root servers that are read from the hints.
const MOST_ROOTS: usize = 64;

/// What a walk from the root starts with.
#[derive(Clone, Debug, Default)]
pub struct RecursionSettings {
    /// The root servers, as a master file; those that come along if absent.
    pub root_hints: Option<PathBuf>,
    /// DNSKEY records to trust, as a master file; those of the root if absent.
    pub trust_anchors: Option<PathBuf>,
    /// Networks whose servers may be asked although their addresses are special.
    pub own_networks: Vec<IpNet>,
    /// Servers at any address may be asked.
    pub allow_private: bool,
}

impl RecursionSettings {
    /// Reads the files that are named, and keeps nothing of them.
    ///
    /// # Errors
    /// A file cannot be read, or holds nothing to start with.
    pub fn try_files(&self) -> Result<(), RecursionError> {
        roots(self.root_hints.as_deref())?;
        self.trust_anchors.as_deref().map(anchors).transpose()?;
        Ok(())
    }
}

/// Why the walk cannot begin.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum RecursionError {
    Read { path: PathBuf, source: std::io::Error },
    Malformed { path: PathBuf, detail: String },
    NoRoots { path: PathBuf },
    NoAnchors { path: PathBuf },
    Setup(String),
}

impl RecursionError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Read { path, source } => Bilingual::unreadable(source).about(path.display()),
            Self::Malformed { path, detail } => Bilingual::quoted(detail).about(path.display()),
            Self::NoRoots { path } => Bilingual::new(
                "names no root server with an address",
                "aucun serveur racine n’y figure avec une adresse",
            )
            .about(path.display()),
            Self::NoAnchors { path } => Bilingual::new(
                "holds no DNSKEY record of the root",
                "aucun enregistrement DNSKEY de la racine n’y figure",
            )
            .about(path.display()),
            Self::Setup(detail) => Bilingual::quoted(detail)
                .about_each("resolver `recursive`", "résolveur `recursive`"),
        }
    }
}

/// A resolver of our own.
pub struct Recursion {
    validating: Recursor<Transport>,
    /// For questions with checking disabled (RFC 4035 §3.2.2).
    unchecked: Recursor<Transport>,
}

impl Recursion {
    /// Reads hints and anchors; nothing is sent yet.
    ///
    /// # Errors
    /// A file cannot be read, or holds nothing to start with.
    pub fn open(
        settings: &RecursionSettings,
        connector: &Connector,
    ) -> Result<Self, RecursionError> {
        let roots = roots(settings.root_hints.as_deref())?;
        let mut validation = DnssecConfig::default();
        validation.trust_anchor =
            settings.trust_anchors.as_deref().map(anchors).transpose()?.map(Arc::new);
        let open = |policy| {
            let transport = Transport::through(connector.clone());
            Recursor::new(&roots, policy, None, options(settings), transport)
                .map_err(|error| RecursionError::Setup(error.to_string()))
        };
        Ok(Self {
            validating: open(DnssecPolicy::ValidateWithStaticKey(validation))?,
            unchecked: open(DnssecPolicy::ValidationDisabled)?,
        })
    }

    /// Walks from the root to the answer.
    pub async fn exchange(&self, question: &Question) -> Result<Received, Reason> {
        let mut name = wire_name(&question.name).ok_or(Reason::Malformed)?;
        name.set_fqdn(true);
        let query = Query::query(name, RecordType::from(question.rtype.0));
        let recursor = if question.checking_disabled { &self.unchecked } else { &self.validating };
        // Always with the records that prove it: `reading` leaves out what was not asked for.
        let walked = recursor.resolve(query, Instant::now(), true).await;
        let message = reading::message(walked, question)?;
        Ok(Received { message, truncated: false })
    }
}

fn options(settings: &RecursionSettings) -> RecursorOptions {
    let mut bounds = ResolverOpts::default();
    bounds.positive_max_ttl = Some(KEPT);
    bounds.negative_max_ttl = Some(KEPT);
    let mut options = RecursorOptions {
        recursion_limit: DEPTH,
        ns_recursion_limit: DEPTH,
        cache_policy: TtlConfig::from_opts(&bounds),
        allow_server: settings.own_networks.clone(),
        ..RecursorOptions::default()
    };
    if settings.allow_private {
        options.deny_server.clear();
    }
    options
}

fn roots(path: Option<&Path>) -> Result<Vec<IpAddr>, RecursionError> {
    let shown = || path.unwrap_or(Path::new("root hints")).to_owned();
    let text = match path {
        Some(path) => read(path)?,
        None => ROOT_HINTS.to_owned(),
    };
    let (_, sets) = Parser::new(text, None, Some(Name::root()))
        .parse()
        .map_err(|error| RecursionError::Malformed { path: shown(), detail: error.to_string() })?;
    let records = sets.values().flat_map(|set| set.records_without_rrsigs());
    let addresses = records.filter_map(|record| match &record.data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    });
    let roots: Vec<IpAddr> = addresses.take(MOST_ROOTS).collect();
    if roots.is_empty() { Err(RecursionError::NoRoots { path: shown() }) } else { Ok(roots) }
}

fn anchors(path: &Path) -> Result<TrustAnchors, RecursionError> {
    let anchors: TrustAnchors = read(path)?.parse().map_err(|error| RecursionError::Malformed {
        path: path.to_owned(),
        detail: format!("{error}"),
    })?;
    match anchors.is_empty() {
        true => Err(RecursionError::NoAnchors { path: path.to_owned() }),
        false => Ok(anchors),
    }
}

fn read(path: &Path) -> Result<String, RecursionError> {
    std::fs::read_to_string(path)
        .map_err(|source| RecursionError::Read { path: path.to_owned(), source })
}
