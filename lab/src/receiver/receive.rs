//! What does a receiver answer to what it found? Refusals in the words of the big providers; what it
//! takes is stamped and filed.

use super::judge::{self, Policy, Verdict};
use super::{handle, stamp};
use crate::mailbox::Folder;
use crate::resolver::Resolver;
use crate::smtp::{Envelope, Reply, SmtpHost, SmtpManners, Strictness};
use chrono::Utc;
use mail_auth::SpfResult;

/// What is said to the envelope alone: a receiver that insists on SPF refuses here.
pub(crate) async fn judge_envelope(
    resolver: &Resolver,
    manners: &SmtpManners,
    name: &str,
    envelope: &Envelope,
) -> Option<Reply> {
    if manners.judges != Strictness::Spf {
        return None;
    }
    let spf = judge::spf(resolver, name, envelope).await;
    let (domain, client) = (spf.domain(), envelope.client);
    Some(Reply::new(match spf.result() {
        SpfResult::Pass => return None,
        SpfResult::TempError => {
            format!("451 4.7.24 SPF of {domain} could not be looked up, try again later")
        }
        SpfResult::PermError => {
            format!("550 5.7.24 SPF validation error: the record of {domain} cannot be evaluated")
        }
        SpfResult::None => {
            format!("550 5.7.23 SPF validation failed: {domain} has no SPF record")
        }
        SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral => format!(
            "550 5.7.23 SPF validation failed: {domain} does not designate {client} as permitted \
             sender"
        ),
    }))
}

/// What is said to a whole message; an accepted one lies in the mailboxes afterwards.
pub(crate) async fn receive(
    host: &SmtpHost,
    resolver: &Resolver,
    envelope: &Envelope,
    message: &[u8],
) -> Reply {
    let Some(verdict) = judge::message(resolver, host.name(), envelope, message).await else {
        return Reply::from("554 5.6.0 The message has no header that can be read");
    };
    let strictness = host.manners().judges;
    if let Some(refusal) = refusal(strictness, &verdict) {
        return refusal;
    }
    let id = queue_id();
    let folder = folder(strictness, &verdict);
    let received = stamp::received(host.name(), envelope, &id, host.mailboxes().clock().now());
    let handling = &host.manners().handles;
    if let Some(report) = handle::report(host, handling, envelope, message) {
        host.mailboxes().deliver(&envelope.mail_from, Folder::Inbox, report);
        if handling.bounces.is_some() {
            return Reply::new(format!("250 2.0.0 Ok: queued as {id}"));
        }
    }
    let results = match handling.tells_no_results {
        true => String::new(),
        false => stamp::authentication_results(host.name(), envelope, &verdict),
    };
    let message = &handle::changed(handling, message);
    for recipient in &envelope.recipients {
        let mut octets = stamp::return_path(envelope).into_bytes();
        octets.extend_from_slice(results.as_bytes());
        octets.extend_from_slice(received.as_bytes());
        octets.extend_from_slice(message);
        for _ in 0..=handling.further_copies {
            host.mailboxes().deliver(recipient, folder, octets.clone());
        }
    }
    Reply::new(format!("250 2.0.0 Ok: queued as {id}"))
}

fn refusal(strictness: Strictness, verdict: &Verdict) -> Option<Reply> {
    if strictness != Strictness::Dmarc {
        return None;
    }
    let domain = &verdict.header_from;
    match (verdict.dmarc, verdict.policy) {
        ("temperror", _) => Some(Reply::new(format!(
            "451 4.7.26 DMARC of {domain} could not be looked up, try again later"
        ))),
        ("fail", Policy::Reject) => Some(Reply::new(format!(
            "550 5.7.26 Unauthenticated email from {domain} is not accepted due to domain's DMARC \
             policy"
        ))),
        _ => None,
    }
}

fn folder(strictness: Strictness, verdict: &Verdict) -> Folder {
    let spf_failed = matches!(verdict.spf, "fail" | "softfail" | "permerror");
    let dmarc_failed = matches!(verdict.dmarc, "fail" | "permerror");
    match strictness {
        Strictness::Junk if spf_failed || dmarc_failed => Folder::Junk,
        Strictness::Dmarc if verdict.dmarc == "fail" && verdict.policy == Policy::Quarantine => {
            Folder::Junk
        }
        _ => Folder::Inbox,
    }
}

/// A name for a message in this host's queue, as its log would show it.
pub(crate) fn queue_id() -> String {
    let salt: u16 = rand::random();
    format!("{:X}{salt:04X}", Utc::now().timestamp_micros())
}
