//! What does a validating resolver make of the domain's records?

use futures::future::join_all;

use crate::dnssec::Verdict;
use crate::kernel::{Answer, Message, Name, Question, Rcode, Reason, Rtype, View};

/// Asks for the SOA of the zone and what mail rests on; what is worst is the verdict.
pub async fn verdict(view: &View<'_>, zone: &Name) -> Verdict {
    let domain = &view.target.domain;
    let asked = [(zone, Rtype::SOA), (domain, Rtype::MX), (domain, Rtype::TXT)];
    let verdicts = join_all(asked.map(|(name, rtype)| of_question(view, name, rtype))).await;
    let bogus = verdicts.iter().find(|verdict| matches!(verdict, Verdict::Bogus { .. }));
    let unknown = verdicts.iter().find(|verdict| matches!(verdict, Verdict::Unknown { .. }));
    *bogus.or(unknown).unwrap_or(&verdicts[0])
}

async fn of_question(view: &View<'_>, name: &Name, rtype: Rtype) -> Verdict {
    // Without DO, as the checks of these records ask: the resolver vouches for its answer all the same.
    let question = Question::new(name, rtype);
    let first = match view.net.dns(question.clone()).await {
        Answer::Message(said) if said.rcode == Rcode::SERVFAIL => said,
        answer => return plain(&answer),
    };
    // A second sample, so that a passing failure is not taken for bad signatures.
    let second = match view.net.dns(Question { sample: 1, ..question.clone() }).await {
        Answer::Message(said) if said.rcode == Rcode::SERVFAIL => said,
        answer => return plain(&answer),
    };
    let ede = signature_error(&first).and(signature_error(&second));
    let unchecked = Question { checking_disabled: true, ..question };
    let answers_unchecked = match view.net.dns(unchecked).await {
        Answer::Message(said) => matches!(said.rcode, Rcode::NOERROR | Rcode::NXDOMAIN),
        Answer::Failed { .. } => false,
    };
    match ede.is_some() || answers_unchecked {
        true => Verdict::Bogus { rtype, ede },
        false => Verdict::Unknown { reason: Reason::Servfail },
    }
}

fn plain(answer: &Answer) -> Verdict {
    let reason = match answer {
        Answer::Failed { reason } => *reason,
        Answer::Message(said) => match said.rcode {
            Rcode::NOERROR | Rcode::NXDOMAIN if said.authenticated => return Verdict::Secure,
            Rcode::NOERROR | Rcode::NXDOMAIN => return Verdict::Insecure,
            Rcode::SERVFAIL => Reason::Servfail,
            Rcode::REFUSED => Reason::Refused,
            _ => Reason::Rcode,
        },
    };
    Verdict::Unknown { reason }
}

/// RFC 8914 §4.7 to §4.11: bogus, expired, not yet valid, DNSKEY missing, RRSIGs missing.
fn signature_error(message: &Message) -> Option<u16> {
    message.ede.iter().map(|ede| ede.code).find(|code| (6..=10).contains(code))
}
