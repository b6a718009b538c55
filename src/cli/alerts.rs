//! `vigie alerts`: what waits, what was given up; try a channel, see what it would be sent, and send
//! again.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum, value_parser};
use serde::Serialize;
use serde_json::Value;
use vigie_checks::kernel::Lang;

use super::audit::Format;
use super::output::{paper, write};
use super::world::TellingArgs;
use super::{UsageError, logging};
use crate::config::Settings;
use crate::report::paint::{Paper, plain, wrapped};
use crate::report::{State, say};
use crate::watch::outbox::{
    self, Alert, Disabled, Listing, OutboxError, OutboxState, Preview, Tried,
};

/// The test did not arrive.
const NOT_DELIVERED: u8 = 1;

#[derive(Args)]
pub struct AlertsArgs {
    #[command(subcommand)]
    command: AlertsCommand,
}

#[derive(Subcommand)]
enum AlertsCommand {
    /// List the messages of the outbox, the newest first
    List(ListArgs),
    /// Send a test through a channel now, past the outbox
    Test(TestArgs),
    /// Show what a channel would be sent
    Preview(PreviewArgs),
    /// Send a message of the outbox again, with the same id
    Resend(ResendArgs),
}

#[derive(Args)]
struct CommonArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The configuration [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

#[derive(Args)]
struct ListArgs {
    /// Only those that wait, that were delivered, or that were given up
    #[arg(long, value_enum, value_name = "STATE")]
    state: Option<StateArg>,
    /// Only those for this channel
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    limit: u32,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args)]
struct TestArgs {
    /// The channel, as the configuration names it
    #[arg(value_name = "CHANNEL")]
    channel: String,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args)]
struct PreviewArgs {
    /// A type of event, `digest`, or the id of a message of the outbox
    #[arg(default_value = "incident.opened", value_name = "EVENT")]
    event: String,
    /// The channel, as the configuration names it
    #[arg(long, value_name = "NAME")]
    channel: String,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args)]
struct ResendArgs {
    /// The message, as `vigie alerts list` names it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum StateArg {
    Pending,
    Delivered,
    Dead,
}

impl From<StateArg> for OutboxState {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::Pending => Self::Pending,
            StateArg::Delivered => Self::Delivered,
            StateArg::Dead => Self::Dead,
        }
    }
}

/// Does what is asked, and gives the exit code.
pub async fn run(args: AlertsArgs) -> anyhow::Result<u8> {
    match args.command {
        AlertsCommand::List(args) => list(args).await,
        AlertsCommand::Test(args) => test(args).await,
        AlertsCommand::Preview(args) => preview(args).await,
        AlertsCommand::Resend(args) => resend(args).await,
    }
}

impl CommonArgs {
    fn settings(&self) -> anyhow::Result<Settings> {
        logging::start(&self.telling, "warn");
        Ok(Settings::load(self.config.as_deref())?.0)
    }

    /// The text, or the value as JSON.
    fn print(&self, text: String, json: &impl Serialize) -> anyhow::Result<()> {
        let printed = match self.format {
            Format::Text => text,
            Format::Json => serde_json::to_string_pretty(json)?,
        };
        write(&format!("{printed}\n"), None)
    }
}

fn usage(error: OutboxError) -> UsageError {
    UsageError(error.words())
}

#[derive(Serialize)]
struct Listed<'a> {
    schema: &'static str,
    alerts: &'a [Alert],
    disabled: &'a [Disabled],
}

async fn list(args: ListArgs) -> anyhow::Result<u8> {
    let settings = args.common.settings()?;
    let state = args.state.map(OutboxState::from);
    let listed = outbox::alerts(&settings, state, args.channel.as_deref(), args.limit).await;
    let Listing { alerts, disabled, held_up, no_store } = listed.map_err(usage)?;
    let (lang, paper) = (args.common.telling.lang(), paper(args.common.telling.color));
    let now = Utc::now();
    let turn = |alert: &Alert| {
        let is_of_alert = |channel: &str| channel == alert.channel;
        let next = alert.next_at?;
        Some(if disabled.iter().any(|one| is_of_alert(&one.channel)) {
            say(lang, "kept while the channel is off", "gardée tant que le canal est coupé")
                .to_owned()
        } else if !settings.channels.iter().any(|one| is_of_alert(&one.name)) {
            say(lang, "no such channel is configured", "aucun canal de ce nom n’est configuré")
                .to_owned()
        } else if held_up.contains(&alert.id) {
            say(lang, "after the one before it", "après la précédente").to_owned()
        } else if next <= now {
            say(lang, "due now", "à remettre").to_owned()
        } else {
            format!("{} {}", say(lang, "next at", "prochaine le"), moment(next))
        })
    };
    let mut lines: Vec<String> =
        alerts.iter().flat_map(|one| told(one, turn(one), lang, paper)).collect();
    if lines.is_empty() {
        lines.push(none(no_store.as_deref(), lang));
    }
    lines.extend(disabled.iter().map(|channel| switched_off(channel, lang)));
    let listed = Listed { schema: "vigie.alerts/1", alerts: &alerts, disabled: &disabled };
    args.common.print(lines.join("\n"), &listed)?;
    Ok(0)
}

