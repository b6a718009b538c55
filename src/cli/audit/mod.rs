//! `vigie audit`: looks at domains now and prints what was found.

mod format;
mod told;
mod waiting;

use std::collections::BTreeMap;
use std::fs::metadata;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;
use clap::{Args, ValueEnum};
use futures::stream::{self, StreamExt};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use tracing::warn;
use vigie_checks::kernel::{Bilingual, Name, Profile, Severity, Target};
use vigie_checks::records::special::is_public;

pub use format::{AuditFormat, Printing};
pub use told::Gathered;
use told::Told;

use super::checks::known_names;
use super::output::{Output, paper};
use super::progress::Progress;
use super::world::WorldArgs;
use super::{UsageError, domains, logging};
use crate::config::{BadValue, Network, selector};
use crate::net::Freshness;
use crate::report::DomainReport;
use crate::run::{
    AuditRequest, Auditor, DomainEvidence, EVIDENCE_SCHEMA, Evidence, Selection, recall,
};
use crate::watch::plugins;

/// Selectors that one domain may be given.
const SELECTOR_LIMIT: usize = 50;

/// Domains that one thread looks at about as fast as several.
const FEW: usize = 64;

/// A list of so many octets names few domains.
const SHORT_LIST: u64 = 1024;

/// How commands print that have no report to hand on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
}

