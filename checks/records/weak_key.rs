//! Is an RSA key known to be broken, whatever its length? (RFC 6376 §8, CVE-2017-15361)
//!
//! Says nothing of keys on the Debian list (CVE-2008-0166): that list has to be had to be asked.

use serde::{Deserialize, Serialize};

/// Why anybody may have the private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Weakness {
    /// The exponent is 1 or even: signatures can be made without the private key, or not at all.
    Exponent,
    /// The modulus has the form that a faulty chip library gave it, and can be factored.
    Roca,
    /// The private key is printed in an RFC.
    PublicTestKey,
}

/// The first odd primes of the product by which the faulty library built its primes.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Public keys of RFC 6376 appendix C and RFC 8463 appendix A, as in `p`.
const TEST_KEYS: [&str; 3] = [
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB",
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
];

/// Whether the text of a `p` tag, without its white space, is a key whose private half is printed.
pub fn is_test_key(data: &str) -> bool {
    TEST_KEYS.iter().any(|key| key.trim_end_matches('=') == data.trim_end_matches('='))
}

/// What is wrong with an RSA key; both numbers are octets, the highest first.
pub fn of_rsa(modulus: &[u8], exponent: &[u8]) -> Option<Weakness> {
    let significant: Vec<u8> = exponent.iter().copied().skip_while(|octet| *octet == 0).collect();
    let is_even = significant.last().is_none_or(|octet| octet % 2 == 0);
    if is_even || significant == [1] {
        return Some(Weakness::Exponent);
    }
    is_roca(modulus).then_some(Weakness::Roca)
}

/// The fingerprint of CVE-2017-15361: modulo every small prime, the modulus is a power of 65537. Another
/// key has it by chance less than once in 10^8.
fn is_roca(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|&prime| {
        let rest = modulus.iter().fold(0, |rest, octet| (rest * 256 + u32::from(*octet)) % prime);
        let mut power = 1;
        // The powers repeat after at most `prime` steps.
        (0..prime).any(|_| {
            power = power * (65537 % prime) % prime;
            power == rest
        })
    })
}
