//! Which certificates do the services of the domain show?

use std::collections::BTreeMap;

use futures::future::join_all;

use super::{Certificates, chain};
use crate::kernel::{
    self, End, Name, Peer, Reason, ServiceTls, SmtpScript, StoppedBy, TlsScript, TlsSession, View,
};
use crate::tls::Service;

/// A session with a service, or why there is none.
type Seen = Result<TlsSession, Reason>;

pub async fn observe<'a>(view: &View<'a>) -> Vec<(&'a kernel::Service, Seen)> {
    let looks = view
        .target
        .services_asked()
        .map(|service| async move { (service, look(view, service).await) });
    join_all(looks).await
}

/// What a user's program would see: the host as written, by name.
async fn look(view: &View<'_>, service: &kernel::Service) -> Seen {
    let (session, end) = match service.tls {
        ServiceTls::Implicit => {
            let peer = Peer::Written { host: service.host.clone(), port: service.port };
            let server_name = Name::new(&service.host);
            let reply = view.net.tls(TlsScript { peer, server_name }).await;
            (reply.session, reply.end)
        }
        ServiceTls::SmtpStarttls => {
            let script = SmtpScript::of_service(service, &view.vantage.helo);
            let said = view.net.smtp(script).await;
            (said.tls, said.end)
        }
    };
    session.ok_or_else(|| why(&end))
}

fn why(end: &End) -> Reason {
    match &end.by {
        StoppedBy::Unknown(reason) => *reason,
        StoppedBy::ConnectionRefused => Reason::Refused,
        StoppedBy::NoAddress | StoppedBy::Closed => Reason::Network,
        StoppedBy::NotSmtp => Reason::Malformed,
        _ => Reason::NotOffered,
    }
}

pub fn read(
    seen: Vec<(&kernel::Service, Seen)>,
    certificates: &mut Certificates,
) -> BTreeMap<String, Service> {
    let services = seen.into_iter().map(|(service, seen)| {
        let read = seen.and_then(|session| {
            let chain = chain(&session, certificates).ok_or(Reason::Malformed)?;
            Ok(Service::Shown { host: Name::new(&service.host), chain })
        });
        (service.url.clone(), read.unwrap_or_else(|reason| Service::Untold { reason }))
    });
    services.collect()
}
