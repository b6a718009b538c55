//! Reads a page of metrics as strictly as its formats are written: every family with its help and type,
//! whole and once; every sample once, with a number; every histogram with buckets that rise.

use std::collections::{BTreeMap, BTreeSet};

pub type Labels = BTreeMap<String, String>;

/// A page that is as it should be.
pub struct Page {
    /// The names of families as rules and dashboards write them, with their type.
    pub families: BTreeMap<String, String>,
    samples: BTreeMap<(String, Labels), f64>,
}

impl Page {
    pub fn read(text: &str, is_open: bool) -> Result<Self, String> {
        let mut page = Self { families: BTreeMap::new(), samples: BTreeMap::new() };
        let text = match is_open {
            true => text.strip_suffix("# EOF\n").ok_or("no # EOF")?,
            false => text,
        };
        let text = text.strip_suffix('\n').ok_or("the last line does not end")?;
        let (mut name, mut kind) = (String::new(), String::new());
        let mut lines = text.split('\n');
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (helped, help) = rest.split_once(' ').ok_or("a name without help")?;
                let of_type = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
                let typed = of_type.and_then(|line| line.split_once(' ')).ok_or("help, no type")?;
                if typed.0 != helped || help.is_empty() {
                    return Err(format!("{helped}: help or type of another"));
                }
                (name, kind) = (typed.0.to_owned(), typed.1.to_owned());
                if is_open && kind == "counter" {
                    name.push_str("_total");
                }
                page.begin(&name, &kind)?;
            } else {
                page.sample(line, &name, &kind)?;
            }
        }
        page.histograms()?;
        Ok(page)
    }

    /// The value of a sample with just these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        self.samples.get(&(name.to_owned(), labels.collect())).copied()
    }

    /// Every value that a label has anywhere.
    pub fn values_of(&self, label: &str) -> BTreeSet<&str> {
        let labels = self.samples.keys().filter_map(|(_, labels)| labels.get(label));
        labels.map(String::as_str).collect()
    }

    /// The names that can be asked for: of a histogram each of its parts.
    pub fn names(&self) -> BTreeSet<String> {
        let parts = |(name, kind): (&String, &String)| match kind.as_str() {
            "histogram" => {
                ["_bucket", "_sum", "_count"].map(|part| format!("{name}{part}")).to_vec()
            }
            _ => vec![name.clone()],
        };
        self.families.iter().flat_map(parts).collect()
    }

    fn begin(&mut self, name: &str, kind: &str) -> Result<(), String> {
        let is_named = name.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_');
        let is_ours = is_named && name.starts_with("vigie_");
        let is_counter = kind == "counter";
        let is_known = is_counter || kind == "gauge" || kind == "histogram";
        if !is_ours || !is_known || is_counter != name.ends_with("_total") {
            return Err(format!("{name}: {kind}"));
        }
        match self.families.insert(name.to_owned(), kind.to_owned()) {
            Some(_) => Err(format!("{name}: twice")),
            None => Ok(()),
        }
    }

    fn sample(&mut self, line: &str, family: &str, kind: &str) -> Result<(), String> {
        let wrong = || format!("{family}: {line:?}");
        let (series, value) = line.rsplit_once(' ').ok_or_else(wrong)?;
        let value: f64 = value.parse().map_err(|_| wrong())?;
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels_of(labels).ok_or_else(wrong)?),
            None => (series, Labels::new()),
        };
        let part = name.strip_prefix(family).ok_or_else(wrong)?;
        let fits = match kind {
            "histogram" => ["_bucket", "_sum", "_count"].contains(&part),
            _ => part.is_empty(),
        };
        if !fits || (part == "_bucket") != labels.contains_key("le") || !value.is_finite() {
            return Err(wrong());
        }
        match self.samples.insert((name.to_owned(), labels), value) {
            Some(_) => Err(format!("twice: {line}")),
            None => Ok(()),
        }
    }

    fn histograms(&self) -> Result<(), String> {
        for (name, _) in self.families.iter().filter(|(_, kind)| *kind == "histogram") {
            let bucket = format!("{name}_bucket");
            let of_it = self.samples.iter().filter(|((name, _), _)| *name == bucket);
            let mut ends: Vec<(f64, f64)> = of_it
                .map(|((_, labels), count)| (labels["le"].parse().unwrap_or(f64::NAN), *count))
                .collect();
            ends.sort_by(|a, b| a.0.total_cmp(&b.0));
            let rises = ends.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
            let last = ends.last().copied().ok_or(format!("{name}: no bucket"))?;
            let count = self.value(&format!("{name}_count"), &[]);
            let sum = self.value(&format!("{name}_sum"), &[]);
            if !rises || last.0 != f64::INFINITY || Some(last.1) != count || sum.is_none() {
                return Err(format!("{name}: {ends:?}"));
            }
        }
        Ok(())
    }
}

/// The labels after the brace: `a="b",c="d"}`.
fn labels_of(text: &str) -> Option<Labels> {
    let mut labels = Labels::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once("=\"")?;
        let is_named = name.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_');
        let (value, after) = quoted(after)?;
        if name.is_empty() || !is_named || value.is_empty() {
            return None;
        }
        if labels.insert(name.to_owned(), value).is_some() {
            return None;
        }
        match after.split_at_checked(1)? {
            ("}", "") => return Some(labels),
            (",", next) => rest = next,
            _ => return None,
        }
    }
}

/// What stands before the closing quote, and what after.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            other => value.push(other),
        }
    }
    None
}

#[test]
fn what_is_not_as_the_format_has_it_is_refused() {
    let gauge = "# HELP vigie_a Of a.\n# TYPE vigie_a gauge\n";
    let counts = "# HELP vigie_h Of h.\n# TYPE vigie_h histogram\n";
    let cases = [
        ("no end of line", format!("{gauge}vigie_a 1")),
        ("a sample before its family", format!("vigie_a 1\n{gauge}")),
        ("a family twice", format!("{gauge}{gauge}")),
        ("a sample twice", format!("{gauge}vigie_a 1\nvigie_a 2\n")),
        ("a sample of another", format!("{gauge}vigie_b 1\n")),
        ("no number", format!("{gauge}vigie_a one\n")),
        ("no name of ours", gauge.replace("vigie_", "go_")),
        ("a label that is open", format!("{gauge}vigie_a{{domain=\"x}} 1\n")),
        ("a label without a value", format!("{gauge}vigie_a{{domain=\"\"}} 1\n")),
        ("a wrong escape", format!("{gauge}vigie_a{{domain=\"\\t\"}} 1\n")),
        ("no type", "# HELP vigie_a Of a.\nvigie_a 1\n".to_owned()),
        ("a counter without _total", gauge.replace("gauge", "counter")),
        (
            "a bucket that falls",
            format!(
                "{counts}vigie_h_bucket{{le=\"1.0\"}} 2\nvigie_h_bucket{{le=\"+Inf\"}} 1\nvigie_h_sum 1\nvigie_h_count 1\n"
            ),
        ),
        (
            "a count that is another",
            format!("{counts}vigie_h_bucket{{le=\"+Inf\"}} 1\nvigie_h_sum 1\nvigie_h_count 2\n"),
        ),
    ];
    for (rule, text) in cases {
        assert!(Page::read(&text, false).is_err(), "{rule}");
    }
    assert!(Page::read(&format!("{gauge}vigie_a{{domain=\"a\\\"b\"}} 1.5\n"), false).is_ok());
}
