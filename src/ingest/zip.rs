//! What is in a ZIP file? (PKWARE APPNOTE 6.3.10): members that are stored or deflated, by the list at
//! its end. No encryption, no ZIP64: a report needs neither.

use std::io::Read;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::Fault;

/// How a ZIP file begins: with a member, or with the end of an empty list.
pub const BEGINNINGS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The end of the list without the remark that may follow it (APPNOTE §4.3.16).
const END: usize = 22;
const LONGEST_REMARK: usize = 65_535;

/// What an entry of the list holds before its name (§4.3.12), and a member before its own (§4.3.7).
const ENTRY: usize = 46;
const HEADER: usize = 30;

/// A file in the archive, packed as it is there.
pub struct Member<'a> {
    pub name: String,
    packed: &'a [u8],
    deflated: bool,
    checksum: u32,
}

/// The files of an archive, at most `limit`.
///
/// # Errors
/// It is damaged, has too many files, or is packed in a way that is not known.
pub fn members(archive: &[u8], limit: usize) -> Result<Vec<Member<'_>>, Fault> {
    let end = end_of_list(archive).ok_or(Fault::DamagedZip)?;
    let count = usize::from(u16_at(archive, end + 10)?);
    // ZIP64 stands elsewhere then (§4.4.1.4).
    if count == usize::from(u16::MAX) {
        return Err(Fault::StrangeZip);
    }
    let mut at = size_at(archive, end + 16)?;
    let mut members = Vec::new();
    for _ in 0..count {
        let entry = Entry::read(archive, at)?;
        at = entry.next;
        // A folder, and what macOS puts beside each file.
        if entry.name.ends_with('/') || entry.name.starts_with("__MACOSX/") {
            continue;
        }
        if members.len() == limit {
            return Err(Fault::TooManyMembers { limit });
        }
        members.push(entry.member(archive)?);
    }
    Ok(members)
}

impl Member<'_> {
    /// Gives what the file holds, without a bound.
    pub fn unpacking(&self) -> Box<dyn Read + '_> {
        match self.deflated {
            true => Box::new(DeflateDecoder::new(self.packed)),
            false => Box::new(self.packed),
        }
    }

    /// Whether this is what was packed, by its checksum.
    pub fn holds(&self, unpacked: &[u8]) -> bool {
        let mut checksum = Crc::new();
        checksum.update(unpacked);
        checksum.sum() == self.checksum
    }
}

/// An entry of the list.
struct Entry {
    name: String,
    flags: u16,
    method: u16,
    checksum: u32,
    packed: usize,
    header_at: usize,
    next: usize,
}

impl Entry {
    fn read(archive: &[u8], at: usize) -> Result<Self, Fault> {
        if slice(archive, at, 4)? != b"PK\x01\x02" {
            return Err(Fault::DamagedZip);
        }
        let name = usize::from(u16_at(archive, at + 28)?);
        let beside =
            usize::from(u16_at(archive, at + 30)?) + usize::from(u16_at(archive, at + 32)?);
        Ok(Self {
            name: String::from_utf8_lossy(slice(archive, at + ENTRY, name)?).into_owned(),
            flags: u16_at(archive, at + 8)?,
            method: u16_at(archive, at + 10)?,
            checksum: u32_at(archive, at + 16)?,
            packed: size_at(archive, at + 20)?,
            header_at: size_at(archive, at + 42)?,
            next: at + ENTRY + name + beside,
        })
    }

    fn member(self, archive: &[u8]) -> Result<Member<'_>, Fault> {
        let is_encrypted = self.flags & 1 != 0;
        if is_encrypted || ![0, 8].contains(&self.method) {
            return Err(Fault::StrangeZip);
        }
        let at = self.header_at;
        if slice(archive, at, 4)? != b"PK\x03\x04" {
            return Err(Fault::DamagedZip);
        }
        let beside =
            usize::from(u16_at(archive, at + 26)?) + usize::from(u16_at(archive, at + 28)?);
        Ok(Member {
            name: self.name,
            packed: slice(archive, at + HEADER + beside, self.packed)?,
            deflated: self.method == 8,
            checksum: self.checksum,
        })
    }
}

/// Where the end of the list stands, looked for from the end.
fn end_of_list(archive: &[u8]) -> Option<usize> {
    let last = archive.len().checked_sub(END)?;
    let first = last.saturating_sub(LONGEST_REMARK);
    (first..=last).rev().find(|at| archive[*at..].starts_with(b"PK\x05\x06"))
}

fn slice(archive: &[u8], at: usize, length: usize) -> Result<&[u8], Fault> {
    let end = at.checked_add(length).ok_or(Fault::DamagedZip)?;
    archive.get(at..end).ok_or(Fault::DamagedZip)
}

fn u16_at(archive: &[u8], at: usize) -> Result<u16, Fault> {
    let octets = slice(archive, at, 2)?;
    Ok(u16::from_le_bytes([octets[0], octets[1]]))
}

fn u32_at(archive: &[u8], at: usize) -> Result<u32, Fault> {
    Ok(u32::from(u16_at(archive, at)?) | u32::from(u16_at(archive, at + 2)?) << 16)
}

fn size_at(archive: &[u8], at: usize) -> Result<usize, Fault> {
    usize::try_from(u32_at(archive, at)?).map_err(|_| Fault::StrangeZip)
}
