//! Can everybody read the colours? The tokens of the style sheet, in both schemes (WCAG 2.2, 1.4.3 and
//! 1.4.11).

use std::collections::HashMap;

const STYLE: &str = include_str!("../../../dashboards/vigie.css");

/// What words need, and what marks and edges need.
const TEXT: f64 = 4.5;
const MARK: f64 = 3.0;

/// Red, green and blue in linear light, from 0 to 1.
type Colour = [f64; 3];

/// The colours of the first block: by name, light and dark.
fn tokens() -> HashMap<&'static str, [Colour; 2]> {
    let block = STYLE.split(":root {").nth(1).and_then(|rest| rest.split('}').next());
    let declarations = block.expect("the first block has the tokens").split(';');
    let read = |declaration: &'static str| {
        // A comment may stand before the name.
        let (name, value) = declaration.rsplit_once("--")?.1.split_once(':')?;
        let both = value.trim().strip_prefix("light-dark(")?.strip_suffix(')')?;
        let (light, dark) = both.split_once(',')?;
        Some((name.trim(), [colour(light.trim()), colour(dark.trim())]))
    };
    declarations.filter_map(read).collect()
}

fn colour(written: &str) -> Colour {
    let digits = written.strip_prefix('#').expect("a colour begins with #");
    [0, 2, 4].map(|at| {
        let octet = u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits");
        let share = f64::from(octet) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    })
}

fn contrast(a: Colour, b: Colour) -> f64 {
    let luminance = |[red, green, blue]: Colour| 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    if a > b { a / b } else { b / a }
}

#[test]
fn every_colour_can_be_read_where_it_stands() {
    let tokens = tokens();
    let grounds = ["bg", "surface", "sunk"];
    let mut pairs: Vec<(String, String, f64)> = Vec::new();
    let mut stands_on = |over: &str, ground: &str, least| {
        pairs.push((over.to_owned(), ground.to_owned(), least));
    };
    for ground in grounds {
        ["ink", "ink-2", "accent"].iter().for_each(|text| stands_on(text, ground, TEXT));
        ["edge", "focus"].iter().for_each(|mark| stands_on(mark, ground, MARK));
    }
    for state in ["ok", "info", "warn", "error", "crit", "unk", "skip", "maint"] {
        stands_on(state, "surface", TEXT);
        stands_on(state, &format!("{state}-t"), TEXT);
        stands_on("ink", &format!("{state}-t"), TEXT);
    }
    stands_on("on-accent", "accent", TEXT);
    stands_on("on-crit", "crit", TEXT);
    let pale: Vec<String> = pairs
        .iter()
        .flat_map(|(over, ground, least)| {
            let (over_colours, ground_colours) = (tokens[over.as_str()], tokens[ground.as_str()]);
            ["light", "dark"].into_iter().zip(0..).filter_map(move |(scheme, at)| {
                let ratio = contrast(over_colours[at], ground_colours[at]);
                (ratio < *least).then(|| format!("{over} on {ground}, {scheme}: {ratio:.2}"))
            })
        })
        .collect();
    assert!(pale.is_empty(), "{pale:#?}");
}

#[test]
fn contrast_is_counted_as_wcag_does() {
    let (black, white, grey) = (colour("#000000"), colour("#ffffff"), colour("#777777"));
    assert!((contrast(black, white) - 21.0).abs() < 0.01);
    assert!((contrast(grey, white) - 4.48).abs() < 0.01);
    assert!((contrast(white, white) - 1.0).abs() < 0.01);
}
