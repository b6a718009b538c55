//! Which versions and ciphers does an address take that no library of today speaks? One hello after
//! the other, so that a host is never asked for more than one conversation at a time.

use std::collections::BTreeMap;
use std::net::IpAddr;

use futures::future::join_all;

use crate::kernel::{
    ClientHello, HelloReply, Name, SmtpScript, SmtpTranscript, Stage, Suites, TlsVersion, View,
};
use crate::mx::Heard;
use crate::tls::Hellos;

use TlsVersion::{Ssl2, Ssl3, Tls10, Tls11, Tls12};

/// What is offered to an address that set up a session, and to one that did not.
const BESIDE_A_SESSION: [(TlsVersion, Suites); 5] = [
    (Tls10, Suites::All),
    (Tls11, Suites::All),
    (Tls12, Suites::Broken),
    (Ssl3, Suites::All),
    (Ssl2, Suites::All),
];
const WITHOUT_A_SESSION: [(TlsVersion, Suites); 5] = [
    (Tls12, Suites::All),
    (Tls11, Suites::All),
    (Tls10, Suites::All),
    (Tls12, Suites::Broken),
    (Ssl3, Suites::All),
];

pub async fn observe(
    view: &View<'_>,
    host: &Name,
    heard: &BTreeMap<IpAddr, Heard>,
) -> BTreeMap<IpAddr, Hellos> {
    let spoken = heard.iter().filter_map(|(address, heard)| match heard {
        Heard::Conversation(said) if reached_tls(said) => Some((*address, said)),
        _ => None,
    });
    let asked = spoken.map(|(address, said)| async move {
        let offers = if said.tls.is_some() { BESIDE_A_SESSION } else { WITHOUT_A_SESSION };
        (address, offer(view, host, address, &offers).await)
    });
    join_all(asked).await.into_iter().collect()
}

/// STARTTLS was answered with 220, so that the host speaks TLS or tries to.
fn reached_tls(said: &SmtpTranscript) -> bool {
    said.reply(Stage::Starttls).is_some_and(|reply| reply.code == 220)
}

async fn offer(
    view: &View<'_>,
    host: &Name,
    address: IpAddr,
    offers: &[(TlsVersion, Suites)],
) -> Hellos {
    let mut hellos = Hellos::default();
    for (version, suites) in offers.iter().copied() {
        let hello = ClientHello { version, suites };
        let script = SmtpScript::offer(address, host, &view.vantage.helo, hello);
        match (view.net.smtp(script).await.hello.clone(), suites) {
            (Some(HelloReply::Accepted { version: taken, suite }), Suites::All)
                if taken == version =>
            {
                hellos.accepted.insert(version, suite);
            }
            (Some(HelloReply::Accepted { suite, .. }), Suites::Broken) => {
                hellos.broken_suite = Some(suite);
            }
            (Some(HelloReply::Alert { .. }), Suites::All) => {
                hellos.refused.insert(version);
            }
            (Some(_), _) => {}
            // No conversation came that far: the host has had enough of us.
            (None, _) => break,
        }
    }
    hellos
}
