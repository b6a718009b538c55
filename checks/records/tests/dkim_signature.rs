use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};

use crate::kernel::Name;
use crate::records::canonical::{Canonicalization, Field, canonical_body, header_fields};
use crate::records::dkim_signature::{DkimResult, DkimSignature};

pub(crate) const HEADER: &str = "From: news@example.com\r\nSubject: a test\r\n";
pub(crate) const BODY: &str = "A line.\r\n";

/// A key that signs in these tests alone.
fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("any 32 octets are a seed")
}

pub(crate) fn record(tags: &str) -> String {
    format!("k=ed25519; {tags}p={}", BASE64.encode(pair().public_key()))
}

/// The header with a signature that has these further tags; `h` is From and Subject, both once more.
pub(crate) fn signed(tags: &str) -> String {
    signed_by("example.com", tags)
}

/// The same with a signature of another domain.
pub(crate) fn signed_by(domain: &str, tags: &str) -> String {
    let hash = BASE64.encode(Sha256::digest(canonical_body(BODY, Canonicalization::Relaxed)));
    let value = format!(
        "v=1; a=ed25519-sha256; c=relaxed/relaxed; d={domain}; s=s1; {tags}\
         h=From:Subject:from:subject; bh={hash}; b="
    );
    let own = format!("DKIM-Signature: {value}");
    let form = |field: Field<'_>| field.canonical(Canonicalization::Relaxed);
    let fields: Vec<String> = header_fields(HEADER).into_iter().map(form).collect();
    let own_form = Field::of(&own).map(form).expect("it has a colon");
    let text = format!("{}\r\n{}\r\n{own_form}", fields[0], fields[1]);
    let signature = pair().sign(&Sha256::digest(text));
    format!("{own}{}\r\n{HEADER}", BASE64.encode(signature.as_ref()))
}

fn said(header: &str, body: &str, record: &str) -> DkimResult {
    let fields = header_fields(header);
    let own =
        fields.iter().position(|field| field.is_named("dkim-signature")).expect("it is there");
    let signature = DkimSignature::parse(fields[own].value()).expect("it can be read");
    signature.verify(&fields, own, body, record, 1_000)
}

#[test]
fn a_signature_verifies_what_was_signed_and_nothing_else() {
    let (plain, key) = (signed(""), record(""));
    let below = signed("i=a@b.example.com; ");
    let other = format!("k=ed25519; p={}", BASE64.encode([9; 32]));
    #[rustfmt::skip]
    let cases = [
        ("as it was signed",                   plain.clone(),                                 BODY,                  key.clone(),                     DkimResult::Pass),
        ("blanks on the way",                  plain.replace("a test", "a  test "),           "A  line. \r\n\r\n",   key.clone(),                     DkimResult::Pass),
        ("another subject",                    plain.replace("a test", "a text"),             BODY,                  key.clone(),                     DkimResult::Fail),
        ("a second From below",                format!("{plain}From: me@example.net\r\n"),    BODY,                  key.clone(),                     DkimResult::Fail),
        ("a second From above",                format!("From: me@example.net\r\n{plain}"),    BODY,                  key.clone(),                     DkimResult::Fail),
        ("a field that is not signed",         format!("Received: by mx\r\n{plain}"),         BODY,                  key.clone(),                     DkimResult::Pass),
        ("another body",                       plain.clone(),                                 "A line!\r\n",         key.clone(),                     DkimResult::Fail),
        ("a footer",                           plain.clone(),                                 "A line.\r\n--\r\n",   key.clone(),                     DkimResult::Fail),
        ("a footer below what is signed",      signed("l=9; "),                               "A line.\r\n--\r\n",   key.clone(),                     DkimResult::Pass),
        ("more was signed than is there",      signed("l=10; "),                              BODY,                  key.clone(),                     DkimResult::Fail),
        ("what is signed ends inside a letter", signed("l=10; "),                             "A line.\r\né\r\n",   key.clone(),                     DkimResult::Fail),
        ("it has ended",                       signed("x=999; "),                             BODY,                  key.clone(),                     DkimResult::Neutral),
        ("it ends now",                        signed("x=1000; "),                            BODY,                  key.clone(),                     DkimResult::Pass),
        ("another key",                        plain.clone(),                                 BODY,                  other,                           DkimResult::Fail),
        ("a key of another type",              plain.clone(),                                 BODY,                  key.replace("ed25519", "rsa"),   DkimResult::Permerror),
        ("a revoked key",                      plain.clone(),                                 BODY,                  "k=ed25519; p=".to_owned(),      DkimResult::Permerror),
        ("a key for other services",           plain.clone(),                                 BODY,                  record("s=tlsrpt; "),            DkimResult::Permerror),
        ("a key for other hashes",             plain.clone(),                                 BODY,                  record("h=sha1; "),              DkimResult::Permerror),
        ("a signer below the domain",          below.clone(),                                 BODY,                  key.clone(),                     DkimResult::Pass),
        ("and a key for exactly the domain",   below,                                         BODY,                  record("t=s; "),                 DkimResult::Permerror),
        ("exactly the domain",                 plain,                                         BODY,                  record("t=s; "),                 DkimResult::Pass),
    ];
    for (rule, header, body, record, expected) in cases {
        assert_eq!(said(&header, body, &record), expected, "{rule}");
    }
}

#[test]
fn what_is_no_whole_signature_is_none() {
    let whole = "v=1; a=rsa-sha256; d=example.com; s=s1; h=From; bh=AA==; b=AA==";
    let read = |value: &str| DkimSignature::parse(value);
    let found = read(whole).expect("it is whole");
    assert_eq!((found.domain.as_str(), found.selector.as_str()), ("example.com", "s1"));
    assert_eq!(found.key_name(), Name::new("s1._domainkey.example.com"));
    let cases = [
        ("another version", whole.replace("v=1", "v=2")),
        ("no domain", whole.replace("d=", "x-d=")),
        ("no selector", whole.replace("s=s1", "q=s1")),
        ("no algorithm", whole.replace("a=", "q=")),
        ("From is not signed", whole.replace("h=From", "h=To")),
        ("no hash", whole.replace("bh=", "q=")),
        ("no signature", whole.replace(" b=AA==", "")),
        ("not base64", whole.replace("bh=AA==", "bh=!")),
        ("another form", format!("{whole}; c=nowsp")),
        ("another form of the body", format!("{whole}; c=simple/nowsp")),
        ("a signer elsewhere", format!("{whole}; i=@example.net")),
        ("a signer without a domain", format!("{whole}; i=news")),
        ("an end that is no number", format!("{whole}; x=soon")),
        ("a length that is no number", format!("{whole}; l=-1")),
        ("a tag twice", format!("{whole}; b=AA==")),
        ("a part that is no tag", format!("{whole}; !")),
        ("keys kept elsewhere", format!("{whole}; q=http")),
    ];
    for (rule, value) in cases {
        assert_eq!(read(&value), None, "{rule}");
    }
    assert!(read(&format!("{whole}; q=http : dns/txt")).is_some(), "in DNS too");
    assert!(read(&whole.replace("bh=AA==", "bh=AA")).is_some(), "without its padding");
    for form in ["simple", "relaxed", "simple/relaxed", "RELAXED/simple"] {
        assert!(read(&format!("{whole}; c={form}")).is_some(), "{form}");
    }
}
