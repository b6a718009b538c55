//! Which messages did not arrive as they should? One finding per cause and receiver.

use std::collections::BTreeMap;

use super::facts::{Arrival, Bounce, FollowedStep, ProbeFacts, SeedEnd, SeedFacts, Verdicts};
use super::{ProbeCode, domain_of};
use crate::kernel::{Code, ProbeSpec, Raised, Severity, Stage, Stream};
use crate::records::provider::{named, of_reply};

/// Addresses listed in the evidence of one finding.
const LISTED: usize = 20;

pub fn judge(facts: &ProbeFacts, probe: &ProbeSpec, streams: &[Stream]) -> Vec<Raised> {
    let judge = Judge { probe, declared: declared(probe, streams) };
    let mut causes: BTreeMap<(ProbeCode, String), Vec<&SeedFacts>> = BTreeMap::new();
    for seed in &facts.seeds {
        for (code, subject) in judge.faults(seed) {
            causes.entry((code, subject)).or_default().push(seed);
        }
    }
    let raise = |((code, subject), seeds): ((ProbeCode, String), Vec<&SeedFacts>)| {
        let worst = seeds.iter().max_by_key(|seed| judge.severity(code, seed))?;
        Some(judge.raised(code, &subject, worst, &seeds))
    };
    causes.into_iter().filter_map(raise).collect()
}

/// What the stream of the probe declares that it authenticates with.
#[derive(Clone, Copy, Default)]
struct Declared {
    spf: bool,
    dkim: bool,
}

/// Nothing is declared without a stream.
fn declared(probe: &ProbeSpec, streams: &[Stream]) -> Declared {
    stream_of(probe, streams).map_or_else(Declared::default, |stream| Declared {
        spf: !stream.ips.is_empty(),
        dkim: stream.dkim.is_some(),
    })
}

/// The stream with the probe's From and MAIL FROM.
pub fn stream_of<'a>(probe: &ProbeSpec, streams: &'a [Stream]) -> Option<&'a Stream> {
    let (from, mail_from) = (domain_of(&probe.from), domain_of(&probe.mail_from));
    let is_ours = |stream: &&Stream| {
        let returns_to = stream.mail_from.as_ref().unwrap_or(&stream.from);
        from == stream.from.as_str() && mail_from == returns_to.as_str()
    };
    streams.iter().find(is_ours)
}

struct Judge<'a> {
    probe: &'a ProbeSpec,
    declared: Declared,
}

