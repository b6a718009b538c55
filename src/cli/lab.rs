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
    let files = Files::write(&lab)?;
    let text = instructions(&lab, &scenario.target.domain, &files, args.telling.lang());
    // A closed pipe does not end the lab.
    let _ = std::io::stdout().write_all(text.as_bytes());
    std::future::pending::<()>().await;
    Ok(0)
}

/// What points vigie and other tools at the lab, in the folder for temporary files.
struct Files {
    /// The root of its certificates.
    root: String,
    /// A configuration whose resolver walks from the lab's own root.
    recursive: String,
}

impl Files {
    fn write(lab: &Lab) -> anyhow::Result<Self> {
        let write = |ending: &str, text: &str| {
            let name = format!("vigie-lab-{}.{ending}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::write(&path, text)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
            Ok::<_, anyhow::Error>(path.display().to_string())
        };
        let root = write("pem", &lab.ca_pem())?;
        let hints = write("hints", &lab.root_hints())?;
        let anchors = write("key", &lab.trust_anchors())?;
        let (proxy, networks) = (lab.proxy(), lab.own_networks());
        let network = format!(
            "[network]\nresolver = \"recursive\"\nroot_hints = {hints:?}\n\
             trust_anchors = {anchors:?}\nproxy = {proxy:?}\nca = [{root:?}]\n\
             own_networks = {networks:?}\n"
        );
        Ok(Self { root, recursive: write("toml", &network)? })
    }
}

/// How to reach the lab with vigie and with the tools that admins have.
fn instructions(lab: &Lab, domain: &str, files: &Files, lang: Lang) -> String {
    let Files { root, recursive } = files;
    let resolver = lab.resolver();
    let (host, port) = (resolver.ip(), resolver.port());
    let proxy = lab.proxy();
    let networks = lab.own_networks().map(|network| format!("--own-network {network}")).join(" ");
    let options = format!("--resolver {resolver} --proxy {proxy} --ca {root} {networks}");
    let [up, audit, walk, dig, swaks, tls, client, end] = match lang {
        Lang::En => [
            "A simulated internet is up on loopback. Nothing leaves this machine.",
            "Audit a domain of it:",
            "The same, walking from its own root servers (root_hints and trust_anchors are in the file):",
            "Ask its names:",
            "Submit a message (through the proxy):",
            "See a certificate:",
            "A mail client: SOCKS5 proxy as above, trust the root above, then",
            "Ctrl-C ends it.",
        ],
        Lang::Fr => [
            "Un internet simulé tourne en boucle locale. Rien ne sort de cette machine.",
            "Auditer un de ses domaines :",
            "De même, en partant de ses propres serveurs racine (root_hints et trust_anchors sont dans le fichier) :",
            "Interroger ses noms :",
            "Soumettre un message (par le proxy) :",
            "Voir un certificat :",
            "Un client de messagerie : le proxy SOCKS5 ci-dessus, la racine ci-dessus, puis",
            "Ctrl-C y met fin.",
        ],
    };
    format!(
        "{up}\n\n{audit}\nvigie audit {domain} {options}\n\n\
         {walk}\nvigie audit {domain} --config {recursive}\n\n{dig}\ndig @{host} -p {port} {domain} TXT\n\n\
         {swaks}\nproxychains4 swaks --server smtp.{domain}:465 --tls-on-connect --auth-user newsletter \
         --auth-password anchor --from news@{domain} --to seed01@quay.example\n\n\
         {tls}\nproxychains4 openssl s_client -CAfile {root} -connect smtp.{domain}:465\n\n\
         {client}\nimaps://seed01%40quay.example:seed@imap.quay.example:993\n\n{end}\n"
    )
}
