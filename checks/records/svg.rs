//! Is an image an SVG of the profile that receivers show? (SVG Tiny Portable/Secure,
//! draft-svg-tiny-ps-abrotman)

use roxmltree::{Document, Error, Node, ParsingOptions};

use super::display::ascii;

/// The largest logo that receivers show, in octets (the BIMI Group's guidance).
pub const LARGEST: usize = 32 * 1024;

/// Elements of a document that are read.
const MOST_NODES: u32 = 50_000;

/// Faults that are named.
const MOST_FAULTS: usize = 10;

/// Characters of a name that are shown.
const KEPT: usize = 30;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Elements that move, run or embed something.
const FORBIDDEN: [&str; 14] = [
    "script",
    "animate",
    "animateColor",
    "animateMotion",
    "animateTransform",
    "set",
    "image",
    "foreignObject",
    "audio",
    "video",
    "animation",
    "handler",
    "listener",
    "a",
];

/// What keeps the image from being shown, each as the document writes it; nothing if it is fine.
pub fn faults(octets: &[u8]) -> Vec<String> {
    if octets.len() > LARGEST {
        return vec!["> 32 KiB".to_owned()];
    }
    let Ok(text) = std::str::from_utf8(octets) else {
        return vec!["UTF-8".to_owned()];
    };
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) => document,
        Err(Error::DtdDetected) => return vec!["<!DOCTYPE>".to_owned()],
        Err(_) => return vec!["XML".to_owned()],
    };
    let root = document.root_element();
    if !root.has_tag_name((SVG, "svg")) {
        return vec!["<svg>".to_owned()];
    }
    let mut faults = of_root(root);
    for node in root.descendants().filter(Node::is_element) {
        faults.extend(of_element(node));
    }
    faults.dedup();
    faults.truncate(MOST_FAULTS);
    faults
}

fn of_root(root: Node<'_, '_>) -> Vec<String> {
    let mut faults = Vec::new();
    if root.attribute("baseProfile") != Some("tiny-ps") {
        faults.push("baseProfile".to_owned());
    }
    if root.attribute("version") != Some("1.2") {
        faults.push("version".to_owned());
    }
    let position = ["x", "y"].into_iter().filter(|name| root.has_attribute(*name));
    faults.extend(position.map(str::to_owned));
    let title = root.children().find(|child| child.has_tag_name((SVG, "title")));
    let text = title.and_then(|title| title.text()).unwrap_or_default();
    if text.trim().is_empty() {
        faults.push("<title>".to_owned());
    }
    if !root.attribute("viewBox").is_some_and(is_square) {
        faults.push("viewBox".to_owned());
    }
    faults
}

/// Four numbers, of which the last two are the same length.
fn is_square(view_box: &str) -> bool {
    let parts = view_box.split([' ', ',', '\t', '\n', '\r']).filter(|part| !part.is_empty());
    let numbers: Result<Vec<f64>, _> = parts.map(str::parse).collect();
    numbers.is_ok_and(|numbers| {
        matches!(numbers[..], [_, _, width, height] if width > 0.0 && (width - height).abs() < 0.01)
    })
}

fn of_element(node: Node<'_, '_>) -> Vec<String> {
    let name = node.tag_name().name();
    let mut faults = Vec::new();
    if FORBIDDEN.contains(&name) {
        faults.push(format!("<{name}>"));
    }
    for attribute in node.attributes() {
        let is_event = attribute.name().starts_with("on");
        let is_outside = attribute.name() == "href" && !attribute.value().starts_with('#');
        if is_event || is_outside || loads(attribute.value()) {
            let [name, attribute] = [name, attribute.name()].map(|text| ascii(text.chars(), KEPT));
            faults.push(format!("<{name} {attribute}>"));
        }
    }
    // A style sheet may load what it likes.
    let is_sheet = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("url(") || text.contains("@import")
    };
    if name == "style" && node.children().filter_map(|part| part.text()).any(is_sheet) {
        faults.push("<style>".to_owned());
    }
    faults
}

/// Whether a value refers to anything but a part of the image itself.
fn loads(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let inside = |after: &str| after.trim_start_matches([' ', '\t', '"', '\'']).starts_with('#');
    !value.split("url(").skip(1).all(inside)
}
