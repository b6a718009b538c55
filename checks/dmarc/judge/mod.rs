//! Which rules of RFC 9989, 9990 and 9991 does the domain's DMARC break?

mod organization;
mod presence;
mod record;
mod reports;
mod stopped;
mod streams;
mod told;

use super::facts::DmarcFacts;
use super::remedy::{Found, together};
use super::walk::{Discovery, discover};
use super::{DmarcCode, past};
use crate::kernel::{Code, Context, Raised, Text};
use crate::records::display::beginning;
use told::Told;

pub fn judge(facts: &DmarcFacts, context: &Context<'_>) -> Vec<Raised> {
    let mut raised = rules(facts, context);
    let weakened = past::weakened(facts, context);
    let former = match &weakened {
        Some((_, restored)) => restored.clone(),
        None => past::former(facts, context),
    };
    // A record that stands at the wrong place is moved, whatever stood here before.
    if let Some(former) = former.filter(|_| facts.misplaced.is_empty()) {
        let is_gone = |one: &&mut Raised| one.is_of(DmarcCode::Missing);
        raised.iter_mut().filter(is_gone).for_each(|one| one.propose(former.clone()));
    }
    raised
        .extend(weakened.map(|(raised, restored)| restored.into_iter().fold(raised, Raised::fix)));
    raised
}

/// What the facts break, whatever stood there before.
pub fn rules(facts: &DmarcFacts, context: &Context<'_>) -> Vec<Raised> {
    let target = context.target;
    let mut raised = presence::judge(facts, target);
    match discover(&facts.walk) {
        Discovery::Unknown { domain, reason } => raised.push(
            DmarcCode::LookupFailed
                .on(&domain)
                .with("asked", domain.child("_dmarc"))
                .with("reason", reason)
                .evidence("reason", reason)
                .evidence("walk", &facts.walk),
        ),
        Discovery::Nothing => raised.extend(streams::without_record(facts, target)),
        Discovery::Found { domain, text, record } => {
            let told = Told { at: &domain, text: &text, record: &record, facts, target };
            let mut found = record::judge(&told);
            found.extend(reports::judge(&told));
            found.extend(stopped::judge(&told, context).map(Found::from));
            found.extend(organization::judge(&told));
            raised.extend(together(found, &domain, &told.written(), &text.printable()));
            raised.extend(past::organization_untold(facts, context));
            raised.extend(streams::judge(&told));
        }
    }
    raised
}

/// A word of the record, at most 40 characters of it, nothing that a terminal might obey; octets that are no
/// text as they are published.
fn shortened(value: &str) -> String {
    beginning(&Text::of_readable(value).printable(), 40)
}
