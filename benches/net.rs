//! How many questions a second does the `dns` verb alone bring home, beside hickory's own clients?
//!
//! Asks one server the names of a file with so many under way at once; the clients take turns, and
//! the best of their turns counts. Run by `benches/net.sh`, which sets dnsperf beside them.

use std::env;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, join_all};
use hickory_proto::rr::{DNSClass, Name as WireName, RecordType};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::client::{Client, ClientHandle};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::udp::UdpClientStream;
use vigie::net::dns::{DnsClient, RecursionSettings, ResolverSpec, Way};
use vigie::net::proxy::Connector;
use vigie::net::trust::Roots;
use vigie_checks::kernel::{Answer, Name, Question, Rtype};

const TURN: Duration = Duration::from_secs(2);
const TURNS: usize = 3;
const IN_FLIGHT: [usize; 3] = [1, 64, 512];

/// Asks for the TXT of a name and says whether data came.
type Ask = Arc<dyn Fn(usize) -> BoxFuture<'static, bool> + Send + Sync>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo test --benches` runs it without a server.
    let (Ok(server), Ok(names)) = (env::var("SERVER"), env::var("NAMES")) else {
        println!("run benches/net.sh");
        return Ok(());
    };
    let server: SocketAddr = server.parse()?;
    let names: Vec<String> = std::fs::read_to_string(names)?.lines().map(str::to_owned).collect();
    let clients = [
        ("vigie", vigie(server, &names).await?),
        ("hickory-net", hickory_net(server, &names).await?),
        ("hickory-resolver", hickory_resolver(server, &names)?),
    ];
    for in_flight in IN_FLIGHT {
        let mut best = [0.0_f64; 3];
        for _ in 0..TURNS {
            for (at, (_, ask)) in clients.iter().enumerate() {
                best[at] = best[at].max(turn(ask, names.len(), in_flight).await?);
            }
        }
        for (at, (client, _)) in clients.iter().enumerate() {
            let ratio = best[at] / best[0];
            println!(
                "{in_flight:>4} under way  {client:<17} {:>8.0} a second  {ratio:.2} of vigie",
                best[at]
            );
        }
    }
    Ok(())
}

/// Questions a second of one turn; one that fails ends the measurement.
async fn turn(ask: &Ask, names: usize, in_flight: usize) -> anyhow::Result<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let askers = (0..in_flight).map(|_| {
        let (ask, next) = (Arc::clone(ask), Arc::clone(&next));
        tokio::spawn(async move {
            let mut answered = 0_usize;
            while begun.elapsed() < TURN {
                if !ask(next.fetch_add(1, Ordering::Relaxed) % names).await {
                    return None;
                }
                answered += 1;
            }
            Some(answered)
        })
    });
    let mut answered = 0;
    for asker in join_all(askers).await {
        answered += asker?.ok_or_else(|| anyhow::anyhow!("a question was not answered"))?;
    }
    Ok(answered as f64 / begun.elapsed().as_secs_f64())
}

async fn vigie(server: SocketAddr, names: &[String]) -> anyhow::Result<Ask> {
    let (roots, connector) = (&Roots::nobody(), &Connector::direct());
    let way = Way { roots, connector, recursion: &RecursionSettings::default() };
    let client = DnsClient::open(&[ResolverSpec::Address(server)], &way).await?;
    let client = Arc::new(client);
    let questions: Arc<[Question]> =
        names.iter().map(|name| Question::new(&Name::new(name), Rtype::TXT)).collect();
    Ok(Arc::new(move |at| {
        let (client, questions) = (Arc::clone(&client), Arc::clone(&questions));
        Box::pin(async move {
            matches!(client.ask(&questions[at]).await, Answer::Message(whole) if !whole.answers.is_empty())
        })
    }))
}

async fn hickory_net(server: SocketAddr, names: &[String]) -> anyhow::Result<Ask> {
    let stream = UdpClientStream::builder(server, TokioRuntimeProvider::default()).build();
    let (client, background) = Client::<TokioRuntimeProvider>::from_sender(stream);
    tokio::spawn(background);
    let names = wire_names(names)?;
    Ok(Arc::new(move |at| {
        let (mut client, names) = (client.clone(), Arc::clone(&names));
        Box::pin(async move {
            let asked = client.query(names[at].clone(), DNSClass::IN, RecordType::TXT);
            matches!(asked.await, Ok(whole) if !whole.answers.is_empty())
        })
    }))
}

fn hickory_resolver(server: SocketAddr, names: &[String]) -> anyhow::Result<Ask> {
    let mut connection = ConnectionConfig::udp();
    connection.port = server.port();
    let at = NameServerConfig::new(server.ip(), true, vec![connection]);
    let config = ResolverConfig::from_parts(None, vec![], vec![at]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.options_mut().cache_size = 0;
    let resolver = Arc::new(builder.build()?);
    let names = wire_names(names)?;
    Ok(Arc::new(move |at| {
        let (resolver, names) = (Arc::clone(&resolver), Arc::clone(&names));
        Box::pin(async move { resolver.lookup(names[at].clone(), RecordType::TXT).await.is_ok() })
    }))
}

fn wire_names(names: &[String]) -> anyhow::Result<Arc<[WireName]>> {
    let absolute = |name: &String| WireName::from_str(&format!("{name}."));
    Ok(names.iter().map(absolute).collect::<Result<_, _>>()?)
}
