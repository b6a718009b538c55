//! Cipher suites by number: their names, and what is wrong with those that are weak.
//! (IANA TLS Cipher Suites registry; RFC 9325 §4.1, RFC 7465)

use serde::{Deserialize, Serialize};

use crate::kernel::{ClientHello, Suites, TlsVersion};

/// What makes a suite weak.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
pub enum Weakness {
    /// It does not encrypt.
    #[strum(serialize = "NULL")]
    Null,
    /// Keys short enough to be guessed in minutes.
    #[strum(serialize = "EXPORT")]
    Export,
    /// 56-bit keys.
    #[strum(serialize = "DES")]
    Des,
    /// RFC 7465 forbids it.
    #[strum(serialize = "RC4")]
    Rc4,
    /// Blocks of 64 bits (RFC 9325 §4.1).
    #[strum(serialize = "3DES")]
    TripleDes,
    /// Nobody shows who they are.
    #[strum(serialize = "anonymous")]
    Anonymous,
    /// Whoever gets the key later can read what was recorded.
    #[strum(serialize = "no forward secrecy")]
    NoForwardSecrecy,
}

use Weakness::{Anonymous, Des, Export, NoForwardSecrecy, Null, Rc4, TripleDes};

/// RFC 5746 §3.3: this client renegotiates safely.
const RENEGOTIATION: u16 = 0x00ff;

