//! The readers themselves: what they see, and what is none of their business.

use std::path::PathBuf;

use crate::finished;
use crate::paths::Named;
use crate::source::Source;

fn source(module: &[&str], text: &str) -> Source {
    Source {
        path: PathBuf::from("written/in/a/test.rs"),
        module: module.iter().map(|part| (*part).to_owned()).collect(),
        file: syn::parse_file(text).expect("written in the test"),
        test_only: false,
    }
}

#[test]
fn a_module_is_seen_however_its_path_is_written() {
    #[rustfmt::skip]
    let cases = [
        ("plainly",              "use crate::web::x;",                               &["web"][..]),
        ("in a group",           "use crate::{web::{x, y}, store as kept};",         &["store", "web"]),
        ("from above",           "use super::super::web::x;",                        &["web"]),
        ("within the module",    "use super::queue::x; use self::y::z;",             &["run"]),
        ("from a module inside", "mod tests { use super::super::super::web::x; }",   &["web"]),
        ("in an expression",     "fn f() { crate::web::open::<crate::net::Live>(); }", &["net", "web"]),
        ("in a type",            "struct S(Vec<crate::web::Page>);",                 &["web"]),
        ("in a macro",           "fn f() { tokio::select! { a = crate::web::x() => { super::super::net::y() } } }", &["net", "web"]),
        ("all at once",          "use crate::*;",                                    &["*"]),
        ("not in a string",      "const WORDS: &str = \"crate::web\";",              &[]),
        ("not in a comment",     "// crate::web\n/// See [`crate::web`].\nfn f() {}", &[]),
    ];
    for (rule, text, modules) in cases {
        let named = Named::of(&[source(&["run", "commit"], text)]);
        let expected = modules.iter().map(|module| (*module).to_owned()).collect();
        assert_eq!(named.modules, expected, "{rule}");
    }
}

#[test]
fn giving_up_is_seen_outside_tests() {
    #[rustfmt::skip]
    let cases = [
        ("unwrap",                "fn f() { x.unwrap(); }",                                     &[".unwrap()"][..]),
        ("panic in a closure",    "fn f() { x.unwrap_or_else(|_| panic!()) }",                  &["panic!"]),
        ("unfinished",            "fn f() { todo!() } fn g() { unimplemented!() }",             &["todo!", "unimplemented!"]),
        ("no reason",             "fn f() { x.expect(\" \"); }",                                &[".expect(\"\")"]),
        ("inside a macro",        "fn f() { vec![x.unwrap(), panic!()] }",                      &[".unwrap()", "panic!"]),
        ("a reason",              "fn f() { x.expect(\"it is never empty\"); }",                &[]),
        ("a default",             "fn f() { x.unwrap_or_default(); }",                          &[]),
        ("the name alone",        "fn unwrap() { let panic = 1; }",                             &[]),
        ("a test",                "#[test] fn f() { x.unwrap() } #[tokio::test] async fn g() { panic!() }", &[]),
        ("a module of tests",     "#[cfg(test)] mod tests { fn f() { x.unwrap(); } }",          &[]),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(finished::complaints(&source(&["run"], text)), expected, "{rule}");
    }
}
