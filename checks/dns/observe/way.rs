//! Whether port 53 of name servers can be reached from here: zones whose servers answer everybody.

use std::net::IpAddr;

use futures::future::join_all;

use super::names;
use crate::dns::{Control, Way};
use crate::kernel::{Answer, Lookup, Name, Question, Rcode, Rtype, To, View, addresses_of, ask};

/// Control zones that are asked, and servers of each.
const MOST_ZONES: usize = 3;
const MOST_SERVERS: usize = 2;

/// Asks the servers of every control zone, both ways.
pub async fn control(view: &View<'_>) -> Control {
    let zones = &view.vantage.controls.zones;
    if zones.is_empty() {
        return Control { udp: Way::Off, tcp: Way::Off };
    }
    let asked = zones.iter().take(MOST_ZONES).map(|zone| async move {
        let servers = servers(view, zone).await;
        let answered = servers.iter().map(|found| async move {
            match found {
                Some(address) => Some(answers(view, zone, *address).await),
                None => None,
            }
        });
        join_all(answered).await
    });
    let answered: Vec<Option<[bool; 2]>> = join_all(asked).await.into_iter().flatten().collect();
    let way = |transport: usize| match answered.iter().flatten().any(|both| both[transport]) {
        true => Way::Open,
        false if answered.contains(&None) => Way::Untold,
        false => Way::Closed,
    };
    Control { udp: way(0), tcp: way(1) }
}

/// An address of each server of a control zone; nothing for one that could not be found.
async fn servers(view: &View<'_>, zone: &Name) -> Vec<Option<IpAddr>> {
    let Lookup::Found(records) = ask(view.net, zone, Rtype::NS).await else { return vec![None] };
    let hosts = names(&records);
    let found = hosts.iter().take(MOST_SERVERS).map(|host| addresses_of(view.net, host, Rtype::A));
    let first = |lookup: &Lookup<Vec<IpAddr>>| lookup.found()?.first().copied();
    join_all(found).await.iter().map(first).collect()
}

/// Whether the server answers with authority, by datagram and by stream.
async fn answers(view: &View<'_>, zone: &Name, address: IpAddr) -> [bool; 2] {
    let direct = |tcp| Question { to: To::Server(address), tcp, ..Question::new(zone, Rtype::SOA) };
    let said = join_all([false, true].map(|tcp| view.net.dns(direct(tcp)))).await;
    [0, 1].map(|at| match &said[at] {
        Answer::Message(message) => message.authoritative && message.rcode == Rcode::NOERROR,
        Answer::Failed { .. } => false,
    })
}
