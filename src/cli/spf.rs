//! `vigie spf`: the tree of an SPF record, and the result for one sender.

use std::net::IpAddr;

use chrono::Utc;
use clap::Args;
use tokio::time::Instant;

use vigie_checks::kernel::{DomainError, Name, parse_domain};
use vigie_checks::spf::{Session, check_host, walk};

use super::audit::Format;
use super::output::{paper, write};
use super::world::WorldArgs;
use super::{UsageError, logging};
use crate::net::{Deadline, Freshness, Layered, Memoised};
use crate::report::{SenderReport, SpfReport};

/// The longest path in MAIL FROM (RFC 5321 §4.5.3.1.3), and more than any HELO name.
const LONGEST: usize = 256;

#[derive(Args)]
pub struct SpfArgs {
    /// The domain whose record is shown
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// The address that a message comes from
    #[arg(long, value_name = "IP")]
    ip: Option<IpAddr>,
    /// The address in MAIL FROM; '' is the null sender [default: postmaster@DOMAIN]
    #[arg(long, value_name = "ADDR", requires = "ip")]
    from: Option<String>,
    /// The name given in HELO [default: DOMAIN]
    #[arg(long, value_name = "NAME", requires = "ip")]
    helo: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    world: WorldArgs,
}

/// Looks, evaluates and prints; every result is an answer, so the exit code is 0.
pub async fn run(args: SpfArgs) -> anyhow::Result<u8> {
    logging::start(&args.world.telling, "warn");
    let domain = asked(&args.domain)?;
    let written = domain.as_ref().map_or(args.domain.trim(), Name::as_str);
    let mail_from = args.from.clone().unwrap_or_else(|| format!("postmaster@{written}"));
    let mail_from = without_angles(&mail_from).to_owned();
    let helo = args.helo.clone().unwrap_or_else(|| written.to_owned());
    if mail_from.len() > LONGEST + 64 || helo.len() > LONGEST {
        return Err(UsageError::new(
            "the sender is longer than SMTP allows",
            "l’expéditeur est plus long que SMTP ne le permet",
        )
        .into());
    }
    let settings = args.world.settings()?;
    let site = args.world.open(&settings).await?;
    let until = Instant::now() + settings.network.time_per_domain;
    let memoised = Memoised::new(site.memo.clone(), Freshness::Kept);
    let net = Layered(Deadline::new(memoised, until));
    let tree = match &domain {
        Some(domain) => Some(walk(&net, domain).await),
        None => None,
    };
    let (mail_from, helo) = (ascii_sender(&mail_from), ascii_name(&helo));
    let receiver = site.vantage().helo;
    let said = match args.ip {
        Some(ip) => {
            let session = Session {
                ip,
                helo: &helo,
                mail_from: &mail_from,
                receiver: &receiver,
                now: Utc::now(),
            };
            Some((check_host(&net, &session).await, ip))
        }
        None => None,
    };
    let told = said.as_ref().map(|(said, ip)| {
        let sender = SenderReport {
            ip: *ip,
            helo: helo.clone(),
            mail_from: mail_from.clone(),
            domain: said.domain.to_string(),
            lookups: said.lookups,
            void_lookups: said.void_lookups,
        };
        (said, sender)
    });
    let report = SpfReport::of(written, tree.as_ref(), told);
    let text = match args.format {
        Format::Json => serde_json::to_string_pretty(&report)?,
        Format::Text => report.text(args.world.telling.lang(), paper(args.world.telling.color)),
    };
    write(&format!("{text}\n"), None)?;
    Ok(0)
}

/// The domain, or nothing where the name is malformed, for which SPF has the result `none`. What is
/// no name at all is a slip of the person who types.
fn asked(typed: &str) -> Result<Option<Name>, UsageError> {
    match parse_domain(typed) {
        Ok(domain) => Ok(Some(domain)),
        Err(
            error @ (DomainError::Empty
            | DomainError::Url { .. }
            | DomainError::Mailbox { .. }
            | DomainError::Control { .. }),
        ) => Err(UsageError(error.words())),
        Err(_) => Ok(None),
    }
}

/// The reverse path as SMTP writes it, `<>` among them, is taken for what it holds (RFC 5321 §4.1.1.2).
fn without_angles(sender: &str) -> &str {
    let sender = sender.trim();
    sender.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(sender)
}

/// The address with its domain as A-labels, where it is a name.
fn ascii_sender(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local_part, domain)) => format!("{local_part}@{}", ascii_name(domain)),
        None => address.to_owned(),
    }
}

fn ascii_name(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    parse_domain(name).map_or_else(|_| name.to_owned(), |name| name.to_string())
}
