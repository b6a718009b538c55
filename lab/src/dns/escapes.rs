//! What did `\DDD` in a zone's text mean? One octet (RFC 1035 §5.1).
//!
//! hickory's parser puts the three digits side by side into one character, U+020206 for `\226`, and the
//! character's UTF-8 octets into the record. Real text has no such characters.

use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, Record};

/// The record with the octets that its escapes stand for.
pub(super) fn undone(mut record: Record) -> Record {
    if let RData::TXT(text) = &record.data {
        let strings: Vec<Vec<u8>> = text.txt_data.iter().map(|string| octets(string)).collect();
        record.data = RData::TXT(TXT::from_bytes(strings.iter().map(Vec::as_slice).collect()));
    }
    record
}

fn octets(string: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(string) else { return string.to_vec() };
    let mut octets = Vec::with_capacity(string.len());
    for c in text.chars() {
        match escaped(c) {
            Some(octet) => octets.push(octet),
            None => octets.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    octets
}

/// The octet whose three decimal digits a character is made of.
fn escaped(c: char) -> Option<u8> {
    let [_, hundreds, tens, ones] = u32::from(c).to_be_bytes();
    let digits = [hundreds, tens, ones];
    let is_made_of_digits = digits.iter().all(|digit| *digit <= 9) && u32::from(c) > 0xff;
    if !is_made_of_digits {
        return None;
    }
    let number = digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    u8::try_from(number).ok()
}
