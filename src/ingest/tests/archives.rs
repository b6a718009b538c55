//! What is packed is unpacked within bounds, and what is damaged is said to be.

use std::io::{self, Read};

use super::*;

#[test]
fn what_is_packed_is_read() {
    let (one, two) = (xml("1"), xml("2"));
    let files: [(&str, &[u8]); 2] = [("one.xml", one.as_bytes()), ("stored.xml", two.as_bytes())];
    let beside: [(&str, &[u8]); 4] = [
        ("a/", b""),
        ("a/one.xml", one.as_bytes()),
        ("__MACOSX/a/._one.xml", b"x"),
        ("b.txt", b"hello"),
    ];
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("gzip",                    gzip(one.as_bytes()),                           &["1"]),
        ("gzip, twice",             gzip(&gzip(one.as_bytes())),                    &["1"]),
        ("ZIP, packed and stored",  zip(&files),                                    &["1", "2"]),
        ("gzip in ZIP",             zip(&[("a.xml.gz", &gzip(one.as_bytes()))]),    &["1"]),
        ("ZIP in ZIP",              zip(&[("a.zip", &zip(&files))]),                &["1", "2"]),
        ("with a remark",           { let mut all = zip(&files); let at = all.len() - 2; all[at] = 5; all.extend(b"hello"); all }, &["1", "2"]),
        ("folders are no files",    zip(&beside),                                   &["1", "unknown"]),
        ("nothing in it",           zip(&[]),                                       &["empty"]),
        ("nothing in gzip",         gzip(b""),                                      &["empty"]),
    ];
    for (rule, content, expected) in cases {
        assert_eq!(said(&content), expected, "{rule}");
    }
    let places: Vec<_> = found(&zip(&[("a.xml.gz", &gzip(one.as_bytes()))]));
    assert_eq!(places[0].0.inside, [Inside::Named("a.xml.gz".to_owned())]);
}

#[test]
fn a_damaged_file_is_said_to_be_and_the_others_are_read() {
    let (one, two) = (xml("1"), xml("2"));
    let whole = zip(&[("one.xml", one.as_bytes()), ("two.xml", two.as_bytes())]);
    let broken = |at: usize, octet: u8| {
        let mut broken = whole.clone();
        broken[at] = octet;
        said(&broken)
    };
    let list = whole.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    assert_eq!(broken(60, whole[60] ^ 0x55), ["damaged-zip", "2"], "in the first file");
    assert_eq!(broken(list, b'x'), ["damaged-zip"], "in the list");
    assert_eq!(broken(list + 8, 1), ["strange-zip"], "encrypted");
    assert_eq!(broken(list + 10, 12), ["strange-zip"], "packed with bzip2");
    assert_eq!(broken(whole.len() - 12, 0xff), ["damaged-zip"], "more files than there are");
    assert_eq!(said(&gzip(one.as_bytes())[..100]), ["damaged-gzip"]);
}

/// Whatever is cut off or changed, there is an answer.
#[test]
fn no_octets_stop_the_reader() {
    let one = xml("1");
    for whole in [zip(&[("one.xml", one.as_bytes())]), gzip(one.as_bytes())] {
        for at in 0..whole.len() {
            let cut = said(&whole[..at]);
            assert!(!cut.contains(&"1".to_owned()), "cut at {at}: {cut:?}");
            for changed in [0, 0xff, whole[at] ^ 1] {
                let mut broken = whole.clone();
                broken[at] = changed;
                said(&broken);
            }
        }
    }
}

#[test]
fn what_unpacks_without_end_is_stopped() {
    const BOUND: usize = 1_000_000;
    let said = |content: &[u8]| -> Vec<String> {
        let mut search = Search::within(now(), BOUND as u64);
        search.look(content, &Place::of("file"), 0);
        search.found.iter().map(|(_, found)| short(found)).collect()
    };
    let (large, nearly) = (vec![b' '; BOUND + 1], vec![b' '; BOUND]);
    let one = xml("1");
    let (bomb, near) = (gzip(&large), gzip(&nearly));
    assert!(bomb.len() < BOUND / 100, "it is small as it comes");
    assert_eq!(said(&bomb), ["too-large"]);
    let files: [(&str, &[u8]); 2] = [("bomb.xml", &large), ("one.xml", one.as_bytes())];
    assert_eq!(said(&zip(&files)), ["too-large", "1"], "the rest goes on");
    let together: Vec<(&str, &[u8])> = (0..5).map(|_| ("stored.gz", near.as_slice())).collect();
    let said = said(&zip(&together));
    assert_eq!(said[..3], ["empty"; 3]);
    assert!(said[3..].iter().all(|said| said == "too-large"), "together: {said:?}");
}

