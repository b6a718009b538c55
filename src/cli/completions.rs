//! `vigie completions`: what a shell needs to complete the commands and options of vigie.

use clap::{Args, Command, ValueEnum};
use clap_complete::{Shell, generate};

use super::output::write;

#[derive(Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: ShellArg,
}

/// The shells that vigie is completed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShellArg {
    Bash,
    Zsh,
    Fish,
}

/// Prints the script, and gives the exit code.
pub fn run(args: &CompletionsArgs, mut program: Command) -> anyhow::Result<u8> {
    let shell = match args.shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Zsh => Shell::Zsh,
        ShellArg::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    generate(shell, &mut program, "vigie", &mut script);
    write(&String::from_utf8(script)?, None)?;
    Ok(0)
}
