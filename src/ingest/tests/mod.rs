mod aggregates;
mod archives;
mod messages;
mod places;

use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};
use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

use super::content::{Found, Search};
use super::{Fault, Inside, Place, Unread};

fn now() -> DateTime<Utc> {
    "2026-11-26T06:00:00Z".parse().unwrap()
}

/// A report of the day before, as most reporters write it.
fn xml(id: &str) -> String {
    let end = (now() - TimeDelta::hours(6)).timestamp();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>\n <report_metadata>\n  \
         <org_name>receiver.example</org_name>\n  <email>reports@receiver.example</email>\n  \
         <report_id>{id}</report_id>\n  <date_range>\n   <begin>{}</begin>\n   <end>{end}</end>\n  \
         </date_range>\n </report_metadata>\n <policy_published>\n  <domain>example.com</domain>\n  \
         <p>reject</p>\n </policy_published>\n{}{}{}</feedback>\n",
        end - 86_400,
        record(7, "none", "pass", "fail"),
        record(2, "quarantine", "fail", "fail"),
        record(1, "reject", "fail", "fail"),
    )
}

fn record(count: u64, disposition: &str, dkim: &str, spf: &str) -> String {
    format!(
        " <record>\n  <row>\n   <source_ip>192.0.2.1</source_ip>\n   <count>{count}</count>\n   \
         <policy_evaluated>\n    <disposition>{disposition}</disposition>\n    \
         <dkim>{dkim}</dkim>\n    <spf>{spf}</spf>\n   </policy_evaluated>\n  </row>\n  \
         <identifiers><header_from>example.com</header_from></identifiers>\n </record>\n"
    )
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

/// An archive of these files; packed unless their name begins with `stored`.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut checksum = Crc::new();
        checksum.update(content);
        let is_stored = name.starts_with("stored");
        let packed = if is_stored { content.to_vec() } else { deflate(content) };
        let method: u16 = if is_stored { 0 } else { 8 };
        let mut shared = Vec::new();
        shared.extend([20, 0, 0, 0]);
        shared.extend(method.to_le_bytes());
        shared.extend([0; 4]);
        for number in [checksum.sum(), packed.len() as u32, content.len() as u32, name.len() as u32]
        {
            shared.extend(number.to_le_bytes());
        }
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(&shared);
        list.extend([0; 10]);
        list.extend((archive.len() as u32).to_le_bytes());
        list.extend(name.as_bytes());
        archive.extend(b"PK\x03\x04");
        archive.extend(&shared);
        archive.extend(name.as_bytes());
        archive.extend(packed);
    }
    let (at, count) = (archive.len() as u32, files.len() as u16);
    archive.extend(&list);
    archive.extend(b"PK\x05\x06\x00\x00\x00\x00");
    archive.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    archive.extend((list.len() as u32).to_le_bytes());
    archive.extend(at.to_le_bytes());
    archive.extend([0, 0]);
    archive
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

/// What is found in a file.
fn found(content: &[u8]) -> Vec<(Place, Found)> {
    let mut search = Search::at(now());
    search.look(content, &Place::of("file"), 0);
    search.found
}

/// The same in short: the id of a report, or why there is none.
fn said(content: &[u8]) -> Vec<String> {
    found(content).iter().map(|(_, found)| short(found)).collect()
}

fn short(found: &Found) -> String {
    match found {
        Found::Report(report) => report.report_id.clone(),
        Found::Not(Unread::Other(kind)) => kind.to_string(),
        Found::Not(Unread::Faulty(fault)) => <&str>::from(fault).to_owned(),
        Found::NoReport => "no-report".to_owned(),
    }
}
