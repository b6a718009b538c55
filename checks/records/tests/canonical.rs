use crate::records::canonical::{
    Canonicalization, Field, canonical_body, header_fields, without_signature,
};

use Canonicalization::{Relaxed, Simple};

#[test]
fn fields_take_the_forms_of_the_rfc() {
    // RFC 6376 §3.4.5.
    let header = "A: X\r\nB : Y\t\r\n\tZ  \r\n";
    let fields = header_fields(header);
    let canonical = |form| fields.iter().map(|field| field.canonical(form)).collect::<Vec<_>>();
    assert_eq!(canonical(Simple), ["A: X", "B : Y\t\r\n\tZ  "]);
    assert_eq!(canonical(Relaxed), ["a:X", "b:Y Z"]);
    assert!(fields[1].is_named("b") && !fields[1].is_named("a"));
}

#[test]
fn lines_that_belong_to_no_field_are_left_out() {
    let names = |header: &str| {
        let fields = header_fields(header);
        fields.iter().map(|field| field.canonical(Relaxed)).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(names(""), none);
    assert_eq!(names("no colon\r\nA: X"), ["a:X"]);
    assert_eq!(names("A: X\r\n\r\n"), ["a:X"]);
}

#[test]
fn a_body_takes_the_forms_of_the_rfc() {
    #[rustfmt::skip]
    let cases = [
        // RFC 6376 §3.4.5, then §3.4.3 and §3.4.4 for what is empty or ends without a line break.
        ("the example, simple",            " C \r\nD \t E\r\n\r\n\r\n", Simple,  " C \r\nD \t E\r\n"),
        ("the example, relaxed",           " C \r\nD \t E\r\n\r\n\r\n", Relaxed, " C\r\nD E\r\n"),
        ("nothing, simple",                "",                          Simple,  "\r\n"),
        ("nothing, relaxed",               "",                          Relaxed, ""),
        ("blank lines, relaxed",           " \r\n\t\r\n",               Relaxed, ""),
        ("blank lines at the end, simple", "a\r\n \r\n",                Simple,  "a\r\n \r\n"),
        ("blank lines at the end, relaxed", "a\r\n \r\n",               Relaxed, "a\r\n"),
        ("no line break at the end",       "a",                         Simple,  "a\r\n"),
        ("an empty line in between",       "a\r\n\r\nb\r\n",            Relaxed, "a\r\n\r\nb\r\n"),
    ];
    for (rule, body, form, expected) in cases {
        assert_eq!(canonical_body(body, form), expected, "{rule}");
    }
}

#[test]
fn a_signature_is_emptied_where_it_stands() {
    let cases = [
        (
            "at the end",
            "DKIM-Signature: v=1; bh=B==; b=AB\r\n\tCD==",
            "DKIM-Signature: v=1; bh=B==; b=",
        ),
        ("in between", "X: b = AB= ;\r\n\tbh=B==;", "X: b =;\r\n\tbh=B==;"),
        ("none", "X: v=1", "X: v=1"),
    ];
    for (rule, raw, expected) in cases {
        assert_eq!(without_signature(raw), expected, "{rule}");
    }
    assert_eq!(Field::of("no colon"), None);
}