/// A suite and the first version that knows it: (number, since 1.2, name, weakness).
type Row = (u16, bool, &'static str, Option<Weakness>);

/// The suites that are offered, in the order in which a client would.
#[rustfmt::skip]
const SUITES: [Row; 52] = [
    (0xc02b, true,  "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",       None),
    (0xc02f, true,  "ECDHE_RSA_WITH_AES_128_GCM_SHA256",         None),
    (0xc02c, true,  "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",       None),
    (0xc030, true,  "ECDHE_RSA_WITH_AES_256_GCM_SHA384",         None),
    (0xcca9, true,  "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", None),
    (0xcca8, true,  "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",   None),
    (0x009e, true,  "DHE_RSA_WITH_AES_128_GCM_SHA256",           None),
    (0x009f, true,  "DHE_RSA_WITH_AES_256_GCM_SHA384",           None),
    (0xc023, true,  "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",       None),
    (0xc027, true,  "ECDHE_RSA_WITH_AES_128_CBC_SHA256",         None),
    (0xc024, true,  "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",       None),
    (0xc028, true,  "ECDHE_RSA_WITH_AES_256_CBC_SHA384",         None),
    (0xc009, false, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA",          None),
    (0xc013, false, "ECDHE_RSA_WITH_AES_128_CBC_SHA",            None),
    (0xc00a, false, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA",          None),
    (0xc014, false, "ECDHE_RSA_WITH_AES_256_CBC_SHA",            None),
    (0x0067, true,  "DHE_RSA_WITH_AES_128_CBC_SHA256",           None),
    (0x006b, true,  "DHE_RSA_WITH_AES_256_CBC_SHA256",           None),
    (0x0033, false, "DHE_RSA_WITH_AES_128_CBC_SHA",              None),
    (0x0039, false, "DHE_RSA_WITH_AES_256_CBC_SHA",              None),
    (0x009c, true,  "RSA_WITH_AES_128_GCM_SHA256",               Some(NoForwardSecrecy)),
    (0x009d, true,  "RSA_WITH_AES_256_GCM_SHA384",               Some(NoForwardSecrecy)),
    (0x003c, true,  "RSA_WITH_AES_128_CBC_SHA256",               Some(NoForwardSecrecy)),
    (0x003d, true,  "RSA_WITH_AES_256_CBC_SHA256",               Some(NoForwardSecrecy)),
    (0x002f, false, "RSA_WITH_AES_128_CBC_SHA",                  Some(NoForwardSecrecy)),
    (0x0035, false, "RSA_WITH_AES_256_CBC_SHA",                  Some(NoForwardSecrecy)),
    (0xc008, false, "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",         Some(TripleDes)),
    (0xc012, false, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",           Some(TripleDes)),
    (0x0016, false, "DHE_RSA_WITH_3DES_EDE_CBC_SHA",             Some(TripleDes)),
    (0x000a, false, "RSA_WITH_3DES_EDE_CBC_SHA",                 Some(TripleDes)),
    (0xc007, false, "ECDHE_ECDSA_WITH_RC4_128_SHA",              Some(Rc4)),
    (0xc011, false, "ECDHE_RSA_WITH_RC4_128_SHA",                Some(Rc4)),
    (0x0005, false, "RSA_WITH_RC4_128_SHA",                      Some(Rc4)),
    (0x0004, false, "RSA_WITH_RC4_128_MD5",                      Some(Rc4)),
    (0x0015, false, "DHE_RSA_WITH_DES_CBC_SHA",                  Some(Des)),
    (0x0009, false, "RSA_WITH_DES_CBC_SHA",                      Some(Des)),
    (0x0014, false, "DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",         Some(Export)),
    (0x0008, false, "RSA_EXPORT_WITH_DES40_CBC_SHA",             Some(Export)),
    (0x0006, false, "RSA_EXPORT_WITH_RC2_CBC_40_MD5",            Some(Export)),
    (0x0003, false, "RSA_EXPORT_WITH_RC4_40_MD5",                Some(Export)),
    (0xc010, false, "ECDHE_RSA_WITH_NULL_SHA",                   Some(Null)),
    (0xc006, false, "ECDHE_ECDSA_WITH_NULL_SHA",                 Some(Null)),
    (0x003b, true,  "RSA_WITH_NULL_SHA256",                      Some(Null)),
    (0x0002, false, "RSA_WITH_NULL_SHA",                         Some(Null)),
    (0x0001, false, "RSA_WITH_NULL_MD5",                         Some(Null)),
    (0x00a6, true,  "DH_anon_WITH_AES_128_GCM_SHA256",           Some(Anonymous)),
    (0x00a7, true,  "DH_anon_WITH_AES_256_GCM_SHA384",           Some(Anonymous)),
    (0xc018, false, "ECDH_anon_WITH_AES_128_CBC_SHA",            Some(Anonymous)),
    (0xc019, false, "ECDH_anon_WITH_AES_256_CBC_SHA",            Some(Anonymous)),
    (0x0034, false, "DH_anon_WITH_AES_128_CBC_SHA",              Some(Anonymous)),
    (0x003a, false, "DH_anon_WITH_AES_256_CBC_SHA",              Some(Anonymous)),
    (0x0018, false, "DH_anon_WITH_RC4_128_MD5",                  Some(Anonymous)),
];

/// The suites of a hello.
pub fn offered(hello: ClientHello) -> Vec<u16> {
    let known = |(_, since_tls12, ..): &&Row| !since_tls12 || hello.version == TlsVersion::Tls12;
    let wanted = |(.., weakness): &&Row| match hello.suites {
        Suites::All => true,
        Suites::Broken => weakness.is_some_and(is_broken),
    };
    let mut offered: Vec<u16> =
        SUITES.iter().filter(known).filter(wanted).map(|(number, ..)| *number).collect();
    offered.push(RENEGOTIATION);
    offered
}

/// Neither a suite that mail hosts keep for those who check no certificate (anonymous), nor one
/// that only old clients need (no forward secrecy), is broken by itself.
fn is_broken(weakness: Weakness) -> bool {
    !matches!(weakness, Anonymous | NoForwardSecrecy)
}

/// The name of a suite as the registry has it, without `TLS_`; its number if it is not known.
pub fn name(suite: u16) -> String {
    match SUITES.iter().find(|(number, ..)| *number == suite) {
        Some((_, _, name, _)) => (*name).to_owned(),
        None => format!("0x{suite:04x}"),
    }
}

/// What is wrong with a suite; nothing for one that is strong or unknown.
pub fn weakness(suite: u16) -> Option<Weakness> {
    SUITES.iter().find(|(number, ..)| *number == suite).and_then(|(.., weakness)| *weakness)
}
