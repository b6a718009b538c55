//! What is asked of every domain that exists is asked while `dns` still looks at its servers, so that
//! the checks that wait for `dns` begin with the answers at hand.
//!
//! Below the recorder: an exchange is evidence only when a check asks for it.

use std::collections::BTreeSet;

use futures::future::join_all;

use vigie_checks::kernel::{Answer, Name, Question, Rcode, Request, Response, Rtype};

use super::Selection;
use crate::net::{Ahead, Layer};

/// Asks what the checks of the selection ask in any case, of a domain that is there.
pub async fn ask_ahead(net: &Ahead<impl Layer>, domain: &Name, selection: &Selection) {
    let types: BTreeSet<Rtype> =
        selection.entries().flat_map(|entry| entry.asks).copied().collect();
    if types.is_empty() || !exists(net, domain).await {
        return;
    }
    join_all(types.into_iter().map(|rtype| net.ask(Question::new(domain, rtype)))).await;
}

/// The first question of `dns`, so that it is asked once.
async fn exists(net: &impl Layer, domain: &Name) -> bool {
    let soa = net.pass(Request::Dns(Question::new(domain, Rtype::SOA))).await;
    matches!(soa, Response::Dns(Answer::Message(message)) if message.rcode == Rcode::NOERROR)
}
