//! `vigie fix`: the records to publish, as a zone fragment.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tokio::time::Instant;

use vigie_checks::kernel::{Finding, Lang, Outcome, Target};

use super::audit::{selectors, sending_ips};
use super::checks::known_names;
use super::output::{domain, write};
use super::world::WorldArgs;
use super::{UsageError, logging};
use crate::net::{Deadline, Freshness, Layered, Memoised};
use crate::report::paint::plain;
use crate::report::{FixReport, weighs};
use crate::run::{Auditor, Selection, propose};

/// How the records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FixFormat {
    /// A zone fragment, fit for `vigie audit --overlay`
    #[default]
    Bind,
    /// One object, for scripts
    Json,
    /// A zone of octoDNS's YamlProvider
    Octodns,
    /// Resources of Terraform's hashicorp/dns provider
    Terraform,
}

#[derive(Args)]
pub struct FixArgs {
    /// The domain whose records are to be mended
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// Only the fixes of this finding, such as spf.missing (repeatable)
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
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
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FixFormat,
    /// Write the records to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    world: WorldArgs,
}

/// Audits, puts the fixes together and prints them. 3 when a record rests on what could not be told.
pub async fn run(args: FixArgs) -> anyhow::Result<u8> {
    logging::start(&args.world.telling, "warn");
    let lang = args.world.telling.lang();
    let domain = domain(&args.domain)?;
    for id in &args.only {
        super::explain::known_finding(id)?;
    }
    let settings = args.world.settings()?;
    let checks = known_names(&settings, &args.checks)?;
    let selection = Selection::of(&checks, &known_names(&settings, &args.skip)?)
        .map_err(|error| UsageError(error.words()))?;
    let site = args.world.open(&settings).await?;
    let auditor = Auditor {
        vantage: Arc::new(site.vantage()),
        freshness: Freshness::Kept,
        memo: Arc::clone(&site.memo),
        selection,
        plugins: Arc::default(),
        overlay: None,
        own_networks: settings.network.own_networks.clone(),
        allow_private: settings.network.allow_private,
        timeout: settings.network.time_per_domain,
        keeps_tape: false,
    };
    let mut target: Target = settings.target(&domain);
    target.selectors.extend(selectors(&args.selector)?);
    target.sending_ips.extend(sending_ips(&args.ip, &settings.network)?);
    let audit = auditor.audit(target, BTreeMap::new()).await?;
    let wanted = |finding: &&Finding| {
        finding.is_failing() && (args.only.is_empty() || args.only.contains(&finding.id))
    };
    let speaks = |outcome: &&Outcome| auditor.selection.chosen.contains(outcome.check.as_str());
    let chosen = audit.outcomes.iter().filter(speaks);
    let findings = chosen.flat_map(|outcome| &outcome.findings).filter(wanted);
    let (with, without): (Vec<&Finding>, Vec<&Finding>) =
        findings.partition(|finding| !finding.fix.is_empty() || finding.withheld.is_some());
    let until = Instant::now() + settings.network.time_per_domain;
    let memoised = Memoised::new(site.memo, Freshness::Kept);
    let net = Layered(Deadline::new(memoised, until));
    let proposal = propose(&net, &domain, &with).await;
    let report = FixReport::of(&domain, &with, &proposal, &without, lang);
    let text = match args.format {
        FixFormat::Bind => report.bind(lang),
        FixFormat::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
        FixFormat::Octodns => report.octodns(lang),
        FixFormat::Terraform => report.terraform(lang),
    };
    write(&text, args.output.as_deref())?;
    let blind = audit.outcomes.iter().filter(|outcome| weighs(outcome, &auditor.selection));
    let blind: Vec<&str> = blind.map(|outcome| outcome.check.as_str()).collect();
    if !args.world.telling.quiet {
        tell(&report, &blind, lang);
    }
    let is_untold = !blind.is_empty() || FixReport::is_partly_untold(&proposal);
    Ok(if is_untold { 3 } else { 0 })
}

/// Says on standard error what the records do not.
fn tell(report: &FixReport, blind: &[&str], lang: Lang) {
    let mut said = String::new();
    if !blind.is_empty() {
        let blind = blind.join(", ");
        said.push_str(&match lang {
            Lang::En => format!(
                "vigie: these checks could not tell, so records may be missing here: {blind}\n"
            ),
            Lang::Fr => format!(
                "vigie: ces contrôles n’ont pas pu conclure, il manque peut-être des \
                 enregistrements : {blind}\n"
            ),
        });
    } else if report.records.is_empty() {
        said.push_str(match lang {
            Lang::En => "vigie: no record is to be published\n",
            Lang::Fr => "vigie: aucun enregistrement à publier\n",
        });
    }
    for finding in &report.elsewhere {
        let (id, title) = (&finding.id, plain(&finding.title));
        said.push_str(&match lang {
            Lang::En => {
                format!("vigie: no record is proposed for {id} ({title}): vigie explain {id}\n")
            }
            Lang::Fr => {
                format!(
                    "vigie: aucun enregistrement proposé pour {id} ({title}) : vigie explain {id}\n"
                )
            }
        });
    }
    // Nobody is left to tell when standard error is closed.
    let _ = std::io::stderr().write_all(said.as_bytes());
}
