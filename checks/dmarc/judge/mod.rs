//! Which rules of RFC 9989, 9990 and 9991 does the domain's DMARC break?

mod organization;
mod presence;
mod record;
mod reports;
mod stopped;
mod streams;
mod told;

use strum::IntoEnumIterator;

use super::facts::DmarcFacts;
use super::remedy::{Found, together};
use super::walk::{Discovery, discover};
use super::{DmarcCode, past};
use crate::kernel::{Code, Context, Raised, Text};
use crate::records::display::beginning;
use crate::records::dmarc::DmarcRecord;
use crate::records::dmarc_repair::repaired;
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
            let found = of_record(&told, context);
            raised.extend(together(found, &domain, &told.written(), &text.printable()));
            raised.extend(past::organization_untold(facts, context));
            raised.extend(streams::judge(&told));
        }
    }
    raised
}

/// What the record breaks. Where it is misread and it is plain how it was meant, the spelling is the one cause of
/// all that would not be said of the record as it was meant.
fn of_record(told: &Told<'_>, context: &Context<'_>) -> Vec<Found> {
    let mut found = as_read(told, context);
    if !found.iter().any(|one| one.is_of(DmarcCode::Syntax)) {
        return found;
    }
    let Some(meant) = repaired(&told.written()) else { return found };
    let Some(record) = DmarcRecord::parse(&meant) else { return found };
    let text = Text::of_readable(&meant);
    let meant = as_read(&Told { text: &text, record: &record, ..*told }, context);
    let is_also = |code| meant.iter().any(|one| one.is_of(code));
    let stays = |code: &DmarcCode| *code == DmarcCode::Syntax || is_also(*code);
    let staying: Vec<DmarcCode> = DmarcCode::iter().filter(stays).collect();
    found.retain(|one| staying.iter().any(|code| one.is_of(*code)));
    found
}

/// What the record breaks as receivers read it.
fn as_read(told: &Told<'_>, context: &Context<'_>) -> Vec<Found> {
    let mut found = record::judge(told);
    found.extend(reports::judge(told));
    found.extend(stopped::judge(told, context).map(Found::from));
    found.extend(organization::judge(told));
    found
}

/// A word of the record, at most 40 characters of it, nothing that a terminal might obey; octets that are no
/// text as they are published.
fn shortened(value: &str) -> String {
    beginning(&Text::of_readable(value).printable(), 40)
}
