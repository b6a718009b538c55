//! `vigie preflight`: may this be sent?

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use secrecy::ExposeSecret;

use vigie_checks::kernel::{Bilingual, Name, Target};

use super::audit::{selectors, sending_ips};
use super::output::{domain, paper, write};
use super::world::WorldArgs;
use super::{UsageError, logging};
use crate::config::{Settings, parse_duration};
use crate::net::Freshness;
use crate::report::{Acceptance, PreflightReport, Rule, Terms};
use crate::run::{Auditor, Records, Review, Selection};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PreflightFormat {
    /// For a person at a terminal
    #[default]
    Text,
    /// One file to keep beside the campaign, and to print
    Html,
    /// One object, for scripts
    Json,
}

#[derive(Args)]
pub struct PreflightArgs {
    /// The domain that sends; what the configuration says of its streams is reviewed too
    #[arg(long, value_name = "DOMAIN")]
    domain: String,
    /// A DKIM selector in use (repeatable)
    #[arg(long, value_name = "SELECTOR")]
    selector: Vec<String>,
    /// An address that sends for the domain (repeatable)
    #[arg(long, value_name = "IP")]
    ip: Vec<IpAddr>,
    /// How long the review holds at the most
    #[arg(long, value_name = "TIME", default_value = "4h", value_parser = duration)]
    valid_for: Duration,
    /// CAUTION ends with 1 too
    #[arg(long)]
    strict: bool,
    /// Take the findings of this rule upon yourself (repeatable)
    #[arg(long, value_name = "RULE", requires = "by", requires = "reason")]
    accept: Vec<String>,
    /// Who accepts
    #[arg(long, value_name = "NAME", requires = "accept")]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", requires = "accept")]
    reason: Option<String>,
    /// Accept even that authentication fails
    #[arg(long, requires = "accept")]
    force: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: PreflightFormat,
    /// Write the review to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    world: WorldArgs,
}

fn duration(written: &str) -> Result<Duration, String> {
    let duration = parse_duration(written).map_err(|error| error.to_string())?;
    if duration.is_zero() { Err("it would not hold at all".to_owned()) } else { Ok(duration) }
}

/// Audits what the domain's streams use, judges, and prints.
pub async fn run(args: PreflightArgs) -> anyhow::Result<u8> {
    logging::start(&args.world.telling, "warn");
    let lang = args.world.telling.lang();
    let domain = domain(&args.domain)?;
    let accepted = accepted(&args)?;
    let settings = args.world.settings()?;
    let targets = targets(&args, &settings, &domain)?;
    let probes = settings.probe_specs();
    let site = args.world.open(&settings).await?;
    let auditor = Auditor {
        vantage: Arc::new(site.vantage()),
        freshness: Freshness::Kept,
        memo: site.memo,
        selection: Selection::everything(),
        plugins: Arc::default(),
        overlay: None,
        own_networks: settings.network.own_networks.clone(),
        allow_private: settings.network.allow_private,
        timeout: settings.network.time_per_domain,
        keeps_tape: false,
    };
    let records = Records::At(settings.store.url.expose_secret());
    let review = Review::of(&auditor, records, &probes, targets, || {}).await?;
    let terms = Terms {
        valid_for: TimeDelta::from_std(args.valid_for).unwrap_or(TimeDelta::hours(4)),
        accepted,
        lang,
        zone: Tz::UTC,
    };
    let report = PreflightReport::of(&review, &terms);
    let text = match args.format {
        PreflightFormat::Text => {
            format!("{}\n", report.text(lang, paper(args.world.telling.color)))
        }
        PreflightFormat::Html => report.html(lang)?,
        PreflightFormat::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
    };
    write(&text, args.output.as_deref())?;
    Ok(report.exit_code(args.strict))
}

/// What is accepted, by whom and why; authentication only with `--force`.
fn accepted(args: &PreflightArgs) -> Result<Vec<Acceptance>, UsageError> {
    let said = |option: &str, value: &Option<String>, en: &str, fr: &str| {
        let value = value.as_deref().unwrap_or_default().trim();
        // Who reads the review later must find somebody to ask, and the reason.
        match args.accept.is_empty() || value.chars().any(char::is_alphanumeric) {
            true => Ok(value.to_owned()),
            false => Err(UsageError(Bilingual::new(en, fr).about(option))),
        }
    };
    let by = said("--by", &args.by, "say who accepts it", "dire qui l’accepte")?;
    let reason = said("--reason", &args.reason, "say why it is accepted", "dire pourquoi")?;
    let accept = |id: &String| {
        let rule = Rule::named(id).ok_or_else(|| {
            let known = crate::report::RULES.iter().map(|rule| rule.id).collect::<Vec<_>>();
            let none = Bilingual::new(
                format!("there is no rule `{id}`"),
                format!("il n’y a pas de règle `{id}`"),
            );
            UsageError(none.and(Bilingual::there_are(&known.join(", "))))
        })?;
        if rule.is_firm() && !args.force {
            return Err(UsageError::new(
                "that authentication fails can be accepted with --force only: receivers refuse such mail",
                "un échec d’authentification ne s’accepte qu’avec --force : les destinataires refusent \
                 ces messages",
            ));
        }
        Ok(Acceptance { rule: rule.id.to_owned(), by: by.clone(), reason: reason.clone() })
    };
    args.accept.iter().map(accept).collect()
}

/// The domain with what the command line adds, and those that its streams send for.
fn targets(
    args: &PreflightArgs,
    settings: &Settings,
    domain: &Name,
) -> Result<Vec<Target>, UsageError> {
    let mut own = settings.target(domain);
    own.selectors.extend(selectors(&args.selector)?);
    own.sending_ips.extend(sending_ips(&args.ip, &settings.network)?);
    Ok(settings.with_domains_of_streams(own))
}
