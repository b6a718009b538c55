//! Which pages and files does a host of the scenario serve?

use super::hosts::kind;
use super::{Lab, LabError};
use crate::ca::Publication;
use crate::https::{self, Page, PagesHost, Response};
use crate::running::Running;
use crate::world::Route;
use chrono::{SecondsFormat, TimeDelta, Utc};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use vigie_scenario::{HttpsPage, Published};

/// Of HTTPS and HTTP (RFC 9110 §4.2).
const HTTPS: u16 = 443;
const HTTP: u16 = 80;

impl Lab {
    /// The registries' data service, so that every declared domain is found registered.
    pub(super) async fn play_registry(&mut self, address: IpAddr) -> Result<(), LabError> {
        let running = https::serve_registry(self.world.clone(), Arc::clone(&self.ca)).await?;
        self.world.route(address, HTTPS, running.addr());
        self.servers.push(running);
        Ok(())
    }

    pub(super) async fn play_https(
        &mut self,
        address: IpAddr,
        described: &vigie_scenario::HttpsHost,
    ) -> Result<(), LabError> {
        let certificate = kind(described.certificate);
        let host = PagesHost::new(&described.name, certificate, Arc::clone(&self.ca));
        for (path, described) in &described.paths {
            host.set_page(path, self.page(described)?);
        }
        let host = Arc::new(host);
        let running = https::serve(Arc::clone(&host)).await?;
        self.lead((address, HTTPS), running, described.refuse, described.drop);
        self.pages.insert(address, host);
        Ok(())
    }

    pub(super) async fn play_http(
        &mut self,
        address: IpAddr,
        described: &vigie_scenario::HttpHost,
    ) -> Result<(), LabError> {
        let host = PagesHost::new(address.to_string(), None, Arc::clone(&self.ca));
        for (path, described) in &described.paths {
            host.set_page(path, self.page(described)?);
        }
        let running = https::serve_plain(Arc::new(host)).await?;
        self.lead((address, HTTP), running, described.refuse, described.drop);
        Ok(())
    }

    fn lead(&mut self, (address, port): (IpAddr, u16), to: Running, refuse: bool, drop: bool) {
        if refuse {
            self.world.set_route(address, port, Route::Refuse);
        } else if drop {
            self.world.set_route(address, port, Route::Drop);
        } else {
            self.world.route(address, port, to.addr());
            self.servers.push(to);
        }
    }

    fn page(&self, described: &HttpsPage) -> Result<Page, LabError> {
        let mut headers = vec![("Content-Type".to_owned(), described.content_type.clone())];
        let further = described.headers.iter();
        headers.extend(further.map(|(name, value)| (name.clone(), value.clone())));
        let body = match described.publishes {
            Some(published) => self.ca.publish(publication(published))?,
            None => {
                let mut body = with_dates(&described.body);
                body.extend(std::iter::repeat_n('\n', described.padding as usize));
                body.into_bytes()
            }
        };
        Ok(Page {
            response: Response { status: described.status, headers, body },
            delay: Duration::from_millis(described.delay_ms),
            posted: described.post,
        })
    }
}

fn publication(described: Published) -> Publication {
    match described {
        Published::Issuer => Publication::Issuer,
        Published::List => Publication::List,
        Published::EmptyList => Publication::EmptyList,
        Published::OldList => Publication::OldList,
        Published::ForgedList => Publication::ForgedList,
    }
}

/// The text with each `{in N days}` replaced by that moment.
fn with_dates(text: &str) -> String {
    let mut dated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{in ") {
        dated.push_str(before);
        let days = after.split_once(" days}");
        match days.and_then(|(days, tail)| Some((days.parse::<i64>().ok()?, tail))) {
            Some((days, tail)) => {
                let moment = Utc::now() + TimeDelta::days(days);
                dated.push_str(&moment.to_rfc3339_opts(SecondsFormat::Secs, true));
                rest = tail;
            }
            None => {
                dated.push_str("{in ");
                rest = after;
            }
        }
    }
    dated.push_str(rest);
    dated
}
