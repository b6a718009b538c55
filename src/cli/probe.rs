//! `vigie probe`: one test send now, followed to the mailbox.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use vigie_checks::kernel::{Bilingual, Lang};

use super::audit::{FailOn, Format};
use super::output::{paper, write};
use super::world::WorldArgs;
use super::{UsageError, logging};
use crate::config::{Probe, Settings, did_you_mean};
use crate::net::SystemClock;
use crate::report::ProbeReport;
use crate::report::paint::Paper;
use crate::run::{AuditRequest, DomainAudit, DomainEvidence, EVIDENCE_SCHEMA, Evidence, Sender};

#[derive(Args)]
#[command(mut_arg("timeout", |arg| arg.help(
    "The most that all of it may take, such as 60s or 2m [default: four times deliver_within]"
)))]
pub struct ProbeArgs {
    /// The probe of the configuration; may be left out when there is only one
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Write the report to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Save what was asked and answered, to be judged again with `vigie replay`
    #[arg(long, value_name = "FILE")]
    save_evidence: Option<PathBuf>,
    /// End with 1 from this severity on
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    #[command(flatten)]
    world: WorldArgs,
}

/// Sends, follows, prints, and gives the exit code.
pub async fn run(args: ProbeArgs) -> anyhow::Result<u8> {
    logging::start(&args.world.telling, "warn");
    let settings = args.world.settings()?;
    let probe = chosen(&settings, args.name.as_deref())?;
    let site = args.world.open(&settings).await?;
    let sender = Sender {
        vantage: Arc::new(site.vantage()),
        memo: site.memo,
        clock: Arc::new(SystemClock),
        own_networks: settings.network.own_networks.clone(),
        allow_private: settings.network.allow_private,
    };
    let mut target = settings.probe_target(probe);
    if let (Some(probe), Some(most)) = (&mut target.probe, args.world.timeout) {
        probe.most_ms = u64::try_from(most.as_millis()).ok();
    }
    let audit = sender.send(target).await;
    if let Some(path) = &args.save_evidence {
        let evidence = evidence(&audit, &sender, args.fail_on);
        write(&format!("{}\n", serde_json::to_string_pretty(&evidence)?), Some(path))?;
    }
    let lang = args.world.telling.lang();
    let report = ProbeReport::of(&audit, lang)
        .ok_or_else(|| anyhow::anyhow!("the test send left no outcome"))?;
    let code = report.verdict(args.fail_on.threshold()).exit_code();
    let printed = render(&report, args.format, code, lang, paper(args.world.telling.color))?;
    write(&printed, args.output.as_deref())?;
    Ok(code)
}

/// The probe that is meant.
fn chosen<'a>(settings: &'a Settings, name: Option<&str>) -> Result<&'a Probe, UsageError> {
    let all: Vec<&str> = settings.probes.iter().map(|probe| probe.name.as_str()).collect();
    let listed = || all.join(", ");
    match (name, settings.probes.as_slice()) {
        (_, []) => Err(UsageError::new(
            "the configuration has no [[probes]]",
            "la configuration n’a pas de [[probes]]",
        )),
        (Some(name), _) => settings.probe(name).ok_or_else(|| {
            let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let none = Bilingual::new(
                format!("there is no probe `{name}`"),
                format!("il n’y a pas de sonde `{name}`"),
            );
            let meant = did_you_mean(&name, all.iter().copied());
            UsageError(none.and(meant).and(Bilingual::there_are(&listed())))
        }),
        (None, [only]) => Ok(only),
        (None, _) => Err(UsageError::new(
            format!("name one of the probes: {}", listed()),
            format!("nommer l’une des sondes : {}", listed()),
        )),
    }
}

fn evidence(audit: &DomainAudit, sender: &Sender, fail_on: FailOn) -> Evidence {
    Evidence {
        schema: EVIDENCE_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: audit.started_at,
        duration_ms: audit.duration_ms,
        request: AuditRequest {
            checks: vec!["probe".to_owned()],
            fail_on: fail_on.threshold(),
            ..AuditRequest::default()
        },
        vantage: sender.vantage.as_ref().clone(),
        domains: vec![DomainEvidence::of(audit)],
    }
}

/// The report as it is printed, with its last line end.
pub fn render(
    report: &ProbeReport,
    format: Format,
    code: u8,
    lang: Lang,
    paper: Paper,
) -> anyhow::Result<String> {
    match format {
        Format::Json => Ok(format!("{}\n", serde_json::to_string_pretty(report)?)),
        Format::Text => Ok(report.text(code, lang, paper)),
    }
}