impl Judge<'_> {
    /// What is wrong with one message, each with the subject that it is told under.
    fn faults(&self, seed: &SeedFacts) -> Vec<(ProbeCode, String)> {
        let name = self.probe.name.clone();
        let at_receiver = self.to(receiver(seed));
        match &seed.end {
            SeedEnd::Unsubmitted { .. } => vec![(ProbeCode::SubmitUnreachable, name)],
            // An address that does not exist says nothing of the receiver.
            SeedEnd::Refused { reply, .. } if is_unknown_address(reply) => {
                vec![(ProbeCode::Refused, self.to(&seed.address))]
            }
            SeedEnd::Refused { .. } => vec![(ProbeCode::Refused, at_receiver)],
            SeedEnd::Bounced(bounce) if is_unknown_address(&bounce.reply) => {
                vec![(ProbeCode::Bounced, self.to(&seed.address))]
            }
            SeedEnd::Bounced(_) => vec![(ProbeCode::Bounced, at_receiver)],
            // Before MAIL it is the submission host itself that puts us off.
            SeedEnd::Deferred { stage, .. } if *stage < Stage::Mail => {
                vec![(ProbeCode::Deferred, name)]
            }
            SeedEnd::Deferred { .. } => vec![(ProbeCode::Deferred, at_receiver)],
            SeedEnd::Missing => vec![(ProbeCode::NotArrived, at_receiver)],
            SeedEnd::Unknown { step: FollowedStep::Submission | FollowedStep::Returns, .. } => {
                vec![(ProbeCode::MailboxUnreachable, name)]
            }
            SeedEnd::Unknown { step: FollowedStep::Mailbox, .. } => {
                vec![(ProbeCode::MailboxUnreachable, at_receiver)]
            }
            SeedEnd::Arrived(arrival) => {
                let said = [
                    (arrival.junk, ProbeCode::InSpam),
                    (arrival.late, ProbeCode::Late),
                    (!self.unauthenticated(arrival).is_empty(), ProbeCode::NotAuthenticated),
                    (arrival.unjudged.is_some(), ProbeCode::AuthenticationUnknown),
                    (!arrival.altered.is_empty(), ProbeCode::Altered),
                    (arrival.duplicated, ProbeCode::Duplicated),
                    (arrival.tab.is_some(), ProbeCode::Tab),
                ];
                let said = said.into_iter().filter(|(is_so, _)| *is_so);
                said.map(|(_, code)| (code, at_receiver.clone())).collect()
            }
        }
    }

    fn to(&self, whom: &str) -> String {
        format!("{} → {whom}", self.probe.name)
    }

    /// The methods that should have passed for From: one of both, and each that is declared.
    fn unauthenticated(&self, arrival: &Arrival) -> Vec<&'static str> {
        let Some(verdicts) = &arrival.verdicts else { return Vec::new() };
        if !verdicts.authenticated {
            return vec!["SPF", "DKIM"];
        }
        let told = |word: &Option<String>| word.as_deref().is_some_and(|word| word != "temperror");
        let Verdicts { spf, dkim, spf_aligns, dkim_aligns, .. } = verdicts;
        let expected = [
            (self.declared.spf && told(spf) && !spf_aligns, "SPF"),
            (self.declared.dkim && told(dkim) && !dkim_aligns, "DKIM"),
        ];
        expected.into_iter().filter(|(fails, _)| *fails).map(|(_, method)| method).collect()
    }

    /// Where it differs from the default.
    fn severity(&self, code: ProbeCode, seed: &SeedFacts) -> Option<Severity> {
        match (code, &seed.end) {
            // A slip in a long list of seeds loses no mail; a probe with one address is blind by it.
            (ProbeCode::Refused, SeedEnd::Refused { reply, .. })
            | (ProbeCode::Bounced, SeedEnd::Bounced(Bounce { reply, .. })) => {
                let is_slip = is_unknown_address(reply) && self.probe.seeds.len() > 1;
                is_slip.then_some(Severity::Warning)
            }
            (ProbeCode::Deferred, SeedEnd::Deferred { to_the_end, .. }) => {
                to_the_end.then_some(Severity::Critical)
            }
            (ProbeCode::NotAuthenticated, SeedEnd::Arrived(arrival)) => {
                let authenticated = arrival.verdicts.as_ref().is_none_or(|v| v.authenticated);
                Some(if authenticated { Severity::Warning } else { Severity::Critical })
            }
            _ => None,
        }
    }

    fn raised(
        &self,
        code: ProbeCode,
        subject: &str,
        worst: &SeedFacts,
        seeds: &[&SeedFacts],
    ) -> Raised {
        let addresses: Vec<&str> =
            seeds.iter().take(LISTED).map(|seed| seed.address.as_str()).collect();
        let whom = subject.rsplit_once(" → ").map_or(self.probe.submit_host.as_str(), |(_, to)| to);
        // Only a report holds the words of a receiver; other replies are the submission host's.
        let provider = match &worst.end {
            SeedEnd::Bounced(bounce) => of_reply(&bounce.reply),
            _ => None,
        };
        let raised = code
            .on(subject)
            .with("probe", &self.probe.name)
            .with("receiver", named(whom, provider))
            .with("count", seeds.len())
            .evidence("addresses", addresses)
            .evidence("end", &worst.end);
        let raised = match self.severity(code, worst) {
            Some(severity) => raised.severity(severity),
            None => raised,
        };
        match &worst.end {
            SeedEnd::Refused { reply, stage, .. } | SeedEnd::Deferred { reply, stage, .. } => {
                raised.with("reply", reply).evidence("reply", reply).evidence("stage", stage)
            }
            SeedEnd::Bounced(bounce) => raised
                .with("reply", &bounce.reply)
                .with("reporter", bounce.reporter.as_deref().unwrap_or(whom))
                .evidence("reply", &bounce.reply),
            SeedEnd::Unsubmitted { why } => raised.with("reason", why).evidence("reply", why),
            SeedEnd::Unknown { step, reason } => raised
                .with("host", self.host(*step, worst))
                .with("step", step)
                .with("reason", reason)
                .evidence("step", step)
                .evidence("reason", reason),
            SeedEnd::Arrived(arrival) => self.with_arrival(raised, arrival, whom),
            SeedEnd::Missing => raised,
        }
    }

    fn with_arrival(&self, raised: Raised, arrival: &Arrival, whom: &str) -> Raised {
        let words = arrival.verdicts.as_ref().map(|verdicts| {
            let word = |said: &Option<String>| said.clone().unwrap_or_else(|| "none".to_owned());
            let Verdicts { spf, dkim, dmarc, ours, .. } = verdicts;
            let methods = format!("spf={} dkim={}", word(spf), word(dkim));
            match ours {
                true => format!("{methods} (vigie)"),
                false => format!("{methods} dmarc={}", word(dmarc)),
            }
        });
        let raised = raised
            .with("folder", &arrival.folder)
            .with("hop", arrival.slowest_hop.as_deref().unwrap_or(whom))
            .with("methods", self.unauthenticated(arrival).join("/"))
            .with("verdicts", words.unwrap_or_default())
            .with("altered", arrival.altered.join(", "))
            .with("tab", arrival.tab.as_deref().unwrap_or_default());
        match &arrival.unjudged {
            Some(reason) => raised.with("reason", reason).evidence("reason", reason),
            None => raised,
        }
    }

    /// The host that could not tell.
    fn host<'s>(&'s self, step: FollowedStep, seed: &'s SeedFacts) -> &'s str {
        let mailbox = || self.probe.seeds.iter().find(|spec| spec.address == seed.address);
        match step {
            FollowedStep::Submission => &self.probe.submit_host,
            FollowedStep::Returns => {
                self.probe.returns.as_ref().map_or(receiver(seed), |at| at.host.as_str())
            }
            FollowedStep::Mailbox => mailbox().map_or(receiver(seed), |spec| spec.host.as_str()),
        }
    }
}

/// The domain that the message went to.
fn receiver(seed: &SeedFacts) -> &str {
    domain_of(&seed.address)
}

/// RFC 3463 §3.2: the mailbox does not exist.
fn is_unknown_address(reply: &str) -> bool {
    reply.split([' ', '-']).any(|word| word == "5.1.1")
}