/// That there is nothing, and why where nothing can be.
fn none(no_store: Option<&str>, lang: Lang) -> String {
    match (no_store.map(plain), lang) {
        (None, Lang::En) => "No alert.".to_owned(),
        (None, Lang::Fr) => "Aucune alerte.".to_owned(),
        (Some(store), Lang::En) => {
            format!("No alert: there is no history yet at {store}; `vigie run` writes it.")
        }
        (Some(store), Lang::Fr) => format!(
            "Aucune alerte\u{a0}: il n’y a pas encore d’historique à {store}\u{a0}; `vigie run` l’écrit."
        ),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Two lines: what, for whom and how far; then its id, when it is its turn and what was last answered.
fn told(alert: &Alert, turn: Option<String>, lang: Lang, paper: Paper) -> Vec<String> {
    let (state, word) = match alert.state {
        OutboxState::Pending => (State::Warning, say(lang, "pending", "en attente")),
        OutboxState::Delivered => (State::Ok, say(lang, "delivered", "remise")),
        OutboxState::Dead => (State::Error, say(lang, "given up", "abandonnée")),
    };
    let word = paper.state(state, &format!("{word:<10}"));
    let (channel, event) = (plain(&alert.channel), plain(&alert.event));
    let mut lines =
        vec![format!("{}  {word}  {}  {event}", moment(alert.created_at), paper.bold(&channel))];
    let mut facts = vec![plain(&alert.id), tries(alert.attempts, lang)];
    facts.extend(turn);
    if let Some(at) = alert.delivered_at {
        facts.push(format!("{} {}", say(lang, "delivered at", "remise le"), moment(at)));
    }
    lines.extend(wrapped(&facts.join(", "), "    ", "    ", paper.width));
    if let Some(error) = alert.error.as_deref().filter(|_| alert.delivered_at.is_none()) {
        lines.extend(wrapped(&plain(error), "    ", "    ", paper.width));
    }
    lines
}

fn tries(attempts: i64, lang: Lang) -> String {
    let is_one = attempts == 1 || (attempts == 0 && lang == Lang::Fr);
    let word = match is_one {
        true => say(lang, "attempt", "tentative"),
        false => say(lang, "attempts", "tentatives"),
    };
    format!("{attempts} {word}")
}

fn switched_off(disabled: &Disabled, lang: Lang) -> String {
    let (channel, since) = (plain(&disabled.channel), moment(disabled.since));
    match lang {
        Lang::En => format!(
            "{channel} is switched off since {since}: it answered 410. A new address or `vigie alerts resend ID` switches it on."
        ),
        Lang::Fr => format!(
            "{channel} est coupé depuis le {since}\u{a0}: il a répondu 410. Une nouvelle adresse ou `vigie alerts resend ID` le rétablit."
        ),
    }
}

#[derive(Serialize)]
struct Tested<'a> {
    schema: &'static str,
    #[serde(flatten)]
    tried: &'a Tried,
}

async fn test(args: TestArgs) -> anyhow::Result<u8> {
    let settings = args.common.settings()?;
    let lang = args.common.telling.lang();
    let tried = outbox::test(&settings, lang, &args.channel).await.map_err(usage)?;
    let channel = plain(&tried.channel);
    let text = match &tried.error {
        None => format!("{channel}{}{}", colon(lang), say(lang, "delivered", "message remis")),
        Some(error) => {
            let what = say(lang, "not delivered", "message non remis");
            format!("{channel}{0}{what}{0}{1}", colon(lang), plain(error))
        }
    };
    args.common.print(text, &Tested { schema: "vigie.alert-test/1", tried: &tried })?;
    Ok(if tried.delivered { 0 } else { NOT_DELIVERED })
}

fn colon(lang: Lang) -> &'static str {
    say(lang, ": ", "\u{a0}: ")
}

#[derive(Serialize)]
struct Previewed<'a> {
    schema: &'static str,
    channel: &'a str,
    kind: &'a str,
    event: &'a str,
    /// As JSON where it is JSON.
    body: Value,
}

async fn preview(args: PreviewArgs) -> anyhow::Result<u8> {
    let settings = args.common.settings()?;
    let lang = args.common.telling.lang();
    let shown = outbox::preview(&settings, lang, &args.channel, &args.event).await;
    let Preview { channel, kind, event, body } = shown.map_err(usage)?;
    let value = serde_json::from_str(&body).unwrap_or_else(|_| Value::String(body.clone()));
    let json = Previewed {
        schema: "vigie.alert-preview/1",
        channel: &channel,
        kind,
        event: &event,
        body: value,
    };
    args.common.print(body.lines().map(plain).collect::<Vec<_>>().join("\n"), &json)?;
    Ok(0)
}

#[derive(Serialize)]
struct Resent<'a> {
    schema: &'static str,
    #[serde(flatten)]
    alert: &'a Alert,
}

async fn resend(args: ResendArgs) -> anyhow::Result<u8> {
    let settings = args.common.settings()?;
    let lang = args.common.telling.lang();
    let alert = outbox::resend(&settings, &plain(&args.id)).await.map_err(usage)?;
    let (id, channel) = (plain(&alert.id), plain(&alert.channel));
    let text = match lang {
        Lang::En => format!("{id} is due again for {channel}; the daemon sends it within 30 s."),
        Lang::Fr => {
            format!(
                "{id} est de nouveau à remettre à {channel}\u{a0}; le démon l’envoie d’ici 30 s."
            )
        }
    };
    args.common.print(text, &Resent { schema: "vigie.alert/1", alert: &alert })?;
    Ok(0)
}
