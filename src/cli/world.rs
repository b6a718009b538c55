//! The options of every command that looks at the world.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;

use vigie_checks::kernel::Lang;

use super::UsageError;
use super::output::{Color, LangArg, language};
use crate::config::{Inputs, Settings, parse_duration};
use crate::net::dns::ResolverSpec;
use crate::net::proxy::Proxy;
use crate::watch::Site;

/// What was asked in a run is not asked again in it; answers still end with their TTL.
const WHOLE_RUN: Duration = Duration::from_secs(3600);

/// How the world is reached, and how it is told.
#[derive(Args, Clone, Debug)]
pub struct WorldArgs {
    /// Ask this resolver: system, recursive, HOST:PORT, tls://HOST or https://URL (repeatable)
    #[arg(long, value_name = "RESOLVER", help_heading = "Network")]
    pub resolver: Vec<String>,
    /// Connect through this proxy: socks5://HOST:PORT
    #[arg(long, value_name = "URL", help_heading = "Network")]
    pub proxy: Option<String>,
    /// Trust the roots of this PEM file beside the system's (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub ca: Vec<PathBuf>,
    /// Count this range as public and reachable here (repeatable)
    #[arg(long, value_name = "CIDR", help_heading = "Network")]
    pub own_network: Vec<IpNet>,
    /// Connect to private and special addresses too
    #[arg(long, help_heading = "Network")]
    pub allow_private: bool,
    /// The most that one domain may take, such as 60s or 2m
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Network")]
    pub timeout: Option<Duration>,
    /// The configuration [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub telling: TellingArgs,
}

/// How things are told.
#[derive(Args, Clone, Debug)]
pub struct TellingArgs {
    /// The language of findings and reports [default: that of the locale]
    #[arg(long, value_enum, value_name = "LANG")]
    pub lang: Option<LangArg>,
    /// When to colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Say nothing but results
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more of what is done, such as each question and its answer (-vv for all)
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// How log lines look
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: crate::cli::logging::LogFormat,
}

impl TellingArgs {
    pub fn lang(&self) -> Lang {
        language(self.lang)
    }
}

impl WorldArgs {
    /// The configuration, with what the command line says in place of what it says.
    ///
    /// # Errors
    /// The configuration or an option is wrong.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let (settings, _) = Settings::load(self.config.as_deref())?;
        self.laid_over(settings)
    }

    /// As [`Self::settings`], with the file they came from, and all that was read on the way.
    pub fn settings_noting(&self) -> (anyhow::Result<(Settings, Option<PathBuf>)>, Inputs) {
        let (loaded, inputs) = Settings::load_noting(self.config.as_deref());
        let settings = loaded.map_err(anyhow::Error::from).and_then(|(settings, file)| {
            let settings = self.laid_over(settings)?;
            Ok((settings, file))
        });
        (settings, inputs)
    }

    fn laid_over(&self, mut settings: Settings) -> anyhow::Result<Settings> {
        let network = &mut settings.network;
        if !self.resolver.is_empty() {
            for written in &self.resolver {
                written.parse::<ResolverSpec>().map_err(|error| UsageError(error.words()))?;
            }
            network.resolver.clone_from(&self.resolver);
        }
        if let Some(written) = &self.proxy {
            written.parse::<Proxy>().map_err(|error| UsageError(error.words()))?;
            network.proxy = Some(written.clone().into());
        }
        network.ca.extend(self.ca.iter().cloned());
        network.own_networks.extend(&self.own_network);
        network.allow_private |= self.allow_private;
        network.time_per_domain = self.timeout.unwrap_or(network.time_per_domain);
        Ok(settings)
    }

    /// Opens the world as the settings say, for one run of a command.
    ///
    /// # Errors
    /// A resolver, proxy or file of roots cannot be used.
    pub async fn open(&self, settings: &Settings) -> Result<Site, UsageError> {
        let site = Site::open(settings, WHOLE_RUN, WHOLE_RUN).await;
        site.map_err(|error| UsageError(error.words()))
    }
}

/// A duration as the configuration writes it; a bare number is seconds.
fn duration(written: &str) -> Result<Duration, String> {
    let bare = !written.is_empty() && written.bytes().all(|octet| octet.is_ascii_digit());
    let with_unit = if bare { format!("{written}s") } else { written.to_owned() };
    match parse_duration(&with_unit) {
        Ok(Duration::ZERO) => Err("a time of zero leaves no time to look".to_owned()),
        Ok(duration) => Ok(duration),
        Err(what) => Err(what.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        world: WorldArgs,
    }

    #[test]
    fn a_look_of_the_daemon_takes_as_long_as_the_command_line_says() {
        let laid_over = |args: &[&str]| {
            let line = Line::parse_from([&["vigie"], args].concat());
            let settings = line.world.laid_over(Settings::default()).expect("nothing is wrong");
            settings.network.time_per_domain
        };
        assert_eq!(laid_over(&[]), Duration::from_secs(60));
        assert_eq!(laid_over(&["--timeout", "5s"]), Duration::from_secs(5));
    }
}
