//! `vigie recheck`, as its user meets it: the daemon of the same configuration looks at once, and what
//! cannot be is told in one line.

mod published;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

const PATIENCE: Duration = Duration::from_secs(60);

/// It asks a resolver that is not there, so every look ends at once and tells nothing.
const WORLD: &str = "[network]\nresolver = \"127.0.0.1:9\"\ncontrols = \"none\"\n\
                     [schedule]\ndefault = \"every 10h\"\n";

/// An answer holds for an hour.
const BROKEN: &str = r#"
name = "a record that lets everybody send"
[target]
domain = "example.com"
[zones]
"example.com" = '''
$TTL 3600
@    IN MX  10 mx1
@    IN TXT "v=spf1 +all"
mx1  IN A   192.0.2.25
'''
[hosts."192.0.2.25".smtp]
name = "mx1.example.com"
[expect]
findings = []
"#;

struct House {
    folder: TempDir,
    at: SocketAddr,
}

/// A daemon that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended by itself where this fails.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl House {
    /// A configuration on a port that is free now.
    fn new(web: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let at = free.local_addr().expect("it is bound");
        let house = Self { folder: TempDir::new().expect("there is a temporary folder"), at };
        house.configure("vigie.toml", web);
        house
    }

    fn configure(&self, file: &str, web: &str) {
        let store = self.folder.path().join("vigie.db");
        let text = format!(
            "{WORLD}[store]\nurl = \"sqlite://{}\"\n[web]\nlisten = \"{}\"\n{web}\n\
             [[domains]]\nname = \"example.com\"\n[[domains]]\nname = \"quay.example\"\n",
            store.display(),
            self.at
        );
        std::fs::write(self.folder.path().join(file), text).expect("the folder can be written");
    }

    fn vigie(&self, args: &[&str], file: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(args).arg("--config").arg(self.folder.path().join(file));
        command.env("LANG", "C").env_remove("LC_ALL").env_remove("VIGIE_CONFIG");
        command
    }

    /// Starts the daemon and waits until it works.
    fn runs(&self) -> Running {
        let mut command = self.vigie(&["run"], "vigie.toml");
        let daemon = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn();
        let daemon = Running(daemon.expect("the program can be started"));
        let give_up = Instant::now() + PATIENCE;
        while !self.asked("GET /readyz").contains("200 OK") {
            assert!(Instant::now() < give_up, "the daemon never answers");
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }

    /// What the daemon answers to a plain request; nothing where it does not.
    fn asked(&self, line: &str) -> String {
        let mut answer = String::new();
        if let Ok(mut stream) = std::net::TcpStream::connect(self.at) {
            let host = format!("Host: {}\r\nConnection: close", self.at);
            // What is not answered is an empty answer.
            let _ = write!(stream, "{line} HTTP/1.1\r\n{host}\r\n\r\n");
            let _ = stream.read_to_string(&mut answer);
        }
        answer
    }

    /// Waits until an address answers with these words.
    fn until(&self, path: &str, words: &str) {
        let give_up = Instant::now() + PATIENCE;
        while !self.asked(&format!("GET {path}")).contains(words) {
            assert!(Instant::now() < give_up, "{path} never has {words}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn recheck(&self, args: &[&str]) -> Output {
        let all = [&["recheck"], args].concat();
        self.vigie(&all, "vigie.toml").output().expect("the program can be started")
    }

    fn told(&self, args: &[&str]) -> String {
        let output = self.recheck(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text is UTF-8")
    }

    /// The one line that a question is refused with.
    fn refused(&self, output: Output) -> String {
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = String::from_utf8(output.stderr).expect("text is UTF-8");
        assert_eq!(said.lines().count(), 1, "{said}");
        said.replace(&self.at.to_string(), "HERE")
    }
}

#[test]
fn the_daemon_looks_at_once_at_what_it_watches() {
    let house = House::new("");
    let _daemon = house.runs();
    let said = house.told(&["example.com", "Quay.Example."]);
    assert_eq!(said.lines().count(), 2, "{said}");
    let page = format!("checks run now, and show at http://{}/domains/quay.example", house.at);
    assert!(said.contains("example.com: ") && said.contains(&page), "{said}");
    assert!(house.told(&["example.com", "--lang", "fr"]).contains("contrôles sont lancés"));
    let json: Value = serde_json::from_str(&house.told(&["example.com", "--format", "json"]))
        .expect("it is JSON");
    published::hold(&json);
    assert_eq!(
        (&json["schema"], &json["domains"][0]["domain"]),
        (&"vigie.recheck/1".into(), &"example.com".into())
    );
    assert!(json["domains"][0]["checks"].as_u64().is_some_and(|checks| checks > 5), "{json}");
    let slip = house.refused(house.recheck(&["exmaple.com"]));
    assert!(
        slip.contains(
            "exmaple.com: the daemon at HERE does not watch it; did you mean `example.com`?"
        ),
        "{slip}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_mended_is_seen_though_its_time_to_live_is_long() {
    let lab = Lab::start(&Scenario::parse(BROKEN).expect("written above")).await;
    let lab = lab.expect("loopback has free ports");
    let house = House::new("");
    let blind =
        std::fs::read_to_string(house.folder.path().join("vigie.toml")).expect("it is there");
    let seeing = blind.replace("127.0.0.1:9", &lab.resolver().to_string());
    std::fs::write(house.folder.path().join("vigie.toml"), seeing).expect("it can be written");
    let _daemon = house.runs();
    house.until("/api/v1/domains/example.com", "v=spf1 +all");
    let mended = "\"v=spf1 ip4:192.0.2.10 -all\"";
    lab.world().replace_rrset("example.com", "TXT", &[mended]).expect("the zone is there");
    house.told(&["example.com"]);
    house.until("/api/v1/domains/example.com", "v=spf1 ip4:192.0.2.10 -all");
}

#[test]
fn the_token_of_the_configuration_is_shown() {
    let house = House::new("token = \"harbour\"");
    let _daemon = house.runs();
    assert!(house.told(&["example.com"]).contains("checks run now"));
    house.configure("other.toml", "token = \"another\"");
    let other = house.vigie(&["recheck", "example.com"], "other.toml").output();
    let said = house.refused(other.expect("the program can be started"));
    assert!(said.contains("the daemon at HERE takes another web.token"), "{said}");
    let give_up = Instant::now() + PATIENCE;
    loop {
        let again = house.vigie(&["recheck", "example.com"], "other.toml").output();
        let said = house.refused(again.expect("the program can be started"));
        if said.contains("HERE has seen too many wrong tokens from here; wait a minute") {
            break;
        }
        assert!(said.contains("another web.token"), "{said}");
        assert!(Instant::now() < give_up, "wrong tokens are taken for ever");
    }
}

#[test]
fn where_no_daemon_answers_it_is_said() {
    let house = House::new("");
    let said = house.refused(house.recheck(&["example.com"]));
    let expected =
        "no daemon answers at HERE (web.listen): nothing listens there; `vigie run` starts one";
    assert!(said.contains(expected), "{said}");
    // Another server on that port.
    let stranger = TcpListener::bind(house.at).expect("it is free");
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = stranger.accept().expect("it is asked");
        // The question is not of interest, only that it came.
        let _ = stream.read(&mut [0; 1024]);
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope")
            .expect("it waits");
    });
    let said = house.refused(house.recheck(&["example.com"]));
    assert!(said.contains("is not a daemon of this configuration: HTTP 404"), "{said}");
    answering.join().expect("it has answered");
}
