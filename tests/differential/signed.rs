//! Signed messages, under keys and in forms of all kinds: mail-auth's verifier and ours pass the same, and
//! of keys, exactly those for which our reading of the key says that it can verify them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::FutureExt;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator, Txt};
use proptest::prelude::*;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use vigie_checks::records::canonical::header_fields;
use vigie_checks::records::dkim_key::{DkimKey, KeyState};
use vigie_checks::records::dkim_signature::{DkimResult as Ours, DkimSignature};

use super::verifier::{Texts, asking, verifier};
use super::{CASES, keys, record, tags, written};

const MESSAGE: &str = "From: sender@example.com\r\nTo: reader@example.net\r\nSubject: a  test\r\n\
    Date: Thu, 26 Nov 2026 08:00:00 +0000\r\n\r\nA first line.  \r\n\r\nAnd another.\r\n";

const LAB_KEY: &str = include_str!("../../lab/src/submission/dkim-lab-key.pem");

/// Two keys to sign with, and what is published for them.
struct Pairs {
    ed25519: Vec<u8>,
    public: [String; 2],
}

impl Pairs {
    fn new() -> Self {
        let made = Ed25519Key::generate_pkcs8().expect("there is chance");
        let mut pairs = Self { ed25519: made, public: Default::default() };
        let public = [pairs.rsa().public_key(), pairs.ed25519().public_key()];
        pairs.public = public.map(|key| BASE64.encode(key));
        pairs
    }

    fn rsa(&self) -> RsaKey<Sha256> {
        let key = PrivateKeyDer::from_pem_slice(LAB_KEY.as_bytes()).expect("the lab has a key");
        RsaKey::from_key_der(key).expect("it signs")
    }

    fn ed25519(&self) -> Ed25519Key {
        Ed25519Key::from_pkcs8_der(&self.ed25519).expect("it was made for this")
    }

    fn sign(&self, manner: Manner) -> String {
        if manner.by_ed25519 {
            signed_with(self.ed25519(), manner)
        } else {
            signed_with(self.rsa(), manner)
        }
    }
}

/// How a message is signed.
#[derive(Clone, Copy, Debug)]
struct Manner {
    by_ed25519: bool,
    simple: bool,
    /// `i=`: of the domain, of a name below it, or not written.
    identity: Option<&'static str>,
    /// What happens to it on the way: nothing, blanks are added, or a word is changed.
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Straight,
    Blanks,
    Changed,
}

impl Way {
    fn travelled(self, signed: &str) -> String {
        match self {
            Self::Straight => signed.to_owned(),
            Self::Blanks => signed.replace("Subject: a  test", "Subject:  a test"),
            Self::Changed => signed.replace("another", "an other"),
        }
    }
}

fn manners() -> impl Strategy<Value = Manner> {
    let identity = prop::sample::select(vec![None, Some("@example.com"), Some("a@b.example.com")]);
    let ways = prop::sample::select(vec![Way::Straight, Way::Straight, Way::Blanks, Way::Changed]);
    (any::<bool>(), any::<bool>(), identity, ways).prop_map(
        |(by_ed25519, simple, identity, way)| Manner { by_ed25519, simple, identity, way },
    )
}

fn signed_with(key: impl SigningKey, manner: Manner) -> String {
    let form = if manner.simple { Canonicalization::Simple } else { Canonicalization::Relaxed };
    let signer = DkimSigner::from_key(key)
        .domain("example.com")
        .selector("s1")
        .headers(["From", "To", "Subject", "Date"])
        .header_canonicalization(form)
        .body_canonicalization(form);
    let signer = match manner.identity {
        Some(identity) => signer.agent_user_identifier(identity),
        None => signer,
    };
    let signature = signer.sign(MESSAGE.as_bytes()).expect("the message can be signed");
    format!("{}{MESSAGE}", signature.to_header())
}

/// What may be published: the right key, that of the other kind, and what is none of them.
fn published(public: &[String; 2]) -> BoxedStrategy<String> {
    let [rsa, ed25519] = public.clone();
    let values = vec![
        rsa.clone(),
        rsa.clone(),
        format!("{} {}", &rsa[..40], &rsa[40..]),
        ed25519.clone(),
        ed25519,
        keys::RSA_1024.split_whitespace().collect(),
        format!("!{}", &rsa[1..]),
        rsa[..rsa.len() / 2].to_owned(),
        String::new(),
    ];
    let key = prop::option::weighted(
        0.95,
        prop::sample::select(values).prop_flat_map(|value| written("p", value)),
    );
    let kind = prop::option::weighted(
        0.8,
        prop::sample::select(vec!["rsa", "ed25519", "ed25519"])
            .prop_flat_map(|kind| written("k", kind.to_owned())),
    );
    let others = tags(&[("t", &["y", "s", "y:s"]), ("n", &["a note", "p is below"])]);
    let rest = (key, kind, others).prop_map(|(key, kind, mut others)| {
        others.extend(key);
        others.extend(kind);
        others
    });
    record(&["v=DKIM1", "", "v=DKIM2"], rest.prop_shuffle().boxed())
}

fn passes(authenticator: &MessageAuthenticator, message: &str, record: &str) -> bool {
    let message = AuthenticatedMessage::parse(message.as_bytes()).expect("it is a message");
    // The key is all that is asked for.
    let key = Texts(|_: &dyn Fn(&str) -> bool| match DomainKey::parse(record.as_bytes()) {
        Ok(key) => Txt::DomainKey(Arc::new(key)),
        Err(error) => Txt::Error(error),
    });
    let verified = authenticator.verify_dkim(asking(&message, &key)).now_or_never();
    let verified = verified.expect("this zone answers at once");
    assert_eq!(verified.len(), 1, "the message has one signature");
    *verified[0].result() == DkimResult::Pass
}

