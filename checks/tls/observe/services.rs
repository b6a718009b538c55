//! Which certificates do the services of the domain show, and which of them cannot be used at all?

use std::collections::BTreeMap;

use futures::future::join_all;

use super::{Certificates, chain};
use crate::kernel::{
    self, Name, Peer, Reason, ServiceTls, SmtpScript, SmtpTranscript, Stage, StoppedBy, TlsScript,
    TlsSession, View,
};
use crate::records::smtp_reply;
use crate::tls::{Service, ServiceFault};

/// A session with a service, or what there is in its place.
type Seen = Result<TlsSession, Service>;

pub async fn observe<'a>(view: &View<'a>) -> Vec<(&'a kernel::Service, Seen)> {
    let looks = view
        .target
        .services_asked()
        .map(|service| async move { (service, look(view, service).await) });
    join_all(looks).await
}

/// What a user's program would see: the host as written, by name.
async fn look(view: &View<'_>, service: &kernel::Service) -> Seen {
    match service.tls {
        ServiceTls::Implicit => {
            let peer = Peer::Written { host: service.host.clone(), port: service.port };
            let server_name = Name::new(&service.host);
            let reply = view.net.tls(TlsScript { peer, server_name }).await;
            reply.session.ok_or_else(|| without_session(&reply.end.by))
        }
        ServiceTls::SmtpStarttls => {
            let script = SmtpScript::of_service(service, &view.vantage.helo);
            let said = view.net.smtp(script).await;
            said.tls.clone().ok_or_else(|| without_starttls(&said))
        }
    }
}

fn without_starttls(said: &SmtpTranscript) -> Service {
    let offer = said.reply(Stage::Ehlo).filter(|ehlo| ehlo.code == 250);
    let reply = said.reply(Stage::Starttls);
    let blames_us = reply.is_some_and(|reply| smtp_reply::blames_client(reply, said.address));
    match (offer, reply) {
        (Some(ehlo), None) if !smtp_reply::offers(ehlo, "STARTTLS") => {
            Service::Unencrypted { fault: ServiceFault::NoStarttls }
        }
        (_, Some(reply)) if reply.is_permanent() && !blames_us => {
            Service::Unencrypted { fault: ServiceFault::StarttlsRefused }
        }
        (_, Some(reply)) if reply.is_transient() || blames_us => {
            Service::Untold { reason: Reason::RateLimited }
        }
        _ => without_session(&said.end.by),
    }
}

fn without_session(by: &StoppedBy) -> Service {
    let reason = match by {
        StoppedBy::NoAddress => return Service::Unreachable { fault: ServiceFault::NoAddress },
        StoppedBy::ConnectionRefused => {
            return Service::Unreachable { fault: ServiceFault::ConnectionRefused };
        }
        StoppedBy::TlsFailed(_) => {
            return Service::Unencrypted { fault: ServiceFault::HandshakeFails };
        }
        StoppedBy::Unknown(reason) => *reason,
        StoppedBy::Closed => Reason::Network,
        StoppedBy::NotSmtp => Reason::Malformed,
        StoppedBy::Done | StoppedBy::Reply | StoppedBy::NotOffered => Reason::NotOffered,
    };
    Service::Untold { reason }
}

pub fn read(
    seen: Vec<(&kernel::Service, Seen)>,
    certificates: &mut Certificates,
) -> BTreeMap<String, Service> {
    let services = seen.into_iter().map(|(service, seen)| {
        let read = seen.and_then(|session| {
            let unread = Service::Untold { reason: Reason::Malformed };
            let chain = chain(&session, certificates).ok_or(unread)?;
            Ok(Service::Shown { host: Name::new(&service.host), chain })
        });
        (service.url.clone(), read.unwrap_or_else(|otherwise| otherwise))
    });
    services.collect()
}
