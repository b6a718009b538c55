//! `vigie man`: the manual pages, for whoever packages vigie.

use std::path::PathBuf;

use clap::{Args, Command};

use super::UsageError;

#[derive(Args)]
pub struct ManArgs {
    /// Where to write them; made if it is not there
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes a page for the program and one for each command, and gives the exit code.
pub fn run(args: &ManArgs, program: Command) -> anyhow::Result<u8> {
    let folder = &args.folder;
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(program, folder))
        .map_err(|source| UsageError::unwritable(folder, &source));
    written?;
    Ok(0)
}