/// A reader without end that counts what is taken of it.
struct Endless<'a> {
    taken: &'a mut u64,
    /// After how many octets it breaks off.
    breaks_after: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.breaks_after).unwrap_or(usize::MAX).min(octets.len());
        if room == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        octets[..room].fill(b' ');
        self.breaks_after -= room as u64;
        *self.taken += room as u64;
        Ok(room)
    }
}

#[test]
fn what_is_thrown_away_again_counts_as_unpacked() {
    const BOUND: u64 = 100_000;
    for (rule, breaks_after) in [("a bomb", u64::MAX), ("damaged", BOUND / 2)] {
        let (mut taken, mut search) = (0, Search::within(now(), BOUND));
        for _ in 0..1000 {
            let unpacked = search.unpack(Endless { taken: &mut taken, breaks_after });
            assert!(unpacked.is_err(), "{rule}");
        }
        // One more octet each time tells that there is more.
        assert!((4 * BOUND..=4 * BOUND + 1000).contains(&taken), "{rule}: {taken}");
    }
}

/// Many entries of the list may name one and the same member.
#[test]
fn many_entries_at_one_bomb_cost_what_one_file_may() {
    const BOUND: usize = 100_000;
    let (bomb, one) = (vec![b' '; BOUND + 1], xml("1"));
    let wrong_checksum = |archive: &mut Vec<u8>| {
        let list = archive.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        archive[list + 16] ^= 1;
    };
    let said = |archive: &[u8]| -> Vec<String> {
        let mut search = Search::within(now(), BOUND as u64);
        search.look(archive, &Place::of("file"), 0);
        search.found.iter().map(|(_, found)| short(found)).collect()
    };
    let mut damaged = zip(&[("bomb.xml", &bomb[..BOUND]), ("one.xml", one.as_bytes())]);
    wrong_checksum(&mut damaged);
    let bombs = zip(&[("bomb.xml", &bomb[..]), ("one.xml", one.as_bytes())]);
    for (rule, archive, fault) in
        [("bombs", bombs, "too-large"), ("damaged", damaged, "damaged-zip")]
    {
        assert_eq!(said(&archive), [fault, "1"], "{rule}");
        let said = said(&with_first_repeated(&archive, 900));
        assert_eq!(said.len(), 901, "{rule}");
        assert_eq!(
            (said[0].as_str(), said[900].as_str()),
            (fault, "too-large"),
            "{rule}: nothing is left"
        );
    }
}

/// The archive of two members with the first entry of its list so many times.
fn with_first_repeated(archive: &[u8], times: u16) -> Vec<u8> {
    let starts = |of: &[u8]| {
        archive
            .windows(4)
            .enumerate()
            .filter(|(_, four)| *four == of)
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    let (entries, end) = (starts(b"PK\x01\x02"), starts(b"PK\x05\x06")[0]);
    let mut repeated = archive[..entries[0]].to_vec();
    for _ in 0..times {
        repeated.extend(&archive[entries[0]..entries[1]]);
    }
    repeated.extend(&archive[entries[1]..]);
    let end = repeated.len() - (archive.len() - end);
    repeated[end + 10..end + 12].copy_from_slice(&(times + 1).to_le_bytes());
    repeated
}

#[test]
fn what_is_packed_too_often_or_too_finely_is_refused() {
    let mut nested = xml("1").into_bytes();
    for _ in 0..6 {
        nested = gzip(&nested);
    }
    assert_eq!(said(&nested), ["too-deep"]);
    let many: Vec<(&str, &[u8])> = (0..1001).map(|_| ("a.xml", &b"<a/>"[..])).collect();
    assert_eq!(said(&zip(&many)), ["too-many-members"]);
    let half = zip(&many[..501]);
    let both = said(&zip(&[("a.zip", &half), ("b.zip", &half)]));
    assert_eq!(both.last().unwrap(), "too-many-members", "of all archives together");
}
