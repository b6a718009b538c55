//! `vigie lab`: the simulated internet alone, with the options that point vigie at it.

use std::io::{BufRead as _, Read as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use tokio::sync::mpsc;
use vigie_checks::kernel::{Bilingual, Lang};
use vigie_lab::Lab;
use vigie_lab::submission::DkimSigning;
use vigie_scenario::{Scenario, ScenarioError};

use super::world::TellingArgs;
use super::{UsageError, logging};
use crate::report::paint::plain;
use crate::report::quoted;

/// A longer line is more than one.
const LONGEST_LINE: u64 = 4096;

#[derive(Args)]
pub struct LabArgs {
    /// Play this scenario instead of the world that comes along
    #[arg(value_name = "SCENARIO.toml")]
    scenario: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

/// A world that is wrong is told as the scenario's reader tells it, once: it is written by who knows the lab.
fn unplayable(error: ScenarioError) -> UsageError {
    match error {
        ScenarioError::Read { path, source } => UsageError::unreadable(&path, &source),
        ScenarioError::File { path, source } => {
            let said = match *source {
                ScenarioError::Syntax { line, column, message } => Bilingual::quoted(message)
                    .about_each(
                        &format!("line {line}, column {column}"),
                        &format!("ligne {line}, colonne {column}"),
                    ),
                wrong => Bilingual::quoted(wrong),
            };
            let is_none = said.about_each("no world of the lab", "ce n’est pas un monde du lab");
            UsageError(is_none.about(path.display()))
        }
        wrong => UsageError(Bilingual::quoted(wrong)),
    }
}

/// Plays a world until Ctrl-C.
pub async fn run(args: LabArgs) -> anyhow::Result<u8> {
    logging::start(&args.telling, "error");
    let scenario = match &args.scenario {
        Some(path) => Scenario::load(path).map_err(unplayable)?,
        None => vigie_lab::story::forgotten_spf().context("the world that comes along")?,
    };
    let lab = Lab::start(&scenario).await.context("the lab")?;
    if args.scenario.is_none() {
        lab.world().replace_rrset("s1._domainkey.example.com", "TXT", &[DkimSigning::record()])?;
    }
    let files = Files::write(&lab)?;
    let text = instructions(&lab, &scenario.target.domain, &files, args.telling.lang());
    say(&text);
    let mut lines = typed();
    while let Some(line) = lines.recv().await {
        if !line.trim().is_empty() {
            say(&changed(&lab, &line, args.telling.lang()));
        }
    }
    // Without a terminal it is played to nobody who types.
    std::future::pending::<()>().await;
    Ok(0)
}

fn say(text: &str) {
    // A closed pipe does not end the lab.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// What is typed, line by line; ends with standard input.
fn typed() -> mpsc::Receiver<String> {
    let (tell, lines) = mpsc::channel(1);
    // A thread of its own, since nothing ends a read of a terminal: it ends with the program.
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut line = String::new();
        while matches!((&mut input).take(LONGEST_LINE).read_line(&mut line), Ok(1..)) {
            if tell.blocking_send(std::mem::take(&mut line)).is_err() {
                break;
            }
        }
    });
    lines
}

/// Publishes a line of a zone in place of the records of its name and type, and says so.
fn changed(lab: &Lab, line: &str, lang: Lang) -> String {
    let Some((name, rtype, data)) = record(line) else {
        return match lang {
            Lang::En => "Not understood. Write NAME TYPE DATA, as in a zone.\n".to_owned(),
            Lang::Fr => "Incompris. Écrivez NOM TYPE DONNÉES, comme dans une zone.\n".to_owned(),
        };
    };
    // What alerts and panels show without quotes is one text, and its semicolons are no comments.
    let is_bare = rtype.eq_ignore_ascii_case("TXT") && !data.is_empty() && !data.starts_with('"');
    let data = if is_bare { quoted(data) } else { data.to_owned() };
    let data: Vec<&str> = Some(data.as_str()).filter(|data| !data.is_empty()).into_iter().collect();
    match (lab.world().replace_rrset(name, rtype, &data), data.first(), lang) {
        (Err(error), _, _) => format!("{}\n", plain(&error.to_string())),
        (Ok(()), Some(data), Lang::En) => format!("{name} {rtype} is now {}\n", plain(data)),
        (Ok(()), Some(data), Lang::Fr) => {
            format!("{name} {rtype} vaut désormais {}\n", plain(data))
        }
        (Ok(()), None, Lang::En) => format!("{name} {rtype} is gone\n"),
        (Ok(()), None, Lang::Fr) => format!("{name} {rtype} a disparu\n"),
    }
}

/// Name, type and data of a line as `vigie fix` prints it, or as an alert does, with a plus before it; the
/// TTL and class may be left out, and without data the records are meant to go.
fn record(line: &str) -> Option<(&str, &str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("+ ").unwrap_or(line).trim_start();
    let (name, mut rest) = line.split_once(char::is_whitespace)?;
    loop {
        let (word, after) =
            rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let is_type = !word.eq_ignore_ascii_case("IN") && word.parse::<u32>().is_err();
        match (is_type, after.trim()) {
            (true, data) if !word.is_empty() => return Some((name, word, data)),
            (false, data) if !data.is_empty() => rest = data,
            _ => return None,
        }
    }
}

/// What points vigie and other tools at the lab, in the folder for temporary files; dropped, they are gone.
struct Files {
    all: Vec<PathBuf>,
    /// The root of its certificates.
    root: String,
    /// A configuration whose resolver walks from the lab's own root.
    recursive: String,
}

impl Files {
    fn write(lab: &Lab) -> anyhow::Result<Self> {
        let mut files = Self { all: Vec::new(), root: String::new(), recursive: String::new() };
        let mut write = |ending: &str, text: &str| {
            let name = format!("vigie-lab-{}.{ending}", std::process::id());
            let path = std::env::temp_dir().join(name);
            files.all.push(path.clone());
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
        files.recursive = write("toml", &network)?;
        files.root = root;
        Ok(files)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for path in &self.all {
            // One that somebody took away already is gone too.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// How to reach the lab with vigie and with the tools that admins have.
fn instructions(lab: &Lab, domain: &str, files: &Files, lang: Lang) -> String {
    let Files { root, recursive, .. } = files;
    let resolver = lab.resolver();
    let (host, port) = (resolver.ip(), resolver.port());
    let proxy = lab.proxy();
    let networks = lab.own_networks().map(|network| format!("--own-network {network}")).join(" ");
    let options = format!("--resolver {resolver} --proxy {proxy} --ca {root} {networks}");
    let [up, audit, walk, run, break_it, dig, swaks, tls, client, end] = match lang {
        Lang::En => [
            "A simulated internet is up on loopback. Nothing leaves this machine.",
            "Audit a domain of it:",
            "The same, walking from its own root servers (root_hints and trust_anchors are in the file):",
            "`vigie run` takes the same options.",
            "Type a record here to publish it at once, such as an SPF record that lets everybody send:",
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
            "`vigie run` prend les mêmes options.",
            "Tapez ici un enregistrement pour le publier aussitôt, comme un SPF qui laisse tout le monde envoyer :",
            "Interroger ses noms :",
            "Soumettre un message (par le proxy) :",
            "Voir un certificat :",
            "Un client de messagerie : le proxy SOCKS5 ci-dessus, la racine ci-dessus, puis",
            "Ctrl-C y met fin.",
        ],
    };
    format!(
        "{up}\n\n{audit}\nvigie audit {domain} {options}\n\n\
         {walk}\nvigie audit {domain} --config {recursive}\n\n\
         {run}\n\n{break_it}\n{domain} TXT \"v=spf1 +all\"\n\n{dig}\ndig @{host} -p {port} {domain} TXT\n\n\
         {swaks}\nproxychains4 swaks --server smtp.{domain}:465 --tls-on-connect --auth-user newsletter \
         --auth-password anchor --from news@{domain} --to seed01@quay.example\n\n\
         {tls}\nproxychains4 openssl s_client -CAfile {root} -connect smtp.{domain}:465\n\n\
         {client}\nimaps://seed01%40quay.example:seed@imap.quay.example:993\n\n{end}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn a_line_is_read_as_zones_and_fixes_write_it() {
        let spf = "\"v=spf1 -all\"";
        #[rustfmt::skip]
        let cases = [
            ("short",             "example.com TXT \"v=spf1 -all\"",            Some(("example.com", "TXT", spf))),
            ("as a fix",          "example.com. 3600 IN TXT \"v=spf1 -all\"\n", Some(("example.com.", "TXT", spf))),
            ("more data",         "example.com  MX  10 mx1.example.com.",       Some(("example.com", "MX", "10 mx1.example.com."))),
            ("nothing is left",   "example.com TXT",                            Some(("example.com", "TXT", ""))),
            ("a name alone",      "example.com",                                None),
            ("a name and a TTL",  "example.com 3600 IN",                        None),
        ];
        for (rule, line, expected) in cases {
            assert_eq!(record(line), expected, "{rule}");
        }
    }
}