/// From which severity on an audit fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Critical,
    #[default]
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    pub fn threshold(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileArg {
    Sender,
    Receiver,
    Both,
    Parked,
}

impl From<ProfileArg> for Profile {
    fn from(profile: ProfileArg) -> Self {
        match profile {
            ProfileArg::Sender => Self::Sender,
            ProfileArg::Receiver => Self::Receiver,
            ProfileArg::Both => Self::Both,
            ProfileArg::Parked => Self::Parked,
        }
    }
}

#[derive(Args)]
pub struct AuditArgs {
    /// The domains to audit
    #[arg(value_name = "DOMAIN")]
    domains: Vec<String>,
    /// Audit the domains of this list too, one per line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// Only these checks, parted by commas
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    checks: Vec<String>,
    /// Not these checks, parted by commas
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    skip: Vec<String>,
    /// A DKIM selector in use (repeatable)
    #[arg(long, value_name = "SELECTOR")]
    selector: Vec<String>,
    /// An address that sends for the domain (repeatable)
    #[arg(long, value_name = "IP")]
    ip: Vec<IpAddr>,
    /// What the domain is for
    #[arg(long, value_enum, value_name = "PROFILE")]
    profile: Option<ProfileArg>,
    /// Lay the records of this zone file over the live ones, and tell what changes
    #[arg(long, value_name = "ZONEFILE")]
    overlay: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: AuditFormat,
    /// Write the report to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Save what was asked and answered, to be judged again with `vigie replay`
    #[arg(long, value_name = "FILE")]
    save_evidence: Option<PathBuf>,
    /// End with 1 from this severity on
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Domains that are looked at at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    jobs: u16,
    #[command(flatten)]
    world: WorldArgs,
}

impl AuditArgs {
    /// Whether one thread serves as well as several: few domains are meant, as far as it is seen without
    /// reading the list, and whoever reads the report slowly holds up none of them.
    pub fn takes_one_thread(&self) -> bool {
        let is_short = |list: &PathBuf| {
            metadata(list).is_ok_and(|list| list.is_file() && list.len() <= SHORT_LIST)
        };
        let means_few = self.domains.len() <= FEW && self.from_file.as_ref().is_none_or(is_short);
        // Its lines are written while other domains are looked at.
        means_few && self.format != AuditFormat::Ndjson
    }
}

/// Audits, prints, and gives the exit code.
pub async fn run(args: AuditArgs) -> anyhow::Result<u8> {
    logging::start(&args.world.telling, "warn");
    let lang = args.world.telling.lang();
    let domains = domains::read(&args.domains, args.from_file.as_deref()).await?;
    let selectors = selectors(&args.selector)?;
    if args.output.is_some() && args.output == args.save_evidence {
        return Err(UsageError::new(
            "--output and --save-evidence name the same file",
            "--output et --save-evidence nomment le même fichier",
        )
        .into());
    }
    let settings = args.world.settings()?;
    let ips = sending_ips(&args.ip, &settings.network)?;
    let plugins = plugins(&settings);
    let checks = known_names(&settings, &args.checks)?;
    let skip = known_names(&settings, &args.skip)?;
    let selection = Selection::among(&checks, &skip, &plugins.names())
        .map_err(|error| UsageError(error.words()))?;
    let mut targets: Vec<Target> = domains
        .into_iter()
        .map(|domain| target(&args, &selectors, &ips, settings.target(&domain)))
        .collect();
    let probes = settings.probe_specs();
    if let Err(error) = recall(settings.store.url.expose_secret(), &probes, &mut targets).await {
        warn!(%error, "past test sends and reports are not told");
    }
    let request = AuditRequest {
        checks,
        skip,
        overlay: overlay(&args, &targets[0].domain)?,
        fail_on: args.fail_on.threshold(),
    };
    let site = args.world.open(&settings).await?;
    let auditor = Arc::new(Auditor {
        vantage: Arc::new(site.vantage()),
        freshness: Freshness::Kept,
        memo: site.memo,
        selection,
        plugins: Arc::new(plugins),
        overlay: request.overlay.clone(),
        own_networks: settings.network.own_networks.clone(),
        allow_private: settings.network.allow_private,
        timeout: settings.network.time_per_domain,
        keeps_tape: args.save_evidence.is_some(),
    });
    let started_at = Utc::now();
    let begun = Instant::now();
    let printing = Printing {
        format: args.format,
        fail_on: args.fail_on.threshold(),
        lang,
        paper: paper(args.world.telling.color),
    };
    let mut output = Output::open(args.output.as_deref())?;
    let saved = args.save_evidence.as_deref();
    let saved = saved.map(|path| Output::open(Some(path))).transpose()?;
    let (gathered, domains) = audit_all(&auditor, targets, &args, printing, &mut output).await?;
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Some(mut file) = saved {
        let evidence = Evidence {
            schema: EVIDENCE_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at,
            duration_ms,
            request,
            vantage: auditor.vantage.as_ref().clone(),
            domains,
        };
        file.write(&format!("{}\n", serde_json::to_string_pretty(&evidence)?))?;
    }
    let verdict = gathered.print(started_at, duration_ms, &mut output)?;
    Ok(verdict.exit_code())
}

/// The selectors of the command line, as the configuration takes them.
pub fn selectors(written: &[String]) -> Result<Vec<String>, UsageError> {
    if written.len() > SELECTOR_LIMIT {
        return Err(UsageError::new(
            format!("at most {SELECTOR_LIMIT} selectors can be given"),
            format!("on peut donner {SELECTOR_LIMIT} sélecteurs au plus"),
        ));
    }
    let wrong = |error: BadValue| {
        let BadValue { message, suggestion, .. } = error.named("--selector");
        UsageError(message.and(suggestion))
    };
    written.iter().map(|written| selector(written).map_err(wrong)).collect()
}

/// The sending addresses of the command line: those that the world can meet.
pub fn sending_ips(written: &[IpAddr], network: &Network) -> Result<Vec<IpAddr>, UsageError> {
    let fits = |ip: &IpAddr| network.allow_private || is_public(*ip, &network.own_networks);
    match written.iter().find(|ip| !fits(ip)) {
        Some(ip) => {
            let why = Bilingual::new(
                "no receiver meets this address; name the one that mail leaves from, or its network \
                 with --own-network",
                "aucun destinataire ne voit cette adresse ; nommer celle dont part le courrier, ou son \
                 réseau avec --own-network",
            );
            Err(UsageError(why.about(format!("--ip {ip}"))))
        }
        None => Ok(written.to_vec()),
    }
}

/// What the configuration knows of a domain, and what the command line adds.
fn target(
    args: &AuditArgs,
    selectors: &[String],
    sending_ips: &[IpAddr],
    mut target: Target,
) -> Target {
    if let Some(profile) = args.profile {
        target.profile = profile.into();
    }
    target.selectors.extend(selectors.iter().cloned());
    target.sending_ips.extend(sending_ips);
    target
}

/// The overlay's text, read once and tried on one domain before anything is asked.
fn overlay(args: &AuditArgs, domain: &Name) -> Result<Option<String>, UsageError> {
    let Some(path) = &args.overlay else { return Ok(None) };
    let text =
        std::fs::read_to_string(path).map_err(|source| UsageError::unreadable(path, &source))?;
    crate::net::Overlay::parse(&text, domain)
        .map_err(|error| UsageError(error.words().about(path.display())))?;
    Ok(Some(text))
}

/// Looks at every domain, some at once. The results keep the order of the list, but that lines of
/// NDJSON are printed as each is done. Exchanges are kept only where they are to be saved.
async fn audit_all(
    auditor: &Arc<Auditor>,
    targets: Vec<Target>,
    args: &AuditArgs,
    printing: Printing,
    output: &mut Output,
) -> anyhow::Result<(Gathered, Vec<DomainEvidence>)> {
    let progress = Progress::over(targets.len(), args.world.telling.quiet);
    let jobs = usize::from(args.jobs);
    let (mut gathered, mut evidence) = (Gathered::new(printing), Vec::new());
    let audits = targets.into_iter().enumerate();
    let mut running = stream::iter(audits)
        .map(|(place, target)| {
            let audit = one(Arc::clone(auditor), target, printing);
            // A task of its own: of many domains, judging takes every core that there is.
            tokio::spawn(async move { audit.await.map(|told| (place, told)) })
        })
        .buffer_unordered(jobs);
    while let Some(audit) = running.next().await {
        let (place, (told, saved)) = audit??;
        gathered.add(place, told, output)?;
        evidence.extend(saved.map(|saved| (place, saved)));
        progress.step();
    }
    progress.clear();
    evidence.sort_by_key(|(place, _)| *place);
    Ok((gathered, evidence.into_iter().map(|(_, saved)| saved).collect()))
}

/// One domain's report, and its evidence where exchanges are kept.
async fn one(
    auditor: Arc<Auditor>,
    target: Target,
    printing: Printing,
) -> anyhow::Result<(Told<String>, Option<DomainEvidence>)> {
    let audit = auditor.audit(target, BTreeMap::new()).await;
    let audit = audit.map_err(|error| UsageError(error.words()))?;
    let report = DomainReport::of(&audit, &auditor.selection, printing.lang);
    let evidence = auditor.keeps_tape.then(|| DomainEvidence::of(&audit));
    Ok((printing.tell(report)?, evidence))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        audit: AuditArgs,
    }

    #[test]
    fn few_domains_are_looked_at_on_one_thread_where_no_slow_reader_holds_them_up() {
        let of = |args: &[&str]| Line::parse_from([&["vigie"], args].concat()).audit;
        let few = |args: &[&str]| of(args).takes_one_thread();
        let mut list = tempfile::NamedTempFile::new().unwrap();
        let path = list.path().to_str().unwrap().to_owned();
        writeln!(list, "example.com\nexample.net").unwrap();
        assert!(few(&["example.com"]));
        assert!(few(&["example.com", "--from-file", &path]));
        assert!(!few(&["example.com", "--format", "ndjson"]));
        assert!(!few(&["example.com"; FEW + 1]));
        assert!(!few(&["--from-file", "-"]), "how long it is, nobody knows yet");
        list.write_all(&[b'#'; 2000]).unwrap();
        assert!(!few(&["--from-file", &path]));
    }
}
