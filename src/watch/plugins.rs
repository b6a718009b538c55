//! The configured plugins as they are run.

use crate::config::Settings;
use crate::plugin::{Program, Programs};

/// Every plugin, for whoever looks at domains as the daemon does.
pub fn plugins(settings: &Settings) -> Programs {
    let program = |plugin: &crate::config::Plugin| Program {
        name: plugin.name.clone(),
        command: plugin.command.clone(),
        timeout: plugin.timeout,
    };
    Programs::new(settings.plugins.iter().map(program).collect())
}
