//! `vigie replay`: judges saved evidence again, offline.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use vigie_checks::kernel::Bilingual;

use super::audit::{AuditFormat, FailOn, Format, Gathered, Printing};
use super::output::{Output, paper, write};
use super::world::TellingArgs;
use super::{UsageError, input, logging, probe};
use crate::report::{DomainReport, ProbeReport};
use crate::run::{EVIDENCE_SCHEMA, Evidence, Selection};

/// The largest evidence file that is read.
const EVIDENCE_LIMIT: u64 = 1 << 30;

#[derive(Args)]
pub struct ReplayArgs {
    /// A file that `--save-evidence` wrote; `-` is standard input
    #[arg(value_name = "EVIDENCE.json")]
    evidence: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: AuditFormat,
    /// Write the report to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End with 1 from this severity on [default: as the audit did]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    telling: TellingArgs,
}

/// Judges, prints, and gives the exit code.
pub async fn run(args: ReplayArgs) -> anyhow::Result<u8> {
    logging::start(&args.telling, "warn");
    let lang = args.telling.lang();
    let evidence = read(&args.evidence).await?;
    let request = evidence.request;
    let usage = |words: Bilingual| UsageError(words.about(args.evidence.display()));
    let of_plugins: BTreeSet<String> =
        evidence.domains.iter().flat_map(|domain| domain.plugins.keys().cloned()).collect();
    let of_plugins: Vec<String> = of_plugins.into_iter().collect();
    let selection = Selection::among(&request.checks, &request.skip, &of_plugins)
        .map_err(|error| usage(error.words()))?;
    let vantage = Arc::new(evidence.vantage);
    let fail_on = args.fail_on.map_or(request.fail_on, FailOn::threshold);
    let printed_on = paper(args.telling.color);
    let printing = Printing { format: args.format, fail_on, lang, paper: printed_on };
    let mut told = Vec::with_capacity(evidence.domains.len());
    for domain in evidence.domains {
        let audit = domain
            .replay(&selection, &vantage, request.overlay.as_deref())
            .await
            .map_err(|error| usage(error.words()))?;
        // Evidence of a test send holds nothing else.
        if let Some(report) = ProbeReport::of(&audit, lang) {
            let code = report.verdict(fail_on).exit_code();
            let format = match args.format {
                AuditFormat::Text => Format::Text,
                AuditFormat::Json | AuditFormat::Ndjson => Format::Json,
                _ => {
                    return Err(usage(Bilingual::new(
                        "a test send is printed as text or json",
                        "un envoi de test s’affiche en text ou en json",
                    ))
                    .into());
                }
            };
            let text = probe::render(&report, format, code, lang, printed_on)?;
            write(&text, args.output.as_deref())?;
            return Ok(code);
        }
        told.push(printing.tell(DomainReport::of(&audit, &selection, lang))?);
    }
    let (started_at, took) = (evidence.started_at, evidence.duration_ms);
    let mut output = Output::open(args.output.as_deref())?;
    let mut gathered = Gathered::new(printing);
    for (place, told) in told.into_iter().enumerate() {
        gathered.add(place, told, &mut output)?;
    }
    Ok(gathered.print(started_at, took, &mut output)?.exit_code())
}

async fn read(path: &Path) -> Result<Evidence, UsageError> {
    let damaged = |words: Bilingual| UsageError(words.about(path.display()));
    let read = input::read(path, EVIDENCE_LIMIT).await;
    let octets = read.map_err(|source| UsageError::unreadable(path, &source))?;
    let evidence: Evidence = serde_json::from_slice(&octets).map_err(|error| {
        damaged(
            Bilingual::quoted(error)
                .about_each("no evidence of vigie", "ce n’est pas une preuve de vigie"),
        )
    })?;
    if evidence.schema != EVIDENCE_SCHEMA {
        let schema = &evidence.schema;
        return Err(damaged(Bilingual::new(
            format!("its schema is {schema}, this vigie reads {EVIDENCE_SCHEMA}"),
            format!("son schéma est {schema}, ce vigie lit {EVIDENCE_SCHEMA}"),
        )));
    }
    Ok(evidence)
}
