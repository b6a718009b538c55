//! Where do the records of a fix belong?
//!
//! Nothing can stand beside an alias, and name servers refuse such a zone (RFC 1034 §3.6.2, RFC 2181
//! §10.1): the record belongs at the name that the alias leads to. Where that lies in the domain, it is
//! proposed there; else it is in somebody else's hands, and none is proposed.

use vigie_checks::kernel::{
    Action, Finding, Lookup, Name, Net, RecordChange, Rtype, Withheld, alias, ask, own_alias,
};

/// Aliases followed from a name.
const CHAIN_LIMIT: usize = 8;

/// Puts the records of each finding where they can be published, all of a finding or none.
pub async fn place(net: &dyn Net, domain: &Name, findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|finding| !finding.fix.is_empty()) {
        match placed(net, domain, &finding.fix).await {
            Ok(changes) => finding.fix = changes,
            Err(why) => {
                finding.fix.clear();
                finding.withheld = Some(why);
            }
        }
    }
}

async fn placed(
    net: &dyn Net,
    domain: &Name,
    changes: &[RecordChange],
) -> Result<Vec<RecordChange>, Withheld> {
    let mut placed = Vec::new();
    for change in changes {
        let name = match makes_room(changes, &change.name) {
            true => change.name.clone(),
            false => name_for(net, domain, change).await?,
        };
        placed.push(RecordChange { name, ..change.clone() });
    }
    Ok(placed)
}

/// The alias that stands at the name is itself taken away.
pub(super) fn makes_room(changes: &[RecordChange], name: &Name) -> bool {
    let ends = |change: &RecordChange| {
        change.action == Action::Delete && change.rtype == Rtype::CNAME && change.name == *name
    };
    changes.iter().any(ends)
}

/// The name at which a change can be made. What could not be told moves no record.
async fn name_for(net: &dyn Net, domain: &Name, change: &RecordChange) -> Result<Name, Withheld> {
    let RecordChange { name, rtype, .. } = change;
    // A CNAME is the alias itself, and a DS stands at a cut, where there is none.
    if matches!(*rtype, Rtype::CNAME | Rtype::DS) {
        return Ok(name.clone());
    }
    let Lookup::Found(target) = alias(net, name, *rtype).await else { return Ok(name.clone()) };
    if change.action != Action::Replace && own_alias(net, name, *rtype).await.is_none() {
        return match change.action {
            Action::Add => Ok(name.clone()),
            _ => Err(Withheld::Wildcard { name: name.clone() }),
        };
    }
    let end = end_of(net, &target, *rtype).await;
    // What stands at the target for its own sake is not for one of its aliases to delete, nor to add to.
    let is_meant = match change.action {
        Action::Add => ask(net, &end, *rtype).await.is_absent(),
        Action::Replace => true,
        Action::Delete => false,
    };
    if is_meant && end.is_at_or_below(domain) {
        Ok(end)
    } else {
        Err(Withheld::Alias { name: name.clone(), target })
    }
}

async fn end_of(net: &dyn Net, target: &Name, rtype: Rtype) -> Name {
    let mut at = target.clone();
    for _ in 0..CHAIN_LIMIT {
        match alias(net, &at, rtype).await {
            Lookup::Found(next) => at = next,
            Lookup::Absent { .. } | Lookup::Unknown { .. } => break,
        }
    }
    at
}
