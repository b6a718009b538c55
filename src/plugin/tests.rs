//! Plugins that do what no plugin should, and those that do as they ought to.

mod answers;
mod processes;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use vigie_checks::kernel::{Name, Target};

use super::*;

/// A plugin of a few lines of shell.
struct Shell {
    folder: TempDir,
    timeout: Duration,
}

impl Shell {
    fn saying(script: &str) -> Self {
        let shell = Self { folder: TempDir::new().unwrap(), timeout: Duration::from_secs(30) };
        std::fs::write(shell.path("plugin"), format!("#!/bin/sh\n{script}\n")).unwrap();
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(shell.path("plugin"), mode).unwrap();
        shell
    }

    fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its folder is its last argument.
    fn program(&self, arguments: &[&str]) -> Program {
        let mut command = vec![self.path("plugin").display().to_string()];
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        command.push(self.folder.path().display().to_string());
        Program { name: "queue".to_owned(), command, timeout: self.timeout }
    }

    async fn sight(&self, arguments: &[&str]) -> Sight {
        let programs = Programs::new(vec![self.program(arguments)]);
        programs.look("queue", &target(), None).await
    }

    /// The ids that it comes to, and its state or facts.
    async fn says(&self) -> (Vec<String>, serde_json::Value) {
        let said = judge("queue", &self.sight(&[]).await, &target());
        (said.findings.into_iter().map(|finding| finding.id).collect(), said.facts)
    }

    /// Why it could not tell.
    async fn reason(&self) -> String {
        let said = judge("queue", &self.sight(&[]).await, &target());
        let [finding] = &said.findings[..] else { panic!("{said:?}") };
        assert_eq!(finding.id, "queue.could-not-tell");
        finding.evidence["reason"].as_str().unwrap().to_owned()
    }
}

fn target() -> Target {
    Target { selectors: vec!["s1".to_owned()], ..Target::new(Name::new("example.com")) }
}
