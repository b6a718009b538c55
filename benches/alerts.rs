//! How many alerts a minute leave the house, and does a channel that hangs delay the others?
//!
//! Ten channels with one receiver each; every incident is told to all of them. Once all receivers
//! answer, once one of them never does. Run by `benches/alerts.sh`; judges nothing.

use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use secrecy::SecretString;
use tokio::sync::oneshot;
use vigie::alerts::{ChannelSettings, Deliverer, Limits, Network, Outbox, SystemResolver};
use vigie::config::Destination;
use vigie::net::SystemClock;
use vigie::net::trust::Roots;
use vigie::store::{OutboxRow, Store};
use vigie_checks::kernel::Lang;
use vigie_lab::https::{Webhook, WebhookManner};

const CHANNELS: usize = 10;

/// No figure is worth waiting longer for.
const PATIENCE: Duration = Duration::from_secs(600);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo test --benches` runs it without being asked for figures.
    let Some(incidents) = env::var("INCIDENTS").ok().and_then(|text| text.parse().ok()) else {
        println!("run benches/alerts.sh");
        return Ok(());
    };
    for hanging in [0, 1] {
        let delivered = deliver(incidents, hanging).await?;
        let channels = CHANNELS - hanging;
        let messages = u32::try_from(channels * incidents)?;
        println!(
            "{channels} channels that answer, {hanging} that hangs: {messages} alerts in {:.2} s, \
             {:.0} a minute; a channel was done after {:.2} to {:.2} s",
            delivered.all.as_secs_f64(),
            f64::from(messages) / delivered.all.as_secs_f64() * 60.0,
            delivered.first.as_secs_f64(),
            delivered.all.as_secs_f64(),
        );
    }
    Ok(())
}

/// When the first and the last of the channels that answer had everything.
struct Delivered {
    first: Duration,
    all: Duration,
}

async fn deliver(incidents: usize, hanging: usize) -> anyhow::Result<Delivered> {
    let folder = tempfile::tempdir()?;
    let store =
        Store::open(&format!("sqlite://{}", folder.path().join("vigie.db").display())).await?;
    let mut receivers = Vec::new();
    let mut channels = Vec::new();
    for number in 0..CHANNELS {
        let receiver = Webhook::start(None).await?;
        if number < hanging {
            receiver.set_manner(WebhookManner::NeverAnswer);
        }
        channels.push(channel(&format!("channel {number}"), &receiver.url()));
        receivers.push(receiver);
    }
    write(&store, incidents, &channels).await?;
    let network = Network {
        roots: Roots::nobody(),
        own_networks: Vec::new(),
        resolver: Arc::new(SystemResolver),
        helo: "vigie.example.net".to_owned(),
    };
    let outbox = Outbox::new(store.clone());
    let deliverer = Deliverer::new(outbox, Arc::new(SystemClock), Limits::default());
    deliverer.set_channels(&channels, &network)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let begun = Instant::now();
    let running = tokio::spawn(async move { deliverer.run(async { drop(stopped.await) }).await });
    let waiting = receivers[hanging..].iter().map(|receiver| async {
        anyhow::ensure!(receiver.wait_for(incidents, PATIENCE).await, "alerts are missing");
        Ok::<_, anyhow::Error>(begun.elapsed())
    });
    let ended: Vec<Duration> = futures::future::try_join_all(waiting).await?;
    drop(stop);
    running.await?;
    let first = ended.iter().min().copied().unwrap_or_default();
    Ok(Delivered { first, all: ended.into_iter().max().unwrap_or_default() })
}

/// Puts an opening for each incident and channel into the outbox.
async fn write(
    store: &Store,
    incidents: usize,
    channels: &[ChannelSettings],
) -> anyhow::Result<()> {
    let mut write = store.write().await?;
    for number in 0..incidents {
        let incident = format!("incident {number}");
        for channel in channels {
            let place = Some((incident.as_str(), 1));
            let body = r#"{"type":"incident.opened","data":{}}"#.to_owned();
            let row = OutboxRow::new(&channel.name, "incident.opened", place, body, Utc::now());
            write.put_outbox(&row).await?;
        }
    }
    write.commit().await?;
    Ok(())
}

fn channel(name: &str, url: &str) -> ChannelSettings {
    ChannelSettings {
        name: name.to_owned(),
        destination: Destination::Webhook {
            url: SecretString::from(url),
            secrets: vec![SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        },
        lang: Lang::En,
        zone: chrono_tz::Tz::UTC,
        allow_private: true,
        proxy: None,
    }
}
