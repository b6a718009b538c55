use crate::records::svg::{LARGEST, faults};

const GOOD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.2" baseProfile="tiny-ps" viewBox="0 0 100 100"><title>Example</title><rect width="9" height="9" fill="url(#g)"/></svg>"##;

#[test]
fn only_a_still_square_self_contained_image_is_fine() {
    let inside = |element: &str| GOOD.replace("<rect ", &format!("{element}<rect "));
    let bomb = "<!DOCTYPE svg [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>".to_owned() + GOOD;
    #[rustfmt::skip]
    let cases: Vec<(&str, String, &[&str])> = vec![
        ("as it should be",         GOOD.to_owned(),                                               &[]),
        ("numbers with commas",     GOOD.replace("0 0 100 100", "0,0,64.5,64.5"),                  &[]),
        ("another profile",         GOOD.replace("tiny-ps", "tiny"),                               &["baseProfile"]),
        ("another version",         GOOD.replace("\"1.2\"", "\"1.1\""),                            &["version"]),
        ("a position",              GOOD.replace("viewBox", "x=\"1\" viewBox"),                    &["x"]),
        ("not square",              GOOD.replace("100 100", "100 50"),                             &["viewBox"]),
        ("no size",                 GOOD.replace("viewBox", "viewbox"),                            &["viewBox"]),
        ("no title",                GOOD.replace("<title>Example</title>", ""),                    &["<title>"]),
        ("an empty title",          GOOD.replace("Example", " "),                                  &["<title>"]),
        ("a script",                inside("<script>1</script>"),                                  &["<script>"]),
        ("an event",                inside("<g onclick=\"x\"/>"),                                  &["<g onclick>"]),
        ("movement",                inside("<animate/>"),                                          &["<animate>"]),
        ("an image",                inside("<image xlink:href=\"https://a.test/\"/>"),             &["<image>", "<image href>"]),
        ("a reference outside",     inside("<use xlink:href=\"https://a.test/#x\"/>"),             &["<use href>"]),
        ("a reference inside",      inside("<use xlink:href=\"#x\"/>"),                            &[]),
        ("a fill from outside",     inside("<g fill=\"url(https://a.test/)\"/>"),                  &["<g fill>"]),
        ("a sheet from outside",    inside("<style>@import 'https://a.test/'</style>"),            &["<style>"]),
        ("a fill from inside, then not", inside("<g style=\"fill:url(#g);stroke:URL( 'https://a.test/')\"/>"), &["<g style>"]),
        ("a sheet in two parts",    inside("<style>g{}<!-- -->@IMPORT 'https://a.test/'</style>"), &["<style>"]),
        ("a size that is none",     GOOD.replace("0 0 100 100", "0 0 px 100 100"),                 &["viewBox"]),
        ("another document",        "<html/>".to_owned(),                                          &["<svg>"]),
        ("no XML",                  "hello".to_owned(),                                            &["XML"]),
        ("entities",                bomb,                                                          &["<!DOCTYPE>"]),
        ("too large",               GOOD.to_owned() + &" ".repeat(LARGEST),                        &["> 32 KiB"]),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(faults(text.as_bytes()), expected, "{rule}");
    }
    assert_eq!(faults(b"\x1f\x8b\x08"), ["UTF-8"]);
}

#[test]
fn faults_and_depth_are_bounded() {
    let many = GOOD.replace("<rect ", &"<g onclick=\"x\"/><script/>".repeat(200).replace("x", "y"));
    assert!(faults(many.as_bytes()).len() <= 10);
    let hostile = GOOD
        .replace("<rect ", &format!("<\u{5d0}\u{200d}{} on\u{5d1}=\"\"/><rect ", "x".repeat(900)));
    let [fault] = faults(hostile.as_bytes()).try_into().unwrap();
    assert!(
        fault.chars().count() < 80 && fault.chars().all(|c| c == '\u{fffd}' || c.is_ascii()),
        "{fault}"
    );
    let deep = "<g>".repeat(10_000);
    assert_eq!(faults(deep.as_bytes()), ["XML"]);
}
