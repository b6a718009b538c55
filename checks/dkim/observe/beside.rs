//! Where a selector holds no key: does the key stand at a name that somebody wrote by mistake?

use crate::dkim::facts::{Misplaced, SelectorFacts};
use crate::kernel::{Lookup, Name, Net, Rtype, Text, View, alias, texts};
use crate::records::dkim_key::KeyState;

use super::{LONGEST_OTHER, strongest, without_others};

/// Completes what is known of a selector without a key.
pub async fn observe(view: &View<'_>, seen: SelectorFacts, domain: &Name) -> SelectorFacts {
    let net = view.net;
    match (&seen.key, &seen.alias) {
        (Lookup::Absent { nxdomain: true }, Lookup::Found(alias)) => {
            let undotted = undotted(net, alias, domain).await;
            SelectorFacts { undotted, ..seen }
        }
        (Lookup::Absent { .. }, Lookup::Absent { .. }) => {
            let misplaced = misplaced(view, &seen, domain).await;
            let spelled = spelled(net, &seen.others).await;
            SelectorFacts { misplaced, spelled, ..seen }
        }
        _ => seen,
    }
}

/// The target that was meant where its final dot is missing: a key stands there.
async fn undotted(net: &dyn Net, alias: &Name, domain: &Name) -> Option<Name> {
    for meant in alias.without_appended_zone(domain) {
        if key_record(net, &meant).await.is_some() {
            return Some(meant);
        }
    }
    None
}

/// A name with the domain written twice, as without its final dot (RFC 1035 §5.1; asked by `dns` in any case),
/// one without `_domainkey`, and one that has it twice.
async fn misplaced(view: &View<'_>, seen: &SelectorFacts, domain: &Name) -> Option<Misplaced> {
    let doubled = Name::new(&format!("{}.{domain}", seen.name));
    let bare = domain.child(&seen.selector);
    let twice = domain.child(&format!("{}._domainkey._domainkey", seen.selector));
    for at in [doubled, bare, twice] {
        let Some(record) = key_record(view.net, &at).await else { continue };
        if is_written(view, &at).await {
            let alias = alias(view.net, &at, Rtype::TXT).await;
            return Some(Misplaced { at, record, alias });
        }
    }
    None
}

/// Whether somebody wrote the record of a name: a name beside it, which nobody has made, has none.
async fn is_written(view: &View<'_>, at: &Name) -> bool {
    let Some(parent) = at.parent() else { return false };
    let beside = parent.child(&view.vantage.random_label("dkim-beside"));
    texts(view.net, &beside).await.is_absent()
}

/// The target of a CNAME that was published as the text of a TXT record.
async fn spelled(net: &dyn Net, others: &[String]) -> Option<Name> {
    let [only] = others else { return None };
    // One that may have been cut is not the whole name.
    let name = host_name(only).filter(|_| only.len() < LONGEST_OTHER)?;
    key_record(net, &name).await.map(|_| name)
}

/// The name that a text is, and nothing besides.
pub fn host_name(text: &str) -> Option<Name> {
    let is_of_names = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
    let name = Name::new(text.trim());
    let is_name = name.as_str().bytes().all(is_of_names) && name.labels().len() > 2;
    (is_name && name.is_askable()).then_some(name)
}

/// The one record of a name, where it is a key.
async fn key_record(net: &dyn Net, name: &Name) -> Option<String> {
    let found = without_others(texts(net, name).await).0;
    let [only] = found.found().map(Vec::as_slice)? else { return None };
    key(only)
}

fn key(text: &Text) -> Option<String> {
    let seen = strongest(std::slice::from_ref(text));
    let is_key = matches!(seen.key.state, KeyState::Usable | KeyState::OtherType);
    is_key.then_some(seen.record)
}
