//! The report as the contract has it, written domain by domain: each by whoever has it, and all together
//! at the end.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::report::{AuditReport, DomainReport};

/// A domain as it stands in the whole, two levels in.
///
/// # Errors
/// The report cannot be written as JSON, which none does that was built.
pub fn element(report: &DomainReport) -> serde_json::Result<String> {
    let mut place = PrettyFormatter::new();
    // In an array of an object, whose beginnings are not kept.
    let _ = place.begin_object(&mut io::sink()).and(place.begin_array(&mut io::sink()));
    let mut text = Vec::new();
    report.serialize(&mut Serializer::with_formatter(&mut text, place))?;
    String::from_utf8(text).map_err(serde::ser::Error::custom)
}

/// The whole around its domains, which [`element`] wrote.
///
/// # Errors
/// A domain cannot be read back, or the output cannot be written.
pub fn write(
    frame: &AuditReport<()>,
    domains: impl IntoIterator<Item = io::Result<String>>,
    to: &mut impl Write,
) -> io::Result<()> {
    let frame = serde_json::to_string_pretty(frame)?;
    // The frame has no other array, and no word of it is of others.
    let (before, after) =
        frame.split_once("[]").expect("the domains of a frame are an empty array");
    write!(to, "{before}[")?;
    let mut end = "]";
    for domain in domains {
        let comma = if end == "]" { "" } else { "," };
        write!(to, "{comma}\n    {}", domain?)?;
        end = "\n  ]";
    }
    writeln!(to, "{end}{after}")
}
