//! The program `vigie`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    vigie::start().await
}
