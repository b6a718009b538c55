//! Which modules does a file name? Every path counts, however it is written: in groups, from `super`,
//! inside macros. Strings and comments do not.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{ItemMod, Macro, UseTree};

use crate::source::Source;

/// The first module of the crate, and every other crate, that the sources name.
#[derive(Default)]
pub struct Named {
    /// Top modules of the crate itself.
    pub modules: BTreeSet<String>,
    /// First segments of all other paths: crates, and names in scope.
    pub others: BTreeSet<String>,
}

impl Named {
    pub fn of<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Self {
        let mut named = Self::default();
        for source in sources {
            let mut reading = Reading { named: &mut named, module: source.module.clone() };
            reading.visit_file(&source.file);
        }
        named
    }
}

struct Reading<'n> {
    named: &'n mut Named,
    /// Where in the crate the reading stands.
    module: Vec<String>,
}

impl Reading<'_> {
    /// Counts a path; `crate`, `self` and `super` are followed from here.
    fn count(&mut self, path: &[String]) {
        let Some(first) = path.first() else { return };
        if !["crate", "self", "super"].contains(&first.as_str()) {
            self.named.others.insert(first.clone());
            return;
        }
        let mut at = if first == "crate" { Vec::new() } else { self.module.clone() };
        for segment in path {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => _ = at.pop(),
                name => at.push(name.to_owned()),
            }
        }
        self.named.modules.extend(at.into_iter().next());
    }

    fn count_use(&mut self, before: &[String], tree: &UseTree) {
        let and = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.count_use(&and(&path.ident), &path.tree),
            UseTree::Name(name) => self.count(&and(&name.ident)),
            UseTree::Rename(rename) => self.count(&and(&rename.ident)),
            UseTree::Glob(_) => self.count(&and(&"*")),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.count_use(before, tree));
            }
        }
    }

    /// Paths among tokens: names joined by `::`.
    fn count_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.count(&std::mem::take(&mut path));
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                other => {
                    self.count(&std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.count_tokens(group.stream());
                    }
                }
            }
        }
        self.count(&path);
    }
}

impl<'ast> Visit<'ast> for Reading<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.count_use(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string());
        self.count(&names.collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.visit_path(&called.path);
        self.count_tokens(called.tokens.clone());
    }
}
