//! `vigie lab`, as its user meets it: the options that it prints point vigie at it, and what is typed into
//! it is published.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

struct Playing {
    lab: Child,
    says: BufReader<ChildStdout>,
    options: Vec<String>,
}

impl Drop for Playing {
    fn drop(&mut self) {
        // It has ended by itself where this fails.
        let _ = self.lab.kill();
        let _ = self.lab.wait();
    }
}

impl Playing {
    fn start() -> Self {
        let mut lab = Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args(["lab", "--lang", "en"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let says = BufReader::new(lab.stdout.take().expect("it is piped"));
        let mut playing = Self { lab, says, options: Vec::new() };
        let audit = playing.until("vigie audit example.com --resolver ");
        let (_, options) = audit.split_once("example.com ").expect("it names the domain");
        playing.options = options.split_whitespace().map(str::to_owned).collect();
        playing.until("Ctrl-C ends it.");
        playing
    }

    /// The next line that begins so.
    fn until(&mut self, beginning: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.says.read_line(&mut line).expect("the lab prints text");
            assert!(read > 0, "it ended before it said {beginning}");
            if line.starts_with(beginning) {
                return line.trim_end().to_owned();
            }
        }
    }

    fn publish(&mut self, line: &str, answer: &str) -> String {
        let input = self.lab.stdin.as_mut().expect("it is piped");
        writeln!(input, "{line}").expect("the lab reads");
        self.until(answer)
    }

    /// What the options of the lab show of its domain.
    fn spf(&self) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(["spf", "example.com", "--lang", "en"]).args(&self.options);
        // The configuration of nobody.
        command.args(["--config", "/dev/null"]);
        let output = command.output().expect("the program can be started");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).expect("text is UTF-8")
    }
}

#[test]
fn what_it_wrote_for_its_own_time_goes_with_it_however_it_is_told_to_end() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut playing = Playing::start();
        let root = playing.options.iter().position(|option| option == "--ca").expect("it is told");
        let root = std::path::PathBuf::from(&playing.options[root + 1]);
        assert!(root.exists(), "{}", root.display());
        let id = i32::try_from(playing.lab.id()).ok().and_then(Pid::from_raw);
        kill_process(id.expect("an id is above zero"), signal).expect("it runs");
        let ended = playing.lab.wait().expect("it is our child");
        assert_eq!(ended.code(), Some(code));
        assert!(!root.exists(), "{}", root.display());
    }
}

#[test]
fn what_waits_for_its_input_can_be_told_to_end() {
    use rustix::process::{Pid, Signal, kill_process};
    let waiting: [&[&str]; 2] = [&["audit", "--from-file", "-"], &["replay", "-"]];
    for args in waiting {
        for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
            command.args(args).stdin(Stdio::piped()).stdout(Stdio::null());
            let mut waiting = command.spawn().expect("the program can be started");
            // Held open: waiting for the end would close it.
            let _input = waiting.stdin.take();
            let id = i32::try_from(waiting.id()).ok().and_then(Pid::from_raw);
            let id = id.expect("an id is above zero");
            let listens = || {
                let status = std::fs::read_to_string(format!("/proc/{id}/status"));
                let caught = status.expect("it runs").lines().find_map(|line| {
                    let mask = line.strip_prefix("SigCgt:")?.trim().to_owned();
                    u64::from_str_radix(&mask, 16).ok()
                });
                caught.is_some_and(|caught| caught & (1 << 1) != 0 && caught & (1 << 14) != 0)
            };
            let give_up = Instant::now() + Duration::from_secs(30);
            while !listens() {
                assert!(Instant::now() < give_up, "it never listens");
                std::thread::sleep(Duration::from_millis(5));
            }
            kill_process(id, signal).expect("it runs");
            let ended = waiting.wait().expect("it is our child");
            assert_eq!(ended.code(), Some(code), "{args:?}");
        }
    }
}

#[test]
fn who_looks_on_sees_each_question_and_its_answer() {
    let playing = Playing::start();
    let audit = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(["audit", "example.com", "--checks", "spf", "--lang", "en"]);
        command.args(&playing.options).args(["--config", "/dev/null"]).args(more);
        let output = command.env_remove("RUST_LOG").output().expect("the program can be started");
        String::from_utf8(output.stderr).expect("text is UTF-8")
    };
    assert_eq!(audit(&[]), "");
    let told = audit(&["-v"]);
    assert!(told.contains("TXT example.com: NOERROR, 1 in the answer"), "{told}");
    assert!(!told.contains("hickory"), "{told}");
}

#[test]
fn what_is_typed_into_the_lab_is_published() {
    let mut playing = Playing::start();
    assert!(playing.spf().contains("ip4:198.51.100.20"), "{}", playing.spf());
    let said = playing.publish("example.com TXT \"v=spf1 +all\"", "example.com TXT");
    assert_eq!(said, "example.com TXT is now \"v=spf1 +all\"");
    assert!(playing.spf().contains("+all"), "{}", playing.spf());
    playing.publish("what is this", "");
    playing.publish("nowhere.test A 192.0.2.1", "");
    let pasted = "+ example.com TXT v=spf1 include:spf.example.net; -all";
    let said = playing.publish(pasted, "example.com TXT is now");
    assert_eq!(said, "example.com TXT is now \"v=spf1 include:spf.example.net; -all\"");
    assert!(playing.spf().contains("spf.example.net;"), "{}", playing.spf());
    let fixed = "example.com. 3600 IN TXT \"v=spf1 ip4:203.0.113.45 -all\"";
    playing.publish(fixed, "example.com. TXT is now");
    assert!(playing.spf().contains("ip4:203.0.113.45"), "{}", playing.spf());
}
