//! The commands: a file per command, the options they share in `world.rs`.

mod alerts;
mod audit;
mod backup;
mod checks;
mod completions;
mod config;
mod demo;
mod domains;
mod explain;
mod fix;
mod history;
mod ingest;
mod input;
mod lab;
mod logging;
mod man;
mod output;
mod preflight;
mod probe;
mod progress;
mod recheck;
mod replay;
mod run;
mod spf;
mod world;

use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

pub use output::UsageError;

/// Interrupted by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// What is still under way when a command has ended has this long to end in order.
const PARTING: Duration = Duration::from_secs(2);

/// Told to end, such as by a service manager.
const TERMINATED: u8 = 143;

/// Watches whether a domain's mail arrives.
#[derive(Parser)]
#[command(name = "vigie", version, about, disable_help_subcommand = true, max_term_width = 100)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Audit domains now and print what was found
    Audit(Box<audit::AuditArgs>),
    /// Watch the configured domains day and night
    Run(Box<run::RunArgs>),
    /// Play the story of the forgotten SPF record on a simulated internet
    Demo(demo::DemoArgs),
    /// Review before a campaign: GO, CAUTION or NO-GO
    Preflight(Box<preflight::PreflightArgs>),
    /// Send one test message now and follow it to the mailbox
    Probe(Box<probe::ProbeArgs>),
    /// Have the running daemon look at domains now, such as after a fix
    Recheck(recheck::RecheckArgs),
    /// Tell what a domain looked like, when it changed, and what was found
    History(history::HistoryArgs),
    /// Take in the DMARC aggregate reports that others send back
    Ingest(ingest::IngestArgs),
    /// Write a copy of the history to a new file, while the daemon runs
    Backup(backup::BackupArgs),
    /// List, try and send again what alert channels are told
    Alerts(alerts::AlertsArgs),
    /// Run the simulated internet alone and print how to reach it
    Lab(lab::LabArgs),
    /// Tell what a finding or a grade means, and what to do
    Explain(explain::ExplainArgs),
    /// Tell what there is to check
    Checks(checks::ChecksArgs),
    /// Show the tree of an SPF record, and the result for one sender
    Spf(Box<spf::SpfArgs>),
    /// Print the DNS records to publish, as a zone fragment
    Fix(Box<fix::FixArgs>),
    /// Judge saved evidence again, offline
    Replay(replay::ReplayArgs),
    /// Write, check or print the configuration
    Config(config::ConfigArgs),
    /// Print what bash, zsh or fish needs to complete commands and options
    Completions(completions::CompletionsArgs),
    /// Write the manual pages
    #[command(hide = true)]
    Man(man::ManArgs),
}

impl Command {
    /// Whether it computes more than one core can. What waits for a few answers ends about as soon on one
    /// thread, and takes less of the machine: nothing is handed from thread to thread.
    fn takes_every_core(&self) -> bool {
        match self {
            Self::Audit(args) => !args.takes_one_thread(),
            Self::Run(_) | Self::Demo(_) | Self::Lab(_) | Self::Ingest(_) | Self::Replay(_) => true,
            _ => false,
        }
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments = Program::command().get_matches();
    let lang = output::language(lang_asked(&arguments));
    let program = Program::from_arg_matches(&arguments).unwrap_or_else(|error| error.exit());
    match run_to_its_end(program.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => output::explain(&error, lang),
    }
}

fn run_to_its_end(command: Command) -> anyhow::Result<u8> {
    let mut threads = match command.takes_every_core() {
        true => Builder::new_multi_thread(),
        false => Builder::new_current_thread(),
    };
    let runtime = threads.enable_all().build()?;
    let ended = runtime.block_on(run_until_told(command));
    // The system's own look-up of a name, which nothing breaks off, ends with the program.
    runtime.shutdown_timeout(PARTING);
    ended
}

/// Runs a command until it ends, or is told to end.
async fn run_until_told(command: Command) -> anyhow::Result<u8> {
    match command {
        // The daemon ends by itself, in order, when it is told to.
        Command::Run(args) => run::run(*args).await,
        Command::Demo(args) => demo::run(args).await,
        command => {
            let interrupted = told(SignalKind::interrupt());
            let terminated = told(SignalKind::terminate());
            tokio::select! {
                ended = once(command) => ended,
                () = interrupted => Ok(INTERRUPTED),
                () = terminated => Ok(TERMINATED),
            }
        }
    }
}

/// Listens from now on, and waits for a signal: what a command wrote for its own time is taken away when
/// it is told to end.
fn told(kind: SignalKind) -> impl Future<Output = ()> {
    let heard = signal(kind);
    async move {
        match heard {
            Ok(mut heard) => {
                heard.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    }
}

/// `--lang` of the command that was given: what stops it is told in that language too.
fn lang_asked(arguments: &ArgMatches) -> Option<output::LangArg> {
    let here = arguments.try_get_one("lang").ok().flatten().copied();
    here.or_else(|| lang_asked(arguments.subcommand()?.1))
}

/// A command that does one thing and ends.
async fn once(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Audit(args) => audit::run(*args).await,
        Command::Run(args) => run::run(*args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Lab(args) => lab::run(args).await,
        Command::Preflight(args) => preflight::run(*args).await,
        Command::Probe(args) => probe::run(*args).await,
        Command::Alerts(args) => alerts::run(args).await,
        Command::Backup(args) => backup::run(args).await,
        Command::Recheck(args) => recheck::run(args).await,
        Command::History(args) => history::run(args).await,
        Command::Ingest(args) => ingest::run(args).await,
        Command::Spf(args) => spf::run(*args).await,
        Command::Fix(args) => fix::run(*args).await,
        Command::Replay(args) => replay::run(args).await,
        Command::Config(args) => config::run(args),
        Command::Completions(args) => completions::run(&args, Program::command()),
        Command::Man(args) => man::run(&args, Program::command()),
        Command::Checks(args) => checks::run(args),
        Command::Explain(args) => explain::run(args),
    }
}
