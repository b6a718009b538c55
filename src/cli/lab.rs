//! `vigie lab`: the simulated internet alone, with the options that point vigie at it.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use vigie_checks::kernel::Lang;
use vigie_lab::Lab;
use vigie_lab::submission::DkimSigning;
use vigie_scenario::Scenario;

use super::world::TellingArgs;
use super::{UsageError, logging};

#[derive(Args)]
pub struct LabArgs {
    /// Play this scenario instead of the world that comes along
    #[arg(value_name = "SCENARIO.toml")]
    scenario: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

/// Plays a world until Ctrl-C.
pub async fn run(args: LabArgs) -> anyhow::Result<u8> {
    logging::start(&args.telling, "error");
    let scenario = match &args.scenario {
        Some(path) => Scenario::load(path)
            .map_err(|error| UsageError(format!("{:#}", anyhow::Error::from(error))))?,
        None => vigie_lab::story::forgotten_spf().context("the world that comes along")?,
    };
    let lab = Lab::start(&scenario).await.context("the lab")?;
    if args.scenario.is_none() {
        lab.world().replace_rrset("s1._domainkey.example.com", "TXT", &[DkimSigning::record()])?;
    }
    let root = std::env::temp_dir().join(format!("vigie-lab-{}.pem", std::process::id()));
    std::fs::write(&root, lab.ca_pem())
        .with_context(|| format!("{}: cannot be written", root.display()))?;
    let text = instructions(
        &lab,
        &scenario.target.domain,
        &root.display().to_string(),
        args.telling.lang(),
    );
    // A closed pipe does not end the lab.
    let _ = std::io::stdout().write_all(text.as_bytes());
    std::future::pending::<()>().await;
    Ok(0)
}

/// How to reach the lab with vigie and with the tools that admins have.
fn instructions(lab: &Lab, domain: &str, root: &str, lang: Lang) -> String {
    let resolver = lab.resolver();
    let (host, port) = (resolver.ip(), resolver.port());
    let proxy = lab.proxy();
    let networks = lab.own_networks().map(|network| format!("--own-network {network}")).join(" ");
    let options = format!("--resolver {resolver} --proxy {proxy} --ca {root} {networks}");
    let [up, audit, dig, swaks, tls, client, end] = match lang {
        Lang::En => [
            "A simulated internet is up on loopback. Nothing leaves this machine.",
            "Audit a domain of it:",
            "Ask its names:",
            "Submit a message (through the proxy):",
            "See a certificate:",
            "A mail client: SOCKS5 proxy as above, trust the root above, then",
            "Ctrl-C ends it.",
        ],
        Lang::Fr => [
            "Un internet simulé tourne en boucle locale. Rien ne sort de cette machine.",
            "Auditer un de ses domaines :",
            "Interroger ses noms :",
            "Soumettre un message (par le proxy) :",
            "Voir un certificat :",
            "Un client de messagerie : le proxy SOCKS5 ci-dessus, la racine ci-dessus, puis",
            "Ctrl-C y met fin.",
        ],
    };
    format!(
        "{up}\n\n{audit}\nvigie audit {domain} {options}\n\n{dig}\ndig @{host} -p {port} {domain} TXT\n\n\
         {swaks}\nproxychains4 swaks --server smtp.{domain}:465 --tls-on-connect --auth-user newsletter \
         --auth-password anchor --from news@{domain} --to seed01@quay.example\n\n\
         {tls}\nproxychains4 openssl s_client -CAfile {root} -connect smtp.{domain}:465\n\n\
         {client}\nimaps://seed01%40quay.example:seed@imap.quay.example:993\n\n{end}\n"
    )
}
