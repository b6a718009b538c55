//! The text formats: Prometheus 0.0.4, and OpenMetrics 1.0 for who asks for it.

use std::fmt::Write as _;

use super::Histogram;

/// How the page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Prometheus,
    OpenMetrics,
}

impl Format {
    /// The one that an `Accept` header asks for.
    pub fn accepted(accept: &str) -> Self {
        let ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default());
        match ranges.map(str::trim).any(|range| range == "application/openmetrics-text") {
            true => Self::OpenMetrics,
            false => Self::Prometheus,
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What the values of a family are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Samples of one name.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// As samples have it; of a counter with its `_total`.
    pub name: &'static str,
    pub kind: Kind,
    pub help: &'static str,
}

/// A page that is being written. Families come one after the other, each whole.
#[derive(Debug)]
pub struct Text {
    format: Format,
    written: String,
}

impl Text {
    pub fn new(format: Format) -> Self {
        Self { format, written: String::new() }
    }

    /// Begins a family.
    pub fn family(&mut self, family: &Family) {
        let Family { name, kind, help } = family;
        // OpenMetrics 1.0, "Counter": the family has no `_total`, its samples have.
        let name = match self.format {
            Format::OpenMetrics if *kind == Kind::Counter => name.trim_end_matches("_total"),
            _ => name,
        };
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    /// Adds a sample of the family that was begun.
    pub fn sample(&mut self, family: &Family, labels: &[(&str, &str)], value: impl Into<f64>) {
        self.point(family.name, "", labels, value.into());
    }

    /// Adds a count of the family that was begun.
    pub fn count(&mut self, family: &Family, labels: &[(&str, &str)], count: u64) {
        self.point(family.name, "", labels, exact(count));
    }

    /// Adds a histogram of the family that was begun.
    pub fn histogram(&mut self, family: &Family, histogram: &Histogram) {
        let mut all = 0;
        for (end, count) in histogram.buckets() {
            let end = end.map_or_else(|| "+Inf".to_owned(), |end| format!("{end:?}"));
            self.point(family.name, "_bucket", &[("le", &end)], exact(count));
            all = count;
        }
        self.point(family.name, "_sum", &[], histogram.sum());
        self.point(family.name, "_count", &[], exact(all));
    }

    /// Ends the page.
    pub fn end(&mut self) {
        if self.format == Format::OpenMetrics {
            self.line(format_args!("# EOF"));
        }
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.written)
    }

    fn point(&mut self, name: &str, suffix: &str, labels: &[(&str, &str)], value: f64) {
        self.written.push_str(name);
        self.written.push_str(suffix);
        let mut opened = false;
        // A label without a value is the same as none.
        for (label, text) in labels.iter().filter(|(_, text)| !text.is_empty()) {
            self.written.push(if opened { ',' } else { '{' });
            opened = true;
            self.written.push_str(label);
            self.written.push_str("=\"");
            escape(text, &mut self.written);
            self.written.push('"');
        }
        if opened {
            self.written.push('}');
        }
        self.line(format_args!(" {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let written = writeln!(self.written, "{line}");
        written.expect("a String takes everything");
    }
}

/// A label's value: backslash, quote and line end are escaped in both formats.
fn escape(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '\\' => into.push_str("\\\\"),
            '"' => into.push_str("\\\""),
            '\n' => into.push_str("\\n"),
            other => into.push(other),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn exact(count: u64) -> f64 {
    count as f64
}
