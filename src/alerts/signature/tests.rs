use base64::{Engine, prelude::BASE64_STANDARD};
use proptest::prelude::*;
use secrecy::SecretString;

use super::{SecretError, SigningSecret, signatures};

fn secret(text: &str) -> SigningSecret {
    SigningSecret::parse(&SecretString::from(text)).expect("a secret of the test")
}

#[test]
fn the_vector_of_standard_webhooks() {
    let signed = signatures(
        &[secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        br#"{"test": 2432232314}"#,
    );
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn a_secret_is_whsec_and_24_to_64_bytes() {
    let of = |bytes: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7u8; bytes]));
    #[rustfmt::skip]
    let cases = [
        ("24 bytes are enough",      of(24),                                Ok(())),
        ("64 bytes are the most",    of(64),                                Ok(())),
        ("23 bytes are too few",     of(23),                                Err(SecretError::Length { bytes: 23 })),
        ("65 bytes are too many",    of(65),                                Err(SecretError::Length { bytes: 65 })),
        ("padding may be left out",  of(25).trim_end_matches('=').into(),   Ok(())),
        ("a file's last line end",   format!("{}\n", of(24)),               Ok(())),
        ("the prefix is needed",     BASE64_STANDARD.encode([7; 24]),       Err(SecretError::Prefix)),
        ("an asymmetric key is not", "whsk_AAAA".into(),                    Err(SecretError::Prefix)),
        ("not base64",               "whsec_%%%%".into(),                   Err(SecretError::Base64)),
        ("nothing after the prefix", "whsec_".into(),                       Err(SecretError::Length { bytes: 0 })),
    ];
    for (rule, text, expected) in cases {
        let read = SigningSecret::parse(&SecretString::from(text)).map(|_| ());
        assert_eq!(read, expected, "{rule}");
    }
}

#[test]
fn a_secret_is_not_shown() {
    let shown = format!("{:?}", secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_eq!(shown, "SigningSecret(SecretBox<[u8]>([REDACTED]))");
}

proptest! {
    #[test]
    fn each_secret_signs_as_the_reference_library_does(
        keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 24..=64), 1..4),
        id in "msg_[0-9A-Z]{26}",
        timestamp in 0i64..4_102_444_800,
        body in any::<String>(),
    ) {
        let secrets: Vec<_> =
            keys.iter().map(|key| secret(&format!("whsec_{}", BASE64_STANDARD.encode(key)))).collect();
        let expected: Vec<_> = keys
            .into_iter()
            .map(|key| {
                let webhook = standardwebhooks::Webhook::from_bytes(key).expect("24 bytes or more");
                webhook.sign(&id, timestamp, body.as_bytes()).expect("any text can be signed")
            })
            .collect();
        prop_assert_eq!(signatures(&secrets, &id, timestamp, body.as_bytes()), expected.join(" "));
    }
}
