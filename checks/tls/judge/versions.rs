//! What a host still accepts, or no longer has: old versions and weak ciphers.

use std::net::IpAddr;

use crate::kernel::{Code, Raised, Severity, TlsVersion};
use crate::records::cipher_suite;
use crate::tls::{Hellos, Host, Session, TlsCode};

pub fn of_host(host: &Host) -> Vec<Raised> {
    let only_old: Vec<IpAddr> = host
        .hellos
        .iter()
        .filter(|(address, hellos)| is_old_only(&host.addresses[*address], hellos))
        .map(|(address, _)| *address)
        .collect();
    let mut raised = Vec::new();
    if !only_old.is_empty() {
        let best = host.hellos.iter().filter(|(address, _)| only_old.contains(address));
        let best = best.filter_map(|(_, hellos)| hellos.accepted.keys().next_back()).min();
        let old = on(TlsCode::OldOnly, host, &only_old);
        raised.push(old.with("version", best.map_or_else(String::new, ToString::to_string)));
    }
    raised.extend(old_enabled(host, &only_old));
    raised.extend(weak_cipher(host));
    raised
}

/// Nothing of today works, and something of the past does.
fn is_old_only(session: &Session, hellos: &Hellos) -> bool {
    let takes_old = hellos.accepted.keys().any(|version| *version < TlsVersion::Tls12);
    let is_encrypted = matches!(session, Session::Encrypted { .. });
    !is_encrypted && takes_old && hellos.refused.contains(&TlsVersion::Tls12)
}

fn old_enabled(host: &Host, only_old: &[IpAddr]) -> Option<Raised> {
    let old = |hellos: &Hellos| -> Vec<TlsVersion> {
        let versions = hellos.accepted.keys().copied();
        versions.filter(|version| *version < TlsVersion::Tls12).collect()
    };
    let is_ssl = |version: &TlsVersion| *version < TlsVersion::Tls10;
    let takes: Vec<(IpAddr, Vec<TlsVersion>)> = host
        .hellos
        .iter()
        .map(|(address, hellos)| (*address, old(hellos)))
        // That old versions are all there is was said; SSL is worse than that.
        .filter(|(address, old)| !only_old.contains(address) || old.iter().any(is_ssl))
        .filter(|(_, old)| !old.is_empty())
        .collect();
    let mut versions: Vec<TlsVersion> = takes.iter().flat_map(|(_, old)| old.clone()).collect();
    versions.sort();
    versions.dedup();
    let worst = *versions.first()?;
    let addresses: Vec<IpAddr> = takes.iter().map(|(address, _)| *address).collect();
    let shown: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let raised = on(TlsCode::OldEnabled, host, &addresses).with("versions", shown.join(", "));
    Some(if is_ssl(&worst) { raised.severity(Severity::Error) } else { raised })
}

fn weak_cipher(host: &Host) -> Option<Raised> {
    let weak = |hellos: &Hellos| {
        let picked = hellos.accepted.get(&TlsVersion::Tls12).copied();
        let suite = hellos.broken_suite.or(picked)?;
        Some((suite, cipher_suite::weakness(suite)?))
    };
    let (address, (suite, weakness)) =
        host.hellos.iter().find_map(|(address, hellos)| Some((*address, weak(hellos)?)))?;
    let raised = on(TlsCode::WeakCipher, host, &[address]);
    Some(raised.with("cipher", cipher_suite::name(suite)).with("weakness", weakness))
}

fn on(code: TlsCode, host: &Host, addresses: &[IpAddr]) -> Raised {
    let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let raised = code.on(&host.name).with("addresses", shown.join(", "));
    raised.evidence("hellos", &host.hellos)
}
