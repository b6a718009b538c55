//! Which rules of RFC 7208 does the record break, and is every declared sender allowed?

mod includes;
mod lookups;
mod order;
mod policy;
mod reach;
mod selection;
mod syntax;

use super::facts::{Facts, Node, Seen, SenderResult, TermSeen};
use super::{Spf, SpfCode, remedy};
use crate::kernel::{Context, Raised};
use crate::records::spf::{Record, parse};

/// Several records, where receivers stop: which of them is not the point.
const SEVERAL: &str = "v=spf1 … v=spf1 …";

pub fn judge(facts: &Facts, context: &Context<'_>) -> Vec<Raised> {
    let mut raised = rules(facts, context);
    let is_gone = |one: &Raised| one.is_of(SpfCode::Missing);
    if raised.iter().any(is_gone)
        && let Some(record) = former(facts, context)
    {
        let change = remedy::put_back(&context.target.domain, record);
        raised.iter_mut().filter(|one| is_gone(one)).for_each(|one| one.propose(change.clone()));
    }
    raised
}

/// The last record that stood there lately, unless it was in error itself or other addresses send since.
fn former(facts: &Facts, context: &Context<'_>) -> Option<String> {
    let seen = context.past.lately::<Spf>(context.now);
    let last = seen.into_iter().find(|seen| seen.facts.record.is_some())?.facts;
    let is_sound = Raised::holds_no_error::<Spf>(
        &rules(&last, &context.without_past()),
        context.target.profile,
    );
    let was_known = |sender: &SenderResult| {
        last.senders.iter().any(|then| (then.ip, &then.domain) == (sender.ip, &sender.domain))
    };
    let are_known = facts.senders.iter().all(was_known);
    last.record.filter(|_| is_sound && are_known)
}

/// What the facts break, whatever stood there before.
fn rules(facts: &Facts, context: &Context<'_>) -> Vec<Raised> {
    let mut raised = selection::judge(facts, context.target);
    raised.extend(syntax::judge(facts));
    raised.extend(lookups::judge(facts));
    raised.extend(includes::judge(facts));
    raised.extend(policy::judge(facts));
    raised.extend(reach::judge(facts, context));
    raised
}

/// `example.com › include:a.example › mx`: the way to a term.
fn path(above: &[&Node], term: &TermSeen) -> String {
    let names = above.iter().map(|node| node.domain.to_string());
    names.chain([term.term.clone()]).collect::<Vec<_>>().join(" › ")
}

/// The audited record and those of the same organization that it leads to, each once: those that its
/// owner can change.
fn own_nodes(facts: &Facts) -> Vec<&Node> {
    let own = facts.tree.domain.registrable();
    let mut nodes = vec![&facts.tree];
    facts.tree.each(&mut |_, term| {
        let Seen::Record(node) = &term.seen else { return };
        let is_known = nodes.iter().any(|known| known.domain == node.domain);
        if !is_known && node.domain.registrable() == own {
            nodes.push(node);
        }
    });
    nodes
}

/// The only record of a node, read again: facts keep what evaluation may reach.
fn read(node: &Node) -> Record {
    node.record().map(|record| parse(record.as_bytes())).unwrap_or_default()
}

/// Words of a record, parted by commas, so short that they can be read in a sentence.
fn listed<'a>(terms: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let all: Vec<&str> = terms.into_iter().collect();
    let mut text = all[..all.len().min(SHOWN)].join(", ");
    if all.len() > SHOWN {
        text.push_str(", …");
    }
    text
}
