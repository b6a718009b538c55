//! `checks/registry.rs`: a line per folder that holds a check.

use std::path::Path;

use crate::{check_folders, hold};

const HEAD: &str = "\
//! Every check, a line per folder. Written by `tests/generated`: `UPDATE=1` adds the line of a new folder.

use crate::kernel::CheckEntry;

#[rustfmt::skip]
pub static CHECKS: &[CheckEntry] = &[
";

#[test]
fn the_registry_has_a_line_for_every_folder() {
    let lines: String = check_folders().iter().map(|folder| line(folder)).collect();
    hold("checks/registry.rs", &format!("{HEAD}{lines}];\n"));
}

/// `CheckEntry::of::<crate::spf::Spf>(),` from the folder's name and the type that is its `Check`.
fn line(folder: &Path) -> String {
    let module = folder.file_name().expect("a folder has a name").to_string_lossy();
    let source = std::fs::read_to_string(folder.join("mod.rs")).expect("a check has its mod.rs");
    let (_, after) = source
        .split_once("impl Check for ")
        .unwrap_or_else(|| panic!("{module}/mod.rs holds no `impl Check for …`"));
    let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    format!("    CheckEntry::of::<crate::{module}::{name}>(),\n")
}
