//! A real browser, driven over the DevTools protocol through a pipe.
//! <https://chromedevtools.github.io/devtools-protocol/>

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The most that anything on a page may take; generous, since machines that test are loaded.
const PATIENCE: Duration = Duration::from_secs(60);

/// Programs that speak the protocol, the first found is taken.
const PROGRAMS: [&str; 5] =
    ["chromium", "chromium-headless-shell", "google-chrome", "chromium-browser", "chrome"];

/// One page in a browser of its own. It ends with this value.
pub struct Browser {
    program: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    session: Option<String>,
    /// Events that came in so far.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Browser {
    /// Starts a browser that reaches loopback and nothing else.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("there is a temporary folder");
        // The browser reads commands from descriptor 3 and answers on 4.
        let mut program = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"])
            .arg(program())
            .args(["--remote-debugging-pipe", "--headless", "--no-sandbox", "--disable-gpu"])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
            ])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        let commands = program.stdin.take().expect("it is piped");
        let messages = listen(program.stdout.take().expect("it is piped"));
        let mut browser = Self {
            program,
            commands,
            messages,
            last_id: 0,
            session: None,
            events: Vec::new(),
            _profile: profile,
        };
        browser.open_page();
        browser
    }

    fn open_page(&mut self) {
        let permissions =
            json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        self.call("Browser.grantPermissions", permissions);
        let page = self.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let attached = self.call("Target.attachToTarget", attach);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
        self.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
    }

    /// Opens an address and waits until it is loaded.
    pub fn open(&mut self, address: &str) {
        let went = self.call("Page.navigate", json!({ "url": address }));
        assert!(went.get("errorText").is_none(), "{address}: {went}");
        self.until("document.readyState === 'complete'", address);
    }

    /// What an expression is, once promises are kept; nothing if it throws, or the page is just going.
    pub fn evaluate(&mut self, expression: &str) -> Option<Value> {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true,
            "userGesture": true });
        let mut answer = self.ask("Runtime.evaluate", asked).ok()?;
        answer.get("exceptionDetails").is_none().then(|| answer["result"]["value"].take())
    }

    /// An expression that is a text.
    pub fn text(&mut self, expression: &str) -> String {
        let told = self.evaluate(expression).unwrap_or_default();
        told.as_str().map(str::to_owned).unwrap_or_else(|| panic!("{expression}: {told}"))
    }

    /// Waits until an expression is true.
    pub fn until(&mut self, expression: &str, what: &str) {
        let end = Instant::now() + PATIENCE;
        while self.evaluate(expression) != Some(Value::Bool(true)) {
            assert!(Instant::now() < end, "{what}: {expression} did not come true");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks into the middle of what a selector finds first.
    pub fn click(&mut self, selector: &str) {
        let place = format!(
            "(() => {{ const it = document.querySelector({selector:?}); \
             it.scrollIntoView({{ block: 'center' }}); const b = it.getBoundingClientRect(); \
             return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        );
        let at = self.evaluate(&place).unwrap_or_else(|| panic!("{selector}: not on the page"));
        for kind in ["mousePressed", "mouseReleased"] {
            let click = json!({ "type": kind, "x": at[0], "y": at[1], "button": "left",
                "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", click);
        }
    }

    /// Presses a key by its name; a letter or `Enter` writes too.
    pub fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            letter => (0, letter),
        };
        let down = json!({ "type": "keyDown", "key": key, "text": text,
            "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key }));
    }

    /// Writes into what has the focus.
    pub fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Makes the window so many pixels wide.
    pub fn widen(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Shows the page as a medium (`screen`, `print`) with features such as a dark scheme.
    pub fn show_as(&mut self, medium: &str, features: &[(&str, &str)]) {
        let features: Vec<Value> =
            features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let media = json!({ "media": medium, "features": features });
        self.call("Emulation.setEmulatedMedia", media);
    }

    /// The window as a PNG, in base64.
    pub fn picture(&mut self) -> String {
        let taken = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        taken["data"].as_str().expect("a picture").to_owned()
    }

    /// What the console said in anger, and what was asked of any place but `site`.
    pub fn complaints(&self, site: &str) -> Vec<String> {
        let told = self.events.iter().filter_map(|event| {
            let told = &event["params"];
            match event["method"].as_str()? {
                "Runtime.exceptionThrown" => Some(told["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" => Some(told["args"].to_string()),
                "Log.entryAdded" => Some(told["entry"]["text"].to_string()),
                "Network.requestWillBeSent" => {
                    let address = told["request"]["url"].as_str()?;
                    (!address.starts_with(site)).then(|| format!("it asks {address}"))
                }
                _ => None,
            }
        });
        told.collect()
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.ask(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Sends a command and waits for its answer; what else comes is kept.
    fn ask(&mut self, method: &str, parameters: Value) -> Result<Value, Value> {
        self.last_id += 1;
        let mut command = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        write!(self.commands, "{command}\0").expect("the browser runs");
        loop {
            let heard = self.messages.recv_timeout(PATIENCE);
            let mut heard = heard.unwrap_or_else(|error| panic!("{method}: {error}"));
            if heard["id"] != self.last_id {
                self.events.push(heard);
            } else if heard.get("error").is_some() {
                return Err(heard["error"].take());
            } else {
                return Ok(heard["result"].take());
            }
        }
    }
}

/// Messages as they come; the channel ends with the browser.
fn listen(output: impl Read + Send + 'static) -> Receiver<Value> {
    let (tell, messages) = channel();
    thread::spawn(move || {
        for message in BufReader::new(output).split(0).map_while(Result::ok) {
            let message = serde_json::from_slice(&message).expect("DevTools writes JSON");
            if tell.send(message).is_err() {
                return;
            }
        }
    });
    messages
}

/// `$CHROMIUM`, else the first of the programs on the path.
fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return PathBuf::from(named);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found = PROGRAMS
        .iter()
        .flat_map(|program| folders.iter().map(move |folder| folder.join(program)))
        .find(|file| file.is_file());
    found.expect("no Chromium on the path and no $CHROMIUM: apt-get install -y chromium")
}
