//! Sets the stage: the lab, a configuration that points at it, and the daemon.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::net::TcpListener;
use vigie_lab::Lab;
use vigie_lab::submission::DkimSigning;

use vigie_checks::kernel::Name;

use super::{Pace, Staging};
use crate::config::{ProcessEnvironment, Settings};
use crate::store::Store;
use crate::watch::Watch;

/// The relay that the newsletter is submitted to.
const RELAY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 26));

/// The domains of the five receivers, in the order of the seeds.
const RECEIVERS: [&str; 5] = [
    "harbour-tickets.example",
    "lighthouse.example",
    "quay.example",
    "mistral.example",
    "cape.example",
];

/// What the story is played on.
pub struct Stage {
    pub lab: Lab,
    pub store: Store,
    pub domain: Name,
    pub pages: String,
    /// Holds the configuration, the store and the lab's root; gone with the stage.
    folder: Folder,
}

/// A folder of our own under the system's temporary one.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is left to the system's own cleaning.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Stage {
    /// Starts the lab, opens the daemon on it, and serves the pages.
    ///
    /// # Errors
    /// No loopback port or no temporary folder can be had.
    pub async fn set(staging: &Staging) -> anyhow::Result<(Self, Watch)> {
        let scenario = vigie_lab::story::forgotten_spf().context("the story's world")?;
        let lab = Lab::start(&scenario).await.context("the lab")?;
        let key = DkimSigning::record();
        lab.world()
            .replace_rrset("s1._domainkey.example.com", "TXT", &[key])
            .context("the lab's DKIM key")?;
        let folder = Folder::new()?;
        let listener = listen(staging.listen).await?;
        let address = listener.local_addr()?;
        let settings = settings(&lab, &folder, address, staging.pace)?;
        let url = format!("http://{address}");
        let watch = Watch::open(settings, staging.lang, listener).await?;
        let stage = Self {
            store: watch.store.clone(),
            lab,
            domain: Name::new("example.com"),
            pages: url,
            folder,
        };
        Ok((stage, watch))
    }

    /// From now on the newsletter leaves from another address.
    pub fn move_newsletter(&self, to: IpAddr) -> anyhow::Result<()> {
        let relay = self
            .lab
            .smtp(RELAY)
            .and_then(|host| host.submission())
            .context("the relay of the newsletter")?;
        relay.set_sends_from(to);
        Ok(())
    }

    /// The folder of this stage, for what else the story writes.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder.0
    }
}

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("vigie-demo-{}", ulid::Ulid::generate()));
        std::fs::create_dir(&path)
            .with_context(|| format!("{}: cannot be created", path.display()))?;
        Ok(Self(path))
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.0.join(name);
        std::fs::write(&path, text)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        Ok(path)
    }
}

/// The address asked for, else any free port beside it.
async fn listen(wanted: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(wanted).await {
        Ok(listener) => Ok(listener),
        Err(_) => Ok(TcpListener::bind(SocketAddr::new(wanted.ip(), 0)).await?),
    }
}

/// An ordinary configuration: nothing in it is there for the demonstration alone.
fn settings(
    lab: &Lab,
    folder: &Folder,
    listen: SocketAddr,
    pace: Pace,
) -> anyhow::Result<Settings> {
    folder.write("ca.pem", &lab.ca_pem())?;
    folder.write("seeds.csv", &seeds())?;
    let networks: Vec<String> =
        lab.own_networks().iter().map(|network| format!("{network:?}")).collect();
    let text = format!(
        r#"[network]
resolver = "{resolver}"
proxy = "{proxy}"
ca = ["ca.pem"]
own_networks = [{networks}]
helo = "vigie.example.net"

[store]
url = "sqlite://{store}"

[web]
listen = "{listen}"

[schedule]
default = "{checks}"
confirm_after = "{confirm_after}"
smtp_gap = "1m"

[[domains]]
name = "example.com"
selectors = ["s1"]
tags = ["demo"]

[[probes]]
name = "newsletter"
domain = "example.com"
schedule = "{probe}"
from = "news@example.com"
submit = {{ url = "smtps://newsletter@smtp.example.com:465", password = "anchor" }}
seeds = "seeds.csv"
deliver_within = "5s"

[[channels]]
name = "ops"
kind = "webhook"
url = "{webhook}"
allow_private = true
"#,
        checks = pace.checks,
        confirm_after = pace.confirm_after,
        probe = pace.probe,
        resolver = lab.resolver(),
        proxy = lab.proxy(),
        networks = networks.join(", "),
        store = folder.0.join("vigie.db").display(),
        webhook = lab.webhook().url(),
    );
    let path = folder.write("vigie.toml", &text)?;
    Ok(Settings::parse(&ProcessEnvironment, &path, text)?)
}

/// Ten addresses at each receiver.
fn seeds() -> String {
    let mut seeds = String::from("address,mailbox,password\n");
    for domain in RECEIVERS {
        for number in 1..=10 {
            let seed = format!("seed{number:02}");
            // Writing to a String cannot fail.
            let _ =
                writeln!(seeds, "{seed}@{domain},imaps://{seed}%40{domain}@imap.{domain}:993,seed");
        }
    }
    seeds
}
