//! What do the registries of the lab say of a domain? An RDAP service (RFC 9082, 9083) in which every
//! zone that the world declares is registered for years to come, and nothing else is.

use super::message::{RequestError, Response, read};
use crate::ca::{CertificateAuthority, CertificateKind};
use crate::controls::RDAP_NAMES;
use crate::line::{LineError, LineStream};
use crate::running::Running;
use crate::tls;
use crate::world::{World, absolute};
use chrono::{Datelike, Utc};
use hickory_proto::rr::{LowerName, RData};
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the service on a free loopback port.
pub async fn serve(world: World, ca: Arc<CertificateAuthority>) -> io::Result<Running> {
    Running::serve(move |stream, _| {
        let (world, ca) = (world.clone(), Arc::clone(&ca));
        async move {
            if let Err(error) = answer(stream, &world, &ca).await {
                tracing::debug!(%error, "an RDAP conversation ended early");
            }
        }
    })
    .await
}

async fn answer(
    stream: TcpStream,
    world: &World,
    ca: &CertificateAuthority,
) -> Result<(), RequestError> {
    let stream = tls::accept_as(stream, ca, &RDAP_NAMES, Some(CertificateKind::Valid)).await;
    let mut lines = LineStream::new(stream.map_err(LineError::from)?);
    let request = match timeout(PATIENCE, read(&mut lines)).await {
        Ok(request) => request,
        Err(_) => Err(RequestError::Refused(408)),
    };
    let response = match request {
        Ok(None) => return Ok(()),
        Ok(Some(request)) => match request.target.rsplit_once("domain/") {
            Some((_, domain)) => respond(registration(world, domain)),
            None => Response::of(400),
        },
        Err(RequestError::Refused(status)) => Response::of(status),
        Err(error) => return Err(error),
    };
    lines.write(&response.to_wire(false)).await.map_err(LineError::from)?;
    Ok(lines.close().await.map_err(LineError::from)?)
}

fn respond(object: Option<Value>) -> Response {
    let (status, body) = match object {
        Some(object) => (200, object),
        None => (404, json!({"errorCode": 404, "title": "not registered"})),
    };
    let content_type = ("Content-Type".to_owned(), "application/rdap+json".to_owned());
    Response { status, headers: vec![content_type], body: body.to_string().into_bytes() }
}

/// The domain object of a declared zone (RFC 9083 §5.3).
fn registration(world: &World, domain: &str) -> Option<Value> {
    let origin = LowerName::from(absolute(domain).ok()?);
    let snapshot = world.snapshot();
    let zone = snapshot.zone(&origin)?;
    let servers = zone.name_servers().iter().filter_map(|record| match &record.data {
        RData::NS(ns) => Some(json!({
            "objectClassName": "nameserver",
            "ldhName": ns.0.to_ascii().trim_end_matches('.'),
        })),
        _ => None,
    });
    let expires = format!("{}-01-01T00:00:00Z", Utc::now().year() + 2);
    Some(json!({
        "objectClassName": "domain",
        "ldhName": domain,
        "status": ["client transfer prohibited"],
        "events": [{"eventAction": "expiration", "eventDate": expires}],
        "entities": [{
            "objectClassName": "entity",
            "roles": ["registrar"],
            "vcardArray": ["vcard", [["fn", {}, "text", "Registrar of the lab"]]],
        }],
        "nameservers": servers.collect::<Vec<Value>>(),
        "secureDNS": {"delegationSigned": false},
    }))
}
