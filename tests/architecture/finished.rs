//! Does code outside tests give up, or is it unfinished? What a file says of it, with its reasons.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ExprMethodCall, ImplItemFn, Item, Lit, Macro};

use crate::source::{Source, is_for_tests};

const GIVING_UP: [&str; 3] = ["panic", "todo", "unimplemented"];

/// Every `.unwrap()`, `panic!`, `todo!`, `unimplemented!` and `expect` without a reason.
pub fn complaints(source: &Source) -> Vec<String> {
    let mut reading = Reading::default();
    if !source.test_only {
        reading.visit_file(&source.file);
    }
    reading.0
}

#[derive(Default)]
struct Reading(Vec<String>);

impl Reading {
    fn called(&mut self, method: &str) {
        if method == "unwrap" || method == "unwrap_err" {
            self.0.push(format!(".{method}()"));
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let is_mark = |at: usize, mark| matches!(tokens.get(at), Some(TokenTree::Punct(found)) if found.as_char() == mark);
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(name) if at > 0 && is_mark(at - 1, '.') => {
                    self.called(&name.to_string());
                }
                TokenTree::Ident(name) if is_mark(at + 1, '!') => self.expanded(&name.to_string()),
                _ => {}
            }
        }
    }

    fn expanded(&mut self, name: &str) {
        if GIVING_UP.contains(&name) {
            self.0.push(format!("{name}!"));
        }
    }
}

impl<'ast> Visit<'ast> for Reading {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.called(&call.method.to_string());
        let reason = match call.args.first() {
            Some(Expr::Lit(literal)) if call.method == "expect" => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        };
        if reason.is_some_and(|reason| reason.trim().is_empty()) {
            self.0.push(".expect(\"\")".to_owned());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        if let Some(last) = called.path.segments.last() {
            self.expanded(&last.ident.to_string());
        }
        self.tokens(called.tokens.clone());
    }
}
