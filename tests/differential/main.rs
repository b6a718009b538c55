//! Our reading of DKIM keys and of DMARC records beside mail-auth's, which verifies with them: over
//! generated records both come to the same. Where they may differ, the RFC says who is right.

#[path = "../../checks/records/tests/keys.rs"]
#[expect(dead_code, reason = "the tests of the reader use them all")]
mod keys;
mod signed;
mod verifier;
mod walk;

use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::{Alignment, Dmarc, Policy as Theirs, Psd};
use proptest::prelude::*;
use vigie_checks::records::dkim_key::{DkimKey, KeyFault, KeyState};
use vigie_checks::records::dmarc::{DmarcRecord, Policy, PolicyTag};

const CASES: u32 = 2_000;

/// A tag with blanks where they may be (RFC 6376 §3.2).
fn written(name: &'static str, value: String) -> impl Strategy<Value = String> {
    let blank = || prop::sample::select(vec!["", "", "", " ", "\t", "  "]);
    (blank(), blank(), blank(), blank())
        .prop_map(move |(a, b, c, d)| format!("{a}{name}{b}={c}{value}{d}"))
}

/// Each tag at most once, in any order. Of a tag that comes twice ours takes the first and theirs the
/// last; RFC 6376 §3.2 says that such a list is invalid, and neither is wrong.
fn tags(of: &[(&'static str, &'static [&'static str])]) -> BoxedStrategy<Vec<String>> {
    let each = of.iter().map(|&(name, values)| {
        let value = prop::sample::select(values.to_vec());
        prop::option::of(value.prop_flat_map(move |value| written(name, value.to_owned())))
    });
    let all = each.collect::<Vec<_>>();
    all.prop_map(|tags| tags.into_iter().flatten().collect::<Vec<_>>()).prop_shuffle().boxed()
}

/// The first tag, then the others, with or without a last semicolon.
fn record(
    first: &'static [&'static str],
    rest: BoxedStrategy<Vec<String>>,
) -> BoxedStrategy<String> {
    let end = prop::sample::select(vec!["", ";", "; ", ";;"]);
    (prop::sample::select(first.to_vec()), rest, end)
        .prop_map(|(first, rest, end)| {
            let all: Vec<String> =
                Some(first.to_owned()).filter(|f| !f.is_empty()).into_iter().chain(rest).collect();
            format!("{}{end}", all.join(";"))
        })
        .boxed()
}

fn dmarc() -> BoxedStrategy<String> {
    // `v=dmarc1` is not among these: RFC 9989 §4.7 wants DMARC1 to the letter, mail-auth does not.
    // An alignment or `fo` that cannot be read makes mail-auth drop the record; RFC 9989 §4.7 has it
    // pass over the tag, as ours does. So these are always right here.
    let rest = tags(&[
        ("p", &["none", "quarantine", "reject", "Reject", "rejct", "", "none reject"]),
        ("sp", &["none", "quarantine", "reject", "nonee", "x"]),
        ("np", &["none", "quarantine", "reject", "block"]),
        ("t", &["y", "n", "x"]),
        ("psd", &["y", "n", "u"]),
        ("adkim", &["r", "s"]),
        ("aspf", &["r", "s"]),
        ("rua", &["mailto:a@example.com", "mailto:a@example.com,mailto:b@example.net"]),
        ("x", &["y", "n", "reject"]),
    ]);
    record(&["v=DMARC1", "v = DMARC1", "v=DMARC2", "v=DMARC1x", ""], rest)
}

/// The policy in mail-auth's words; a tag that is there and says none is not asked of it.
fn theirs(tag: Option<&PolicyTag>) -> Theirs {
    match tag.and_then(|tag| tag.policy) {
        None => Theirs::Unspecified,
        Some(Policy::None) => Theirs::None,
        Some(Policy::Quarantine) => Theirs::Quarantine,
        Some(Policy::Reject) => Theirs::Reject,
    }
}

fn dkim() -> BoxedStrategy<String> {
    let whole = |key: &str| key.split_whitespace().collect::<String>();
    let rsa = whole(keys::RSA_1024);
    let values = vec![
        rsa.clone(),
        whole(keys::RSA_2048),
        keys::RSA_1024.to_owned(),
        rsa[..rsa.len() - 12].to_owned(),
        format!("!{}", &rsa[1..]),
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned(),
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPc=".to_owned(),
        "AAAA".to_owned(),
        String::new(),
    ];
    let key = prop::option::weighted(
        0.95,
        prop::sample::select(values).prop_flat_map(|value| written("p", value)),
    );
    let others = tags(&[
        ("k", &["rsa", "ed25519", "dsa"]),
        ("h", &["sha1", "sha256", "sha1:sha256"]),
        ("s", &["*", "email", "tlsrpt"]),
        ("t", &["y", "s", "y:s"]),
        ("n", &["a note", "p is below"]),
    ]);
    let rest = (key, others).prop_map(|(key, mut others)| {
        others.extend(key);
        others
    });
    record(&["v=DKIM1", "v = DKIM1", "", "v=DKIM2"], rest.prop_shuffle().boxed())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_key_is_usable_when_a_verifier_can_use_it(text in dkim()) {
        let ours = DkimKey::parse(&text);
        let usable = ours.state == KeyState::Usable;
        let verified = DomainKey::parse(text.as_bytes()).is_ok();
        // Mail-auth takes key data that are cut short, of a wrong length or of another type, and then
        // fails every signature (RFC 8017 §A.1.1, RFC 8463 §4).
        let unread = [KeyFault::NotEd25519, KeyFault::NotRsa, KeyFault::NotSaidEd25519];
        if unread.map(KeyState::Unreadable).contains(&ours.state) {
            return Ok(());
        }
        prop_assert_eq!(usable, verified, "{:?}: {:?}", text, ours);
    }

    #[test]
    fn a_policy_is_read_as_a_receiver_reads_it(text in dmarc()) {
        let ours = DmarcRecord::parse(&text);
        match (Dmarc::parse(text.as_bytes()), ours) {
            (Err(_), None) => {}
            (Err(_), Some(ours)) => {
                prop_assert!(!ours.invalid_policies().is_empty(), "{:?}: {:?}", text, ours);
            }
            (Ok(read), None) => prop_assert!(false, "{text:?}: only ours refuses it: {read:?}"),
            (Ok(read), Some(ours)) => {
                prop_assert!(ours.invalid_policies().is_empty(), "{:?}: {:?}", text, ours);
                let (p, sp, np) = (ours.p.as_ref(), ours.sp.as_ref(), ours.np.as_ref());
                prop_assert_eq!(theirs(p), read.p, "p of {:?}", text);
                prop_assert_eq!(theirs(sp.or(p)), read.sp, "sp of {:?}", text);
                prop_assert_eq!(theirs(np.or(sp).or(p)), read.np, "np of {:?}", text);
                prop_assert_eq!(ours.testing, read.t, "t of {:?}", text);
                prop_assert_eq!(ours.psd, match read.psd {
                    Psd::Yes => Some(true),
                    Psd::No => Some(false),
                    Psd::Default => None,
                }, "psd of {:?}", text);
                let strict = |alignment| alignment == Alignment::Strict;
                prop_assert_eq!(ours.strict_dkim, strict(read.adkim), "adkim of {:?}", text);
                prop_assert_eq!(ours.strict_spf, strict(read.aspf), "aspf of {:?}", text);
            }
        }
    }
}