/// The same by our verifier.
fn passes_ours(message: &str, record: &str) -> bool {
    let (header, body) = message.split_once("\r\n\r\n").expect("a header ends");
    let fields = header_fields(header);
    let own = fields.iter().position(|field| field.is_named("DKIM-Signature"));
    let own = own.expect("the message has a signature");
    let signature = DkimSignature::parse(fields[own].value());
    signature.is_some_and(|one| one.verify(&fields, own, body, record, 0) == Ours::Pass)
}

/// Whether the key that we read verifies what was signed so.
fn verifies(pairs: &Pairs, manner: Manner, record: &str) -> bool {
    let key = DkimKey::parse(record);
    let kind = usize::from(manner.by_ed25519);
    let right = DkimKey::parse(&format!("k={}; p={}", KINDS[kind], pairs.public[kind]));
    let of_the_domain = manner.identity.is_none_or(|identity| identity == "@example.com");
    let kept = match manner.way {
        Way::Straight => true,
        Way::Blanks => !manner.simple,
        Way::Changed => false,
    };
    key.state == KeyState::Usable
        && key.key_type == right.key_type
        && key.digest == right.digest
        && (!key.strict || of_the_domain)
        && kept
}

const KINDS: [&str; 2] = ["rsa", "ed25519"];

#[test]
fn a_message_passes_exactly_where_our_reading_of_its_key_lets_it() {
    let (runtime, authenticator) = verifier();
    let _inside = runtime.enter();
    let pairs = Pairs::new();
    let config =
        ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let passed = std::cell::Cell::new(0_u32);
    proptest!(config, |(manner in manners(), text in published(&pairs.public))| {
        let message = manner.way.travelled(&pairs.sign(manner));
        let theirs = passes(&authenticator, &message, &text);
        passed.set(passed.get() + u32::from(theirs));
        prop_assert_eq!(verifies(&pairs, manner, &text), theirs, "{:?}: {:?}", manner, text);
        prop_assert_eq!(passes_ours(&message, &text), theirs, "{:?}: {:?}", manner, text);
    });
    // What never passes would agree with anything.
    assert!(passed.get() > CASES / 50, "{} of {CASES} passed", passed.get());
}

/// A text of words and white space as mail has it.
fn text_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 0..8).prop_map(|pieces| pieces.concat())
}

/// What may happen to a message on its way: a piece of it is written otherwise.
const CHANGES: [(&str, &str); 10] = [
    ("", ""),
    ("a", "a"),
    (" ", "  "),
    ("\t", " "),
    ("\r\n\r\n", "\r\n\r\n\r\n"),
    ("a", "b"),
    ("Subject:", "SUBJECT:"),
    ("\r\n b", " b"),
    (" \r\n", "\r\n"),
    ("To: ", "To: \r\n "),
];

#[test]
fn a_message_of_any_form_passes_where_mail_auth_passes_it() {
    let (runtime, authenticator) = verifier();
    let _inside = runtime.enter();
    let pairs = Pairs::new();
    let record = format!("k=ed25519; p={}", pairs.public[1]);
    let config =
        ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let passed = std::cell::Cell::new(0_u32);
    let subjects = text_of(&["a", " ", "  ", "\t", "é", ";", ":", "\r\n b", "b= c"]);
    let bodies = text_of(&["a", " ", "\t", "\r\n", "\r\n", "é", "  ", "."]);
    let (forms, fields) = (prop::array::uniform2(any::<bool>()), 0..4_usize);
    let changes = prop::sample::select(&CHANGES);
    proptest!(config, |(subject in subjects, body in bodies, forms in forms, fields in fields,
        (from, to) in changes, trailing in any::<bool>())| {
        let form = |simple: bool| match simple {
            true => Canonicalization::Simple,
            false => Canonicalization::Relaxed,
        };
        let more = "Received: from a\r\n\tby b\r\n".repeat(fields);
        // As SMTP brings it: a body that is not empty ends its last line. Last lines of blanks alone are
        // empty in the relaxed form (RFC 6376 §3.4.4, in that order); mail-auth takes them for lines.
        let body = if body.is_empty() { body } else { format!("{body}.\r\n") };
        let message = format!(
            "{more}From: sender@example.com\r\nTo:reader@example.net\r\nSubject:x{subject}y\r\n\r\n{body}"
        );
        let signer = DkimSigner::from_key(pairs.ed25519())
            .domain("example.com")
            .selector("s1")
            .headers(["From", "To", "Subject", "Received", "Received", "List-Id"])
            .header_canonicalization(form(forms[0]))
            .body_canonicalization(form(forms[1]));
        let signature = signer.sign(message.as_bytes()).expect("the message can be signed");
        let mut message = format!("{}{message}", signature.to_header());
        if !from.is_empty() {
            let after = message.find("\r\nFrom").expect("it has an author");
            message = format!("{}{}", &message[..after], message[after..].replacen(from, to, 1));
        }
        if trailing {
            message.push_str("\r\n\r\n");
        }
        let theirs = passes(&authenticator, &message, &record);
        passed.set(passed.get() + u32::from(theirs));
        prop_assert_eq!(passes_ours(&message, &record), theirs, "{:?}", message);
    });
    let passed = passed.get();
    assert!((CASES / 5..CASES).contains(&passed), "{passed} of {CASES} passed");
}
